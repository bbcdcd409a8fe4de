//! Which steps lead to which, and what follows from it.

use super::error::LinkErrorKind as K;
use super::linker::{Frame, Linker};
use super::program::{Action, ActionKind, ActionTarget, FedBack, Step, StepIndex, Target};
use super::step::Draft;
use super::uses::Use;
use crate::diagnostic::Severity;
use crate::expression::{Expression, Reference};
use crate::pointer::Pointer;

/// Unspecified: workflows with more steps are not searched for loops, forward
/// references and steps that nothing leads to; it would take long.
const MAX_STEPS: usize = 2_000;

/// Which steps can run after which, by position in the list as written.
struct Graph<'a, 'd> {
    drafts: &'a [Draft<'d>],
    /// When each step runs in the order of the list.
    rank: Vec<usize>,
    /// At `a * drafts + b`: a way of at least one jump or step leads from `a` to `b`.
    reach: Vec<bool>,
}

impl<'a, 'd> Graph<'a, 'd> {
    fn of(drafts: &'a [Draft<'d>], order: &[usize]) -> Self {
        let count = drafts.len();
        let mut rank = vec![0; count];
        let mut next: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (at, position) in order.iter().enumerate() {
            rank[*position] = at;
            let step = &drafts[*position].step;
            let next = &mut next[*position];
            let mut always = false;
            for action in &*step.on_success {
                next.extend(leads_to(action, *position));
                always |= action.criteria.is_empty();
            }
            for action in &*step.on_failure {
                next.extend(leads_to(action, *position));
            }
            if !always {
                next.extend(order.get(at + 1));
            }
        }
        let mut reach = vec![false; count * count];
        let mut open = Vec::new();
        for (from, next_of_it) in next.iter().enumerate() {
            let seen = &mut reach[from * count..][..count];
            open.extend_from_slice(next_of_it);
            while let Some(at) = open.pop() {
                if !std::mem::replace(&mut seen[at], true) {
                    open.extend_from_slice(&next[at]);
                }
            }
        }
        Self {
            drafts,
            rank,
            reach,
        }
    }

    fn reaches(&self, from: usize, to: usize) -> bool {
        self.reach[from * self.drafts.len() + to]
    }

    /// Whether `at` lies on a way from `from` back to `to`.
    fn between(&self, from: usize, at: usize, to: usize) -> bool {
        (at == from || self.reaches(from, at)) && (at == to || self.reaches(at, to))
    }

    fn id(&self, position: usize) -> &'a str {
        &self.drafts[position].step.id
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
    pub fn check_flow(&self, frame: &Frame<'_, 'd>, drafts: &[Draft<'d>], order: &[usize]) {
        if drafts.len() > MAX_STEPS || drafts.len() != frame.workflow.steps.len() {
            return;
        }
        let graph = Graph::of(drafts, order);
        for (position, draft) in drafts.iter().enumerate() {
            for used in &draft.uses {
                self.check_use(&graph, position, used);
            }
        }
        // A jump that could not be linked is no reason for more findings.
        if self.lost_actions {
            return;
        }
        for position in order.iter().skip(1) {
            if !graph.reaches(order[0], *position) {
                let (node, id) = (drafts[*position].node, graph.id(*position));
                self.warn(node, K::UnreachableStep, &[id]);
            }
        }
        for from in 0..drafts.len() {
            self.loops(frame, &graph, from);
        }
    }

    fn check_use(&self, graph: &Graph<'_, 'd>, user: usize, used: &Use<'d>) {
        let itself = used.step == user;
        let later = graph.rank[used.step] > graph.rank[user];
        let known = !(later || (itself && used.early));
        let jump = graph.reaches(used.step, user);
        if known || (itself && jump) {
            return;
        }
        let step = graph.id(used.step);
        let (severity, texts) = if jump {
            (Severity::Warning, [step, "a jump back", ""])
        } else {
            (Severity::Error, [step, "", step])
        };
        self.note(used.place.location(), severity, K::ForwardReference, &texts);
    }

    /// Unspecified: a loop is reported where it sends a page token that no step
    /// of the loop renews, and where a step goes back to itself always.
    fn loops(&self, frame: &Frame<'_, 'd>, graph: &Graph<'_, 'd>, from: usize) {
        let draft = &graph.drafts[from];
        let goes_to = |action: &Action| match action.kind {
            ActionKind::Goto(ActionTarget::Step(StepIndex(to))) => Some(to as usize),
            _ => None,
        };
        for action in draft.step.actions() {
            if let Some(to) = goes_to(action)
                && graph.rank[to] <= graph.rank[from]
            {
                self.stale(frame, graph, from, to);
            }
        }
        if let Some(action) = draft.step.on_success.first()
            && action.criteria.is_empty()
            && goes_to(action) == Some(from)
        {
            let node = draft.first_action.unwrap_or(draft.node);
            self.warn(node, K::EndlessLoop, &[graph.id(from)]);
        }
    }

    fn stale(&self, frame: &Frame<'_, 'd>, graph: &Graph<'_, 'd>, from: usize, to: usize) {
        let draft = &graph.drafts[to];
        for fed in fed_back(frame, graph.drafts, to) {
            let source = fed.step.0 as usize;
            if graph.between(to, source, from) {
                continue;
            }
            let used = draft.uses.iter().find(|used| {
                used.early && used.step == source && used.output.starts_with(&*fed.output)
            });
            let source = graph.id(source);
            let expression = format!("$steps.{source}.outputs.{}", fed.output);
            let texts = [graph.id(to), &*expression, source];
            let node = used.map_or(draft.node, |used| used.place);
            self.warn(node, K::EndlessLoop, &texts);
        }
    }
}

/// The values of a step's request that were read from an answer of the same
/// operation, by position in the list as written.
pub(super) fn fed_back(
    frame: &Frame<'_, '_>,
    drafts: &[Draft<'_>],
    position: usize,
) -> Vec<FedBack> {
    let step = &drafts[position].step;
    let Target::Operation(operation) = step.target else {
        return Vec::new();
    };
    let mut out: Vec<FedBack> = Vec::new();
    for expression in sent(step) {
        let Reference::StepOutput { step: name, output } = expression.reference() else {
            continue;
        };
        let Some(source) = frame.workflow.step(&name.name) else {
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

/// The expressions of a step's request.
fn sent(step: &Step) -> Vec<&Expression> {
    let mut expressions = Vec::new();
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
    expressions
}
