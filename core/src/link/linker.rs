//! What is known while documents are linked.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use serde_json::Value;

use super::digest::Digest;
use super::error::{LinkError, LinkErrorKind};
use super::inputs::Inputs;
use super::program::{OperationIndex, Origin, StepIndex, WorkflowIndex};
use super::resolve::Used;
use super::share::Shared;
use super::uses::{Call, CalledOutput, Uses};
use crate::diagnostic::{Location, Severity, nearest};
use crate::document::{
    ArazzoObject, Document, DocumentError, Documents, Node, OpenApiDescription, ParameterPlace,
    SourceType,
};
use crate::exchange::Operation;
use crate::expression::{Dialect, Version};
use crate::names::Names;

/// Parts of one program: parameters and actions of a workflow count for each of
/// its steps, so that a small document cannot become a huge program.
const MAX_PARTS: usize = 50_000;

/// How many names are looked at to say which may have been meant.
const MAX_HELPED: usize = 200_000;

/// An Arazzo document that takes part.
pub(super) struct File<'d> {
    /// Its number: 0 for the entry document.
    pub index: usize,
    pub document: &'d Document,
    pub object: ArazzoObject<'d>,
    pub dialect: Dialect,
    pub sources: Vec<FileSource<'d>>,
    pub workflows: Vec<Written<'d>>,
    names: Names,
    root: OnceCell<Value>,
}

/// A workflow as it is written.
pub(super) struct Written<'d> {
    pub node: Node<'d>,
    pub id: &'d str,
    pub steps: Vec<Node<'d>>,
    names: Names,
    /// Its inputs, once they are known.
    pub inputs: OnceCell<Inputs>,
    /// Its index in the program, once it has one.
    index: Cell<Option<WorkflowIndex>>,
}

/// A source description of a file.
pub(super) struct FileSource<'d> {
    pub name: &'d str,
    pub url: &'d str,
    /// Where its `url` stands.
    pub node: Node<'d>,
    /// What it is by its document, else by its `type`.
    pub kind: Option<SourceType>,
    /// The document; none where it could not be had.
    pub document: Option<&'d Document>,
    pub tried: &'d str,
    pub reason: &'d str,
}

impl<'d> File<'d> {
    /// The document as one value: schemas are compiled from it.
    pub fn root(&self) -> &Value {
        self.root.get_or_init(|| self.object.root().to_value())
    }

    pub fn source(&self, name: &str) -> Option<&FileSource<'d>> {
        self.sources.iter().find(|source| source.name == name)
    }

    /// The descriptions of APIs among the sources.
    pub fn apis(&self) -> Vec<&FileSource<'d>> {
        let apis = self.sources.iter();
        apis.filter(|source| source.kind != Some(SourceType::Arazzo))
            .collect()
    }

    /// Where a parameter goes.
    pub fn place(&self, parameter: Node<'_>) -> Option<ParameterPlace> {
        ParameterPlace::of(parameter, self.object.version())
    }

    /// The same in a word; empty where there is none that can be used.
    pub fn place_word(&self, parameter: Node<'d>) -> &'d str {
        let known = self.place(parameter);
        known.and(parameter.text("in")).unwrap_or_default()
    }

    pub fn workflow(&self, id: &str) -> Option<usize> {
        self.names.get(id)
    }

    /// The first workflow that has a step; those beyond a thousand are not looked at.
    pub fn workflow_with(&self, step: &str) -> Option<&Written<'d>> {
        let mut workflows = self.workflows.iter().take(1_000);
        workflows.find(|workflow| workflow.names.has(step))
    }
}

impl<'d> Written<'d> {
    fn read(object: &ArazzoObject<'d>, node: Node<'d>) -> Self {
        let steps: Vec<Node<'d>> = object.list(node, "steps").collect();
        let mut names = Names::default();
        for (position, step) in steps.iter().enumerate() {
            names.add(id_of(*step), position);
        }
        Self {
            node,
            id: node.text("workflowId").unwrap_or_default(),
            steps,
            names,
            inputs: OnceCell::new(),
            index: Cell::new(None),
        }
    }

