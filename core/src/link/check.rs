//! The order of the passes: link, or check without linking.

use std::borrow::Borrow;
use std::sync::Arc;
use std::sync::OnceLock;

use super::error::{LinkError, LinkErrorKind as K, LinkErrors};
use super::linker::{File, Linker};
use super::parts;
use super::program::{Document, Linked, Program, Step, Target, Workflow};
use super::uses::{Call, CalledOutput};
use crate::diagnostic::{Diagnostic, Report, Severity};
use crate::document::{DocumentErrorKind, Documents, Node};
use crate::names::Names;

/// How documents are linked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkOptions {
    /// Whether the letter of the specification counts: what is otherwise read in
    /// the one way that makes sense, with a warning, is an error.
    pub strict: bool,
}

/// Links a description: reads the objects, resolves every name, checks all that
/// can be known before running. Takes the documents, or just a look at them.
///
/// # Errors
/// Everything that was found, in document order, where any of it is an error.
pub fn link(
    documents: impl Borrow<Documents>,
    options: LinkOptions,
) -> Result<Program, LinkErrors> {
    let documents = documents.borrow();
    let mut linker = Linker::new(documents, options.strict, false);
    let linked = linker.run();
    let findings = ordered(documents, linker.findings.take());
    let failed = findings.iter().any(|one| one.severity() == Severity::Error);
    match linked {
        Some(mut linked) if !failed => {
            linked.findings = reports(findings);
            Ok(Program(Arc::new(linked)))
        }
        _ => Err(LinkErrors(findings)),
    }
}

/// Everything that linking finds, in document order: errors, warnings, hints.
/// Sources that are missing are left out, and what could not be checked for
/// that reason is said.
pub fn check(documents: impl Borrow<Documents>, options: LinkOptions) -> Vec<Report> {
    reports(examine(documents, options))
}

fn reports(findings: Vec<LinkError>) -> Vec<Report> {
    findings.into_iter().map(LinkError::into_report).collect()
}

/// The same, each with its type: what is needed to mend a document.
pub fn examine(documents: impl Borrow<Documents>, options: LinkOptions) -> Vec<LinkError> {
    let documents = documents.borrow();
    let mut linker = Linker::new(documents, options.strict, true);
    linker.run();
    ordered(documents, linker.findings.take())
}

impl<'d> Linker<'d> {
    fn run(&mut self) -> Option<Linked> {
        for error in self.documents.errors() {
            self.document_error(error);
        }
        let Some(entry) = self.documents.entry() else {
            for error in self.documents.unavailable() {
                self.document_error(&error);
            }
            return None;
        };
        let file = self.open(entry)?;
        for position in 0..file.workflows.len() {
            self.workflow_index(&file, position);
        }
        let own_workflows = self.workflows.len();
        if own_workflows == 0 {
            return None; // A missing field, or a list without any: that has been said.
        }
        let mut workflows = Vec::new();
        while workflows.len() < self.workflows.len() {
            let workflow = self.workflow(workflows.len());
            workflows.push(workflow);
        }
        for file in &self.files {
            self.component_inputs(file);
            self.components(file);
            self.missing(file);
        }
        self.workflow_cycles(&workflows);
        self.calls(&workflows);
        hand_down(&mut workflows);
        parts::hand_down(&mut workflows);
        self.digest.count(self.operations.len());
        for operation in &self.operations {
            self.digest.operation(operation);
        }
        Some(Linked {
            documents: self.files.iter().map(|file| document_of(file)).collect(),
            workflows,
            own_workflows,
            addresses: self.operations.iter().map(|_| OnceLock::new()).collect(),
            operations: std::mem::take(&mut self.operations),
            origins: std::mem::take(&mut self.origins),
            findings: Vec::new(),
            digest: self.digest.finish(),
        })
    }

    /// Arazzo, Components Object: entries are right even where nothing uses them.
    fn components(&self, file: &File<'d>) {
        for parameter in file.object.components("parameters") {
            self.component_value(file, parameter);
        }
        for kind in ["successActions", "failureActions"] {
            for action in file.object.components(kind) {
                for parameter in file.object.list(action, "parameters") {
                    if parameter.get("reference").is_none() {
                        self.component_value(file, parameter);
                    }
                }
                for criterion in file.object.list(action, "criteria") {
                    self.condition(file, criterion);
                }
            }
        }
    }

    fn component_value(&self, file: &File<'d>, parameter: Node<'d>) {
        if let Some(value) = parameter.get("value") {
            self.parse_template(file, value, &value.to_value());
        }
    }

