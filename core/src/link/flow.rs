//! Which steps lead to which, and what follows from it.

use super::error::LinkErrorKind as K;
use super::linker::{Linker, Moment};
use super::program::{Action, ActionKind, ActionTarget, FedBack, StepIndex, Target};
use super::resolve::name_of;
use super::step::{Draft, Frame};
use super::uses::{Use, Uses};
use crate::diagnostic::Severity;
use crate::document::{ActionObject, Item};
use crate::expression::{Expression, Reference};
use crate::pointer::Pointer;

/// Unspecified: workflows with more steps are not searched for loops, forward
/// references and steps that nothing leads to; it would take long.
const MAX_STEPS: usize = 2_000;

/// Which steps can run after which, by position in the list as written.
struct Graph {
    /// `reach[a][b]`: a way of at least one jump or step leads from `a` to `b`.
    reach: Vec<Vec<bool>>,
}

impl Graph {
    fn of(drafts: &[Draft], order: &[usize]) -> Self {
        let count = drafts.len();
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (rank, position) in order.iter().enumerate() {
            let step = &drafts[*position].step;
            for action in step.actions() {
                next[*position].extend(leads_to(action, *position));
            }
            let always = step
                .on_success
                .iter()
                .any(|action| action.criteria.is_empty());
            if let (false, Some(following)) = (always, order.get(rank + 1)) {
                next[*position].push(*following);
            }
        }
        let mut reach = vec![vec![false; count]; count];
        for (from, seen) in reach.iter_mut().enumerate() {
            let mut open = next[from].clone();
            while let Some(at) = open.pop() {
                if !seen[at] {
                    seen[at] = true;
                    open.extend(&next[at]);
                }
            }
        }
        Self { reach }
    }

    /// Whether `at` lies on a way from `from` back to `to`.
    fn between(&self, from: usize, at: usize, to: usize) -> bool {
        (at == from || self.reach[from][at]) && (at == to || self.reach[at][to])
    }
}

fn leads_to(action: &Action, from: usize) -> Option<usize> {
    match &action.kind {
        ActionKind::Goto(ActionTarget::Step(step)) => Some(step.0 as usize),
        ActionKind::Retry {
            first: Some(ActionTarget::Step(step)),
            ..
        } => Some(step.0 as usize),
        ActionKind::Retry { .. } => Some(from),
        _ => None,
    }
}

impl<'d> Linker<'d> {
    /// Forward references, steps that nothing leads to, loops without an end.
    pub fn check_flow(&self, frame: Frame<'_, 'd>, drafts: &[Draft], order: &[usize]) {
        if drafts.len() > MAX_STEPS || drafts.len() != frame.workflow.steps.len() {
            return;
        }
        let graph = Graph::of(drafts, order);
        let mut rank = vec![0; drafts.len()];
        for (at, position) in order.iter().enumerate() {
            rank[*position] = at;
        }
        for (position, draft) in drafts.iter().enumerate() {
            let uses = draft.before.steps.iter().chain(&draft.after.steps);
            for used in uses {
                self.check_use(&graph, &rank, position, used, drafts);
            }
        }
        // A jump that could not be linked is no reason for more findings.
        let actions: usize = drafts
            .iter()
            .map(|draft| draft.step.on_success.len() + draft.step.on_failure.len())
            .sum();
        let written: usize = (0..drafts.len())
            .map(|position| self.count_actions(frame, position))
            .sum();
        if actions == written {
            self.unreachable(&graph, drafts, order);
            self.loops(frame, &graph, &rank, drafts);
        }
    }

    fn count_actions(&self, frame: Frame<'_, 'd>, position: usize) -> usize {
        let step = &frame.workflow.steps[position];
        let lists = [
            (&step.on_success, frame.success),
            (&step.on_failure, frame.failure),
        ];
        let mut count = 0;
        for (own, shared) in lists {
            count += own.len();
            let overrides = |item: &Item<ActionObject>, name: &str| match item {
                Item::Inline(action) => !name.is_empty() && name_of(action) == name,
                Item::Reusable(_) => false,
            };
            for action in shared {
                let name = name_of(action.object);
                count += usize::from(!own.iter().any(|item| overrides(item, name)));
            }
        }
        count
    }

    fn check_use(&self, graph: &Graph, rank: &[usize], user: usize, used: &Use, drafts: &[Draft]) {
        let itself = used.step == user;
        let early = match used.moment {
            Moment::Request => itself || rank[used.step] > rank[user],
            _ => !itself && rank[used.step] > rank[user],
        };
        if !early {
            return;
        }
        let jump = graph.reach[used.step][user];
        if itself && jump {
            return;
        }
        let severity = if jump {
            Severity::Warning
        } else {
            Severity::Error
        };
        let step = &*drafts[used.step].step.id;
        let texts = if jump {
            [step, "a jump back", ""]
        } else {
            [step, "", step]
        };
        self.note(used.place.clone(), severity, K::ForwardReference, &texts);
    }