    /// The position of a step.
    pub fn step(&self, id: &str) -> Option<usize> {
        self.names.get(id)
    }
}

/// The `stepId` of a step; empty where it has none.
pub(super) fn id_of(step: Node<'_>) -> &str {
    step.text("stepId").unwrap_or_default()
}

/// Links documents; collects what it finds.
pub(super) struct Linker<'d> {
    pub documents: &'d Documents,
    pub strict: bool,
    /// Whether missing sources are left out rather than refused.
    pub going_on: bool,
    pub files: Vec<Rc<File<'d>>>,
    /// What was opened so far; nothing where that failed.
    pub descriptions: Vec<(&'d Document, Option<Rc<OpenApiDescription<'d>>>)>,
    pub operations: Vec<Operation>,
    pub origins: Vec<Origin>,
    /// Their indexes, by what names them whole.
    pub operation_index: Names,
    pub operation_keys: Names,
    /// File and position of each workflow, by its index.
    pub workflows: Vec<(usize, usize)>,
    /// How many parts the program has so far.
    parts: usize,
    /// How many more names may be looked at.
    helped: Cell<usize>,
    /// What the texts of the step that is being linked use.
    pub uses: Uses<'d>,
    /// When each step of the workflow that is being linked is run, by its position.
    pub index: Vec<StepIndex>,
    /// What the steps of that workflow have in common.
    pub shared: Shared,
    /// Whether an action of that workflow is left out.
    pub lost_actions: bool,
    /// Calls with parameters, to be checked when all workflows are linked.
    pub calls: Vec<Call<'d>>,
    /// References to outputs of called workflows, to be checked then, too.
    pub called: Vec<(WorkflowIndex, CalledOutput<'d>)>,
    pub findings: RefCell<Vec<LinkError>>,
    pub digest: Digest,
}

impl<'d> Linker<'d> {
    pub fn new(documents: &'d Documents, strict: bool, going_on: bool) -> Self {
        Self {
            documents,
            strict,
            going_on,
            files: Vec::new(),
            descriptions: Vec::new(),
            operations: Vec::new(),
            origins: Vec::new(),
            operation_index: Names::default(),
            operation_keys: Names::default(),
            workflows: Vec::new(),
            parts: 0,
            helped: Cell::new(MAX_HELPED),
            uses: Uses::default(),
            index: Vec::new(),
            shared: Shared::default(),
            lost_actions: false,
            calls: Vec::new(),
            called: Vec::new(),
            findings: RefCell::default(),
            digest: Digest::new(),
        }
    }

    /// What a deviation with one sensible reading is.
    pub fn lenient(&self) -> Severity {
        if self.strict {
            Severity::Error
        } else {
            Severity::Warning
        }
    }

    /// Takes a finding down; of the texts each kind has its own.
    #[cold]
    pub fn note(&self, at: Location, severity: Severity, kind: LinkErrorKind, texts: &[&str]) {
        self.take(LinkError::new(kind, severity, at, texts));
    }

    #[cold]
    pub fn error(&self, at: Node<'_>, kind: LinkErrorKind, texts: &[&str]) {
        self.note(at.location(), Severity::Error, kind, texts);
    }

    #[cold]
    pub fn warn(&self, at: Node<'_>, kind: LinkErrorKind, texts: &[&str]) {
        self.note(at.location(), Severity::Warning, kind, texts);
    }

    #[cold]
    pub fn document_error(&self, error: &DocumentError) {
        self.take(LinkError::of_document(error));
    }

    #[inline(never)]
    pub fn take(&self, finding: LinkError) {
        self.findings.borrow_mut().push(finding);
    }

