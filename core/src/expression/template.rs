//! Values with expressions in them.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::ast::{Expression, Reference, StepRef};
use super::embed::{self, Text};
use super::error::ExpressionError;
use super::lenient::Lenient;
use super::parse::{Class, Dialect, Notes, Parsed, Version, classify, parse};
use super::selector::{Selector, SelectorKind};
use crate::pointer::Pointer;

/// Deeper values are not read.
const DEEPEST: usize = 256;

/// A payload, parameter value, replacement value or output: literals, lone and
/// embedded expressions, Selector Objects (Arazzo 1.1), nested as they come.
///
/// Cloning it copies a pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pub(super) node: Arc<Node>,
}

/// A finding, and where in the value it is.
pub type Placed = (Pointer, ExpressionError);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Constant(Constant),
    Expression(Expression),
    Text(Text),
    Selector(Box<Selector>),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// A value without expressions, and the same as compact JSON.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Constant {
    pub(super) value: Value,
    pub(super) json: Box<[u8]>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub(super) name: Box<str>,
    /// The name as JSON, and the colon.
    pub(super) json: Box<[u8]>,
    pub(super) node: Node,
}

impl Constant {
    pub(super) fn new(value: Value) -> Self {
        Self {
            json: json(&value).into(),
            value,
        }
    }
}

impl Member {
    pub(super) fn new(name: &str, node: Node) -> Self {
        let mut json = json(&Value::from(name));
        json.push(b':');
        Self {
            name: name.into(),
            json: json.into(),
            node,
        }
    }
}

fn json(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    crate::json_writer::append(value, &mut out);
    out
}

impl Template {
    /// Parses a value: Arazzo, Request Body Object, Parameter Object.
    ///
    /// # Errors
    /// Every malformed expression, each with its place in the value.
    pub fn parse(value: &Value, dialect: Dialect) -> Result<Parsed<Self, Placed>, Vec<Placed>> {
        let mut reader = Reader {
            dialect,
            place: Pointer::default(),
            depth: 0,
            warnings: Vec::new(),
            errors: Vec::new(),
        };
        let node = reader.node(value);
        if !reader.errors.is_empty() {
            return Err(reader.errors);
        }
        Ok(Parsed {
            value: Self {
                node: Arc::new(node.unwrap_or_else(|| constant(value))),
            },
            warnings: reader.warnings,
        })
    }

    /// A template that is this value, whatever its strings look like.
    pub fn literal(value: Value) -> Self {
        Self {
            node: Arc::new(Node::Constant(Constant::new(value))),
        }
    }

    /// A template that is this expression.
    pub fn expression(expression: Expression) -> Self {
        Self {
            node: Arc::new(Node::Expression(expression)),
        }
    }

    /// The value, where it holds no expression.
    pub fn constant(&self) -> Option<&Value> {
        match &*self.node {
            Node::Constant(constant) => Some(&constant.value),
            _ => None,
        }
    }

    /// Whether it gives an object or array, whatever is found.
    pub fn is_structure(&self) -> bool {
        match &*self.node {
            Node::Array(_) | Node::Object(_) => true,
            Node::Constant(constant) => constant.value.is_array() || constant.value.is_object(),
            Node::Expression(_) | Node::Text(_) | Node::Selector(_) => false,
        }
    }

    /// The expression, where the value is just that.
    pub fn as_expression(&self) -> Option<&Expression> {
        match &*self.node {
            Node::Expression(expression) => Some(expression),
            _ => None,
        }
    }

    /// All expressions, in order, embedded ones too.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut found = Vec::new();
        self.node
            .walk(&mut Pointer::default(), &mut |_, one| found.push(one));
        found
    }

    /// Calls `f` with everything the value refers to and where in it that stands.
    pub fn visit(&self, f: &mut dyn FnMut(&Pointer, Reference<'_>)) {
        self.node
            .walk(&mut Pointer::default(), &mut |place, expression| {
                f(place, expression.reference());
            });
    }

    /// What tells it from most others: equal templates have the same.
    pub fn key(&self) -> String {
        let mut key = String::new();
        self.node.key(&mut key);
        key
    }

    /// Calls `f` with every step that it names, to be bound.
    pub fn bind(&mut self, f: &mut dyn FnMut(&mut StepRef)) {
        let node = Arc::make_mut(&mut self.node);
        node.walk_mut(&mut |expression| expression.bind(f));
    }
}

