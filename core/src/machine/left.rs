//! What the steps of a call left behind, by step.

use super::state::StepState;

/// How many steps a block has room for.
const BLOCK: usize = 16;

/// What the steps of a call left behind.
///
/// In blocks: a long workflow leaves much that is not looked at for long, so it is
/// kept together, and what a block holds stays where it is as others follow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Left {
    first: Block,
    others: Vec<Block>,
}

type Block = Vec<Option<StepState>>;

impl Left {
    /// What a step left behind, if it ran.
    pub fn get(&self, step: usize) -> Option<&StepState> {
        let block = match (step / BLOCK).checked_sub(1) {
            None => &self.first,
            Some(at) => self.others.get(at)?,
        };
        block.get(step % BLOCK)?.as_ref()
    }

    /// What a step left behind; made where it did not run yet.
    pub fn get_or_default(&mut self, step: usize) -> &mut StepState {
        let block = match (step / BLOCK).checked_sub(1) {
            None => &mut self.first,
            Some(at) => {
                if self.others.len() <= at {
                    self.others.resize_with(at + 1, Vec::new);
                }
                &mut self.others[at]
            }
        };
        let within = step % BLOCK;
        if block.len() <= within {
            // Mostly there is one step, or there are many.
            let room = if step == 0 { 1 } else { BLOCK - block.len() };
            block.reserve_exact(room);
            block.resize_with(within + 1, || None);
        }
        block[within].get_or_insert_default()
    }

    /// The steps that ran, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &StepState)> {
        let blocks = std::iter::once(&self.first).chain(&self.others);
        let numbered = blocks.zip((0_u32..).step_by(BLOCK));
        let all = numbered.flat_map(|(block, first)| block.iter().zip(first..));
        all.filter_map(|(step, at)| Some((at, step.as_ref()?)))
    }

    /// One more than the last step that ran.
    pub fn len(&self) -> usize {
        match self.others.last() {
            Some(last) => self.others.len() * BLOCK + last.len(),
            None => self.first.len(),
        }
    }
}
