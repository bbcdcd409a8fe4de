//! Parameters: the workflow's and the step's, put together.

use super::error::LinkErrorKind as K;
use super::help::listed;
use super::linker::{Around, Linker};
use super::program::{Argument, Body};
use super::references::{operation_name, same_name};
use super::resolve::{Part, Used, identity};
use crate::diagnostic::Severity;
use crate::document::{Node, ParameterPlace};
use crate::exchange::{Operation, ParameterLocation, PathPart};
use crate::names::Names;

/// Headers that are never declared as parameters: OpenAPI, Parameter Object.
const STANDARD: [&str; 3] = ["accept", "content-type", "authorization"];

impl<'d> Linker<'d> {
    /// The arguments of a step's call, and the value of a parameter `in: body`.
    pub fn arguments(
        &mut self,
        around: &Around<'_, 'd>,
        step: Node<'d>,
    ) -> (Vec<Argument>, Option<Node<'d>>) {
        let file = around.frame.file;
        let own = self.used(file, step, "parameters", Part::Parameter);
        let identity = |used: &Used<'d>| {
            let place = file.place_word(used.object);
            identity(used.object, place, around.calls_workflow)
        };
        let mut names = Names::default();
        for used in &own {
            names.add(&identity(used), 0);
        }
        // First those of the workflow that the step does not override.
        let mut all = around.frame.parameters.clone();
        all.retain(|inherited| !names.has(&identity(inherited)));
        let inherited = all.len();
        all.extend(own);
        self.digest.count(all.len());
        let mut arguments = Vec::with_capacity(all.len());
        let mut body = None;
        for (at, used) in all.iter().enumerate() {
            let place = file.place(used.object);
            if around.calls_workflow {
                if place.is_some() && at >= inherited {
                    self.needless_place(*used, "", Severity::Warning);
                }
                arguments.extend(self.input_given(around, *used));
            } else if place == Some(ParameterPlace::Body) {
                body = Some(used.value);
            } else {
                arguments.extend(self.argument(around, *used, place, at < inherited));
            }
        }
        if !around.calls_workflow {
            self.querystring(around, &all);
        }
        (arguments, body)
    }

    fn argument(
        &mut self,
        around: &Around<'_, 'd>,
        used: Used<'d>,
        place: Option<ParameterPlace>,
        inherited: bool,
    ) -> Option<Argument> {
        let name = used.name();
        let at = used.node;
        let operation = around.operation.map(|index| index.0 as usize);
        let location = match place {
            Some(ParameterPlace::Path) => Some(ParameterLocation::Path),
            Some(ParameterPlace::Query) => Some(ParameterLocation::Query),
            Some(ParameterPlace::Querystring) => Some(ParameterLocation::Querystring),
            Some(ParameterPlace::Header) => Some(ParameterLocation::Header),
            Some(ParameterPlace::Cookie) => Some(ParameterLocation::Cookie),
            _ => None,
        };
        if let Some(index) = operation
            && used.object.get("in").is_none()
        {
            self.place_missing(&self.operations[index], name, at);
        }
        self.digest.text(name);
        self.digest
            .optional(location.map(ParameterLocation::as_str));
        let value = self.template(around, used.value)?;
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
            name: self.shared.text(name),
            location: Some(location),
            value,
            required,
            place: at.location().into(),
        })
    }

    /// A parameter that the operation does not declare.
    #[cold]
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

    #[cold]
    fn place_missing(&self, operation: &Operation, name: &str, at: Node<'_>) {
        let mut declared = operation.parameters.iter();
        let mut named = || declared.find(|parameter| *parameter.name == *name);
        let place = match (named(), named()) {
            (Some(only), None) => only.location.as_str(),
            _ => "",
        };
        self.error(at, K::MissingParameterPlace, &[name, place]);
    }

    /// Arazzo 1.1.0, Parameter Object: `querystring` stands alone.
    fn querystring(&self, around: &Around<'_, 'd>, all: &[Used<'d>]) {
        let mut whole = None;
        let mut other = None;
        for used in all {
            match around.frame.file.place(used.object) {
                Some(ParameterPlace::Querystring) if whole.is_none() => whole = Some(used),
                Some(ParameterPlace::Querystring | ParameterPlace::Query) if other.is_none() => {
                    other = Some(used);
                }
                _ => {}
            }
        }
        if let (Some(whole), Some(other)) = (whole, other) {
            self.error(whole.node, K::QuerystringConflict, &[other.name()]);
        }
    }

    /// What the operation needs and the step does not give, and the like.
    pub fn check_request(
        &self,
        around: &Around<'_, 'd>,
        step: Node<'d>,
        arguments: &[Argument],
        body: Option<&Body>,
    ) {
        let Some(index) = around.operation else {
            return;
        };
        let written = around.frame.file.object.list(step, "parameters").count();
        let broken = written + around.frame.parameters.len() > arguments.len();
        let operation = &self.operations[index.0 as usize];
        for parameter in operation.parameters.iter().filter(|one| one.required) {
            let given = arguments.iter().any(|argument| {
                argument.location == Some(parameter.location)
                    && same_name(&argument.name, &parameter.name, parameter.location)
            });
            if !given && !broken && !standard(&parameter.name, parameter.location) {
                let (place, operation) = (parameter.location.as_str(), operation_name(operation));
                let texts = [&*parameter.name, place, &*operation];
                self.warn(step, K::MissingParameter, &texts);
            }
        }
        self.check_body(operation, body, arguments, step);
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
