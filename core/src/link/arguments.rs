//! Parameters: the workflow's and the step's, put together.

use super::error::LinkErrorKind as K;
use super::help::listed;
use super::linker::{Around, Linker};
use super::program::{Argument, Body, Target};
use super::references::{operation_name, same_name};
use super::resolve::{UsedParameter, identity};
use super::step::Frame;
use super::uses::Uses;
use crate::diagnostic::Severity;
use crate::document::{Node, NodeId, ParameterPlace};
use crate::exchange::{Operation, ParameterLocation, PathPart};
use crate::names::Names;

/// Headers that are never declared as parameters: OpenAPI, Parameter Object.
const STANDARD: [&str; 3] = ["accept", "content-type", "authorization"];

impl<'d> Linker<'d> {
    /// The arguments of a step's call, and the value of a parameter `in: body`.
    pub fn arguments(
        &mut self,
        frame: Frame<'_, 'd>,
        around: Around<'_, 'd>,
        target: &Target,
        uses: &mut Uses,
    ) -> (Vec<Argument>, Option<NodeId>) {
        let Some(step) = around.step.map(|step| &frame.workflow.steps[step]) else {
            return (Vec::new(), None);
        };
        let own = self.parameter_list(frame.file, &step.parameters);
        let calls_workflow = around.calls_workflow;
        let mut own_names = Names::default();
        for used in &own {
            own_names.add(&identity(used.object, calls_workflow), 0);
        }
        let mut all: Vec<(UsedParameter<'_>, bool)> = Vec::new();
        for inherited in frame.parameters {
            if !own_names.has(&identity(inherited.object, calls_workflow)) {
                all.push((*inherited, true));
            }
        }
        all.extend(own.iter().map(|used| (*used, false)));
        self.digest.count(all.len());
        if calls_workflow {
            return (self.inputs_given(around, &all, uses), None);
        }
        let mut arguments = Vec::with_capacity(all.len());
        let mut body = None;
        for (used, inherited) in &all {
            let place = used.object.place.as_ref().map(|at| at.value);
            if place == Some(ParameterPlace::Body) {
                body = Some(used.value);
                continue;
            }
            if let Some(argument) = self.argument(around, target, *used, *inherited, uses) {
                arguments.push(argument);
            }
        }
        self.querystring(around, &all);
        (arguments, body)
    }

    /// Parameters that become inputs of a workflow: Arazzo, Parameter Object.
    fn inputs_given(
        &mut self,
        around: Around<'_, '_>,
        all: &[(UsedParameter<'_>, bool)],
        uses: &mut Uses,
    ) -> Vec<Argument> {
        let mut out = Vec::with_capacity(all.len());
        for (used, inherited) in all {
            if let Some(place) = used.object.place.as_ref().filter(|_| !inherited) {
                let at = around.file.node(place.node);
                self.warn(at, K::NeedlessParameterPlace, &[&used.object.name.value]);
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

    fn argument(
        &mut self,
        around: Around<'_, '_>,
        target: &Target,
        used: UsedParameter<'_>,
        inherited: bool,
        uses: &mut Uses,
    ) -> Option<Argument> {
        let name = &*used.object.name.value;
        let at = around.file.node(used.node);
        let operation = match target {
            Target::Operation(index) => Some(index.0 as usize),
            _ => None,
        };
        let location = match used.object.place.as_ref().map(|at| at.value) {
            Some(ParameterPlace::Path) => Some(ParameterLocation::Path),
            Some(ParameterPlace::Query) => Some(ParameterLocation::Query),
            Some(ParameterPlace::Querystring) => Some(ParameterLocation::Querystring),
            Some(ParameterPlace::Header) => Some(ParameterLocation::Header),
            Some(ParameterPlace::Cookie) => Some(ParameterLocation::Cookie),
            Some(ParameterPlace::Body | ParameterPlace::Channel) => None,
            None => {
                let written = around.file.node(used.object.node).get("in").is_some();
                if operation.is_some() && !written {
                    self.place_missing(operation, name, at);
                }
                None
            }
        };
        self.digest.text(name);
        self.digest
            .optional(location.map(ParameterLocation::as_str));
        let value = self.template(around, used.value, uses)?;
        let location = location?;
        let mut required = location == ParameterLocation::Path;
        if let Some(index) = operation {
            let operation = &self.operations[index];
            let declared = operation.parameters.iter().find(|parameter| {
                parameter.location == location && same_name(&parameter.name, name, location)
            });
            required |= declared.is_some_and(|parameter| parameter.required);
            if location == ParameterLocation::Path {
                if !has_variable(operation, name) {
                    self.warn(at, K::UnusedPathParameter, &[name, &operation.path]);
                    return None;
                }
            } else if declared.is_none() && !inherited {
                self.not_declared(operation, name, location, at);
            }
        }
        Some(Argument {
            name: name.into(),
            location: Some(location),
            value,
            required,
            place: at.location().into(),
        })
    }

    /// A parameter that the operation does not declare.
    fn not_declared(
        &self,
        operation: &Operation,
        name: &str,
        location: ParameterLocation,
        at: Node<'_>,
    ) {
        let target =
            location == ParameterLocation::Header && name.eq_ignore_ascii_case("x-amz-target");
        let query = location == ParameterLocation::Querystring;
        if target || query || standard(name, location) {
            return;
        }
        let parameters = operation.parameters.iter();
        let mut names = parameters
            .filter(|parameter| parameter.location == location)
            .map(|parameter| &*parameter.name);
        let near = self.near(name, &mut names);
        let texts = [name, location.as_str(), &operation_name(operation), near];
        self.warn(at, K::UndeclaredParameter, &texts);
    }

    fn place_missing(&self, operation: Option<usize>, name: &str, at: Node<'_>) {
        let declared = operation.and_then(|index| {
            let parameters = &self.operations[index].parameters;
            let mut found = parameters
                .iter()
                .filter(|parameter| *parameter.name == *name);
            let first = found.next()?;
            found.next().is_none().then(|| first.location.as_str())
        });
        let texts = [name, declared.unwrap_or_default()];
        self.error(at, K::MissingParameterPlace, &texts);
    }

    /// Arazzo 1.1.0, Parameter Object: `querystring` stands alone.
    fn querystring(&self, around: Around<'_, '_>, all: &[(UsedParameter<'_>, bool)]) {
        let place = |used: &UsedParameter<'_>| used.object.place.as_ref().map(|at| at.value);
        let mut whole = None;
        for (index, (used, _)) in all.iter().enumerate() {
            if place(used) == Some(ParameterPlace::Querystring) {
                whole.get_or_insert((index, *used));
            }
        }
        let Some((index, used)) = whole else { return };
        let other = all.iter().enumerate().find(|(at, (other, _))| {
            *at != index
                && matches!(
                    place(other),
                    Some(ParameterPlace::Query | ParameterPlace::Querystring)
                )
        });
        if let Some((_, (other, _))) = other {
            let at = around.file.node(used.node);
            self.error(at, K::QuerystringConflict, &[&other.object.name.value]);
        }
    }

    /// What the operation needs and the step does not give, and the like.
    pub fn check_request(
        &self,
        frame: Frame<'_, 'd>,
        position: usize,
        target: &Target,
        arguments: &[Argument],
        body: Option<&Body>,
    ) {
        let Target::Operation(index) = target else {
            return;
        };
        let step = &frame.workflow.steps[position];
        let at = frame.file.node(step.node);
        let operation = &self.operations[index.0 as usize];
        for parameter in operation.parameters.iter().filter(|one| one.required) {
            let given = arguments.iter().any(|argument| {
                argument.location == Some(parameter.location)
                    && same_name(&argument.name, &parameter.name, parameter.location)
            });
            let broken = step.parameters.len() + frame.parameters.len() > arguments.len();
            if !given && !broken && !standard(&parameter.name, parameter.location) {
                let (place, operation) = (parameter.location.as_str(), operation_name(operation));
                self.warn(
                    at,
                    K::MissingParameter,
                    &[&parameter.name, place, &operation],
                );
            }
        }
        self.check_body(operation, body, arguments, at);
    }

    fn check_body(
        &self,
        operation: &Operation,
        body: Option<&Body>,
        arguments: &[Argument],
        at: Node<'_>,
    ) {
        let declared = operation.body.as_ref();
        let Some(body) = body else {
            if declared.is_some_and(|declared| declared.required) {
                self.warn(at, K::MissingBody, &[&operation_name(operation)]);
            }
            return;
        };
        let warn = |kind, texts: &[&str]| {
            self.note((*body.place).clone(), Severity::Warning, kind, texts);
        };
        let method = operation.method.as_str();
        if matches!(method, "GET" | "HEAD" | "DELETE") && declared.is_none() {
            warn(K::BodyWithoutMeaning, &[method]);
        }
        let header = arguments.iter().find(|argument| {
            argument.location == Some(ParameterLocation::Header)
                && argument.name.eq_ignore_ascii_case("content-type")
        });
        let sent = header.and_then(|header| header.value.constant()?.as_str());
        match (&body.content_type, sent) {
            (Some(written), Some(sent)) if !written.eq_ignore_ascii_case(sent) => {
                warn(K::TwoContentTypes, &[]);
            }
            (None, _) if header.is_none() && body.payload.is_some() => {
                let media = declared.map_or(&[][..], |declared| &declared.media);
                if media.len() > 1 {
                    let names: Vec<String> = media.iter().map(|one| one.name.to_string()).collect();
                    warn(K::ContentTypeLeftOpen, &[&listed(&names), &names[0]]);
                }
            }
            _ => {}
        }
    }
}

/// Whether the path of an operation has the variable.
fn has_variable(operation: &Operation, name: &str) -> bool {
    let is = |part: &PathPart| matches!(part, PathPart::Variable(variable) if **variable == *name);
    operation.parts.iter().any(is)
}

/// Headers that are never declared.
pub(super) fn standard(name: &str, location: ParameterLocation) -> bool {
    location == ParameterLocation::Header
        && STANDARD
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
}
