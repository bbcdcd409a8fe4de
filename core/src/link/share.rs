//! Equal parts of a workflow's steps, kept once.

use std::sync::Arc;

use super::program::{Action, ActionKind, ActionTarget, Argument, Criterion, Output, Step};
use super::wire::own;
use crate::exchange::Parts;
use crate::expression::{Condition, Template};
use crate::names::Names;

/// What was met in the steps of one workflow so far.
///
/// Long workflows say the same again and again: `$statusCode == 200`, the same
/// body, outputs of the same names. Kept once it takes less memory, and a run
/// finds it where the step before has left it: in the processor's cache.
#[derive(Default)]
struct Known {
    texts: Vec<Arc<str>>,
    text_numbers: Names,
    templates: Vec<Template>,
    template_numbers: Names,
    conditions: Vec<Condition>,
    condition_numbers: Names,
    criteria: Vec<Arc<[Criterion]>>,
    outputs: Vec<Arc<[Output]>>,
    actions: Vec<Arc<[Action]>>,
    parts: Vec<Arc<Parts>>,
}

/// How many different lists, or sets of parts, are compared.
const MOST_LISTS: usize = 16;

/// Lets equal parts of the steps, which are bound, be the same.
pub(super) fn share(steps: &mut [Step]) {
    let mut known = Known::default();
    for step in steps {
        known.arguments(&mut step.arguments);
        if let Some(body) = &mut step.body {
            if let Some(payload) = &mut body.payload {
                known.template(payload);
            }
            for replacement in &mut body.replacements {
                known.template(&mut replacement.value);
            }
        }
        known.criteria(own(&mut step.criteria));
        for output in own(&mut step.outputs) {
            known.output(output);
        }
        for actions in [&mut step.on_success, &mut step.on_failure] {
            for action in own(actions) {
                known.action(action);
            }
            same(&mut known.actions, actions);
        }
        same(&mut known.criteria, &mut step.criteria);
        same(&mut known.outputs, &mut step.outputs);
        same(&mut known.parts, &mut step.parts);
    }
}

impl Known {
    fn text(&mut self, text: &mut Arc<str>) {
        match self.text_numbers.get(text) {
            Some(known) => *text = self.texts[known].clone(),
            None => {
                self.text_numbers.set(text.clone(), self.texts.len());
                self.texts.push(text.clone());
            }
        }
    }

    /// One that only looks the same stays what it is.
    fn template(&mut self, template: &mut Template) {
        let number = self
            .template_numbers
            .add(&template.key(), self.templates.len());
        match number.map(|known| &self.templates[known]) {
            Some(known) if known == template => *template = known.clone(),
            Some(_) => {}
            None => self.templates.push(template.clone()),
        }
    }

    fn criteria(&mut self, criteria: &mut [Criterion]) {
        for criterion in criteria {
            self.text(&mut criterion.text);
            if let Some(context) = &mut criterion.context {
                self.text(context);
            }
            let (text, next) = (&criterion.text, self.conditions.len());
            let number = self.condition_numbers.add(text, next);
            match number.map(|known| &self.conditions[known]) {
                Some(known) if *known == criterion.condition => {
                    criterion.condition = known.clone();
                }
                Some(_) => {}
                None => self.conditions.push(criterion.condition.clone()),
            }
        }
    }

    fn arguments(&mut self, arguments: &mut [Argument]) {
        for argument in arguments {
            self.text(&mut argument.name);
            self.template(&mut argument.value);
        }
    }

    fn output(&mut self, output: &mut Output) {
        self.text(&mut output.name);
        self.template(&mut output.value);
    }

    fn action(&mut self, action: &mut Action) {
        self.text(&mut action.name);
        self.criteria(&mut action.criteria);
        let target = match &mut action.kind {
            ActionKind::Goto(target) => Some(target),
            ActionKind::Retry { first, .. } => first.as_mut(),
            ActionKind::End => None,
        };
        if let Some(ActionTarget::Workflow(_, arguments)) = target {
            self.arguments(arguments);
        }
    }
}

/// Lets what was met before be the same.
fn same<T: PartialEq + ?Sized>(known: &mut Vec<Arc<T>>, new: &mut Arc<T>) {
    match known.iter().find(|known| *known == new) {
        Some(known) => *new = known.clone(),
        None if known.len() < MOST_LISTS => known.push(new.clone()),
        None => {}
    }
}