impl Node {
    fn walk<'a>(&'a self, place: &mut Pointer, f: &mut dyn FnMut(&Pointer, &'a Expression)) {
        match self {
            Self::Constant(_) => {}
            Self::Expression(expression) => f(place, expression),
            Self::Text(text) => text.expressions().for_each(|one| f(place, one)),
            Self::Selector(selector) => selector.expressions(&mut |one| f(place, one)),
            Self::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    place.push(&at.to_string());
                    item.walk(place, f);
                    place.pop();
                }
            }
            Self::Object(members) => {
                for member in members {
                    place.push(&member.name);
                    member.node.walk(place, f);
                    place.pop();
                }
            }
        }
    }

    fn key(&self, key: &mut String) {
        match self {
            Self::Constant(constant) => key.push_str(&String::from_utf8_lossy(&constant.json)),
            Self::Expression(expression) => key.push_str(expression.as_str()),
            Self::Text(text) => text
                .expressions()
                .for_each(|one| key.push_str(one.as_str())),
            Self::Selector(selector) => selector.expressions(&mut |one| key.push_str(one.as_str())),
            Self::Array(items) => {
                key.push('[');
                items.iter().for_each(|item| item.key(key));
            }
            Self::Object(members) => {
                key.push('{');
                for member in members {
                    key.push_str(&member.name);
                    member.node.key(key);
                }
            }
        }
    }

    fn walk_mut(&mut self, f: &mut dyn FnMut(&mut Expression)) {
        match self {
            Self::Constant(_) => {}
            Self::Expression(expression) => f(expression),
            Self::Text(text) => text.expressions_mut().for_each(f),
            Self::Selector(selector) => selector.expressions_mut(f),
            Self::Array(items) => items.iter_mut().for_each(|item| item.walk_mut(f)),
            Self::Object(members) => members
                .iter_mut()
                .for_each(|member| member.node.walk_mut(f)),
        }
    }
}

fn constant(value: &Value) -> Node {
    Node::Constant(Constant::new(value.clone()))
}

/// Adds the members up to one, which hold no expression, but those that are there.
fn push_constants(nodes: &mut Vec<Member>, members: &Map<String, Value>, end: usize) {
    for (name, value) in members.iter().take(end).skip(nodes.len()) {
        nodes.push(Member::new(name, constant(value)));
    }
}

/// Reads a value; what holds no expression is left to the caller, so that the
/// largest constant parts are copied once.
struct Reader {
    dialect: Dialect,
    place: Pointer,
    depth: usize,
    warnings: Vec<Placed>,
    errors: Vec<Placed>,
}

impl Reader {
    /// The node, or `None` for a constant.
    fn node(&mut self, value: &Value) -> Option<Node> {
        match value {
            Value::String(text) => return self.string(text),
            Value::Array(_) | Value::Object(_) => {}
            _ => return None,
        }
        if self.depth == DEEPEST {
            self.fail(ExpressionError::too_deep(DEEPEST, 0));
            return None;
        }
        self.depth += 1;
        let node = match value {
            Value::Array(items) => self.array(items),
            Value::Object(members) => self.object(members),
            _ => None,
        };
        self.depth -= 1;
        node
    }

    fn array(&mut self, items: &[Value]) -> Option<Node> {
        let mut nodes = Vec::new();
        for (at, item) in items.iter().enumerate() {
            self.place.push(&at.to_string());
            if let Some(node) = self.node(item) {
                // The constants before it.
                nodes.extend(items[nodes.len()..at].iter().map(constant));
                nodes.push(node);
            }
            self.place.pop();
        }
        if nodes.is_empty() {
            return None;
        }
        nodes.extend(items[nodes.len()..].iter().map(constant));
        Some(Node::Array(nodes))
    }

