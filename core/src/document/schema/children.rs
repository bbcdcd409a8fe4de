//! The keywords that apply schemas to items and members.

use std::mem;

use serde_json::Value;

use super::assertions::{count, counted};
use super::keywords::Word;
use super::node::{Keyword, Kind, Node, NodeIndex};
use super::validate::Validator;

impl<'s> Validator<'s> {
    /// Applies a keyword's schemas to the items or members of a value, whichever
    /// it is for.
    pub(super) fn children(
        &mut self,
        node: &'s Node,
        keyword: &Keyword,
        value: &Value,
        seen: &mut [bool],
    ) -> bool {
        let mut valid = true;
        match value {
            Value::Array(items) if keyword.word.is_for_items() => {
                for (at, item) in items.iter().enumerate() {
                    valid &= self.child(node, keyword, (at, None), item, seen);
                    if !valid && self.is_full() {
                        break;
                    }
                }
            }
            Value::Object(map) if !keyword.word.is_for_items() => {
                for (at, (name, member)) in map.iter().enumerate() {
                    valid &= self.child(node, keyword, (at, Some(name)), member, seen);
                    if !valid && self.is_full() {
                        break;
                    }
                }
            }
            _ => {}
        }
        valid
    }

    /// The same for one of them: the item at a place, or the member of a name.
    fn child(
        &mut self,
        node: &'s Node,
        keyword: &Keyword,
        (at, name): (usize, Option<&str>),
        value: &Value,
        seen: &mut [bool],
    ) -> bool {
        let schemas = match keyword.word {
            Word::PrefixItems => {
                let schema = keyword.schemas.list.get(at);
                schema.map(|(_, schema)| *schema).into_iter().collect()
            }
            Word::Items if at < node.schemas(Word::PrefixItems).len() => return true,
            word if word.is_unevaluated() && seen.get(at) == Some(&true) => return true,
            _ => node.of_member(keyword, name.unwrap_or_default()),
        };
        if schemas.is_empty() {
            return true;
        }
        let told = !self.is_full();
        if told {
            let token = name.map_or_else(|| at.to_string(), str::to_owned);
            self.path.push(&token);
        }
        let outer = mem::replace(&mut self.in_array, name.is_none());
        let mut valid = true;
        for schema in schemas {
            if keyword.word == Word::AdditionalProperties
                && self.schema.node(schema).kind == Kind::Nothing
            {
                self.nearby = node.schemas(Word::Properties);
            }
            valid &= self.evaluate(schema, value, &mut []);
            self.nearby = &[];
        }
        self.in_array = outer;
        if told {
            self.path.pop();
        }
        if let Some(seen) = seen.get_mut(at) {
            *seen = true;
        }
        valid
    }

    /// `contains`, as often as `minContains` and `maxContains` say.
    pub(super) fn contains(
        &mut self,
        node: &Node,
        child: NodeIndex,
        value: &Value,
        seen: &mut [bool],
    ) -> bool {
        let Value::Array(items) = value else {
            return true;
        };
        let limit = |word| match &node.keyword(word)?.value {
            Value::Number(limit) => Some(count(limit)),
            _ => None,
        };
        let least = limit(Word::MinContains).unwrap_or(1);
        let most = limit(Word::MaxContains).unwrap_or(u64::MAX);
        let mut fitting = 0;
        for (at, item) in items.iter().enumerate() {
            if self.verdict(child, item, &mut []) {
                fitting += 1;
                if let Some(seen) = seen.get_mut(at) {
                    *seen = true;
                }
            }
        }
        let (word, limit, bound) = if fitting < least {
            ("contains", least, "at least")
        } else if fitting > most {
            ("maxContains", most, "at most")
        } else {
            return true;
        };
        let items = counted(limit, "item");
        let message = format!("must have {bound} {items} of the kind asked for");
        self.report(node, word, &message);
        false
    }

    /// `propertyNames`: each name as if it stood alone.
    pub(super) fn property_names(&mut self, node: &Node, child: NodeIndex, value: &Value) -> bool {
        let mut valid = true;
        for name in value.as_object().into_iter().flat_map(|map| map.keys()) {
            let path = mem::take(&mut self.path);
            let (fits, reason) = self.attempt(child, &Value::String(name.clone()), &mut []);
            self.path = path;
            if !fits {
                valid = false;
                let reason = reason.unwrap_or_else(|| "must be another".into());
                let message = format!("the name `{name}` {reason}");
                self.report(node, "propertyNames", &message);
            }
            if !valid && self.is_full() {
                break;
            }
        }
        valid
    }
}
