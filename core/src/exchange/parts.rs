//! Which parts of an answer's JSON are wanted.

use crate::pointer;

/// Which parts of a JSON value somebody is going to look at.
///
/// Every part on the way to a wanted one is there too: objects with those of
/// their members that are wanted, arrays with as many elements as it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub(super) whole: bool,
    /// Members by name, and elements by index, in the form of a JSON Pointer's tokens.
    pub(super) children: Vec<Child>,
    /// What is wanted of every other member and element.
    pub(super) each: Option<Box<Parts>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Child {
    pub(super) token: Box<str>,
    /// The token as an index of an array.
    pub(super) index: Option<usize>,
    pub(super) parts: Parts,
}

impl Child {
    pub(super) fn new(token: Box<str>, parts: Parts) -> Self {
        Self {
            index: pointer::index(&token),
            token,
            parts,
        }
    }
}

/// What is wanted beyond this many places is wanted whole.
const MOST_PLACES: usize = 128;

/// So is what is wanted deeper.
const DEEPEST: usize = 24;

impl Parts {
    /// All of it.
    pub fn all() -> Self {
        Self {
            whole: true,
            ..Self::default()
        }
    }

    /// Whether all of it is wanted.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Wants all of it.
    pub fn want_all(&mut self) {
        *self = Self::all();
    }

    /// The member of that name, or the element of that index.
    pub fn child_mut(&mut self, token: &str) -> &mut Self {
        if self.whole {
            return self;
        }
        let at = self
            .children
            .iter()
            .position(|child| *child.token == *token);
        let at = at.unwrap_or_else(|| {
            self.children
                .push(Child::new(token.into(), Self::default()));
            self.children.len() - 1
        });
        &mut self.children[at].parts
    }

    /// Every member and element.
    pub fn each_mut(&mut self) -> &mut Self {
        if self.whole {
            return self;
        }
        self.each.get_or_insert_default()
    }

    /// Wants what the other one wants too.
    pub fn merge(&mut self, other: &Self) {
        if other.whole {
            self.want_all();
        }
        if self.whole {
            return;
        }
        for child in &other.children {
            self.child_mut(&child.token).merge(&child.parts);
        }
        if let Some(each) = &other.each {
            self.each_mut().merge(each);
        }
    }

    /// Makes it ready to be read by: what is wanted of every child is wanted of
    /// the named ones too, and too much to look for is wanted whole.
    #[must_use]
    pub fn settled(mut self) -> Self {
        let mut left = MOST_PLACES;
        self.settle(&mut left, 0);
        self
    }

    fn settle(&mut self, left: &mut usize, depth: usize) {
        match left.checked_sub(1 + self.children.len()) {
            Some(rest) if depth < DEEPEST => *left = rest,
            _ => return self.want_all(),
        }
        if let Some(each) = &mut self.each {
            each.settle(left, depth + 1);
        }
        for child in &mut self.children {
            if let Some(each) = &self.each {
                child.parts.merge(each);
            }
            child.parts.settle(left, depth + 1);
        }
        self.children.shrink_to_fit();
    }

    /// What is wanted of a member; `None`: nothing.
    pub(super) fn of_member(&self, name: &str) -> Option<&Self> {
        let child = self.children.iter().find(|child| *child.token == *name);
        child.map(|child| &child.parts).or(self.each.as_deref())
    }

    /// What is wanted of an element; `None`: nothing.
    pub(super) fn of_element(&self, at: usize) -> Option<&Self> {
        let child = self.children.iter().find(|child| child.index == Some(at));
        child.map(|child| &child.parts).or(self.each.as_deref())
    }

    /// How many members an object is likely to have room for.
    pub(super) fn named(&self) -> usize {
        self.children.len()
    }
}