    fn unreachable(&self, graph: &Graph, drafts: &[Draft], order: &[usize]) {
        let Some(first) = order.first() else { return };
        for position in order.iter().skip(1) {
            if !graph.reach[*first][*position] {
                let step = &drafts[*position].step;
                let (place, texts) = (drafts[*position].place.clone(), [&*step.id]);
                self.note(place, Severity::Warning, K::UnreachableStep, &texts);
            }
        }
    }

    /// Unspecified: a loop is reported where it sends a page token that no step
    /// of the loop renews, and where a step goes back to itself always.
    fn loops(&self, frame: Frame<'_, 'd>, graph: &Graph, rank: &[usize], drafts: &[Draft]) {
        for (from, draft) in drafts.iter().enumerate() {
            let actions = draft.step.actions();
            for action in actions {
                let ActionKind::Goto(ActionTarget::Step(StepIndex(to))) = action.kind else {
                    continue;
                };
                let to = to as usize;
                if rank[to] <= rank[from] {
                    self.stale(frame, graph, drafts, from, to);
                }
            }
            let first = draft.step.on_success.first();
            if let Some(action) = first.filter(|action| action.criteria.is_empty())
                && matches!(action.kind, ActionKind::Goto(ActionTarget::Step(to)) if to.0 as usize == from)
            {
                let place = draft.first_action.as_ref().unwrap_or(&draft.place).clone();
                self.note(place, Severity::Warning, K::EndlessLoop, &[&draft.step.id]);
            }
        }
    }

    fn stale(&self, frame: Frame<'_, 'd>, graph: &Graph, drafts: &[Draft], from: usize, to: usize) {
        for fed in fed_back(frame, drafts, to) {
            let source = fed.step.0 as usize;
            if graph.between(to, source, from) {
                continue;
            }
            let uses: &Uses = &drafts[to].before;
            let used = uses
                .steps
                .iter()
                .find(|used| used.step == source && used.output.starts_with(&*fed.output));
            let place = used.map_or_else(|| drafts[to].place.clone(), |used| used.place.clone());
            let source = &drafts[source].step.id;
            let expression = format!("$steps.{source}.outputs.{}", fed.output);
            let texts = [&*drafts[to].step.id, &*expression, &**source];
            self.note(place, Severity::Warning, K::EndlessLoop, &texts);
        }
    }
}

/// The values of a step's request that were read from an answer of the same
/// operation, by position in the list as written.
pub(super) fn fed_back(frame: Frame<'_, '_>, drafts: &[Draft], position: usize) -> Vec<FedBack> {
    let step = &drafts[position].step;
    let Target::Operation(operation) = step.target else {
        return Vec::new();
    };
    let mut out: Vec<FedBack> = Vec::new();
    let mut expressions: Vec<&Expression> = Vec::new();
    for argument in &step.arguments {
        expressions.extend(argument.value.expressions());
    }
    if let Some(body) = &step.body {
        if let Some(payload) = &body.payload {
            expressions.extend(payload.expressions());
        }
        for replacement in &body.replacements {
            expressions.extend(replacement.value.expressions());
        }
    }
    for expression in expressions {
        let Reference::StepOutput { step: name, output } = expression.reference() else {
            continue;
        };
        let Some(source) = frame.file.step(frame.position, &name.name) else {
            continue;
        };
        let Some(from) = drafts.get(source).map(|draft| &draft.step) else {
            continue;
        };
        if !matches!(from.target, Target::Operation(other) if other == operation) {
            continue;
        }
        let found = output
            .candidates()
            .find_map(|name| from.outputs.iter().find(|output| *output.name == *name));
        let pointer = found
            .and_then(|output| output.value.as_expression())
            .and_then(|expression| expression.response_body_pointer());
        let (Some(found), Some(pointer)) = (found, pointer) else {
            continue;
        };
        let inside = expression
            .as_str()
            .split_once('#')
            .map_or("", |(_, inside)| inside);
        let places = (
            Pointer::parse(&format!("{pointer}{inside}")),
            Pointer::parse(inside),
        );
        let (Ok(pointer), Ok(inside)) = places else {
            continue;
        };
        let fed = FedBack {
            step: StepIndex(source as u32),
            output: (&*found.name).into(),
            pointer,
            inside,
        };
        if !out.contains(&fed) {
            out.push(fed);
        }
    }
    out
}
