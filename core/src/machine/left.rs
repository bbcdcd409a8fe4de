//! What the steps of a call left behind, by step.

use super::state::StepState;

/// How many steps a block has room for.
const BLOCK: usize = 16;

/// What the steps of a call left behind.
///
/// In blocks: a long workflow leaves much that is not looked at for long, so it is
/// kept together, and what a block holds stays where it is as others follow. The
/// first step, often the only one, needs none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Left {
    first: Option<StepState>,
    others: Vec<Block>,
}

type Block = Vec<Option<StepState>>;

/// The block that a step after the first is in, and where in it.
fn place(after_first: usize) -> (usize, usize) {
    (after_first / BLOCK, after_first % BLOCK)
}

impl Left {
    /// What a step left behind, if it ran.
    pub fn get(&self, step: usize) -> Option<&StepState> {
        let Some(after_first) = step.checked_sub(1) else {
            return self.first.as_ref();
        };
        let (block, within) = place(after_first);
        self.others.get(block)?.get(within)?.as_ref()
    }

    /// What a step left behind; made where it did not run yet.
    pub fn get_or_default(&mut self, step: usize) -> &mut StepState {
        let Some(after_first) = step.checked_sub(1) else {
            return self.first.get_or_insert_default();
        };
        let (at, within) = place(after_first);
        if self.others.len() <= at {
            self.others.resize_with(at + 1, Vec::new);
        }
        let block = &mut self.others[at];
        if block.len() <= within {
            block.reserve_exact(BLOCK - block.len());
            block.resize_with(within + 1, || None);
        }
        block[within].get_or_insert_default()
    }

    /// One more than the last step that ran.
    pub fn len(&self) -> usize {
        match self.others.split_last() {
            Some((last, full)) => 1 + full.len() * BLOCK + last.len(),
            None => usize::from(self.first.is_some()),
        }
    }
}
