//! What is known while documents are linked.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::digest::Digest;
use super::error::{LinkError, LinkErrorKind};
use super::inputs::Inputs;
use super::program::{OperationIndex, WorkflowIndex};
use crate::diagnostic::{Location, Severity};
use crate::document::{
    ArazzoObject, Document, DocumentError, Documents, Node, NodeId, OpenApiDescription, SourceType,
    Tree, WorkflowObject,
};
use crate::exchange::Operation;
use crate::expression::{Dialect, Version};

/// An Arazzo document that takes part.
pub(super) struct File<'d> {
    /// Its number: 0 for the entry document.
    pub index: usize,
    pub document: &'d Document,
    pub tree: &'d Tree,
    pub object: ArazzoObject,
    pub dialect: Dialect,
    pub sources: Vec<FileSource<'d>>,
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
        self.object
            .workflows
            .iter()
            .position(|workflow| *workflow.id.value == *id)
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
    pub operation_index: HashMap<String, OperationIndex>,
    /// File and position of each workflow, by its index.
    pub workflows: Vec<(usize, usize)>,
    pub inputs: HashMap<(usize, usize), Rc<Inputs>>,
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
            operation_index: HashMap::new(),
            workflows: Vec::new(),
            inputs: HashMap::new(),
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
        let known = self
            .workflows
            .iter()
            .position(|known| *known == (file, position));
        let index = known.unwrap_or_else(|| {
            self.workflows.push((file, position));
            self.workflows.len() - 1
        });
        WorkflowIndex(index as u32)
    }
}

/// Everything that stands around an expression.
#[derive(Clone, Copy)]
pub(super) struct Around<'a, 'd> {
    pub file: &'a File<'d>,
    pub workflow: &'a WorkflowObject,
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
