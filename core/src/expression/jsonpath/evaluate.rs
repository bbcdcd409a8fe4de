//! The nodes a query selects, in order, within limits.

use std::cell::{Cell, RefCell};
use std::slice;

use serde_json::map::Values;
use serde_json::{Map, Value};

use super::ast::{Logical, Path, Segment, Selector};
use super::error::QueryLimit;
use super::filter::Patterns;

/// One evaluation: what all its paths and filters share.
pub(super) struct Evaluation<'v> {
    pub(super) root: &'v Value,
    pub(super) patterns: RefCell<Patterns>,
    left: Cell<u64>,
}

impl<'v> Evaluation<'v> {
    pub(super) fn new(root: &'v Value) -> Self {
        Self {
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
    pub(super) fn each<'q>(
        &self,
        path: &'q Path,
        current: &'v Value,
        found: &mut dyn FnMut(&'v Value) -> bool,
    ) -> Result<(), QueryLimit> {
        let start = if path.absolute { self.root } else { current };
        let mut walk = Walk {
            evaluation: self,
            segments: &path.segments,
            tasks: Vec::new(),
            found,
        };
        if !walk.enter(start, 0)? {
            return Ok(());
        }
        walk.run()
    }

    /// The node of a singular path.
    pub(super) fn one(&self, path: &Path, current: &'v Value) -> Option<&'v Value> {
        let start = if path.absolute { self.root } else { current };
        follow(&path.segments, start)
    }
}

/// Follows names and indexes.
pub(super) fn follow<'v>(segments: &[Segment], start: &'v Value) -> Option<&'v Value> {
    segments
        .iter()
        .try_fold(start, |node, segment| match &segment.selectors[0] {
            Selector::Name(name) => member(node.as_object()?, name),
            Selector::Index(index) => element(node.as_array()?, *index),
            _ => None,
        })
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

fn element(items: &[Value], index: i64) -> Option<&Value> {
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
}

impl<'v> Iterator for Children<'v> {
    type Item = &'v Value;

    fn next(&mut self) -> Option<&'v Value> {
        match self {
            Self::Array(items) => items.next(),
            Self::Object(members) => members.next(),
        }
    }
}

/// What is still to be done; the last task comes first.
enum Task<'q, 'v> {
    /// Apply a selector of a segment, and those after it, to a node.
    Select {
        node: &'v Value,
        segment: usize,
        selector: usize,
    },
    /// Enter a segment with each child.
    Each {
        children: Children<'v>,
        segment: usize,
    },
    /// Enter a segment with each child that passes a filter.
    Filter {
        children: Children<'v>,
        filter: &'q Logical,
        segment: usize,
    },
    /// Enter a segment with elements of an array.
    Slice {
        items: &'v [Value],
        at: i64,
        left: i64,
        step: i64,
        segment: usize,
    },
    /// Apply a descendant segment to each child and what is below it.
    Descend {
        children: Children<'v>,
        segment: usize,
    },
}

/// One path on its way. The tasks are kept apart from the stack of calls, so
/// that neither long queries nor deep values can exhaust that.
struct Walk<'w, 'q, 'v> {
    evaluation: &'w Evaluation<'v>,
    segments: &'q [Segment],
    tasks: Vec<Task<'q, 'v>>,
    found: &'w mut dyn FnMut(&'v Value) -> bool,
}

impl<'q, 'v> Walk<'_, 'q, 'v> {
    /// Does the tasks until there are none, or no more nodes are wanted.
    fn run(&mut self) -> Result<(), QueryLimit> {
        while let Some(task) = self.tasks.last_mut() {
            let go_on = match task {
                Task::Each { children, segment } => {
                    let next = children.next().map(|node| (node, *segment));
                    self.enter_or_pop(next)?
                }
                Task::Descend { children, segment } => {
                    let segment = *segment;
                    let mut passed = 0;
                    let next = children.find(|node| {
                        passed += 1;
                        matches!(node, Value::Array(_) | Value::Object(_))
                    });
                    self.evaluation.spend(passed)?;
                    self.enter_or_pop(next.map(|node| (node, segment)))?
                }
                Task::Filter {
                    children,
                    filter,
                    segment,
                } => {
                    let (filter, segment) = (*filter, *segment);
                    match children.next() {
                        Some(node) => {
                            !self.evaluation.holds(filter, node)? || self.enter(node, segment)?
                        }
                        None => self.enter_or_pop(None)?,
                    }
                }
                Task::Slice {
                    items,
                    at,
                    left,
                    step,
                    segment,
                } => {
                    let next = (*left > 0)
                        .then(|| element(items, *at))
                        .flatten()
                        .map(|node| (node, *segment));
                    *left -= 1;
                    *at += *step;
                    self.enter_or_pop(next)?
                }
                Task::Select {
                    node,
                    segment,
                    selector,
                } => {
                    let (node, segment, selector) = (*node, *segment, *selector);
                    self.tasks.pop();
                    self.select(node, segment, selector)?
                }
            };
            if !go_on {
                break;
            }
        }
        Ok(())
    }

    fn enter_or_pop(&mut self, next: Option<(&'v Value, usize)>) -> Result<bool, QueryLimit> {
        match next {
            Some((node, segment)) => self.enter(node, segment),
            None => {
                self.tasks.pop();
                Ok(true)
            }
        }
    }

    /// Comes to a segment with a node.
    fn enter(&mut self, node: &'v Value, segment: usize) -> Result<bool, QueryLimit> {
        self.select(node, segment, 0)
    }

    /// Applies the selectors of a segment from one on; says whether to go on.
    fn select(
        &mut self,
        mut node: &'v Value,
        mut segment: usize,
        mut selector: usize,
    ) -> Result<bool, QueryLimit> {
        loop {
            self.evaluation.spend(1)?;
            let Some(at) = self.segments.get(segment) else {
                return Ok((self.found)(node));
            };
            if at.descendant && selector == 0 {
                let Some(children) = Children::of(node) else {
                    return Ok(true);
                };
                self.tasks.push(Task::Descend { children, segment });
            }
            if selector + 1 < at.selectors.len() {
                self.tasks.push(Task::Select {
                    node,
                    segment,
                    selector: selector + 1,
                });
            }
            let Some(child) = self.child_or_tasks(node, &at.selectors[selector], segment + 1)
            else {
                return Ok(true);
            };
            (node, segment, selector) = (child, segment + 1, 0);
        }
    }

    /// The child that a name or index selects; other selectors become tasks.
    fn child_or_tasks(
        &mut self,
        node: &'v Value,
        selector: &'q Selector,
        segment: usize,
    ) -> Option<&'v Value> {
        let task = match selector {
            Selector::Name(name) => return member(node.as_object()?, name),
            Selector::Index(index) => return element(node.as_array()?, *index),
            Selector::Wildcard => Task::Each {
                children: Children::of(node)?,
                segment,
            },
            Selector::Filter(filter) => Task::Filter {
                children: Children::of(node)?,
                filter,
                segment,
            },
            Selector::Slice(slice) => {
                let items = node.as_array()?;
                let (at, left) = slice.bounds(items.len());
                Task::Slice {
                    items,
                    at,
                    left,
                    step: slice.step,
                    segment,
                }
            }
        };
        self.tasks.push(task);
        None
    }
}
