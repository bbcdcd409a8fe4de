//! The part of an OpenAPI description that a step can need.

use super::documents::{Document, DocumentKind, Documents, NotLoaded};
use super::error::{DocumentError, DocumentErrorKind as K};
use super::node::Node;
use crate::diagnostic::nearest;
use crate::names::Names;
use crate::pointer::Pointer;

/// What can be read.
const SUPPORTED: &str = "OpenAPI 3.0, 3.1 and 3.2";

/// The methods that a Path Item Object has fields for.
const METHODS: [&str; 9] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace", "query",
];

/// An OpenAPI description: knows its operations, reads those that are asked for.
///
/// Opening it looks at the keys under `paths` only, so that a run pays for the
/// operations it uses and not for the size of the description.
pub struct OpenApiDescription<'d> {
    documents: &'d Documents,
    document: &'d Document,
    operations: Vec<OperationEntry<'d>>,
    /// The first operation of each id.
    by_id: Names,
    broken: Vec<DocumentError>,
}

/// An operation of a description: where it is, not yet what it says.
#[derive(Clone, Copy, Debug)]
pub struct OperationEntry<'d> {
    /// The path key as written.
    pub path: &'d str,
    /// The method as written.
    pub method: &'d str,
    /// The `operationId`.
    pub id: Option<&'d str>,
    /// The Operation Object.
    pub node: Node<'d>,
    document: &'d Document,
    item: Node<'d>,
}

/// An operation with every reference that a request needs resolved: OpenAPI,
/// Operation Object and Path Item Object.
#[derive(Clone, Debug)]
pub struct OperationObject<'d> {
    /// Where the description was read.
    pub description_url: &'d str,
    /// The method as written.
    pub method: &'d str,
    /// The path key as written.
    pub path: &'d str,
    /// The Operation Object.
    pub node: Node<'d>,
    /// The `parameters` of the path item, where it has any.
    pub path_parameters: Option<Vec<Node<'d>>>,
    /// The `servers` of the path item.
    pub path_servers: Option<Node<'d>>,
    /// The operation's own `parameters`, where it has any.
    pub parameters: Option<Vec<Node<'d>>>,
    /// The `requestBody`.
    pub body: Option<BodyObject<'d>>,
    /// The description.
    pub root: Node<'d>,
    /// The description's `components.securitySchemes`.
    pub security_schemes: Vec<(&'d str, Node<'d>)>,
}

/// Request Body Object.
#[derive(Clone, Debug)]
pub struct BodyObject<'d> {
    /// The object.
    pub node: Node<'d>,
    /// Its `content`.
    pub media: Vec<MediaObject<'d>>,
}

/// Media Type Object.
#[derive(Clone, Debug)]
pub struct MediaObject<'d> {
    /// The media type.
    pub name: &'d str,
    /// The object.
    pub node: Node<'d>,
    /// The `schema`, of a form or of bytes: only there it decides how a body is sent.
    pub schema: Option<Node<'d>>,
    /// The properties of the schema.
    pub properties: Vec<(&'d str, Node<'d>)>,
}

impl<'d> OpenApiDescription<'d> {
    /// Opens a description.
    ///
    /// # Errors
    /// `document.wrong-kind`, `document.unsupported-version` (Swagger 2.0 among
    /// them), `document.wrong-type`.
    pub fn open(documents: &'d Documents, document: &'d Document) -> Result<Self, DocumentError> {
        let root = document.tree().root();
        supported(document, root)?;
        let mut description = Self {
            documents,
            document,
            operations: Vec::new(),
            by_id: Names::default(),
            broken: Vec::new(),
        };
        if let Some(paths) = root.get("paths") {
            if !paths.is_object() {
                let texts = ["paths", "an object", paths.kind_name()];
                return Err(DocumentError::new(K::WrongType, paths.location(), &texts));
            }
            for (path, item) in paths.entries().filter(|(path, _)| !path.starts_with("x-")) {
                description.add_path(path, item);
            }
        }
        for (index, entry) in description.operations.iter().enumerate() {
            if let Some(id) = entry.id {
                description.by_id.add(id, index);
            }
        }
        Ok(description)
    }

    /// The document.
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// Its operations, in the order written.
    pub fn operations(&self) -> &[OperationEntry<'d>] {
        &self.operations
    }

    /// Path items that are referred to and could not be had.
    pub fn broken(&self) -> &[DocumentError] {
        &self.broken
    }

