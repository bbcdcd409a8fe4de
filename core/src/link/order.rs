//! In which order steps run, and what depends on what.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::error::LinkErrorKind as K;
use super::help::way;
use super::linker::{Frame, Linker};
use super::operations::{qualified, split_source};
use super::program::{StepIndex, Workflow};
use super::step::Draft;
use crate::document::{Node, SourceType};

/// Positions in the list as written, in the order in which the steps run.
///
/// Arazzo 1.1.0, Step Dependencies: only `dependsOn` makes an order other than
/// that of the list; then outputs that are used count as dependencies as well.
pub(super) fn of(linker: &Linker<'_>, drafts: &[Draft<'_>]) -> Vec<usize> {
    let declared = |draft: &Draft<'_>| {
        let steps = draft.step.depends_on.iter();
        steps.map(|index| index.0 as usize).collect()
    };
    let needed: Vec<Vec<usize>> = drafts.iter().map(declared).collect();
    if needed.iter().all(Vec::is_empty) {
        return (0..drafts.len()).collect();
    }
    if let Some(cycle) = cycle(&needed) {
        let names: Vec<&str> = cycle.iter().map(|at| &*drafts[*at].step.id).collect();
        let texts = ["step", &*way(&names)];
        linker.error(drafts[cycle[0]].node, K::DependencyCycle, &texts);
        return (0..drafts.len()).collect();
    }
    sorted(drafts, &needed)
}

/// What a step waits for.
#[derive(Clone, Default)]
struct Waits {
    /// Declared dependencies that have not run.
    declared: usize,
    /// Steps whose outputs it uses, and that have not run.
    used: usize,
    has_run: bool,
    /// Who waits for it, and whether that is declared.
    followers: Vec<(usize, bool)>,
}

