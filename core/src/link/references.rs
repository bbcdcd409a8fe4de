//! Whether what an expression refers to is there.

use super::arguments::standard;
use super::error::LinkErrorKind as K;
use super::inputs::Inputs;
use super::linker::{Around, File, Linker, Moment, Written, id_of};
use super::uses::{CalledOutput, Use};
use crate::diagnostic::{Location, Severity};
use crate::document::{Node, StepTarget};
use crate::exchange::{Operation, ParameterLocation};
use crate::expression::{Names, Part, Reference};
use crate::pointer::Pointer;

/// Where a reference stands: in a value, and where in it.
#[derive(Clone, Copy)]
pub(super) struct Place<'p, 'd> {
    pub value: Node<'d>,
    pub inside: &'p Pointer,
}

impl<'d> Place<'_, 'd> {
    fn node(self) -> Node<'d> {
        self.value.at(self.inside).unwrap_or(self.value)
    }
}

impl<'d> Linker<'d> {
    /// Checks one reference; steps that are used are taken down.
    pub fn reference(
        &mut self,
        around: &Around<'_, 'd>,
        reference: Reference<'_>,
        place: Place<'_, 'd>,
    ) {
        let file = around.frame.file;
        let later = around.moment != Moment::Request;
        match reference {
            Reference::Input(names) => self.input(around, names, place),
            Reference::StepOutput { step, output } => {
                self.step_output(around, &step.name, output, place);
            }
            Reference::WorkflowOutput { workflow, output } => {
                if let Some(called) = self.known_workflow(file, workflow, place) {
                    self.output_of(file, called, output, place);
                }
            }
            Reference::WorkflowInput { workflow, .. } => {
                self.known_workflow(file, workflow, place);
            }
            Reference::Source { name, .. } => {
                self.find_source(file, name, place.node());
            }
            Reference::Component { kind, name } => self.known_component(file, kind, name, place),
            Reference::Output(names) if around.calls_workflow && later => {
                // Checked when all workflows are linked.
                self.uses.called.push(CalledOutput {
                    names: names.candidates().map(Into::into).collect(),
                    place: place.node(),
                });
            }
            Reference::Output(names) => self.output(around, names, place),
            Reference::Message(_) if around.operation.is_some() => {
                self.warn(place.node(), K::NoMessage, &[]);
            }
            Reference::Url | Reference::Method => self.exchange(around, "$url", place),
            Reference::StatusCode => self.exchange(around, "$statusCode", place),
            Reference::Response(part) => {
                self.uses.reads_body |= later && matches!(part, Part::Body(_));
                self.exchange(around, "$response", place);
            }
            Reference::Request(part) => {
                self.exchange(around, "$request", place);
                self.request_part(around, part, place);
            }
            _ => {}
        }
        let of_request = matches!(
            reference,
            Reference::Request(_) | Reference::Url | Reference::Method
        );
        self.uses.reads_request |= later && of_request;
    }

    fn step_output(
        &mut self,
        around: &Around<'_, 'd>,
        name: &str,
        output: Names<'_>,
        place: Place<'_, 'd>,
    ) {
        let (file, workflow) = (around.frame.file, around.frame.workflow);
        let place = place.node();
        let Some(position) = workflow.step(name) else {
            return self.unknown_step(place, file, workflow, name, name);
        };
        let step = workflow.steps[position];
        if !has_output(file, step, output) {
            // The workflow that the step calls may have it.
            let called = match StepTarget::of(step) {
                Some((StepTarget::WorkflowId, id)) => {
                    file.workflow(id.as_str().unwrap_or_default())
                }
                _ => None,
            };
            let called = called.filter(|called| {
                let mut outputs = file.object.map(file.workflows[*called].node, "outputs");
                outputs.any(|known| known.key() == Some(output.shortest()))
            });
            let owner = format!("step `{name}`");
            return self.unknown_output(place, file, step, output, &owner, called.is_some());
        }
        if around.step == Some(position) && around.moment == Moment::Criterion {
            self.warn(place, K::OwnOutput, &[output.full()]);
        }
        self.uses.steps.push(Use {
            step: position,
            output: output.full().into(),
            early: around.moment == Moment::Request,
            place,
        });
    }

    /// An output of a workflow.
    fn output_of(
        &self,
        file: &File<'d>,
        workflow: &Written<'d>,
        name: Names<'_>,
        place: Place<'_, 'd>,
    ) {
        if !has_output(file, workflow.node, name) {
            let owner = format!("workflow `{}`", workflow.id);
            self.unknown_output(place.node(), file, workflow.node, name, &owner, false);
        }
    }

