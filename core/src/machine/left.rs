//! What the steps of a call left behind, by step.

use super::state::StepState;

/// How many steps a block has room for.
const BLOCK: usize = 16;

/// What the steps of a call left behind.
///
/// In blocks: a long workflow leaves much that is not looked at for long, so it is
/// kept together, and what a block holds stays where it is as others follow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Left(Vec<Vec<Option<StepState>>>);

impl Left {
    /// What a step left behind, if it ran.
    pub fn get(&self, step: usize) -> Option<&StepState> {
        let block = self.0.get(step / BLOCK)?;
        block.get(step % BLOCK)?.as_ref()
    }

    /// What a step left behind; made where it did not run yet.
    pub fn get_or_default(&mut self, step: usize) -> &mut StepState {
        let (at, within) = (step / BLOCK, step % BLOCK);
        if self.0.len() <= at {
            // Mostly there is one step, or there are many.
            self.0.reserve_exact(usize::from(at == 0));
            self.0.resize_with(at + 1, Vec::new);
        }
        let block = &mut self.0[at];
        if block.len() <= within {
            let room = if step == 0 { 1 } else { BLOCK - block.len() };
            block.reserve_exact(room);
            block.resize_with(within + 1, || None);
        }
        block[within].get_or_insert_default()
    }

    /// The steps that ran, in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &StepState)> {
        let all = self.0.iter().zip(0_u32..).flat_map(|(block, at)| {
            let first = at * BLOCK as u32;
            block.iter().zip(first..)
        });
        all.filter_map(|(step, at)| Some((at, step.as_ref()?)))
    }

    /// One more than the last step that ran.
    pub fn len(&self) -> usize {
        match self.0.last() {
            Some(last) => (self.0.len() - 1) * BLOCK + last.len(),
            None => 0,
        }
    }
}
