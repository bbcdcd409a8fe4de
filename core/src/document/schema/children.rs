//! The keywords that apply schemas to items and members.

use serde_json::{Map, Value};

use super::assertions::{count, counted};
use super::keywords::{Word, below};
use super::node::{Body, Node, NodeIndex, Part};
use super::validate::{Seen, Token, Validator};

/// Given a member's name, whether it was evaluated before and what visits it
/// with a schema, says whether it is valid.
type Choose<'c> = dyn Fn(&str, bool, &mut dyn FnMut(NodeIndex) -> bool) -> bool + 'c;

impl<'s, 'v> Validator<'s, 'v> {
    pub(super) fn item_keyword(
        &mut self,
        node: &'s Node,
        word: Word,
        child: NodeIndex,
        items: &'v [Value],
        seen: Option<&mut Seen>,
    ) -> bool {
        let all = items.iter().zip(std::iter::repeat(&child)).enumerate();
        match word {
            Word::Items => {
                let first = node.list(Word::PrefixItems).len();
                self.items(&mut all.skip(first), seen)
            }
            Word::Contains => self.contains(node, child, items, seen),
            _ => {
                let Some(seen) = seen else {
                    return true;
                };
                let known = seen.clone();
                self.items(&mut all.filter(|(at, _)| !known[*at]), Some(seen))
            }
        }
    }

    /// Applies schemas to items, each at its index.
    pub(super) fn items<'n>(
        &mut self,
        items: &mut dyn Iterator<Item = (usize, (&'v Value, &'n NodeIndex))>,
        mut seen: Option<&mut Seen>,
    ) -> bool {
        let mut valid = true;
        for (at, (item, child)) in items {
            self.path.push(Token::Index(at));
            valid &= self.evaluate(*child, item, None);
            self.path.pop();
            if let Some(seen) = &mut seen {
                seen[at] = true;
            }
            if !valid && self.is_full() {
                break;
            }
        }
        valid
    }

    fn contains(
        &mut self,
        node: &'s Node,
        child: NodeIndex,
        items: &'v [Value],
        mut seen: Option<&mut Seen>,
    ) -> bool {
        let limit = |word| match node.part(word) {
            Some(Part::Value(Value::Number(limit))) => Some(count(limit)),
            _ => None,
        };
        let (least, most) = (
            limit(Word::MinContains).unwrap_or(1),
            limit(Word::MaxContains),
        );
        let mut fitting = 0;
        for (at, item) in items.iter().enumerate() {
            if self.verdict(child, item, None) {
                fitting += 1;
                if let Some(seen) = &mut seen {
                    seen[at] = true;
                }
            }
        }
        let (word, limit, bound) = if fitting < least {
            ("contains", least, "at least")
        } else if let Some(most) = most.filter(|most| fitting > *most) {
            ("maxContains", most, "at most")
        } else {
            return true;
        };
        let items = counted(&Value::from(limit), "item");
        let at = below(&node.pointer, &[word]);
        self.report(
            at,
            format!("must have {bound} {items} of the kind asked for"),
        );
        false
    }

    pub(super) fn member_keyword(
        &mut self,
        node: &'s Node,
        word: Word,
        child: NodeIndex,
        map: &'v Map<String, Value>,
        seen: Option<&mut Seen>,
    ) -> bool {
        match word {
            Word::PropertyNames => self.property_names(node, child, map),
            Word::AdditionalProperties => {
                if let Body::Boolean(false) = self.schema.node(child).body {
                    self.nearby = node.map(Word::Properties);
                }
                let valid = self.members(map, seen, &|name, _, visit| {
                    node.additional(name).is_none_or(visit)
                });
                self.nearby = None;
                valid
            }
            _ => self.members(map, seen, &|_, seen, visit| seen || visit(child)),
        }
    }

    /// Lets `choose` visit each member with the schemas it has for it.
    pub(super) fn members(
        &mut self,
        map: &'v Map<String, Value>,
        mut seen: Option<&mut Seen>,
        choose: &Choose<'_>,
    ) -> bool {
        let mut valid = true;
        for (at, (name, member)) in map.iter().enumerate() {
            let before = seen.as_ref().is_some_and(|seen| seen[at]);
            let mut visited = false;
            self.path.push(Token::Key(name));
            valid &= choose(name, before, &mut |child| {
                visited = true;
                self.evaluate(child, member, None)
            });
            self.path.pop();
            if let Some(seen) = &mut seen {
                seen[at] |= visited;
            }
            if !valid && self.is_full() {
                break;
            }
        }
        valid
    }

    fn property_names(
        &mut self,
        node: &'s Node,
        child: NodeIndex,
        map: &'v Map<String, Value>,
    ) -> bool {
        let mut valid = true;
        for name in map.keys() {
            let text = Value::String(name.clone());
            let mut inner = Validator::new(self.schema, self.scope.clone(), 1);
            inner.depth = self.depth;
            let fits = inner.evaluate(child, &text, None);
            self.steps = self.steps.saturating_add(inner.steps);
            self.stopped = self.stopped.take().or(inner.stopped);
            if !fits {
                valid = false;
                let reason = inner.found.pop().map(|reason| reason.message);
                let reason = reason.unwrap_or_else(|| "must be another".into());
                let at = below(&node.pointer, &["propertyNames"]);
                self.report(at, format!("the name `{name}` {reason}"));
            }
            if !valid && self.is_full() {
                break;
            }
        }
        valid
    }
}

pub(super) fn is_for_items(word: Word) -> bool {
    matches!(word, Word::Items | Word::Contains | Word::UnevaluatedItems)
}

pub(super) fn is_for_members(word: Word) -> bool {
    matches!(
        word,
        Word::AdditionalProperties | Word::PropertyNames | Word::UnevaluatedProperties
    )
}