    /// Takes an Arazzo document in, once.
    pub fn open(&mut self, document: &'d Document) -> Option<Rc<File<'d>>> {
        let known = |file: &&Rc<File<'d>>| file.document.url() == document.url();
        if let Some(file) = self.files.iter().find(known) {
            return Some(file.clone());
        }
        let (object, findings) = ArazzoObject::read(document.tree(), self.strict);
        for finding in findings {
            self.document_error(&finding);
        }
        let object = object?;
        let version = if object.version().has_1_1() {
            Version::V1_1
        } else {
            Version::V1_0
        };
        let mut workflows = Vec::new();
        let mut names = Names::default();
        for node in object.list(object.root(), "workflows") {
            let workflow = Written::read(&object, node);
            names.add(workflow.id, workflows.len());
            workflows.push(workflow);
        }
        let file = Rc::new(File {
            index: self.files.len(),
            document,
            sources: self.sources(document, &object),
            object,
            dialect: Dialect {
                version,
                strict: self.strict,
            },
            workflows,
            names,
            root: OnceCell::new(),
        });
        self.files.push(file.clone());
        Some(file)
    }

    /// The index of a workflow in the program to be; it is linked later where it
    /// is not yet.
    pub fn workflow_index(&mut self, file: &File<'d>, position: usize) -> WorkflowIndex {
        let known = &file.workflows[position].index;
        known.get().unwrap_or_else(|| {
            let index = WorkflowIndex(self.workflows.len() as u32);
            self.workflows.push((file.index, position));
            known.set(Some(index));
            index
        })
    }

    /// Does something once more without a trace: nothing is reported, counted or
    /// taken down.
    pub fn silently<T>(&mut self, again: impl FnOnce(&mut Self) -> T) -> T {
        let findings = self.findings.borrow().len();
        let (calls, called) = (self.calls.len(), self.called.len());
        let parts = std::mem::take(&mut self.parts);
        let (digest, helped) = (self.digest.clone(), self.helped.get());
        let made = again(self);
        self.findings.borrow_mut().truncate(findings);
        self.calls.truncate(calls);
        self.called.truncate(called);
        self.helped.set(helped);
        (self.digest, self.parts) = (digest, parts);
        made
    }

    /// Counts parts of the program: steps, parameters, criteria, actions, outputs.
    /// Whether there is room for them.
    pub fn room_for(&mut self, parts: usize, at: Node<'_>) -> bool {
        let before = self.parts;
        self.parts = self.parts.saturating_add(parts);
        if before <= MAX_PARTS && self.parts > MAX_PARTS {
            self.error(at, LinkErrorKind::TooLarge, &[&MAX_PARTS.to_string()]);
        }
        self.parts <= MAX_PARTS
    }

    /// The nearest name, unless so much is wrong that looking for it takes long.
    /// Empty where there is none.
    #[cold]
    pub fn near<'n>(&self, name: &str, names: &mut dyn Iterator<Item = &'n str>) -> &'n str {
        let left = self.helped.get();
        let names: Vec<&str> = names.take(left).collect();
        self.helped.set(left - names.len());
        nearest(name, names).unwrap_or_default()
    }
}

/// What all steps of a workflow share.
pub(super) struct Frame<'a, 'd> {
    pub file: &'a File<'d>,
    pub workflow: &'a Written<'d>,
    pub inputs: &'a Inputs,
    pub parameters: Vec<Used<'d>>,
    pub success: Vec<Used<'d>>,
    pub failure: Vec<Used<'d>>,
}

/// Everything that stands around an expression.
#[derive(Clone, Copy)]
pub(super) struct Around<'a, 'd> {
    pub frame: &'a Frame<'a, 'd>,
    /// The position of the step; none for the outputs of the workflow.
    pub step: Option<usize>,
    pub moment: Moment,
    /// Whether the step calls a workflow.
    pub calls_workflow: bool,
    /// The operation that the step calls.
    pub operation: Option<OperationIndex>,
}

/// When an expression is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// Before the request.
    Request,
    /// In `successCriteria`.
    Criterion,
    /// In a step's `outputs`.
    StepOutput,
    /// In an action.
    Action,
    /// In a workflow's `outputs`.
    WorkflowOutput,
}
