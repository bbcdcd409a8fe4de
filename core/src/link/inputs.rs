//! The inputs of workflows: schemas compiled, names known.

use super::error::{LinkError, LinkErrorKind};
use super::linker::{File, Linker};
use crate::diagnostic::Location;
use crate::document::{NodeId, Schema, SchemaError};
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

impl Linker<'_> {
    /// The inputs of a workflow; its schema is compiled once.
    pub fn inputs<'f>(&self, file: &'f File<'_>, position: usize) -> &'f Inputs {
        file.inputs[position].get_or_init(|| {
            let Some(node) = file.object.workflows[position].inputs else {
                return Inputs::none(false);
            };
            match self.schema(file, node) {
                Some(schema) => {
                    self.made(file, node, &schema);
                    Inputs::of(schema)
                }
                None => Inputs::none(true),
            }
        })
    }

    /// Compiles the schemas of `components.inputs`, used or not.
    pub fn component_inputs(&self, file: &File<'_>) {
        for (_, node) in &file.object.components.inputs {
            self.schema(file, *node);
        }
    }

    fn schema(&self, file: &File<'_>, node: NodeId) -> Option<Schema> {
        let at = file.node(node);
        if !at.is_object() && at.as_bool().is_none() {
            return None;
        }
        let pointer = Pointer::parse(&at.pointer()).ok()?;
        let documents = self.documents;
        let fetch = |url: &str| Some(documents.get(url)?.tree().root().to_value());
        match Schema::compile(file.root(), &pointer, file.document.base(), &fetch) {
            Ok(schema) => Some(schema),
            Err(error) => {
                let place = self.schema_place(file, node, &error);
                self.take(LinkError::of_schema(&error, place));
                None
            }
        }
    }

    fn schema_place(&self, file: &File<'_>, node: NodeId, error: &SchemaError) -> Location {
        let tree = match &error.document {
            Some(url) => self.documents.get(url).map(|document| &**document.tree()),
            None => Some(file.tree),
        };
        tree.and_then(|tree| tree.root().at(&error.pointer))
            .map_or_else(|| file.place(node), |at| at.location())
    }

    /// Reports an `x-spola-default` that asks for something unknown.
    fn made(&self, file: &File<'_>, node: NodeId, schema: &Schema) {
        for property in schema.properties() {
            let Some(made) = property.made.filter(|made| made != MADE) else {
                continue;
            };
            let at = file
                .node(node)
                .at(&Pointer::of([
                    "properties",
                    &property.name,
                    "x-spola-default",
                ]))
                .unwrap_or_else(|| file.node(node));
            self.error(at, LinkErrorKind::UnknownDefault, &[&made]);
        }
    }
}
