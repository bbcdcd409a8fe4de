//! Which parts of a value a query looks at.

use super::query::Query;
use crate::exchange::Parts;
use crate::expression::tree::{Id, Kind, Tree};

/// Longer paths are not followed to their end.
const LONGEST: usize = 24;

impl Query {
    /// Adds the parts of a value that it looks at; `whole`: what it selects is
    /// wanted whole, not only that it is there.
    pub(in crate::expression) fn want(&self, value: &mut Parts, whole: bool) {
        let mut looks = Looks {
            tree: &self.tree,
            absolute: vec![(0, whole)],
        };
        // The root that filters name is the value, wherever they stand.
        while let Some((path, whole)) = looks.absolute.pop() {
            looks.follow(self.tree.node(path).child, value, whole);
        }
    }

    /// The same for a filter that is tried on the value as the only item of a list.
    pub(in crate::expression) fn want_alone(&self, value: &mut Parts) {
        let tree = &self.tree;
        let mut looks = Looks {
            tree,
            absolute: Vec::new(),
        };
        for selector in tree.below(0).flat_map(|segment| tree.below(segment)) {
            if tree.node(selector).kind == Kind::Filter {
                looks.filter(selector, value);
            }
        }
        if !looks.absolute.is_empty() {
            value.want_all();
        }
    }
}

/// What looks at a value.
struct Looks<'t> {
    tree: &'t Tree,
    /// Paths that are still to be followed from the root.
    absolute: Vec<(Id, bool)>,
}

impl Looks<'_> {
    /// Follows a segment and those after it.
    fn follow(&mut self, segment: Id, node: &mut Parts, whole: bool) {
        if segment == 0 {
            if whole {
                node.want_all();
            }
            return;
        }
        let tree = self.tree;
        let at = tree.node(segment);
        if at.kind == Kind::Descendant || tree.list(segment).nth(LONGEST).is_some() {
            return node.want_all();
        }
        for selector in tree.below(segment) {
            let one = tree.node(selector);
            let place = match one.kind {
                Kind::Name => {
                    let name = tree.value(one).and_then(|name| name.as_str());
                    node.child_mut(name.unwrap_or_default())
                }
                Kind::Index if one.number >= 0 => node.child_mut(&one.number.to_string()),
                // From the end, or with a step: all have to be there to be counted.
                _ => node.each_mut(),
            };
            if one.kind == Kind::Filter {
                self.filter(selector, place);
            }
            self.follow(at.next, place, whole);
        }
    }

    /// Looks at what is asked below a filter, test or operand.
    fn filter(&mut self, id: Id, node: &mut Parts) {
        let kind = self.tree.node(id).kind;
        // Whether it is there is all that is asked for.
        let whole = !matches!(kind, Kind::Exists | Kind::Count);
        for child in self.tree.below(id) {
            match self.tree.node(child).kind {
                Kind::Root => self.absolute.push((child, whole)),
                Kind::Current => self.follow(self.tree.node(child).child, node, whole),
                _ => self.filter(child, node),
            }
        }
    }
}
