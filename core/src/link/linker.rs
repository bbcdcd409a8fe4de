//! What is known while documents are linked.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use serde_json::Value;

use super::digest::Digest;
use super::error::{LinkError, LinkErrorKind};
use super::inputs::Inputs;
use super::program::{OperationIndex, Origin, WorkflowIndex};
use super::uses::{Call, CalledOutput};
use crate::diagnostic::{Location, Severity, nearest};
use crate::document::{
    ArazzoObject, Document, DocumentError, Documents, Node, NodeId, OpenApiDescription, SourceType,
    Tree, WorkflowObject,
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
    pub tree: &'d Tree,
    pub object: ArazzoObject,
    pub dialect: Dialect,
    pub sources: Vec<FileSource<'d>>,
    workflows: Names,
    /// For each workflow its steps by id.
    steps: Vec<Names>,
    /// For each workflow its inputs, once they are known.
    pub inputs: Vec<OnceCell<Inputs>>,
    /// For each workflow its index in the program, once it has one.
    indexes: Vec<Cell<Option<WorkflowIndex>>>,
    root: OnceCell<Value>,
}

/// A source description of a file.
pub(super) struct FileSource<'d> {
    pub name: Box<str>,
    pub url: Box<str>,
    pub node: NodeId,
    /// What it is by its document, else by its `type`.
    pub kind: Option<SourceType>,
    /// The document; none where it could not be had.
    pub document: Option<&'d Document>,
    pub tried: String,
    pub reason: String,
}

impl<'d> File<'d> {
    /// The document as one value: schemas are compiled from it.
    pub fn root(&self) -> &Value {
        self.root.get_or_init(|| self.tree.root().to_value())
    }

    pub fn node(&self, id: NodeId) -> Node<'d> {
        self.tree.node(id)
    }

    pub fn place(&self, id: NodeId) -> Location {
        self.tree.node(id).location()
    }

    pub fn source(&self, name: &str) -> Option<&FileSource<'d>> {
        self.sources.iter().find(|source| *source.name == *name)
    }

    pub fn workflow(&self, id: &str) -> Option<usize> {
        self.workflows.get(id)
    }

    /// The first workflow that has a step; those beyond a thousand are not looked at.
    pub fn workflow_with(&self, step: &str) -> Option<usize> {
        let mut steps = self.steps.iter().take(1_000);
        steps.position(|steps| steps.has(step))
    }

    /// The position of a step in a workflow.
    pub fn step(&self, workflow: usize, id: &str) -> Option<usize> {
        self.steps[workflow].get(id)
    }
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
    /// Calls with parameters, to be checked when all workflows are linked.
    pub calls: Vec<Call>,
    /// References to outputs of called workflows, to be checked then, too.
    pub called: Vec<(WorkflowIndex, CalledOutput)>,
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

    pub fn document_error(&self, error: &DocumentError) {
        self.take(LinkError::of_document(error));
    }

    pub fn take(&self, finding: LinkError) {
        self.findings.borrow_mut().push(finding);
    }

    /// Takes an Arazzo document in, once.
    pub fn open(&mut self, document: &'d Document) -> Option<usize> {
        if let Some(file) = self
            .files
            .iter()
            .find(|file| file.document.url() == document.url())
        {
            return Some(file.index);
        }
        let tree: &'d Tree = document.tree();
        let (object, findings) = ArazzoObject::read(tree, self.strict);
        for finding in findings {
            self.document_error(&finding);
        }
        let object = object?;
        let version = if object.version.has_1_1() {
            Version::V1_1
        } else {
            Version::V1_0
        };
        let sources = self.sources(document, &object);
        let index = self.files.len();
        let mut workflows = Names::default();
        let mut steps = Vec::with_capacity(object.workflows.len());
        for (position, workflow) in object.workflows.iter().enumerate() {
            workflows.add(&workflow.id.value, position);
            steps.push(Names::of(workflow.steps.iter().map(|step| &*step.id.value)));
        }
        self.files.push(Rc::new(File {
            index,
            document,
            tree,
            object,
            dialect: Dialect {
                version,
                strict: self.strict,
            },
            sources,
            workflows,
            inputs: steps.iter().map(|_| OnceCell::new()).collect(),
            indexes: vec![Cell::new(None); steps.len()],
            steps,
            root: OnceCell::new(),
        }));
        Some(index)
    }

    pub fn file(&self, index: usize) -> Rc<File<'d>> {
        Rc::clone(&self.files[index])
    }

    /// The index of a workflow in the program to be; it is linked later where it
    /// is not yet.
    pub fn workflow_index(&mut self, file: usize, position: usize) -> WorkflowIndex {
        let known = &self.files[file].indexes[position];
        known.get().unwrap_or_else(|| {
            let index = WorkflowIndex(self.workflows.len() as u32);
            self.workflows.push((file, position));
            known.set(Some(index));
            index
        })
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
    pub fn near<'n>(&self, name: &str, names: &mut dyn Iterator<Item = &'n str>) -> &'n str {
        let left = self.helped.get();
        let mut seen = 0;
        let names = names.take(left).inspect(|_| seen += 1);
        let found = nearest(name, names);
        self.helped.set(left - seen);
        found.unwrap_or_default()
    }
}

/// Everything that stands around an expression.
#[derive(Clone, Copy)]
pub(super) struct Around<'a, 'd> {
    pub file: &'a File<'d>,
    pub workflow: &'a WorkflowObject,
    /// The position of the workflow.
    pub position: usize,
    pub inputs: &'a Inputs,
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