/// The first step of the list whose dependencies are done comes next; where
/// outputs are used in a circle, declared dependencies alone count.
fn sorted(drafts: &[Draft<'_>], needed: &[Vec<usize>]) -> Vec<usize> {
    let mut steps = vec![Waits::default(); drafts.len()];
    for (position, draft) in drafts.iter().enumerate() {
        for needed in &needed[position] {
            steps[*needed].followers.push((position, true));
            steps[position].declared += 1;
        }
        for used in &draft.uses {
            if used.step != position && used.step < steps.len() {
                steps[used.step].followers.push((position, false));
                steps[position].used += 1;
            }
        }
    }
    // Those that wait for nothing come before those that wait for used outputs alone;
    // a step can be among both.
    let mut free = BinaryHeap::new();
    let enter = |free: &mut BinaryHeap<_>, at: usize, step: &Waits| {
        if step.declared == 0 && !step.has_run {
            free.push(Reverse((step.used > 0, at)));
        }
    };
    for (at, step) in steps.iter().enumerate() {
        enter(&mut free, at, step);
    }
    let mut order = Vec::with_capacity(steps.len());
    while let Some(Reverse((_, next))) = free.pop() {
        if std::mem::replace(&mut steps[next].has_run, true) {
            continue;
        }
        order.push(next);
        for (follower, declared) in std::mem::take(&mut steps[next].followers) {
            let step = &mut steps[follower];
            if declared {
                step.declared -= 1;
            } else {
                step.used -= 1;
            }
            enter(&mut free, follower, step);
        }
    }
    order
}

/// A cycle, the first again at the end.
fn cycle(next: &[Vec<usize>]) -> Option<Vec<usize>> {
    // 0: not seen, 1: on the way, 2: done.
    let mut state = vec![0_u8; next.len()];
    let mut way: Vec<(usize, usize)> = Vec::new();
    for start in 0..next.len() {
        if state[start] == 0 {
            state[start] = 1;
            way.push((start, next[start].len()));
        }
        while let Some((at, left)) = way.last_mut() {
            let at = *at;
            if *left == 0 {
                state[at] = 2;
                way.pop();
                continue;
            }
            *left -= 1;
            let to = next[at][*left];
            match state[to] {
                0 => {
                    state[to] = 1;
                    way.push((to, next[to].len()));
                }
                1 => {
                    let mut cycle: Vec<usize> = way.iter().map(|(at, _)| *at).collect();
                    let first = cycle.iter().position(|at| *at == to);
                    cycle.drain(..first.unwrap_or_default());
                    cycle.push(to);
                    return Some(cycle);
                }
                _ => {}
            }
        }
    }
    None
}

impl<'d> Linker<'d> {
    /// Arazzo 1.1.0, Step Object, dependsOn: those of the same workflow.
    pub fn step_dependencies(&mut self, frame: &Frame<'_, 'd>, step: Node<'d>) -> Vec<StepIndex> {
        let mut out = Vec::new();
        let written = frame.file.object.list(step, "dependsOn");
        self.digest.count(written.clone().count());
        for at in written {
            let text = at.as_str().unwrap_or_default();
            self.digest.text(text);
            let position = if let Some(rest) = text.strip_prefix("$workflows.") {
                self.distant_step(frame, rest, text, at)
            } else if let Some(rest) = qualified(text) {
                self.foreign_step(frame, rest, text, at);
                None
            } else {
                let found = frame.workflow.step(text);
                if found.is_none() {
                    self.unknown_step(at, frame.file, frame.workflow, text, text);
                }
                found
            };
            out.extend(position.and_then(|position| self.index.get(position)));
        }
        out
    }

    /// `$workflows.workflow.steps.step`, which may be the same workflow.
    fn distant_step(
        &self,
        frame: &Frame<'_, 'd>,
        rest: &str,
        text: &str,
        at: Node<'_>,
    ) -> Option<usize> {
        let Some((workflow, step)) = rest.split_once(".steps.") else {
            self.unknown_step(at, frame.file, frame.workflow, text, text);
            return None;
        };
        let Some(position) = frame.file.workflow(workflow) else {
            self.error(at, K::UnknownWorkflow, &[workflow, "", ""]);
            return None;
        };
        let workflow = &frame.file.workflows[position];
        match workflow.step(step) {
            None => self.unknown_step(at, frame.file, workflow, step, step),
            Some(position) if std::ptr::eq(workflow, frame.workflow) => return Some(position),
            Some(_) => self.warn(at, K::DistantDependency, &[text]),
        }
        None
    }

    fn foreign_step(&mut self, frame: &Frame<'_, 'd>, rest: &str, text: &str, at: Node<'_>) {
        let found = split_source(frame.file, rest)
            .and_then(|(source, rest)| Some((source, rest.split_once(".steps.")?)));
        let Some((source, (workflow, step))) = found else {
            return self.unknown_step(at, frame.file, frame.workflow, text, text);
        };
        let (Some(document), Some(SourceType::Arazzo)) = (source.document, source.kind) else {
            return self.missing_source(source, &format!("step `{step}`"), at);
        };
        let Some(other) = self.open(document) else {
            return;
        };
        let Some(position) = other.workflow(workflow) else {
            return self.error(at, K::UnknownWorkflow, &[workflow, source.name, ""]);
        };
        let workflow = &other.workflows[position];
        if workflow.step(step).is_some() {
            self.warn(at, K::DistantDependency, &[text]);
        } else {
            self.unknown_step(at, &other, workflow, step, step);
        }
    }

    /// Reports workflows that depend on each other in a circle.
    pub fn workflow_cycles(&self, workflows: &[Workflow]) {
        let mut next: Vec<Vec<usize>> = Vec::with_capacity(workflows.len());
        for workflow in workflows {
            let needed = workflow.depends_on.iter();
            next.push(needed.map(|index| index.0 as usize).collect());
        }
        let Some(found) = cycle(&next) else {
            return;
        };
        let names: Vec<&str> = found.iter().map(|at| &*workflows[*at].id).collect();
        let (file, position) = self.workflows[found[0]];
        let file = &self.files[file];
        let node = file.workflows[position].node;
        let first = file.object.list(node, "dependsOn").next();
        let texts = ["workflow", &*way(&names)];
        self.error(first.unwrap_or(node), K::DependencyCycle, &texts);
    }
}
