//! The nodes a query selects, in order, within limits.

use std::cell::{Cell, RefCell};
use std::slice;

use serde_json::map::Values;
use serde_json::{Map, Value};

use super::error::QueryLimit;
use super::filter::Patterns;
use crate::expression::tree::{Id, Kind, Node, Tree};

/// One evaluation: what all its paths and filters share.
pub(super) struct Evaluation<'q, 'v> {
    pub(super) tree: &'q Tree,
    pub(super) root: &'v Value,
    pub(super) patterns: RefCell<Patterns>,
    left: Cell<u64>,
}

impl<'q, 'v> Evaluation<'q, 'v> {
    pub(super) fn new(tree: &'q Tree, root: &'v Value) -> Self {
        Self {
            tree,
            root,
            patterns: RefCell::default(),
            left: Cell::new(QueryLimit::STEPS),
        }
    }

    /// Counts steps that were taken or are about to be.
    pub(super) fn spend(&self, steps: usize) -> Result<(), QueryLimit> {
        match self.left.get().checked_sub(steps as u64) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(QueryLimit),
        }
    }

    /// Hands each node that a path selects to `found`, until that says false.
    pub(super) fn each(
        &self,
        path: Id,
        current: &'v Value,
        found: &mut dyn FnMut(&'v Value) -> bool,
    ) -> Result<(), QueryLimit> {
        let path = self.tree.node(path);
        let mut walk = Walk {
            evaluation: self,
            tasks: Vec::new(),
            found,
        };
        if !walk.select(self.start(path, current), path.child, 0)? {
            return Ok(());
        }
        walk.run()
    }

    /// The node of a singular path.
    pub(super) fn one(&self, path: Id, current: &'v Value) -> Option<&'v Value> {
        let path = self.tree.node(path);
        follow(self.tree, path.child, self.start(path, current), 0)
    }

    fn start(&self, path: Node, current: &'v Value) -> &'v Value {
        match path.kind {
            Kind::Root => self.root,
            _ => current,
        }
    }
}

/// Follows names and indexes, from a segment up to another or the end.
pub(super) fn follow<'v>(
    tree: &Tree,
    mut segment: Id,
    mut value: &'v Value,
    end: Id,
) -> Option<&'v Value> {
    while segment != end {
        let at = tree.node(segment);
        value = child(tree, tree.node(at.child), value)?;
        segment = at.next;
    }
    Some(value)
}

/// The child that a name or index selects.
fn child<'v>(tree: &Tree, selector: Node, value: &'v Value) -> Option<&'v Value> {
    match (selector.kind, value) {
        (Kind::Name, Value::Object(members)) => member(members, tree.value(selector)?.as_str()?),
        (Kind::Index, Value::Array(items)) => element(items, selector.number),
        _ => None,
    }
}

/// Objects no larger than this are searched name by name, without hashing.
const SMALL_OBJECT: usize = 8;

fn member<'v>(members: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    if members.len() > SMALL_OBJECT {
        return members.get(name);
    }
    let found = members.iter().find(|(key, _)| *key == name)?;
    Some(found.1)
}

/// The element at an index, which counts from the end where it is negative.
pub(in crate::expression) fn element(items: &[Value], index: i64) -> Option<&Value> {
    let at = usize::try_from(index.unsigned_abs()).ok()?;
    if index < 0 {
        items.get(items.len().checked_sub(at)?)
    } else {
        items.get(at)
    }
}

/// The children of a node that are still to come.
enum Children<'v> {
    Array(slice::Iter<'v, Value>),
    Object(Values<'v>),
    /// Of these as many as are left, from an index on.
    Slice {
        items: &'v [Value],
        at: i64,
        left: i64,
        step: i64,
    },
}

impl<'v> Children<'v> {
    /// The children; `None` where there cannot be any.
    fn of(node: &'v Value) -> Option<Self> {
        match node {
            Value::Array(items) => Some(Self::Array(items.iter())),
            Value::Object(members) => Some(Self::Object(members.values())),
            _ => None,
        }
    }

    /// The elements that a slice names: RFC 9535, section 2.3.4.2.2.
    fn slice(tree: &Tree, slice: Node, items: &'v [Value]) -> Self {
        let mut bounds = [None; 3];
        for (bound, id) in bounds.iter_mut().zip(tree.list(slice.child)) {
            let node = tree.node(id);
            *bound = (node.kind == Kind::Index).then_some(node.number);
        }
        let [start, end, step] = bounds;
        let step = step.unwrap_or(1);
        let length = items.len() as i64;
        let bound = |bound: Option<i64>, default: i64, least: i64| {
            let at = bound.map_or(default, |at| if at < 0 { length + at } else { at });
            at.clamp(least, length + least)
        };
        let (at, distance) = if step < 0 {
            let start = bound(start, length - 1, -1);
            (start, start - bound(end, -1, -1))
        } else {
            let start = bound(start, 0, 0);
            (start, bound(end, length, 0) - start)
        };
        // How many steps of that size begin within the distance.
        let left = match step {
            0 => 0,
            step => (distance - 1).div_euclid(step.abs()) + 1,
        };
        Self::Slice {
            items,
            at,
            left,
            step,
        }
    }
}

impl<'v> Iterator for Children<'v> {
    type Item = &'v Value;

    fn next(&mut self) -> Option<&'v Value> {
        match self {
            Self::Array(items) => items.next(),
            Self::Object(members) => members.next(),
            Self::Slice {
                items,
                at,
                left,
                step,
            } => {
                if *left <= 0 {
                    return None;
                }
                let item = element(items, *at);
                *left -= 1;
                *at += *step;
                item
            }
        }
    }
}

