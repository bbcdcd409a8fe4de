//! What is known while documents are linked.

use std::cell::{Cell, OnceCell};
use std::collections::{HashMap, HashSet};
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
    workflows: HashMap<Box<str>, usize>,
    /// For each workflow its steps by id.
    steps: Vec<HashMap<Box<str>, usize>>,
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
        self.workflows.get(id).copied()
    }

    /// The first workflow that has a step; those beyond a thousand are not looked at.
    pub fn workflow_with(&self, step: &str) -> Option<usize> {
        let mut steps = self.steps.iter().take(1_000);
        steps.position(|steps| steps.contains_key(step))
    }

    /// The position of a step in a workflow.
    pub fn step(&self, workflow: usize, id: &str) -> Option<usize> {
        self.steps[workflow].get(id).copied()
    }
}

/// Links documents; collects what it finds.
pub(super) struct Linker<'d> {
    pub documents: &'d Documents,
    pub strict: bool,
    /// Whether missing sources are left out rather than refused.
    pub going_on: bool,
    pub files: Vec<Rc<File<'d>>>,
    pub descriptions: HashMap<String, Option<Rc<OpenApiDescription<'d>>>>,
    pub operations: Vec<Operation>,
    pub origins: Vec<Origin>,
    pub operation_index: HashMap<String, OperationIndex>,
    pub operation_keys: HashSet<Box<str>>,
    /// File and position of each workflow, by its index.
    pub workflows: Vec<(usize, usize)>,
    workflow_index: HashMap<(usize, usize), WorkflowIndex>,
    /// How many parts the program has so far.
    parts: usize,
    /// How many more names may be looked at.
    helped: Cell<usize>,
    pub inputs: HashMap<(usize, usize), Rc<Inputs>>,
    /// Calls with parameters, to be checked when all workflows are linked.
    pub calls: Vec<Call>,
    /// References to outputs of called workflows, to be checked then, too.
    pub called: Vec<(WorkflowIndex, CalledOutput)>,
    pub findings: Vec<LinkError>,
    pub digest: Digest,
}

impl<'d> Linker<'d> {
    pub fn new(documents: &'d Documents, strict: bool, going_on: bool) -> Self {
        Self {
            documents,
            strict,
            going_on,
            files: Vec::new(),
            descriptions: HashMap::new(),
            operations: Vec::new(),
            origins: Vec::new(),
            operation_index: HashMap::new(),
            operation_keys: HashSet::new(),
            workflows: Vec::new(),
            workflow_index: HashMap::new(),
            parts: 0,
            helped: Cell::new(MAX_HELPED),
            inputs: HashMap::new(),
            calls: Vec::new(),
            called: Vec::new(),
            findings: Vec::new(),
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

    pub fn note(&mut self, location: Location, severity: Severity, kind: LinkErrorKind) {
        self.findings.push(LinkError {
            location,
            severity,
            kind,
        });
    }

    pub fn error(&mut self, location: Location, kind: LinkErrorKind) {
        self.note(location, Severity::Error, kind);
    }

    pub fn warn(&mut self, location: Location, kind: LinkErrorKind) {
        self.note(location, Severity::Warning, kind);
    }

    pub fn document_error(&mut self, error: DocumentError) {
        self.findings.push(LinkError::of_document(error));
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
            self.document_error(finding);
        }
        let object = object?;
        let version = if object.version.has_1_1() {
            Version::V1_1
        } else {
            Version::V1_0
        };
        let sources = self.sources(document, &object);
        let index = self.files.len();
        let workflows = by_id(object.workflows.iter().map(|one| &one.id.value));
        let steps = object.workflows.iter();
        let steps = steps.map(|one| by_id(one.steps.iter().map(|step| &step.id.value)));
        let steps = steps.collect();
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
        let key = (file, position);
        *self.workflow_index.entry(key).or_insert_with(|| {
            self.workflows.push(key);
            WorkflowIndex(self.workflows.len() as u32 - 1)
        })
    }

    /// Counts parts of the program: steps, parameters, criteria, actions, outputs.
    /// Whether there is room for them.
    pub fn room_for(&mut self, parts: usize, place: impl FnOnce() -> Location) -> bool {
        let before = self.parts;
        self.parts = self.parts.saturating_add(parts);
        if before <= MAX_PARTS && self.parts > MAX_PARTS {
            self.error(place(), LinkErrorKind::TooLarge { allowed: MAX_PARTS });
        }
        self.parts <= MAX_PARTS
    }

    /// The nearest name, unless so much is wrong that looking for it takes long.
    pub fn near<'n>(
        &self,
        name: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        let left = self.helped.get();
        let mut seen = 0;
        let names = names.into_iter().take(left).inspect(|_| seen += 1);
        let found = nearest(name, names);
        self.helped.set(left - seen);
        found
    }
}

/// Positions by id; of two the first.
fn by_id<'o>(ids: impl Iterator<Item = &'o Box<str>>) -> HashMap<Box<str>, usize> {
    let mut map = HashMap::new();
    for (position, id) in ids.enumerate() {
        map.entry(id.clone()).or_insert(position);
    }
    map
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
