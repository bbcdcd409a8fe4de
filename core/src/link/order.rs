//! In which order steps run, and what depends on what.

use std::collections::BTreeSet;

use super::error::LinkErrorKind as K;
use super::linker::Linker;
use super::operations::{qualified, split_source};
use super::program::{StepIndex, WorkflowIndex};
use super::step::{Draft, Frame};
use crate::diagnostic::Location;
use crate::document::{SourceType, StepObject};

/// Positions in the list as written, in the order in which the steps run.
///
/// Arazzo 1.1.0, Step Dependencies: only `dependsOn` makes an order other than
/// that of the list; then outputs that are used count as dependencies as well.
pub(super) fn of(linker: &mut Linker<'_>, drafts: &[Draft]) -> Vec<usize> {
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
        let place = drafts[cycle[0]].place.clone();
        let kind = K::DependencyCycle {
            what: "step",
            cycle: names.collect(),
        };
        linker.error(place, kind);
        return (0..count).collect();
    }
    sorted(drafts)
}

/// The first step of the list whose dependencies are done comes next; where
/// outputs are used in a circle, declared dependencies alone count.
fn sorted(drafts: &[Draft]) -> Vec<usize> {
    let count = drafts.len();
    let mut followers: Vec<Vec<(usize, bool)>> = vec![Vec::new(); count];
    let mut waits = vec![(0_usize, 0_usize); count];
    for (position, draft) in drafts.iter().enumerate() {
        for needed in &draft.step.depends_on {
            followers[needed.0 as usize].push((position, true));
            waits[position].0 += 1;
        }
        let uses = draft.before.steps.iter().chain(&draft.after.steps);
        for used in uses.filter(|used| used.step != position) {
            if let Some(followers) = followers.get_mut(used.step) {
                followers.push((position, false));
                waits[position].1 += 1;
            }
        }
    }
    let mut free = BTreeSet::new();
    let mut half = BTreeSet::new();
    for (position, waits) in waits.iter().enumerate() {
        match waits {
            (0, 0) => free.insert(position),
            (0, _) => half.insert(position),
            _ => false,
        };
    }
    let mut order = Vec::with_capacity(count);
    while let Some(next) = free.pop_first().or_else(|| half.pop_first()) {
        half.remove(&next);
        order.push(next);
        waits[next] = (usize::MAX, usize::MAX);
        for (follower, declared) in std::mem::take(&mut followers[next]) {
            let waits = &mut waits[follower];
            if waits.0 == usize::MAX {
                continue; // It has run already.
            }
            if declared {
                waits.0 -= 1;
            } else {
                waits.1 -= 1;
            }
            match waits {
                (0, 0) => free.insert(follower),
                (0, _) => half.insert(follower),
                _ => false,
            };
        }
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
        self.digest.count(step.depends_on.len());
        for entry in &step.depends_on {
            self.digest.text(&entry.value);
            let location = frame.file.place(entry.node);
            if let Some(rest) = entry.value.strip_prefix("$workflows.") {
                out.extend(self.distant_step(frame, rest, &entry.value, location));
            } else if let Some(rest) = qualified(&entry.value) {
                self.foreign_step(frame, rest, &entry.value, location);
            } else {
                match frame.file.step(frame.position, &entry.value) {
                    Some(position) => out.push(StepIndex(position as u32)),
                    None => {
                        let kind = self.unknown_step_in(frame.file, frame.workflow, &entry.value);
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
            self.error(
                location,
                self.unknown_step_in(frame.file, frame.workflow, text),
            );
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
            None => self.error(location, self.unknown_step_in(frame.file, object, step)),
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
            let kind = self.unknown_step_in(frame.file, frame.workflow, text);
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
            self.error(location, self.unknown_step_in(&other, object, step));
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
