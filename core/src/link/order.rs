//! In which order steps run, and what depends on what.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::error::LinkErrorKind as K;
use super::help::way;
use super::linker::Linker;
use super::operations::{qualified, split_source};
use super::program::{StepIndex, WorkflowIndex};
use super::step::{Draft, Frame};
use crate::diagnostic::Severity;
use crate::document::{Node, SourceType, StepObject};

/// Positions in the list as written, in the order in which the steps run.
///
/// Arazzo 1.1.0, Step Dependencies: only `dependsOn` makes an order other than
/// that of the list; then outputs that are used count as dependencies as well.
pub(super) fn of(linker: &Linker<'_>, drafts: &[Draft]) -> Vec<usize> {
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
        let draft = |position: &usize| &drafts[*position];
        let names: Vec<String> = cycle
            .iter()
            .map(|at| draft(at).step.id.to_string())
            .collect();
        let place = draft(&cycle[0]).place.clone();
        let texts = ["step", &*way(&names)];
        linker.note(place, Severity::Error, K::DependencyCycle, &texts);
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
    // Those that wait for nothing, then those that wait for used outputs alone; a
    // step can be in both.
    let mut free = BinaryHeap::new();
    let mut half = BinaryHeap::new();
    for (position, waits) in waits.iter().enumerate() {
        match *waits {
            (0, 0) => free.push(Reverse(position)),
            (0, _) => half.push(Reverse(position)),
            _ => {}
        }
    }
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse(next)) = free.pop().or_else(|| half.pop()) {
        if waits[next].0 == usize::MAX {
            continue; // It has run already.
        }
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
            match *waits {
                (0, 0) => free.push(Reverse(follower)),
                (0, _) => half.push(Reverse(follower)),
                _ => {}
            }
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
            let at = frame.file.node(entry.node);
            if let Some(rest) = entry.value.strip_prefix("$workflows.") {
                out.extend(self.distant_step(frame, rest, &entry.value, at));
            } else if let Some(rest) = qualified(&entry.value) {
                self.foreign_step(frame, rest, &entry.value, at);
            } else {
                match frame.file.step(frame.position, &entry.value) {
                    Some(position) => out.push(StepIndex(position as u32)),
                    None => {
                        let (file, name) = (frame.file, &entry.value);
                        self.unknown_step(at.location(), file, frame.workflow, name, name);
                    }
                }
            }
        }
        out
    }

    /// `$workflows.workflow.steps.step`, which may be the same workflow.
    fn distant_step(
        &self,
        frame: Frame<'_, 'd>,
        rest: &str,
        text: &str,
        at: Node<'_>,
    ) -> Option<StepIndex> {
        let Some((workflow, step)) = rest.split_once(".steps.") else {
            self.unknown_step(at.location(), frame.file, frame.workflow, text, text);
            return None;
        };
        let Some(position) = frame.file.workflow(workflow) else {
            self.unknown_workflow(at.location(), workflow, "", "");
            return None;
        };
        let object = &frame.file.object.workflows[position];
        match object
            .steps
            .iter()
            .position(|known| *known.id.value == *step)
        {
            None => self.unknown_step(at.location(), frame.file, object, step, step),
            Some(position) if std::ptr::eq(object, frame.workflow) => {
                return Some(StepIndex(position as u32));
            }
            Some(_) => self.warn(at, K::DistantDependency, &[text]),
        }
        None
    }

    fn foreign_step(&mut self, frame: Frame<'_, 'd>, rest: &str, text: &str, at: Node<'_>) {
        let found = split_source(frame.file, rest)
            .and_then(|(source, rest)| Some((source, rest.split_once(".steps.")?)));
        let Some((source, (workflow, step))) = found else {
            self.unknown_step(at.location(), frame.file, frame.workflow, text, text);
            return;
        };
        let (Some(document), Some(SourceType::Arazzo)) = (source.document, source.kind) else {
            self.missing_source(frame.file, source, &format!("step `{step}`"), at);
            return;
        };
        let Some(other) = self.open(document) else {
            return;
        };
        let other = self.file(other);
        let Some(position) = other.workflow(workflow) else {
            self.unknown_workflow(at.location(), workflow, &source.name, "");
            return;
        };
        let object = &other.object.workflows[position];
        if object.steps.iter().any(|known| *known.id.value == *step) {
            self.warn(at, K::DistantDependency, &[text]);
        } else {
            self.unknown_step(at.location(), &other, object, step, step);
        }
    }

    /// Reports workflows that depend on each other in a circle.
    pub fn workflow_cycles(&self, depends_on: &[Vec<WorkflowIndex>]) {
        let next = |at: usize| {
            depends_on[at]
                .iter()
                .map(|index| index.0 as usize)
                .collect()
        };
        let Some(found) = cycle(depends_on.len(), &next) else {
            return;
        };
        let name = |at: &usize| {
            let (file, position) = self.workflows[*at];
            let object = &self.files[file].object.workflows[position];
            object.id.value.to_string()
        };
        let names: Vec<String> = found.iter().map(name).collect();
        let (file, position) = self.workflows[found[0]];
        let file = self.file(file);
        let object = &file.object.workflows[position];
        let node = object.depends_on.first().map_or(object.node, |at| at.node);
        self.error(
            file.node(node),
            K::DependencyCycle,
            &["workflow", &way(&names)],
        );
    }
}