    /// The operations with this `operationId`: one, if all is well.
    pub fn by_id(&self, id: &str) -> Vec<&OperationEntry<'d>> {
        let Some(first) = self.by_id.get(id) else {
            return Vec::new();
        };
        let from_there = self.operations[first..].iter();
        from_there.filter(|entry| entry.id == Some(id)).collect()
    }

    /// The operation at a path key as written, with a method in any letter case.
    pub fn by_path(&self, path: &str, method: &str) -> Option<&OperationEntry<'d>> {
        self.operations
            .iter()
            .find(|entry| entry.path == path && entry.method.eq_ignore_ascii_case(method))
    }

    /// Reads an operation.
    ///
    /// # Errors
    /// `document.unresolved-reference`, `document.reference-cycle`,
    /// `document.unavailable`, `document.wrong-type`.
    pub fn read(&self, entry: &OperationEntry<'d>) -> Result<OperationObject<'d>, DocumentError> {
        let mut path_parameters = None;
        let mut path_servers = None;
        for (document, item) in self.chain(self.document, entry.item)? {
            let parameters = self.parameters(document, item)?;
            path_parameters = path_parameters.or(parameters);
            path_servers = path_servers.or(item.get("servers"));
        }
        let root = self.document.tree().root();
        Ok(OperationObject {
            description_url: self.document.url(),
            method: entry.method,
            path: entry.path,
            node: entry.node,
            path_parameters,
            path_servers,
            parameters: self.parameters(entry.document, entry.node)?,
            body: match entry.node.get("requestBody") {
                Some(body) => Some(self.body(entry.document, body)?),
                None => None,
            },
            root,
            security_schemes: match root.get("components") {
                Some(all) => self.members(self.document, all, "securitySchemes")?,
                None => Vec::new(),
            },
        })
    }

    fn add_path(&mut self, path: &'d str, item: Node<'d>) {
        let chain = match self.chain(self.document, item) {
            Ok(chain) => chain,
            Err(error) => {
                self.broken.push(error);
                vec![(self.document, item)]
            }
        };
        for (document, holder) in chain {
            for (key, node) in holder.entries() {
                if METHODS.contains(&key) {
                    self.add_operation(path, key, node, document, item);
                } else if key == "additionalOperations" {
                    for (method, node) in node.entries() {
                        self.add_operation(path, method, node, document, item);
                    }
                }
            }
        }
    }

    fn add_operation(
        &mut self,
        path: &'d str,
        method: &'d str,
        node: Node<'d>,
        document: &'d Document,
        item: Node<'d>,
    ) {
        // A path item beside `$ref` comes first: OpenAPI leaves it open.
        let known = |entry: &&OperationEntry<'d>| entry.path == path && entry.method == method;
        let twice = self.operations.iter().rev().take(METHODS.len()).find(known);
        if node.is_object() && twice.is_none() {
            self.operations.push(OperationEntry {
                path,
                method,
                id: node.get("operationId").and_then(Node::as_str),
                node,
                document,
                item,
            });
        }
    }

    /// An object, what its `$ref` leads to, and so on to the end.
    fn chain(
        &self,
        document: &'d Document,
        node: Node<'d>,
    ) -> Result<Vec<(&'d Document, Node<'d>)>, DocumentError> {
        let mut chain = vec![(document, node)];
        let mut names: Vec<String> = Vec::new();
        let mut at = (document, node);
        while let Some(reference) = at.1.get("$ref").filter(|node| node.as_str().is_some()) {
            let text = reference.as_str().unwrap_or_default();
            let next = self.step(at.0, at.1, reference, text)?;
            names.push(text.to_owned());
            let seen = |(document, node): &(&Document, Node<'_>)| {
                std::ptr::eq(*document, next.0) && node.id() == next.1.id()
            };
            if let Some(start) = chain.iter().position(seen) {
                names.drain(..start);
                let first = names[0].clone();
                names.push(first);
                let (place, way) = (reference.location(), names.join("` -> `"));
                return Err(DocumentError::new(K::ReferenceCycle, place, &[&way]));
            }
            chain.push(next);
            at = next;
        }
        Ok(chain)
    }

    /// What a reference leads to.
    fn step(
        &self,
        document: &'d Document,
        holder: Node<'d>,
        reference: Node<'d>,
        text: &str,
    ) -> Result<(&'d Document, Node<'d>), DocumentError> {
        let unresolved = |reason: &str, nearest: &str| {
            let texts = [text, reason, nearest];
            DocumentError::new(K::UnresolvedReference, reference.location(), &texts)
        };
        let (target, fragment) = self.documents.follow(document, holder, text).map_err(
            |NotLoaded { tried, reason }| {
                let texts = ["reference", text, &*tried, &*reason];
                DocumentError::new(K::Unavailable, reference.location(), &texts)
            },
        )?;
        let pointer =
            Pointer::parse(&fragment).map_err(|error| unresolved(&error.to_string(), ""))?;
        let root = target.tree().root();
        match root.at(&pointer) {
            Some(node) => Ok((target, node)),
            None => {
                let (reason, near) = missing(root, &pointer);
                Err(unresolved(&reason, &near.unwrap_or_default()))
            }
        }
    }

    /// The end of a chain of references: the object itself.
    fn resolved(
        &self,
        document: &'d Document,
        node: Node<'d>,
    ) -> Result<(&'d Document, Node<'d>), DocumentError> {
        let chain = self.chain(document, node)?;
        Ok(chain.last().copied().unwrap_or((document, node)))
    }

    fn parameters(
        &self,
        document: &'d Document,
        owner: Node<'d>,
    ) -> Result<Option<Vec<Node<'d>>>, DocumentError> {
        let Some(list) = owner.get("parameters") else {
            return Ok(None);
        };
        let mut out = Vec::with_capacity(list.len());
        for item in list.items() {
            out.push(self.resolved(document, item)?.1);
        }
        Ok(Some(out))
    }

    /// The members of an object in a field, each at the end of its references.
    fn members(
        &self,
        document: &'d Document,
        owner: Node<'d>,
        field: &str,
    ) -> Result<Vec<(&'d str, Node<'d>)>, DocumentError> {
        let mut out = Vec::new();
        for (name, member) in owner.get(field).into_iter().flat_map(Node::entries) {
            out.push((name, self.resolved(document, member)?.1));
        }
        Ok(out)
    }

    fn body(
        &self,
        document: &'d Document,
        node: Node<'d>,
    ) -> Result<BodyObject<'d>, DocumentError> {
        let (document, node) = self.resolved(document, node)?;
        let mut all = Vec::new();
        for (name, media) in node.get("content").into_iter().flat_map(Node::entries) {
            let (document, node) = self.resolved(document, media)?;
            let mut media = MediaObject {
                name,
                node,
                schema: None,
                properties: Vec::new(),
            };
            if let (false, Some(schema)) = (is_json(name), node.get("schema")) {
                let (document, schema) = self.resolved(document, schema)?;
                media.schema = Some(schema);
                media.properties = self.members(document, schema, "properties")?;
            }
            all.push(media);
        }
        Ok(BodyObject { node, media: all })
    }
}

