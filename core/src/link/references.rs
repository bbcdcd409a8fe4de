//! Whether what an expression refers to is there.

use super::error::LinkErrorKind as K;
use super::linker::{Around, File, Linker, Moment};
use super::uses::{CalledOutput, Use, Uses};
use crate::diagnostic::{Location, Severity};
use crate::document::{OutputObject, StepObject, StepTarget, WorkflowObject};
use crate::exchange::ParameterLocation;
use crate::expression::{Names, Part, Reference};

/// Takes a finding and how much it matters.
type Take<'t> = dyn FnMut(K, Severity) + 't;

impl Linker<'_> {
    /// Checks one reference; steps that are used go to `uses`.
    pub fn reference(
        &self,
        around: Around<'_, '_>,
        reference: Reference<'_>,
        uses: &mut Uses,
        place: &dyn Fn() -> Location,
        take: &mut Take<'_>,
    ) {
        match reference {
            Reference::Input(names) => self.input(around, names, take),
            Reference::StepOutput { step, output } => {
                self.step_output(around, &step.name, output, uses, place, take);
            }
            Reference::WorkflowOutput { workflow, output } => {
                self.workflow_output(around, workflow, output, take);
            }
            Reference::WorkflowInput { workflow, .. } => {
                self.known_workflow(around, workflow, take);
            }
            Reference::Source { name, .. } => self.known_source(around, name, take),
            Reference::Component { kind, name } => self.known_component(around, kind, name, take),
            Reference::Output(names)
                if around.calls_workflow && around.moment != Moment::Request =>
            {
                // Checked when all workflows are linked.
                uses.called.push(CalledOutput {
                    names: names.candidates().map(Into::into).collect(),
                    place: place(),
                });
            }
            Reference::Output(names) => self.output(around, names, take),
            Reference::Message(_) if around.operation.is_some() => {
                take(K::NoMessage, Severity::Warning);
            }
            Reference::Url | Reference::Method => self.exchange(around, "$url", take),
            Reference::StatusCode => self.exchange(around, "$statusCode", take),
            Reference::Response(part) => {
                uses.reads_body |= matches!(part, Part::Body(_));
                self.exchange(around, "$response", take);
            }
            Reference::Request(part) => {
                self.exchange(around, "$request", take);
                self.request_part(around, part, take);
            }
            _ => {}
        }
        if around.moment != Moment::Request
            && matches!(
                reference,
                Reference::Request(_) | Reference::Url | Reference::Method
            )
        {
            uses.reads_request = true;
        }
    }

    fn step_output(
        &self,
        around: Around<'_, '_>,
        name: &str,
        output: Names<'_>,
        uses: &mut Uses,
        place: &dyn Fn() -> Location,
        take: &mut Take<'_>,
    ) {
        let steps = &around.workflow.steps;
        let Some(position) = around.file.step(around.position, name) else {
            take(self.unknown_step(around, name), Severity::Error);
            return;
        };
        let step = &steps[position];
        let owner = format!("step `{name}`");
        if let Some(mut kind) = self.unknown_output(&step.outputs, output, owner) {
            if let K::UnknownOutput { of_called, .. } = &mut kind {
                *of_called = called_has(around, step, output);
            }
            take(kind, Severity::Error);
            return;
        }
        if around.step == Some(position) && around.moment == Moment::Criterion {
            let output = output.full().to_owned();
            take(K::OwnOutput { output }, Severity::Warning);
        }
        uses.steps.push(Use {
            step: position,
            output: output.full().into(),
            moment: around.moment,
            place: place(),
        });
    }

    fn workflow_output(
        &self,
        around: Around<'_, '_>,
        id: &str,
        output: Names<'_>,
        take: &mut Take<'_>,
    ) {
        if let Some(position) = self.known_workflow(around, id, take) {
            let outputs = &around.file.object.workflows[position].outputs;
            if let Some(kind) = self.unknown_output(outputs, output, format!("workflow `{id}`")) {
                take(kind, Severity::Error);
            }
        }
    }

    /// Arazzo, Runtime Expressions: a part of the request has to be declared by
    /// the operation.
    fn request_part(&self, around: Around<'_, '_>, part: Part<'_>, take: &mut Take<'_>) {
        let Some(index) = around.operation else {
            return;
        };
        let operation = &self.operations[index.0 as usize];
        let (name, place) = match &part {
            Part::Header(name) => (*name, ParameterLocation::Header),
            Part::Query(names) => (names.full(), ParameterLocation::Query),
            Part::Path(names) => (names.full(), ParameterLocation::Path),
            _ => return,
        };
        let declared = operation.parameters.iter().any(|parameter| {
            parameter.location == place && same_name(&parameter.name, name, place)
        });
        let standard = ["accept", "content-type", "authorization"];
        let always = place == ParameterLocation::Header
            && standard
                .iter()
                .any(|standard| standard.eq_ignore_ascii_case(name));
        if !declared && !always {
            let kind = K::UndeclaredRequestPart {
                name: name.to_owned(),
                place: place.as_str(),
                operation: operation_name(operation),
            };
            take(kind, Severity::Warning);
        }
    }

    fn input(&self, around: Around<'_, '_>, names: Names<'_>, take: &mut Take<'_>) {
        let inputs = around.inputs;
        let known = |name: &str| inputs.names.iter().any(|known| known == name);
        if inputs.unknown || names.candidates().any(known) {
            return;
        }
        let name = names.shortest();
        let severity = if inputs.closed {
            Severity::Error
        } else {
            Severity::Warning
        };
        let kind = K::UnknownInput {
            input: name.to_owned(),
            workflow: around.workflow.id.value.to_string(),
            nearest: self
                .near(name, inputs.names.iter().map(String::as_str))
                .map(str::to_owned),
        };
        take(kind, severity);
    }

    /// `$outputs.x`: of the workflow that the step calls, or, among the outputs of a
    /// workflow, its own.
    fn output(&self, around: Around<'_, '_>, names: Names<'_>, take: &mut Take<'_>) {
        let Some(step) = around.step else {
            let owner = format!("workflow `{}`", around.workflow.id.value);
            if let Some(kind) = self.unknown_output(&around.workflow.outputs, names, owner) {
                take(kind, Severity::Error);
            }
            return;
        };
        let name = names.shortest();
        let has = |step: &&StepObject| step.outputs.iter().any(|output| *output.name == *name);
        let mut before = around.workflow.steps[..=step].iter().rev();
        let better = match before.find(has) {
            Some(step) => Some(format!("$steps.{}.outputs.{name}", step.id.value)),
            None if around.moment == Moment::Request => None,
            None => Some(format!("$response.body#/{name}")),
        };
        let output = name.to_owned();
        take(K::MisplacedOutput { output, better }, Severity::Error);
    }

    /// Values of an exchange, where there is none yet, or another one's.
    fn exchange(&self, around: Around<'_, '_>, what: &'static str, take: &mut Take<'_>) {
        if around.moment == Moment::Request {
            take(K::NotYetKnown { what }, Severity::Warning);
        } else if around.calls_workflow {
            take(K::ExchangeOfCalledWorkflow, Severity::Warning);
        }
    }

    fn known_source(&self, around: Around<'_, '_>, name: &str, take: &mut Take<'_>) {
        if around.file.source(name).is_some() {
            return;
        }
        let names = around.file.sources.iter().map(|source| &*source.name);
        let kind = K::UnknownSource {
            name: name.to_owned(),
            nearest: self.near(name, names).map(str::to_owned),
        };
        take(kind, Severity::Error);
    }

    fn known_workflow(
        &self,
        around: Around<'_, '_>,
        id: &str,
        take: &mut Take<'_>,
    ) -> Option<usize> {
        let found = around.file.workflow(id);
        if found.is_none() {
            let ids = around
                .file
                .object
                .workflows
                .iter()
                .map(|workflow| &*workflow.id.value);
            let kind = K::UnknownWorkflow {
                workflow: id.to_owned(),
                source: String::new(),
                nearest: self.near(id, ids).map(str::to_owned),
            };
            take(kind, Severity::Error);
        }
        found
    }

    fn known_component(
        &self,
        around: Around<'_, '_>,
        kind: &str,
        names: Names<'_>,
        take: &mut Take<'_>,
    ) {
        let components = &around.file.object.components;
        let known: Vec<&str> = match kind {
            "parameters" => components
                .parameters
                .iter()
                .map(|(name, _)| &**name)
                .collect(),
            "successActions" => components
                .success_actions
                .iter()
                .map(|(name, _)| &**name)
                .collect(),
            "failureActions" => components
                .failure_actions
                .iter()
                .map(|(name, _)| &**name)
                .collect(),
            _ => return,
        };
        if names.candidates().any(|name| known.contains(&name)) {
            return;
        }
        let name = names.shortest();
        let finding = K::UnknownComponent {
            reference: format!("$components.{kind}.{name}"),
            nearest: self
                .near(name, known)
                .map(|near| format!("$components.{kind}.{near}")),
        };
        take(finding, Severity::Error);
    }

    pub fn unknown_step(&self, around: Around<'_, '_>, name: &str) -> K {
        self.unknown_step_in(around.file, around.workflow, name)
    }

    /// A step that a workflow does not have.
    pub fn unknown_step_in(&self, file: &File<'_>, workflow: &WorkflowObject, name: &str) -> K {
        let steps = &workflow.steps;
        let workflows = &file.object.workflows;
        K::UnknownStep {
            step: name.to_owned(),
            workflow: workflow.id.value.to_string(),
            nearest: self
                .near(name, steps.iter().map(|step| &*step.id.value))
                .map(str::to_owned),
            elsewhere: file
                .workflow_with(name)
                .map(|at| workflows[at].id.value.to_string()),
        }
    }

    fn unknown_output(
        &self,
        outputs: &[OutputObject],
        names: Names<'_>,
        owner: String,
    ) -> Option<K> {
        let known = |name: &str| outputs.iter().any(|output| *output.name == *name);
        if names.candidates().any(known) {
            return None;
        }
        let name = names.shortest();
        Some(K::UnknownOutput {
            output: name.to_owned(),
            owner,
            nearest: self
                .near(name, outputs.iter().map(|output| &*output.name))
                .map(str::to_owned),
            of_called: false,
        })
    }
}

/// Header names know no letter case.
pub(super) fn same_name(left: &str, right: &str, place: ParameterLocation) -> bool {
    if place == ParameterLocation::Header {
        left.eq_ignore_ascii_case(right)
    } else {
        left == right
    }
}

pub(super) fn operation_name(operation: &crate::exchange::Operation) -> String {
    match &operation.id {
        Some(id) => id.to_string(),
        None => format!("{} {}", operation.method, operation.path),
    }
}

/// Whether a step calls a workflow of this document that has the output.
fn called_has(around: Around<'_, '_>, step: &StepObject, output: Names<'_>) -> bool {
    let Some(StepTarget::WorkflowId(id)) = &step.target else {
        return false;
    };
    let Some(position) = around.file.workflow(&id.value) else {
        return false;
    };
    let outputs = &around.file.object.workflows[position].outputs;
    outputs
        .iter()
        .any(|known| *known.name == *output.shortest())
}
