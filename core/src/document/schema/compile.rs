//! A schema as written to nodes, as far as reachable.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::check::{check, check_one};
use super::error::{SchemaError, SchemaProblem};
use super::keywords::{Shape, Word, below, keyword};
use super::node::{Anchors, Keyword, Kind, Names, Node, NodeIndex, ResourceIndex, Schema, circle};
use super::resources::{Place, Resources, Shelf, Target};
use crate::document::url::split_fragment;
use crate::pattern::Pattern;
use crate::pointer::Pointer;

pub(super) fn compile(
    root: &Value,
    pointer: &Pointer,
    base: &str,
    fetch: &dyn Fn(&str) -> Option<Value>,
) -> Result<Schema, SchemaError> {
    let shelf = Shelf::default();
    let (base, _) = split_fragment(base);
    let mut resources = Resources::new(&shelf, fetch);
    let document = resources.add_document(base, root, None)?;
    let Some(place) = resources.fragment(document, &pointer.to_string())? else {
        let reference = format!("#{pointer}").into();
        let problem = SchemaProblem::UnresolvedReference { reference };
        return Err(resources.error(document, Pointer::default(), problem));
    };
    let found = check(place.value, pointer);
    found.map_err(|wrong| resources.error(document, wrong.0, wrong.1))?;
    let mut compiler = Compiler {
        resources,
        nodes: Vec::new(),
        known: HashMap::new(),
        meta_schema: None,
        places: Vec::new(),
        anchors: Vec::new(),
    };
    compiler.index(place);
    compiler.run()?;
    compiler.refuse_loops()?;
    let has_default = |node: &Node| node.annotation("default").is_some();
    Ok(Schema {
        has_defaults: compiler.nodes.iter().any(has_default),
        nodes: compiler.nodes,
        anchors: compiler
            .anchors
            .into_iter()
            .map(Option::unwrap_or_default)
            .collect(),
    })
}

struct Compiler<'a> {
    resources: Resources<'a>,
    nodes: Vec<Node>,
    /// The node of each schema met, by the address of its value.
    known: HashMap<usize, u32>,
    meta_schema: Option<NodeIndex>,
    /// Where each of the nodes stands; none for the meta-schema.
    places: Vec<Option<Place<'a>>>,
    /// The dynamic anchors by resource; none where no node stands in it.
    anchors: Vec<Option<Anchors>>,
}

impl<'a> Compiler<'a> {
    /// The node of a schema; one that is new is compiled later.
    fn index(&mut self, mut place: Place<'a>) -> NodeIndex {
        place.resource = self.resources.owner(&place);
        let address = std::ptr::from_ref(place.value).addr();
        if let Some(known) = self.known.get(&address) {
            return NodeIndex(*known);
        }
        let index = self.push(&place, Kind::Keywords);
        self.known.insert(address, index.0);
        self.places[index.0 as usize] = Some(place);
        index
    }

    fn push(&mut self, place: &Place<'a>, kind: Kind) -> NodeIndex {
        let index = NodeIndex(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node {
            pointer: place.pointer.clone(),
            resource: place.resource,
            kind,
            keywords: Vec::new(),
        });
        self.places.push(None);
        index
    }

    fn run(&mut self) -> Result<(), SchemaError> {
        let mut done = 0;
        while let Some(place) = self.places.get(done) {
            if let Some(place) = place.clone() {
                self.enter(place.resource);
                check_one(place.value, &place.pointer)
                    .map_err(|wrong| self.resources.error(place.resource, wrong.0, wrong.1))?;
                let (kind, keywords) = match place.value {
                    Value::Object(map) => self.keywords(map, &place)?,
                    Value::Bool(false) => (Kind::Nothing, Vec::new()),
                    _ => (Kind::Anything, Vec::new()),
                };
                self.nodes[done].kind = kind;
                self.nodes[done].keywords = keywords;
            }
            done += 1;
        }
        Ok(())
    }

    /// Makes the dynamic anchors of a resource known that is met first.
    fn enter(&mut self, resource: ResourceIndex) {
        let at = resource.0 as usize;
        if self.anchors.len() <= at {
            self.anchors.resize(at + 1, None);
        }
        if self.anchors[at].is_none() {
            let anchors = self.resources.dynamic_anchors(resource);
            let found = anchors
                .into_iter()
                .map(|(name, place)| (name.into(), self.index(place)))
                .collect();
            self.anchors[at] = Some(found);
        }
    }

