//! Puts steps into their order.

use std::sync::Arc;

use super::parts;
use super::program::{FedBack, OperationIndex, Step, StepIndex, Target};
use super::step::Draft;
use crate::exchange::Parts;
use crate::pointer::Pointer;

/// How many different sets of parts are compared.
const MOST_SETS: usize = 16;

/// The steps in the order in which they run, with what each feeds back, by position;
/// `index` tells when each step of the list is run.
pub(super) fn steps(
    drafts: Vec<Draft<'_>>,
    fed_back: Vec<Vec<FedBack>>,
    order: &[usize],
    index: &[StepIndex],
) -> Vec<Step> {
    let mut drafts: Vec<Option<Step>> = drafts.into_iter().map(|one| Some(one.step)).collect();
    for (draft, fed_back) in drafts.iter_mut().flatten().zip(fed_back) {
        draft.fed_back = fed_back;
        for fed in &mut draft.fed_back {
            fed.step = index[fed.step.0 as usize];
        }
    }
    let mut steps = Vec::with_capacity(drafts.len());
    for position in order {
        steps.extend(drafts[*position].take());
    }
    remember(&mut steps);
    let mut known: Vec<Arc<Parts>> = Vec::new();
    for step in &mut steps {
        let parts = parts::wanted(step);
        step.parts = match known.iter().find(|known| ***known == parts) {
            Some(known) => known.clone(),
            None => {
                let parts = Arc::new(parts);
                if known.len() < MOST_SETS {
                    known.push(parts.clone());
                }
                parts
            }
        };
    }
    steps
}

/// Every step of an operation remembers the places of its answers that some
/// step feeds back to that operation.
fn remember(steps: &mut [Step]) {
    let mut fed: Vec<(OperationIndex, Pointer)> = Vec::new();
    for step in steps.iter() {
        if let Target::Operation(index) = step.target {
            for one in &step.fed_back {
                fed.push((index, one.pointer.clone()));
            }
        }
    }
    for step in steps {
        let Target::Operation(operation) = step.target else {
            continue;
        };
        let mut places: Vec<Pointer> = Vec::new();
        for (used, place) in &fed {
            if *used == operation && !places.contains(place) {
                places.push(place.clone());
            }
        }
        step.remembered = places;
    }
}
