//! Runs a pattern: all its ways at once, in linear time.

use super::classes::CharSet;

/// One step of a pattern that was read; past the last one, it has matched.
///
/// Places are told from where they stand, so that a piece can be copied.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// One character, which may be a surrogate that no text holds.
    Code(u32),
    /// One of a set of characters, by its number.
    Set(usize),
    /// No character, at a place of this kind.
    Assert(Assertion),
    /// On with the step that stands so much further.
    Jump(isize),
    /// On with the next step, and also with that one.
    Split(isize),
}

/// A kind of place in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Assertion {
    Start,
    End,
    LineStart,
    LineEnd,
    WordEdge,
    NoWordEdge,
}

/// A pattern that was read.
#[derive(Debug, PartialEq)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    /// Leading look-aheads: whether each must match, and its steps.
    pub(super) conditions: Vec<(bool, Vec<Step>)>,
    /// The sets of characters that the steps name.
    pub(super) sets: Vec<CharSet>,
    /// About how many states there are.
    pub(super) weight: usize,
}

impl Program {
    pub(super) fn is_match(&self, text: &str) -> bool {
        let conditions = &mut self.conditions.iter();
        conditions.all(|(wanted, steps)| self.finds(steps, text) == *wanted)
            && self.finds(&self.steps, text)
    }

    /// Whether the steps lead to their end from anywhere in the text.
    fn finds(&self, steps: &[Step], text: &str) -> bool {
        let anchored = steps.first() == Some(&Step::Assert(Assertion::Start));
        let mut chars = text.chars();
        let mut before = None;
        // The turn in which each step was last taken: one turn is one place in the text.
        let mut taken = vec![0; steps.len()];
        let (mut ready, mut after) = (vec![0], Vec::new());
        for turn in 1_usize.. {
            let next = chars.next();
            while let Some(at) = ready.pop() {
                let Some(step) = steps.get(at) else {
                    return true;
                };
                if std::mem::replace(&mut taken[at], turn) == turn {
                    continue;
                }
                let goes_on = match step {
                    Step::Code(code) => next.is_some_and(|c| u32::from(c) == *code),
                    Step::Set(set) => next.is_some_and(|c| self.sets[*set].contains(c)),
                    Step::Assert(assertion) => {
                        if assertion.holds(before, next) {
                            ready.push(at + 1);
                        }
                        false
                    }
                    Step::Jump(far) => {
                        ready.push(at.wrapping_add_signed(*far));
                        false
                    }
                    Step::Split(far) => {
                        ready.extend([at.wrapping_add_signed(*far), at + 1]);
                        false
                    }
                };
                if goes_on {
                    after.push(at + 1);
                }
            }
            std::mem::swap(&mut ready, &mut after);
            if !anchored {
                ready.push(0);
            }
            if next.is_none() || ready.is_empty() {
                break;
            }
            before = next;
        }
        false
    }
}

impl Assertion {
    /// Whether the place between two characters, or an end, is of this kind.
    fn holds(self, before: Option<char>, after: Option<char>) -> bool {
        let word = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
        match self {
            Self::Start => before.is_none(),
            Self::End => after.is_none(),
            Self::LineStart => matches!(before, None | Some('\n')),
            Self::LineEnd => matches!(after, None | Some('\n')),
            Self::WordEdge => word(before) != word(after),
            Self::NoWordEdge => word(before) == word(after),
        }
    }
}