    /// Sources that could not be had, where no step has said so.
    fn missing(&self, file: &File<'d>) {
        for source in &file.sources {
            if source.document.is_some() {
                continue;
            }
            let broken = self.documents.errors().iter().any(|error| {
                let is_syntax = error.kind == DocumentErrorKind::Syntax;
                is_syntax && *error.place().document == *source.tried
            });
            if !broken {
                self.unavailable(source, Severity::Warning);
            }
        }
    }

    /// What the called workflows say to the parameters and outputs of calls.
    fn calls(&self, workflows: &[Workflow]) {
        for call in &self.calls {
            self.inputs_of_call(&workflows[call.called.0 as usize], call);
        }
        for (called, output) in &self.called {
            self.output_of_call(&workflows[called.0 as usize], output);
        }
    }

    fn inputs_of_call(&self, called: &Workflow, call: &Call<'d>) {
        let file = &self.files[called.document];
        let position = file.workflow(&called.id).unwrap_or_default();
        let inputs = file.workflows[position].inputs.get();
        let Some(inputs) = inputs.filter(|inputs| !inputs.unknown) else {
            return;
        };
        for (given, place) in &call.inputs {
            if !inputs.names.iter().any(|name| **name == **given) {
                self.unknown_input(place.clone(), inputs, &called.id, given);
            }
        }
        for input in &inputs.required {
            if !call.inputs.iter().any(|(given, _)| **given == **input) {
                self.warn(call.place, K::MissingInput, &[input, &called.id]);
            }
        }
    }

    /// Reports a reference to an output that a called workflow does not have:
    /// `$outputs.x` on a step that calls a workflow is that workflow's output.
    fn output_of_call(&self, called: &Workflow, output: &CalledOutput<'d>) {
        let outputs = || called.outputs.iter().map(|output| &*output.name);
        if outputs().any(|name| output.names.iter().any(|known| **known == *name)) {
            return;
        }
        let Some(name) = output.names.last() else {
            return;
        };
        let owner = format!("workflow `{}`", called.id);
        let texts = [&**name, &*owner, self.near(name, &mut outputs())];
        self.error(output.place, K::UnknownOutput, &texts);
    }
}

/// Where a caller reads the last request of a workflow it calls, the steps of
/// that workflow keep theirs.
fn hand_down(workflows: &mut [Workflow]) {
    let mut open: Vec<usize> = Vec::new();
    let reach = |open: &mut Vec<usize>, step: &Step| match step.target {
        Target::Workflow(index) if step.reads_request => open.push(index.0 as usize),
        _ => {}
    };
    for workflow in workflows.iter() {
        for step in &workflow.steps {
            reach(&mut open, step);
        }
    }
    let mut seen = vec![false; workflows.len()];
    while let Some(at) = open.pop() {
        if std::mem::replace(&mut seen[at], true) {
            continue;
        }
        for step in &mut workflows[at].steps {
            step.reads_request = true;
            reach(&mut open, step);
        }
    }
}

fn document_of(file: &File<'_>) -> Document {
    let mut components = serde_json::Map::new();
    if let Some(written) = file.object.root().get("components") {
        for field in ["parameters", "successActions", "failureActions"] {
            if let Some(at) = written.get(field) {
                components.insert(field.to_owned(), at.to_value());
            }
        }
    }
    let sources = file.sources.iter();
    Document {
        url: file.document.base().into(),
        sources: sources
            .map(|source| (source.name.into(), source.url.into()))
            .collect(),
        components: serde_json::Value::Object(components),
    }
}

/// Sorts findings: documents in the order of reading, then by place; the same
/// finding at the same place is told once.
fn ordered(documents: &Documents, findings: Vec<LinkError>) -> Vec<LinkError> {
    let rank = Names::of(documents.iter().map(|document| &**document.tree().name()));
    let mut findings = findings;
    findings.sort_by_key(|finding| {
        finding.report().location.as_ref().map(|place| {
            let document = rank.get(&place.document).unwrap_or(usize::MAX);
            (document, place.line, place.column)
        })
    });
    let mut told = Names::default();
    findings.retain(|finding| {
        let Report {
            code,
            message,
            location,
            ..
        } = finding.report();
        let at = location.clone().unwrap_or_default();
        let place = format!("{} {} {} {}", at.document, at.pointer, at.spot(), at.length);
        let all = format!("{place} {code} {message}");
        told.add(&all, 0).is_none()
    });
    findings
}
