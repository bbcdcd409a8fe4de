//! Parameters: the workflow's and the step's, put together.

use std::collections::HashSet;

use super::error::LinkErrorKind as K;
use super::linker::{Around, Linker};
use super::program::{Argument, Body, Target};
use super::references::{operation_name, same_name};
use super::resolve::{UsedParameter, identity};
use super::step::Frame;
use super::uses::Uses;
use crate::diagnostic::Severity;
use crate::document::{NodeId, ParameterPlace};
use crate::exchange::{Operation, ParameterLocation};

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
        let own_names: HashSet<_> = own
            .iter()
            .map(|used| identity(used.object, calls_workflow))
            .collect();
        let overridden = |inherited: &UsedParameter<'_>| {
            own_names.contains(&identity(inherited.object, calls_workflow))
        };
        let inherited = frame.parameters.iter().filter(|used| !overridden(used));
        let all: Vec<(UsedParameter<'_>, bool)> = inherited
            .map(|used| (*used, true))
            .chain(own.iter().map(|used| (*used, false)))
            .collect();
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
                let name = used.object.name.value.to_string();
                let kind = K::NeedlessParameterPlace {
                    name,
                    action: false,
                };
                self.warn(around.file.place(place.node), kind);
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
        let place = around.file.place(used.node);
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
                    self.place_missing(operation, name, place.clone());
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
            let finding =
                self.not_declared(operation, name, location, declared.is_some(), inherited);
            if let Some(kind) = finding {
                let left_out = matches!(kind, K::UnusedPathParameter { .. });
                self.warn(place.clone(), kind);
                if left_out {
                    return None;
                }
            }
        }
        Some(Argument {
            name: name.into(),
            location: Some(location),
            value,
            required,
            place: place.into(),
        })
    }

    /// What to say of a parameter that the operation may not declare.
    fn not_declared(
        &self,
        operation: &Operation,
        name: &str,
        location: ParameterLocation,
        declared: bool,
        inherited: bool,
    ) -> Option<K> {
        if location == ParameterLocation::Path {
            let variable = operation.parts.iter().any(|part| {
                matches!(part, crate::exchange::PathPart::Variable(variable) if **variable == *name)
            });
            return (!variable).then(|| K::UnusedPathParameter {
                name: name.to_owned(),
                path: operation.path.to_string(),
            });
        }
        let target =
            location == ParameterLocation::Header && name.eq_ignore_ascii_case("x-amz-target");
        let query = location == ParameterLocation::Querystring;
        if declared || inherited || target || query || standard(name, location) {
            return None;
        }
        let names = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.location == location)
            .map(|parameter| &*parameter.name);
        Some(K::UndeclaredParameter {
            name: name.to_owned(),
            place: location.as_str(),
            operation: operation_name(operation),
            nearest: self.near(name, names).map(str::to_owned),
        })
    }

    fn place_missing(
        &mut self,
        operation: Option<usize>,
        name: &str,
        place: crate::diagnostic::Location,
    ) {
        let declared = operation.and_then(|index| {
            let parameters = &self.operations[index].parameters;
            let mut found = parameters
                .iter()
                .filter(|parameter| *parameter.name == *name);
            let first = found.next()?;
            found.next().is_none().then(|| first.location.as_str())
        });
        let name = name.to_owned();
        self.error(place, K::MissingParameterPlace { name, declared });
    }

    /// Arazzo 1.1.0, Parameter Object: `querystring` stands alone.
    fn querystring(&mut self, around: Around<'_, '_>, all: &[(UsedParameter<'_>, bool)]) {
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
            let other = other.object.name.value.to_string();
            self.error(
                around.file.place(used.node),
                K::QuerystringConflict { other },
            );
        }
    }

    /// What the operation needs and the step does not give, and the like.
    pub fn check_request(
        &mut self,
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
        let place = frame.file.place(step.node);
        let operation = &self.operations[index.0 as usize];
        let mut found = Vec::new();
        for parameter in operation.parameters.iter().filter(|one| one.required) {
            let given = arguments.iter().any(|argument| {
                argument.location == Some(parameter.location)
                    && same_name(&argument.name, &parameter.name, parameter.location)
            });
            let broken = step.parameters.len() + frame.parameters.len() > arguments.len();
            if !given && !broken && !standard(&parameter.name, parameter.location) {
                let kind = K::MissingParameter {
                    name: parameter.name.to_string(),
                    place: parameter.location.as_str(),
                    operation: operation_name(operation),
                };
                found.push((place.clone(), Severity::Warning, kind));
            }
        }
        body_findings(operation, body, arguments, &place, &mut found);
        for (place, severity, kind) in found {
            self.note(place, severity, kind);
        }
    }
}

fn body_findings(
    operation: &Operation,
    body: Option<&Body>,
    arguments: &[Argument],
    place: &crate::diagnostic::Location,
    found: &mut Vec<(crate::diagnostic::Location, Severity, K)>,
) {
    let declared = operation.body.as_ref();
    let Some(body) = body else {
        if declared.is_some_and(|declared| declared.required) {
            let operation = operation_name(operation);
            found.push((
                place.clone(),
                Severity::Warning,
                K::MissingBody { operation },
            ));
        }
        return;
    };
    let method = operation.method.as_str();
    if matches!(method, "GET" | "HEAD" | "DELETE") && declared.is_none() {
        let method = method.to_owned();
        let kind = K::BodyWithoutMeaning { method };
        found.push(((*body.place).clone(), Severity::Warning, kind));
    }
    let header = arguments.iter().find(|argument| {
        argument.location == Some(ParameterLocation::Header)
            && argument.name.eq_ignore_ascii_case("content-type")
    });
    let constant = header.and_then(|header| header.value.constant());
    match (
        &body.content_type,
        constant.and_then(|value| value.as_str()),
    ) {
        (Some(written), Some(sent)) if !written.eq_ignore_ascii_case(sent) => {
            found.push(((*body.place).clone(), Severity::Warning, K::TwoContentTypes));
        }
        (None, _) if header.is_none() && body.payload.is_some() => {
            let media = declared.map_or(&[][..], |declared| &declared.media);
            if media.len() > 1 {
                let media = media.iter().map(|one| one.name.to_string()).collect();
                let kind = K::ContentTypeLeftOpen { media };
                found.push(((*body.place).clone(), Severity::Warning, kind));
            }
        }
        _ => {}
    }
}

fn standard(name: &str, location: ParameterLocation) -> bool {
    location == ParameterLocation::Header
        && STANDARD
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
}
