//! Which parts of its answers a step looks at.

use std::sync::Arc;

use super::program::{Action, ActionTarget, Step, Target, Workflow};
use crate::exchange::Parts;

/// The parts of a step's answers that its criteria, outputs and actions look at,
/// and what is remembered of them.
pub(super) fn wanted(step: &Step) -> Parts {
    let mut parts = Parts::default();
    for criterion in &*step.criteria {
        criterion.condition.want(&mut parts);
    }
    for output in &*step.outputs {
        output.value.want(&mut parts);
    }
    for action in step.actions() {
        want_by_action(action, &mut parts);
    }
    for place in &step.remembered {
        place.tokens().fold(&mut parts, Parts::child_mut).want_all();
    }
    parts.settled()
}

fn want_by_action(action: &Action, parts: &mut Parts) {
    for criterion in &action.criteria {
        criterion.condition.want(parts);
    }
    if let Some(ActionTarget::Workflow(_, arguments)) = action.kind.target() {
        for argument in arguments {
            argument.value.want(parts);
        }
    }
}

/// A step that calls a workflow sees the last answer that was given there: where
/// it looks at bodies, the steps that may give it are read whole.
pub(super) fn hand_down(workflows: &mut [Workflow]) {
    let mut open: Vec<usize> = Vec::new();
    for workflow in workflows.iter() {
        for step in &workflow.steps {
            if step.reads_body {
                open.extend(called(step));
            }
        }
    }
    let mut seen = vec![false; workflows.len()];
    let all = Arc::new(Parts::all());
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        for step in &mut workflows[at].steps {
            step.parts = all.clone();
            open.extend(called(step));
            for action in step.actions() {
                if let Some(ActionTarget::Workflow(index, _)) = action.kind.target() {
                    open.push(index.0 as usize);
                }
            }
        }
    }
}

fn called(step: &Step) -> Option<usize> {
    match step.target {
        Target::Workflow(index) => Some(index.0 as usize),
        _ => None,
    }
}
