//! In which order steps run, and what depends on what.

use super::error::LinkErrorKind as K;
use super::linker::Linker;
use super::operations::{qualified, split_source};
use super::program::{StepIndex, WorkflowIndex};
use super::references::unknown_step_in;
use super::step::{Draft, Frame};
use crate::diagnostic::Location;
use crate::document::{SourceType, StepObject};

/// Positions in the list as written, in the order in which the steps run.
///
/// Arazzo 1.1.0, Step Dependencies: only `dependsOn` makes an order other than
/// that of the list; then outputs that are used count as dependencies as well.
pub(super) fn of(linker: &mut Linker<'_>, frame: Frame<'_, '_>, drafts: &[Draft]) -> Vec<usize> {
    let count = drafts.len();
    if drafts.iter().all(|draft| draft.step.depends_on.is_empty()) {
        return (0..count).collect();
    }
    let explicit = |position: usize| {
        drafts[position]
            .step
            .depends_on
            .iter()
            .map(|index| index.0 as usize)
    };
    if let Some(cycle) = cycle(count, &|position| explicit(position).collect()) {
        let names = cycle
            .iter()
            .map(|position| drafts[*position].step.id.to_string());
        let place = drafts[cycle[0]].step.place.clone();
        let kind = K::DependencyCycle {
            what: "step",
            cycle: names.collect(),
        };
        linker.error(place, kind);
        return (0..count).collect();
    }
    let _ = frame;
    let mut done = vec![false; count];
    let mut order = Vec::with_capacity(count);
    while order.len() < count {
        let free =
            |position: &usize| !done[*position] && explicit(*position).all(|needed| done[needed]);
        let satisfied = |position: &usize| {
            let draft = &drafts[*position];
            let uses = draft.before.steps.iter().chain(&draft.after.steps);
            uses.into_iter()
                .all(|used| used.step == *position || done[used.step])
        };
        let next = (0..count)
            .find(|position| free(position) && satisfied(position))
            .or_else(|| (0..count).find(free));
        let Some(next) = next else { break };
        done[next] = true;
        order.push(next);
    }
    order
}

/// A cycle, the first again at the end.
fn cycle(count: usize, next: &dyn Fn(usize) -> Vec<usize>) -> Option<Vec<usize>> {
    // 0: not seen, 1: on the way, 2: done.
    let mut state = vec![0_u8; count];
    for start in 0..count {
        if state[start] != 0 {
            continue;
        }
        state[start] = 1;
        let mut way = vec![(start, next(start))];
        while let Some((at, left)) = way.last_mut() {
            let at = *at;
            match left.pop() {
                None => {
                    state[at] = 2;
                    way.pop();
                }
                Some(to) if state[to] == 1 => {
                    let mut cycle: Vec<usize> = way
                        .iter()
                        .map(|(at, _)| *at)
                        .skip_while(|at| *at != to)
                        .collect();
                    cycle.push(to);
                    return Some(cycle);
                }
                Some(to) if state[to] == 0 => {
                    state[to] = 1;
                    let onward = next(to);
                    way.push((to, onward));
                }
                Some(_) => {}
            }
        }
    }
    None
}

impl<'d> Linker<'d> {
    /// Arazzo 1.1.0, Step Object, dependsOn: those of the same workflow.
    pub fn step_dependencies(&mut self, frame: Frame<'_, 'd>, step: &StepObject) -> Vec<StepIndex> {
        let mut out = Vec::new();
        for entry in &step.depends_on {
            self.digest.text(&entry.value);
            let location = frame.file.place(entry.node);
            if let Some(rest) = entry.value.strip_prefix("$workflows.") {
                out.extend(self.distant_step(frame, rest, &entry.value, location));
            } else if let Some(rest) = qualified(&entry.value) {
                self.foreign_step(frame, rest, &entry.value, location);
            } else {
                let steps = &frame.workflow.steps;
                match steps.iter().position(|step| step.id.value == entry.value) {
                    Some(position) => out.push(StepIndex(position as u32)),
                    None => {
                        let kind = unknown_step_in(frame.file, frame.workflow, &entry.value);
                        self.error(location, kind);
                    }
                }
            }
        }
        out
    }

    /// `$workflows.workflow.steps.step`, which may be the same workflow.
    fn distant_step(
        &mut self,
        frame: Frame<'_, 'd>,
        rest: &str,
        text: &str,
        location: Location,
    ) -> Option<StepIndex> {
        let Some((workflow, step)) = rest.split_once(".steps.") else {
            self.error(location, unknown_step_in(frame.file, frame.workflow, text));
            return None;
        };
        let Some(position) = frame.file.workflow(workflow) else {
            self.unknown_workflow(location, workflow, "", None);
            return None;
        };
        let object = &frame.file.object.workflows[position];
        match object
            .steps
            .iter()
            .position(|known| *known.id.value == *step)
        {
            None => self.error(location, unknown_step_in(frame.file, object, step)),
            Some(position) if std::ptr::eq(object, frame.workflow) => {
                return Some(StepIndex(position as u32));
            }
            Some(_) => {
                let step = text.to_owned();
                self.warn(location, K::DistantDependency { step });
            }
        }
        None
    }

    fn foreign_step(&mut self, frame: Frame<'_, 'd>, rest: &str, text: &str, location: Location) {
        let found = split_source(frame.file, rest)
            .and_then(|(source, rest)| Some((source, rest.split_once(".steps.")?)));
        let Some((source, (workflow, step))) = found else {
            let kind = unknown_step_in(frame.file, frame.workflow, text);
            self.error(location, kind);
            return;
        };
        let (Some(document), Some(SourceType::Arazzo)) = (source.document, source.kind) else {
            self.missing_source(frame.file, source, &format!("step `{step}`"), &location);
            return;
        };
        let Some(other) = self.open(document) else {
            return;
        };
        let other = self.file(other);
        let Some(position) = other.workflow(workflow) else {
            self.unknown_workflow(location, workflow, &source.name, None);
            return;
        };
        let object = &other.object.workflows[position];
        if object.steps.iter().any(|known| *known.id.value == *step) {
            let step = text.to_owned();
            self.warn(location, K::DistantDependency { step });
        } else {
            self.error(location, unknown_step_in(&other, object, step));
        }
    }

    /// Reports workflows that depend on each other in a circle.
    pub fn workflow_cycles(&mut self, depends_on: &[Vec<WorkflowIndex>]) {
        let next = |at: usize| {
            depends_on[at]
                .iter()
                .map(|index| index.0 as usize)
                .collect()
        };
        let Some(found) = cycle(depends_on.len(), &next) else {
            return;
        };
        let names = found.iter().map(|at| {
            let (file, position) = self.workflows[*at];
            self.files[file].object.workflows[position]
                .id
                .value
                .to_string()
        });
        let kind = K::DependencyCycle {
            what: "workflow",
            cycle: names.collect(),
        };
        let (file, position) = self.workflows[found[0]];
        let file = self.file(file);
        let object = &file.object.workflows[position];
        let node = object.depends_on.first().map_or(object.node, |at| at.node);
        self.error(file.place(node), kind);
    }
}