    /// Arazzo, Runtime Expressions: a part of the request has to be declared by
    /// the operation.
    fn request_part(&self, around: &Around<'_, 'd>, part: Part<'_>, place: Place<'_, 'd>) {
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
            self.warn(place.node(), K::UndeclaredRequestPart, &texts);
        }
    }

    fn input(&self, around: &Around<'_, 'd>, names: Names<'_>, place: Place<'_, 'd>) {
        let inputs = around.frame.inputs;
        let known = |name: &str| inputs.names.iter().any(|known| known == name);
        if inputs.unknown || names.candidates().any(known) {
            return;
        }
        let (place, id) = (place.node().location(), around.frame.workflow.id);
        self.unknown_input(place, inputs, id, names.shortest());
    }

    /// `$outputs.x`: of the workflow that the step calls, or, among the outputs of a
    /// workflow, its own.
    fn output(&self, around: &Around<'_, 'd>, names: Names<'_>, place: Place<'_, 'd>) {
        let (file, workflow) = (around.frame.file, around.frame.workflow);
        let Some(step) = around.step else {
            return self.output_of(file, workflow, names, place);
        };
        let name = names.shortest();
        let has = |step: &&Node<'d>| {
            let mut outputs = file.object.map(**step, "outputs");
            outputs.any(|output| output.key() == Some(name))
        };
        let mut before = workflow.steps[..=step].iter().rev();
        let better = match before.find(has) {
            Some(step) => format!("$steps.{}.outputs.{name}", id_of(*step)),
            None if around.moment == Moment::Request => String::new(),
            None => format!("$response.body#/{name}"),
        };
        self.error(place.node(), K::MisplacedOutput, &[name, &better]);
    }

    /// Values of an exchange, where there is none yet, or another one's.
    fn exchange(&self, around: &Around<'_, 'd>, what: &str, place: Place<'_, 'd>) {
        if around.moment == Moment::Request {
            self.warn(place.node(), K::NotYetKnown, &[what]);
        } else if around.calls_workflow {
            self.warn(place.node(), K::ExchangeOfCalledWorkflow, &[]);
        }
    }

    fn known_workflow<'f>(
        &self,
        file: &'f File<'d>,
        id: &str,
        place: Place<'_, 'd>,
    ) -> Option<&'f Written<'d>> {
        let found = file.workflow(id);
        if found.is_none() {
            let near = self.near_workflow(file, id);
            self.error(place.node(), K::UnknownWorkflow, &[id, "", near]);
        }
        Some(&file.workflows[found?])
    }

    fn known_component(&self, file: &File<'d>, kind: &str, names: Names<'_>, place: Place<'_, 'd>) {
        if !matches!(kind, "parameters" | "successActions" | "failureActions") {
            return;
        }
        let mut known = file.object.components(kind);
        let is = |known: Node<'_>| names.candidates().any(|name| known.key() == Some(name));
        if !known.any(is) {
            let name = names.shortest();
            let reference = format!("$components.{kind}.{name}");
            self.unknown_component(place.node(), file, &reference, kind, name);
        }
    }

    /// A step that a workflow does not have; `written` is how it is named.
    #[cold]
    pub fn unknown_step(
        &self,
        place: Node<'_>,
        file: &File<'d>,
        workflow: &Written<'d>,
        name: &str,
        written: &str,
    ) {
        let mut steps = workflow.steps.iter().map(|step| id_of(*step));
        let near = self.near(name, &mut steps);
        let elsewhere = file.workflow_with(name).map_or("", |found| found.id);
        self.error(
            place,
            K::UnknownStep,
            &[written, workflow.id, near, elsewhere],
        );
    }

    /// An input that a workflow does not have.
    #[cold]
    pub fn unknown_input(&self, place: Location, inputs: &Inputs, workflow: &str, name: &str) {
        let severity = if inputs.closed {
            Severity::Error
        } else {
            Severity::Warning
        };
        let near = self.near(name, &mut inputs.names.iter().map(String::as_str));
        self.note(place, severity, K::UnknownInput, &[name, workflow, near]);
    }

    /// An output that a step or workflow does not have; whether the workflow that
    /// the step calls has it.
    #[cold]
    fn unknown_output(
        &self,
        place: Node<'_>,
        file: &File<'d>,
        owner: Node<'d>,
        names: Names<'_>,
        what: &str,
        called_has: bool,
    ) {
        let name = names.shortest();
        let outputs = file.object.map(owner, "outputs");
        let near = self.near(name, &mut outputs.filter_map(Node::key));
        let called = if called_has { name } else { "" };
        self.error(place, K::UnknownOutput, &[name, what, near, called]);
    }
}

/// Whether a step or workflow has an output of one of the names.
fn has_output<'d>(file: &File<'d>, owner: Node<'d>, names: Names<'_>) -> bool {
    let is = |known: Node<'_>| names.candidates().any(|name| known.key() == Some(name));
    file.object.map(owner, "outputs").any(is)
}

/// Header names know no letter case.
pub(super) fn same_name(left: &str, right: &str, place: ParameterLocation) -> bool {
    if place == ParameterLocation::Header {
        left.eq_ignore_ascii_case(right)
    } else {
        left == right
    }
}

pub(super) fn operation_name(operation: &Operation) -> String {
    match &operation.id {
        Some(id) => id.to_string(),
        None => format!("{} {}", operation.method, operation.path),
    }
}