    fn object(&mut self, members: &Map<String, Value>) -> Option<Node> {
        match self.selector(members) {
            Some(Ok(selector)) => return Some(Node::Selector(Box::new(selector))),
            Some(Err(error)) => {
                self.fail(error);
                return None;
            }
            None => {}
        }
        let mut nodes = Vec::new();
        for (at, (name, value)) in members.iter().enumerate() {
            self.place.push(name);
            if let Some(node) = self.node(value) {
                push_constants(&mut nodes, members, at);
                nodes.push(Member::new(name, node));
            }
            self.place.pop();
        }
        if nodes.is_empty() {
            return None;
        }
        push_constants(&mut nodes, members, members.len());
        Some(Node::Object(nodes))
    }

    fn string(&mut self, text: &str) -> Option<Node> {
        let trimmed = text.trim_end();
        match classify(trimmed, self.dialect) {
            Ok(Class::Expression(parsed)) => {
                let mut notes = Notes::new(self.dialect);
                if trimmed.len() < text.len() {
                    let right = Some(trimmed.into());
                    if let Err(error) = notes.lenient(Lenient::Blanks, text, 0, right) {
                        self.fail(error);
                    }
                }
                self.warn(notes.warnings);
                self.warn(parsed.warnings);
                return Some(Node::Expression(parsed.value));
            }
            Ok(Class::Literal(warning)) => self.warn(warning),
            Err(error) => {
                self.fail(error);
                return None;
            }
        }
        if !text.contains('$') {
            return None;
        }
        let mut notes = Notes::new(self.dialect);
        let parsed = Text::parse(text, 0, &mut notes);
        if !text.starts_with('$')
            && let Some((at, expression)) = embed::bare(text)
        {
            notes.hint(Lenient::BareExpression, expression, at);
        }
        self.warn(notes.warnings);
        match parsed {
            Ok(text) => text.literal().is_none().then_some(Node::Text(text)),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    /// A Selector Object: an object of just `context`, `selector` and `type`
    /// whose `context` is an expression. Extensions may stand beside them.
    fn selector(
        &mut self,
        members: &Map<String, Value>,
    ) -> Option<Result<Selector, ExpressionError>> {
        let own = members
            .keys()
            .filter(|name| !name.starts_with("x-"))
            .count();
        let text = |name| members.get(name).and_then(Value::as_str);
        let (context, selector) = (text("context")?, text("selector")?);
        let (kind, version) = match members.get("type")? {
            Value::String(kind) => (kind.as_str(), None),
            Value::Object(of) => (
                of.get("type").and_then(Value::as_str)?,
                Some(of.get("version").and_then(Value::as_str)?),
            ),
            _ => return None,
        };
        if own != 3 {
            return None;
        }
        let known = matches!(kind, "jsonpath" | "jsonpointer" | "xpath");
        if self.dialect.version < Version::V1_1 && !known {
            return None;
        }
        if !context.starts_with('$') {
            let mut notes = Notes::new(self.dialect);
            notes.hint(Lenient::NotASelector, "", 0);
            self.warn(notes.warnings);
            return None;
        }
        Some(self.read_selector(context, selector, kind, version))
    }

    fn read_selector(
        &mut self,
        context: &str,
        selector: &str,
        kind: &str,
        version: Option<&str>,
    ) -> Result<Selector, ExpressionError> {
        let mut notes = Notes::new(self.dialect);
        if self.dialect.version < Version::V1_1 {
            notes.lenient(Lenient::NewerVersion, "", 0, None)?;
        }
        let context = parse(context, self.dialect)?;
        self.warn(context.warnings);
        let kind = SelectorKind::named(kind, version, self.dialect)?;
        self.warn(kind.warnings);
        let selector = Selector::parse(context.value, selector, kind.value, &mut notes)?;
        self.warn(notes.warnings);
        Ok(selector)
    }

    fn warn(&mut self, warnings: impl IntoIterator<Item = ExpressionError>) {
        for warning in warnings {
            self.warnings.push((self.place.clone(), warning));
        }
    }

    fn fail(&mut self, error: ExpressionError) {
        self.errors.push((self.place.clone(), error));
    }
}
