//! The inputs of workflows: schemas compiled, names known.

use super::error::{LinkError, LinkErrorKind};
use super::linker::{File, Linker, Written};
use crate::diagnostic::Location;
use crate::document::{Node, Schema, SchemaError};
use crate::pointer::Pointer;

/// The inputs of one workflow.
pub(super) struct Inputs {
    pub schema: Option<Schema>,
    pub names: Vec<String>,
    /// Required, without a default.
    pub required: Vec<String>,
    pub secret: Vec<Box<str>>,
    pub made: Vec<Box<str>>,
    /// Whether others are refused.
    pub closed: bool,
    /// Whether the schema could not be read, so that nothing is known.
    pub unknown: bool,
}

impl Inputs {
    fn none(unknown: bool) -> Self {
        Self {
            schema: None,
            names: Vec::new(),
            required: Vec::new(),
            secret: Vec::new(),
            made: Vec::new(),
            closed: false,
            unknown,
        }
    }

    fn of(schema: Schema) -> Self {
        let mut inputs = Self::none(false);
        for property in schema.properties() {
            let given = property.default.is_some() || property.made.is_some();
            if property.required && !given {
                inputs.required.push(property.name.clone());
            }
            if property.secret {
                inputs.secret.push(property.name.as_str().into());
            }
            if property.made.is_some() {
                inputs.made.push(property.name.as_str().into());
            }
            inputs.names.push(property.name);
        }
        inputs.closed = schema.forbids_others();
        inputs.schema = Some(schema);
        inputs
    }
}

/// The only value that `x-spola-default` may have.
const MADE: &str = "uuid";

impl<'d> Linker<'d> {
    /// The inputs of a workflow; its schema is compiled once.
    pub fn inputs<'f>(&self, file: &File<'d>, workflow: &'f Written<'d>) -> &'f Inputs {
        workflow.inputs.get_or_init(|| {
            let Some(node) = workflow.node.get("inputs") else {
                return Inputs::none(false);
            };
            match self.schema(file, node) {
                Some(schema) => {
                    self.made(node, &schema);
                    Inputs::of(schema)
                }
                None => Inputs::none(true),
            }
        })
    }

    /// Compiles the schemas of `components.inputs`, used or not.
    pub fn component_inputs(&self, file: &File<'d>) {
        for node in file.object.components("inputs") {
            self.schema(file, node);
        }
    }

    fn schema(&self, file: &File<'d>, at: Node<'d>) -> Option<Schema> {
        if !at.is_object() && at.as_bool().is_none() {
            return None;
        }
        let pointer = Pointer::parse(&at.pointer()).ok()?;
        let documents = self.documents;
        let fetch = |url: &str| Some(documents.get(url)?.tree().root().to_value());
        match Schema::compile(file.root(), &pointer, file.document.base(), &fetch) {
            Ok(schema) => Some(schema),
            Err(error) => {
                let place = self.schema_place(at, &error);
                self.take(LinkError::of_schema(&error, place));
                None
            }
        }
    }

    fn schema_place(&self, schema: Node<'d>, error: &SchemaError) -> Location {
        let tree = match &error.document {
            Some(url) => self.documents.get(url).map(|document| &**document.tree()),
            None => Some(schema.tree()),
        };
        tree.and_then(|tree| tree.root().at(&error.pointer))
            .unwrap_or(schema)
            .location()
    }

    /// Reports an `x-spola-default` that asks for something unknown.
    fn made(&self, node: Node<'d>, schema: &Schema) {
        for property in schema.properties() {
            let Some(made) = property.made.filter(|made| made != MADE) else {
                continue;
            };
            let written = node
                .get("properties")
                .and_then(|all| all.get(&property.name));
            let at = written.and_then(|written| written.get("x-spola-default"));
            self.error(at.unwrap_or(node), LinkErrorKind::UnknownDefault, &[&made]);
        }
    }
}
