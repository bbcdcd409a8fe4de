//! Actions: the step's and the workflow's, put together.

use std::time::Duration;

use super::error::LinkErrorKind as K;
use super::linker::{Around, Linker};
use super::program::{Action, ActionKind, ActionTarget, Argument, StepIndex};
use super::resolve::{UsedAction, name_of};
use super::step::Frame;
use super::uses::{Call, Uses};
use crate::diagnostic::{Location, Severity};
use crate::document::{ActionObject, ActionType, Item, ParameterObject};
use crate::names::Names;

/// Further attempts where `retryLimit` is not given: Arazzo, Failure Action Object.
const RETRY_LIMIT: u32 = 1;

impl<'d> Linker<'d> {
    /// The actions of a step: its own, then those of the workflow that it does
    /// not override by name.
    ///
    /// Unspecified: the order, and that overriding goes by name.
    pub fn effective<'f>(
        &mut self,
        frame: Frame<'f, 'd>,
        position: usize,
        failure: bool,
    ) -> Vec<UsedAction<'f>> {
        let step = &frame.workflow.steps[position];
        let (own, shared) = if failure {
            (&step.on_failure, frame.failure)
        } else {
            (&step.on_success, frame.success)
        };
        let mut list = self.action_list(frame.file, own, failure);
        let own_names = Names::of(list.iter().map(|own| name_of(own.object)));
        for shared in shared {
            let name = name_of(shared.object);
            if name.is_empty() || !own_names.has(name) {
                list.push(*shared);
            }
        }
        list
    }

    /// The actions, and where the first of them stands.
    pub fn actions(
        &mut self,
        frame: Frame<'_, 'd>,
        around: Around<'_, 'd>,
        list: &[UsedAction<'_>],
        failure: bool,
        uses: &mut Uses,
    ) -> (Vec<Action>, Option<Location>) {
        let field = if failure { "onFailure" } else { "onSuccess" };
        self.digest.text(field);
        let mut out = Vec::with_capacity(list.len());
        let mut first = None;
        self.digest.count(list.len());
        for (index, used) in list.iter().enumerate() {
            let object = used.object;
            self.digest.text(name_of(object));
            let criteria = self.criteria(around, &object.criteria, uses);
            let Some(kind) = self.action_kind(frame, around, object, uses) else {
                continue;
            };
            let name = match name_of(object) {
                "" => format!("{field}[{index}]").into(),
                name => name.into(),
            };
            let place = frame.file.place(used.node);
            // Without parameters the inputs of the caller are handed on.
            if let Some(ActionTarget::Workflow(called, arguments)) = kind.target()
                && !arguments.is_empty()
            {
                self.calls.push(Call::new(*called, arguments, &place));
            }
            first.get_or_insert(place);
            out.push(Action {
                name,
                kind,
                criteria,
            });
        }
        (out, first)
    }

    fn action_kind(
        &mut self,
        frame: Frame<'_, 'd>,
        around: Around<'_, 'd>,
        object: &ActionObject,
        uses: &mut Uses,
    ) -> Option<ActionKind> {
        match object.kind.as_ref()?.value {
            ActionType::End => {
                self.digest.text("end");
                Some(ActionKind::End)
            }
            ActionType::Goto => {
                self.digest.text("goto");
                let target = self.action_target(frame, around, object, uses)?;
                Some(ActionKind::Goto(target))
            }
            ActionType::Retry => {
                let after = object.retry_after.as_ref().map(|at| at.value);
                let limit = object
                    .retry_limit
                    .as_ref()
                    .map_or(RETRY_LIMIT, |at| at.value);
                self.digest.text("retry");
                self.digest.duration(Some(after.unwrap_or_default()));
                self.digest.number(u64::from(limit));
                let wanted = object.step_id.is_some() || object.workflow_id.is_some();
                let first = self.action_target(frame, around, object, uses);
                if wanted && first.is_none() {
                    return None;
                }
                Some(ActionKind::Retry {
                    first,
                    after: after.unwrap_or(Duration::ZERO),
                    limit,
                })
            }
        }
    }

    fn action_target(
        &mut self,
        frame: Frame<'_, 'd>,
        around: Around<'_, 'd>,
        object: &ActionObject,
        uses: &mut Uses,
    ) -> Option<ActionTarget> {
        if let Some(id) = &object.workflow_id {
            let index = self.workflow_by_id(frame.file, id);
            let arguments = self.action_arguments(around, &object.parameters, uses);
            self.digest.number(u64::from(index?.0));
            return Some(ActionTarget::Workflow(index?, arguments));
        }
        let id = object.step_id.as_ref()?;
        self.digest.text(&id.value);
        match frame.file.step(frame.position, &id.value) {
            Some(position) => Some(ActionTarget::Step(StepIndex(position as u32))),
            None => {
                let at = frame.file.node(id.node);
                let name = id.value.strip_prefix("$steps.").unwrap_or(&id.value);
                self.unknown_step(at.location(), around.file, around.workflow, name, &id.value);
                None
            }
        }
    }

    /// Arazzo 1.1.0, action `parameters`: inputs of the workflow, without `in`.
    fn action_arguments(
        &mut self,
        around: Around<'_, 'd>,
        items: &[Item<ParameterObject>],
        uses: &mut Uses,
    ) -> Vec<Argument> {
        let used = self.parameter_list(around.file, items);
        let mut out = Vec::with_capacity(used.len());
        self.digest.count(used.len());
        for used in used {
            if let Some(place) = &used.object.place {
                let inline = used.node == used.object.node;
                let severity = if inline {
                    Severity::Error
                } else {
                    Severity::Warning
                };
                let at = around.file.place(place.node);
                let texts = [&*used.object.name.value, "of an action"];
                self.note(at, severity, K::NeedlessParameterPlace, &texts);
            }
            self.digest.text(&used.object.name.value);
            if let Some(value) = self.template(around, used.value, uses) {
                out.push(Argument {
                    name: (&*used.object.name.value).into(),
                    location: None,
                    value,
                    required: false,
                    place: around.file.place(used.node).into(),
                });
            }
        }
        out
    }
}
