//! Whether what an expression refers to is there.

use super::arguments::standard;
use super::error::LinkErrorKind as K;
use super::linker::{Around, File, Linker, Moment};
use super::uses::{CalledOutput, Use, Uses};
use crate::diagnostic::{Location, Severity};
use crate::document::{OutputObject, StepObject, StepTarget, WorkflowObject};
use crate::exchange::ParameterLocation;
use crate::expression::{Names, Part, Reference};

/// Where a reference stands.
type Place<'p> = dyn Fn() -> Location + 'p;

impl Linker<'_> {
    /// Checks one reference; steps that are used go to `uses`.
    pub fn reference(
        &self,
        around: Around<'_, '_>,
        reference: Reference<'_>,
        uses: &mut Uses,
        place: &Place<'_>,
    ) {
        match reference {
            Reference::Input(names) => self.input(around, names, place),
            Reference::StepOutput { step, output } => {
                self.step_output(around, &step.name, output, uses, place);
            }
            Reference::WorkflowOutput { workflow, output } => {
                self.workflow_output(around, workflow, output, place);
            }
            Reference::WorkflowInput { workflow, .. } => {
                self.known_workflow(around, workflow, place);
            }
            Reference::Source { name, .. } => self.known_source(around, name, place),
            Reference::Component { kind, name } => self.known_component(around, kind, name, place),
            Reference::Output(names)
                if around.calls_workflow && around.moment != Moment::Request =>
            {
                // Checked when all workflows are linked.
                uses.called.push(CalledOutput {
                    names: names.candidates().map(Into::into).collect(),
                    place: place(),
                });
            }
            Reference::Output(names) => self.output(around, names, place),
            Reference::Message(_) if around.operation.is_some() => {
                self.note(place(), Severity::Warning, K::NoMessage, &[]);
            }
            Reference::Url | Reference::Method => self.exchange(around, "$url", place),
            Reference::StatusCode => self.exchange(around, "$statusCode", place),
            Reference::Response(part) => {
                uses.reads_body |= matches!(part, Part::Body(_));
                self.exchange(around, "$response", place);
            }
            Reference::Request(part) => {
                self.exchange(around, "$request", place);
                self.request_part(around, part, place);
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
        place: &Place<'_>,
    ) {
        let steps = &around.workflow.steps;
        let Some(position) = around.file.step(around.position, name) else {
            self.unknown_step(place(), around.file, around.workflow, name, name);
            return;
        };
        let step = &steps[position];
        if !has_output(&step.outputs, output) {
            let called = called_has(around, step, output);
            let owner = format!("step `{name}`");
            self.unknown_output(place(), &step.outputs, output, &owner, called);
            return;
        }
        if around.step == Some(position) && around.moment == Moment::Criterion {
            self.note(place(), Severity::Warning, K::OwnOutput, &[output.full()]);
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
        place: &Place<'_>,
    ) {
        if let Some(position) = self.known_workflow(around, id, place) {
            let outputs = &around.file.object.workflows[position].outputs;
            self.output_of(id, outputs, output, place);
        }
    }

    /// An output of a workflow.
    fn output_of(&self, id: &str, outputs: &[OutputObject], name: Names<'_>, place: &Place<'_>) {
        if !has_output(outputs, name) {
            let owner = format!("workflow `{id}`");
            self.unknown_output(place(), outputs, name, &owner, false);
        }
    }

    /// Arazzo, Runtime Expressions: a part of the request has to be declared by
    /// the operation.
    fn request_part(&self, around: Around<'_, '_>, part: Part<'_>, place: &Place<'_>) {
        let Some(index) = around.operation else {
            return;
        };
        let operation = &self.operations[index.0 as usize];
        let (name, location) = match &part {
            Part::Header(name) => (*name, ParameterLocation::Header),
            Part::Query(names) => (names.full(), ParameterLocation::Query),
            Part::Path(names) => (names.full(), ParameterLocation::Path),
            _ => return,
        };
        let declared = operation.parameters.iter().any(|parameter| {
            parameter.location == location && same_name(&parameter.name, name, location)
        });
        if !declared && !standard(name, location) {
            let texts = [name, location.as_str(), &*operation_name(operation)];
            self.note(place(), Severity::Warning, K::UndeclaredRequestPart, &texts);
        }
    }

    fn input(&self, around: Around<'_, '_>, names: Names<'_>, place: &Place<'_>) {
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
        let near = self.near(name, &mut inputs.names.iter().map(String::as_str));
        let texts = [name, &*around.workflow.id.value, near];
        self.note(place(), severity, K::UnknownInput, &texts);
    }

    /// `$outputs.x`: of the workflow that the step calls, or, among the outputs of a
    /// workflow, its own.
    fn output(&self, around: Around<'_, '_>, names: Names<'_>, place: &Place<'_>) {
        let Some(step) = around.step else {
            let workflow = around.workflow;
            self.output_of(&workflow.id.value, &workflow.outputs, names, place);
            return;
        };
        let name = names.shortest();
        let has = |step: &&StepObject| step.outputs.iter().any(|output| *output.name == *name);
        let mut before = around.workflow.steps[..=step].iter().rev();
        let better = match before.find(has) {
            Some(step) => format!("$steps.{}.outputs.{name}", step.id.value),
            None if around.moment == Moment::Request => String::new(),
            None => format!("$response.body#/{name}"),
        };
        let texts = [name, &*better];
        self.note(place(), Severity::Error, K::MisplacedOutput, &texts);
    }

    /// Values of an exchange, where there is none yet, or another one's.
    fn exchange(&self, around: Around<'_, '_>, what: &str, place: &Place<'_>) {
        if around.moment == Moment::Request {
            self.note(place(), Severity::Warning, K::NotYetKnown, &[what]);
        } else if around.calls_workflow {
            self.note(place(), Severity::Warning, K::ExchangeOfCalledWorkflow, &[]);
        }
    }

    fn known_source(&self, around: Around<'_, '_>, name: &str, place: &Place<'_>) {
        if around.file.source(name).is_some() {
            return;
        }
        self.unknown_source(place(), around.file, name);
    }

    fn known_workflow(&self, around: Around<'_, '_>, id: &str, place: &Place<'_>) -> Option<usize> {
        let found = around.file.workflow(id);
        if found.is_none() {
            let near = self.near_workflow(around.file, id);
            self.unknown_workflow(place(), id, "", near);
        }
        found
    }

    fn known_component(
        &self,
        around: Around<'_, '_>,
        kind: &str,
        names: Names<'_>,
        place: &Place<'_>,
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
        let reference = format!("$components.{kind}.{name}");
        let near = self.near(name, &mut known.iter().copied());
        self.unknown_component(place(), &reference, kind, near);
    }

    /// A step that a workflow does not have; `written` is how it is named.
    #[cold]
    pub fn unknown_step(
        &self,
        place: Location,
        file: &File<'_>,
        workflow: &WorkflowObject,
        name: &str,
        written: &str,
    ) {
        let mut steps = workflow.steps.iter().map(|step| &*step.id.value);
        let near = self.near(name, &mut steps);
        let elsewhere = match file.workflow_with(name) {
            Some(at) => &*file.object.workflows[at].id.value,
            None => "",
        };
        let texts = [written, &*workflow.id.value, near, elsewhere];
        self.note(place, Severity::Error, K::UnknownStep, &texts);
    }

    /// An output that a step or workflow does not have; whether the workflow that
    /// the step calls has it.
    #[cold]
    fn unknown_output(
        &self,
        place: Location,
        outputs: &[OutputObject],
        names: Names<'_>,
        owner: &str,
        called_has: bool,
    ) {
        let name = names.shortest();
        let near = self.near(name, &mut outputs.iter().map(|output| &*output.name));
        let called = if called_has { name } else { "" };
        let texts = [name, owner, near, called];
        self.note(place, Severity::Error, K::UnknownOutput, &texts);
    }
}

fn has_output(outputs: &[OutputObject], names: Names<'_>) -> bool {
    let known = |name: &str| outputs.iter().any(|output| *output.name == *name);
    names.candidates().any(known)
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
