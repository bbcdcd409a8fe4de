//! Puts steps into their order and binds what names them.

use std::sync::Arc;

use super::flow::fed_back;
use super::linker::Frame;
use super::parts;
use super::program::{
    Action, ActionKind, ActionTarget, Argument, Criterion, OperationIndex, Output, Step, StepIndex,
    Target,
};
use super::share;
use super::step::Draft;
use crate::expression::StepRef;
use crate::pointer::Pointer;

/// The steps in the order in which they run, every index in that order.
pub(super) fn steps(
    drafts: Vec<Draft<'_>>,
    order: &[usize],
    frame: &Frame<'_, '_>,
    outputs: &mut [Output],
) -> Vec<Step> {
    let mut index = vec![StepIndex(0); drafts.len()];
    for (at, position) in order.iter().enumerate() {
        index[*position] = StepIndex(at as u32);
    }
    let fed: Vec<_> = (0..drafts.len())
        .map(|at| fed_back(frame, &drafts, at))
        .collect();
    let mut bind = |step: &mut StepRef| {
        let position = frame.workflow.step(&step.name);
        step.index = position.and_then(|position| Some(index.get(position)?.0));
    };
    for output in outputs {
        output.value.bind(&mut bind);
    }
    let mut steps: Vec<Option<Step>> = Vec::with_capacity(drafts.len());
    for (draft, fed) in drafts.into_iter().zip(fed) {
        let mut step = draft.step;
        step.fed_back = fed;
        for fed in &mut step.fed_back {
            fed.step = index[fed.step.0 as usize];
        }
        for needed in &mut step.depends_on {
            *needed = index[needed.0 as usize];
        }
        bind_step(&mut step, &index, &mut bind);
        steps.push(Some(step));
    }
    let mut steps: Vec<Step> = order.iter().filter_map(|at| steps[*at].take()).collect();
    remember(&mut steps);
    for step in &mut steps {
        step.parts = Arc::new(parts::wanted(step));
    }
    share::share(&mut steps);
    steps
}

fn bind_step(step: &mut Step, index: &[StepIndex], bind: &mut dyn FnMut(&mut StepRef)) {
    bind_arguments(&mut step.arguments, bind);
    if let Some(body) = &mut step.body {
        if let Some(payload) = &mut body.payload {
            payload.bind(bind);
        }
        for replacement in &mut body.replacements {
            replacement.value.bind(bind);
        }
    }
    bind_criteria(own(&mut step.criteria), bind);
    for output in own(&mut step.outputs) {
        output.value.bind(bind);
    }
    for actions in [&mut step.on_success, &mut step.on_failure] {
        for action in own(actions) {
            bind_action(action, index, bind);
        }
    }
}

/// The elements of a list that no other step shares yet.
pub(super) fn own<T>(list: &mut Arc<[T]>) -> &mut [T] {
    Arc::get_mut(list).unwrap_or_default()
}

fn bind_action(action: &mut Action, index: &[StepIndex], bind: &mut dyn FnMut(&mut StepRef)) {
    bind_criteria(&mut action.criteria, bind);
    let target = match &mut action.kind {
        ActionKind::Goto(target) => Some(target),
        ActionKind::Retry { first, .. } => first.as_mut(),
        ActionKind::End => None,
    };
    match target {
        Some(ActionTarget::Step(step)) => *step = index[step.0 as usize],
        Some(ActionTarget::Workflow(_, arguments)) => bind_arguments(arguments, bind),
        None => {}
    }
}

fn bind_arguments(arguments: &mut [Argument], bind: &mut dyn FnMut(&mut StepRef)) {
    for argument in arguments {
        argument.value.bind(bind);
    }
}

fn bind_criteria(criteria: &mut [Criterion], bind: &mut dyn FnMut(&mut StepRef)) {
    for criterion in criteria {
        criterion.condition.bind(bind);
    }
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