/// Whether the document is an OpenAPI description of a version that is known.
fn supported(document: &Document, root: Node<'_>) -> Result<(), DocumentError> {
    if document.kind() != DocumentKind::OpenApi {
        let texts = ["an OpenAPI description", document.kind().words()];
        return Err(DocumentError::new(K::WrongKind, root.location(), &texts));
    }
    let field = if root.get("openapi").is_some() {
        "openapi"
    } else {
        "swagger"
    };
    let node = root.get(field).unwrap_or(root);
    let version = match node.as_str() {
        Some(text) => text.to_owned(),
        None => node
            .as_number()
            .map_or_else(String::new, ToString::to_string),
    };
    let known = ["3.0", "3.1", "3.2"].iter().any(|minor| {
        version
            .strip_prefix(minor)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    if known && field == "openapi" {
        return Ok(());
    }
    let written = if field == "swagger" {
        format!("Swagger {version}")
    } else {
        version
    };
    let (place, texts) = (node.location(), [&*written, SUPPORTED]);
    Err(DocumentError::new(K::UnsupportedVersion, place, &texts))
}

fn is_json(media: &str) -> bool {
    let name = media
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    name == "application/json"
        || name.ends_with("+json")
        || name.starts_with("application/x-amz-json")
}

/// Which token of a pointer leads nowhere, and the nearest that would.
fn missing(root: Node<'_>, pointer: &Pointer) -> (String, Option<String>) {
    let mut at = root;
    let mut done = Pointer::default();
    for token in pointer.tokens() {
        let mut next = done.clone();
        next.push(token);
        match root.at(&next) {
            Some(node) => at = node,
            None => {
                let near = nearest(token, at.entries().map(|(key, _)| key)).map(|key| {
                    done.push(key);
                    format!("#{done}")
                });
                return (format!("there is no `{token}`"), near);
            }
        }
        done = next;
    }
    ("nothing is there".to_owned(), None)
}