    fn keywords(
        &mut self,
        map: &'a Map<String, Value>,
        place: &Place<'a>,
    ) -> Result<(Kind, Vec<Keyword>), SchemaError> {
        let mut kind = Kind::Keywords;
        let mut list = Vec::with_capacity(map.len());
        for (name, value) in map {
            let (mut word, shape) = keyword(name);
            if word.is_assertion() && !self.resources.validates(place.resource) {
                word = Word::Annotation;
            }
            if word.is_unevaluated() {
                kind = Kind::Unevaluated;
            }
            if word == Word::Core {
                continue;
            }
            let mut keyword = Keyword {
                word,
                name: name.as_str().into(),
                value: Value::Null,
                schemas: Names::default(),
                patterns: Vec::new(),
            };
            if word == Word::Annotation {
                keyword.value = value.clone();
            } else {
                self.fill(&mut keyword, shape, &self.child(place, name, value))?;
            }
            list.push(keyword);
        }
        Ok((kind, list))
    }

    /// Reads the value of a keyword: its schemas get nodes.
    fn fill(
        &mut self,
        keyword: &mut Keyword,
        shape: Shape,
        at: &Place<'a>,
    ) -> Result<(), SchemaError> {
        let mut schemas = Vec::new();
        match (shape, at.value) {
            (Shape::Schema, _) => schemas.push(("".into(), self.index(at.clone()))),
            (Shape::Schemas, Value::Array(items)) => {
                keyword.value = Value::Array(Vec::new());
                for (index, value) in items.iter().enumerate() {
                    let at = self.child(at, &index.to_string(), value);
                    schemas.push(("".into(), self.index(at)));
                }
            }
            (Shape::SchemaMap, Value::Object(map)) => {
                keyword.value = Value::Object(Map::new());
                for (name, value) in map {
                    let at = self.child(at, name, value);
                    if keyword.word == Word::PatternProperties {
                        keyword.patterns.push(self.pattern(name, &at)?);
                    }
                    schemas.push((name.as_str().into(), self.index(at)));
                }
            }
            (_, value) => {
                keyword.value = value.clone();
                let text = value.as_str().unwrap_or_default();
                match keyword.word {
                    Word::Pattern => keyword.patterns.push(self.pattern(text, at)?),
                    Word::Ref | Word::DynamicRef => {
                        let (word, node) = self.reference(text, keyword.word, at)?;
                        keyword.word = word;
                        schemas.push(("".into(), node));
                    }
                    _ => {}
                }
            }
        }
        keyword.schemas = Names::new(schemas);
        Ok(())
    }

    fn child(&self, at: &Place<'a>, token: &str, value: &'a Value) -> Place<'a> {
        Place {
            value,
            resource: at.resource,
            pointer: below(&at.pointer, &[token]),
        }
    }

    fn pattern(&self, text: &str, at: &Place<'a>) -> Result<Pattern, SchemaError> {
        Pattern::ecma(text).map_err(|source| {
            let problem = SchemaProblem::BadPattern { source };
            self.resources
                .error(at.resource, at.pointer.clone(), problem)
        })
    }

    /// Where a reference leads, and as which of the two kinds of reference.
    fn reference(
        &mut self,
        text: &str,
        word: Word,
        at: &Place<'a>,
    ) -> Result<(Word, NodeIndex), SchemaError> {
        Ok(
            match self.resources.follow(at.resource, &at.pointer, text)? {
                Target::MetaSchema => {
                    let index = match self.meta_schema {
                        Some(known) => known,
                        None => {
                            let mut whole = at.clone();
                            whole.pointer = Pointer::default();
                            self.push(&whole, Kind::MetaSchema)
                        }
                    };
                    (Word::Ref, *self.meta_schema.insert(index))
                }
                Target::Schema(place) => {
                    // Only a reference that first meets a dynamic anchor is dynamic.
                    let own = place.value.get("$dynamicAnchor").and_then(Value::as_str);
                    let meets = own.is_some() && own == split_fragment(text).1;
                    let word = if meets { word } else { Word::Ref };
                    (word, self.index(place))
                }
            },
        )
    }

    /// Refuses references that come back to where they started without having
    /// gone into the instance. Dynamic ones are not followed: where they lead
    /// depends on the way taken, and validation counts how deep it is.
    fn refuse_loops(&self) -> Result<(), SchemaError> {
        let Some(at) = circle(&self.nodes, Word::applies_in_place) else {
            return Ok(());
        };
        let node = &self.nodes[at];
        let pointer = node.pointer.clone();
        Err(self
            .resources
            .error(node.resource, pointer, SchemaProblem::RefersToItself))
    }
}