/// What is still to be done; the last task comes first.
enum Task<'v> {
    /// Apply a selector of a segment, and those after it, to a node.
    Select {
        node: &'v Value,
        segment: Id,
        selector: Id,
    },
    /// Enter a segment with each child.
    Each {
        children: Children<'v>,
        segment: Id,
        /// The filter that they have to pass, if any.
        filter: Id,
    },
    /// Apply a descendant segment to each child and what is below it.
    Descend { children: Children<'v>, segment: Id },
}

/// One path on its way. The tasks are kept apart from the stack of calls, so
/// that neither long queries nor deep values can exhaust that.
struct Walk<'w, 'q, 'v> {
    evaluation: &'w Evaluation<'q, 'v>,
    tasks: Vec<Task<'v>>,
    found: &'w mut dyn FnMut(&'v Value) -> bool,
}

impl<'v> Walk<'_, '_, 'v> {
    /// Does the tasks until there are none, or no more nodes are wanted.
    fn run(&mut self) -> Result<(), QueryLimit> {
        while let Some(task) = self.tasks.last_mut() {
            let (next, segment, selector) = match task {
                Task::Each {
                    children,
                    segment,
                    filter,
                } => {
                    let (next, segment, filter) = (children.next(), *segment, *filter);
                    if let Some(node) = next
                        && filter != 0
                        && !self.evaluation.holds(filter, node)?
                    {
                        continue;
                    }
                    (next, segment, 0)
                }
                Task::Descend { children, segment } => {
                    let mut passed = 0;
                    let next = children.find(|node| {
                        passed += 1;
                        matches!(node, Value::Array(_) | Value::Object(_))
                    });
                    self.evaluation.spend(passed)?;
                    (next, *segment, 0)
                }
                Task::Select {
                    node,
                    segment,
                    selector,
                } => {
                    let next = (Some(*node), *segment, *selector);
                    self.tasks.pop();
                    next
                }
            };
            match next {
                None => {
                    self.tasks.pop();
                }
                Some(node) => {
                    if !self.select(node, segment, selector)? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    /// Applies the selectors of a segment to a node, from one on, or all of them;
    /// says whether to go on.
    fn select(
        &mut self,
        mut node: &'v Value,
        mut segment: Id,
        mut selector: Id,
    ) -> Result<bool, QueryLimit> {
        let tree = self.evaluation.tree;
        loop {
            self.evaluation.spend(1)?;
            if segment == 0 {
                return Ok((self.found)(node));
            }
            let at = tree.node(segment);
            if selector == 0 {
                selector = at.child;
                if at.kind == Kind::Descendant {
                    let Some(children) = Children::of(node) else {
                        return Ok(true);
                    };
                    self.tasks.push(Task::Descend { children, segment });
                }
            }
            let chosen = tree.node(selector);
            if chosen.next != 0 {
                self.tasks.push(Task::Select {
                    node,
                    segment,
                    selector: chosen.next,
                });
            }
            if !chosen.kind.is_singular() {
                self.tasks.extend(self.each(node, chosen, at.next));
                return Ok(true);
            }
            let Some(child) = child(tree, chosen, node) else {
                return Ok(true);
            };
            (node, segment, selector) = (child, at.next, 0);
        }
    }

    /// The task to enter a segment with each child that a selector selects.
    fn each(&self, node: &'v Value, selector: Node, segment: Id) -> Option<Task<'v>> {
        let children = match selector.kind {
            Kind::Slice => Children::slice(self.evaluation.tree, selector, node.as_array()?),
            _ => Children::of(node)?,
        };
        let filter = match selector.kind {
            Kind::Filter => selector.child,
            _ => 0,
        };
        Some(Task::Each {
            children,
            segment,
            filter,
        })
    }
}
