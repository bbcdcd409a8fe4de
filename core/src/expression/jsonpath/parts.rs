//! Which parts of a value a query looks at.

use super::ast::{Logical, Matcher, Operand, Path, Segment, Selector};
use super::query::Query;
use crate::exchange::Parts;

/// Longer paths are not followed to their end.
const LONGEST: usize = 24;

impl Query {
    /// Adds the parts of a value that it looks at; `whole`: what it selects is
    /// wanted whole, not only that it is there.
    pub(in crate::expression) fn want(&self, value: &mut Parts, whole: bool) {
        let mut absolute = vec![(self.path(), whole)];
        // The root that filters name is the value, wherever they stand.
        while let Some((path, whole)) = absolute.pop() {
            let mut looks = Looks {
                absolute: &mut absolute,
            };
            looks.follow(&path.segments, value, whole);
        }
    }

    /// The same for a filter that is tried on the value as the only item of a list.
    pub(in crate::expression) fn want_alone(&self, value: &mut Parts) {
        let mut absolute = Vec::new();
        for selector in self.path().segments.iter().flat_map(|one| &*one.selectors) {
            if let Selector::Filter(filter) = selector {
                let mut looks = Looks {
                    absolute: &mut absolute,
                };
                looks.filter(filter, value);
            }
        }
        if !absolute.is_empty() {
            value.want_all();
        }
    }
}

/// What is still to be followed from the root.
struct Looks<'l, 'q> {
    absolute: &'l mut Vec<(&'q Path, bool)>,
}

impl<'q> Looks<'_, 'q> {
    fn follow(&mut self, segments: &'q [Segment], node: &mut Parts, whole: bool) {
        let Some((segment, rest)) = segments.split_first() else {
            if whole {
                node.want_all();
            }
            return;
        };
        if segment.descendant || segments.len() > LONGEST {
            return node.want_all();
        }
        for selector in &segment.selectors {
            match selector {
                Selector::Name(name) => self.follow(rest, node.child_mut(name), whole),
                Selector::Index(index @ 0..) => {
                    self.follow(rest, node.child_mut(&index.to_string()), whole);
                }
                // From the end, or with a step: all have to be there to be counted.
                Selector::Index(_) | Selector::Wildcard | Selector::Slice(_) => {
                    self.follow(rest, node.each_mut(), whole);
                }
                Selector::Filter(filter) => {
                    self.filter(filter, node.each_mut());
                    self.follow(rest, node.each_mut(), whole);
                }
            }
        }
    }

    fn filter(&mut self, filter: &'q Logical, node: &mut Parts) {
        match filter {
            Logical::Or(filters) | Logical::And(filters) => {
                for filter in filters {
                    self.filter(filter, node);
                }
            }
            Logical::Not(filter) => self.filter(filter, node),
            Logical::Compare(comparison) => {
                self.operand(&comparison.left, node);
                self.operand(&comparison.right, node);
            }
            Logical::Exists(path) => self.path(path, node, false),
            Logical::Matches(matching) => {
                self.operand(&matching.text, node);
                if let Matcher::Dynamic(pattern) = &matching.pattern {
                    self.operand(pattern, node);
                }
            }
        }
    }

    fn operand(&mut self, operand: &'q Operand, node: &mut Parts) {
        match operand {
            Operand::Literal(_) => {}
            Operand::Path(path) | Operand::Value(path) => self.path(path, node, true),
            Operand::Length(operand) => self.operand(operand, node),
            Operand::Count(path) => self.path(path, node, false),
        }
    }

    fn path(&mut self, path: &'q Path, node: &mut Parts, whole: bool) {
        if path.absolute {
            self.absolute.push((path, whole));
        } else {
            self.follow(&path.segments, node, whole);
        }
    }
}
