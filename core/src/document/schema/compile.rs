//! A schema as written to nodes, as far as reachable.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value};

use super::error::{SchemaError, SchemaProblem};
use super::keywords::{Shape, Word, below, check, check_one, keyword};
use super::node::{
    Anchors, Body, Keyword, Names, Node, NodeIndex, Part, ResourceIndex, Schema, endless,
};
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
    check(place.value, pointer).map_err(|(at, problem)| resources.error(document, at, problem))?;
    let mut compiler = Compiler {
        resources,
        nodes: Vec::new(),
        known: HashMap::new(),
        meta_schema: None,
        open: VecDeque::new(),
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
    open: VecDeque<(NodeIndex, Place<'a>)>,
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
        let index = self.push(Node {
            pointer: place.pointer.clone(),
            resource: place.resource,
            body: Body::Boolean(true),
        });
        self.known.insert(address, index.0);
        self.open.push_back((index, place));
        index
    }

    fn push(&mut self, node: Node) -> NodeIndex {
        let index = NodeIndex(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node);
        index
    }

    fn run(&mut self) -> Result<(), SchemaError> {
        while let Some((index, place)) = self.open.pop_front() {
            self.enter(place.resource);
            check_one(place.value, &place.pointer)
                .map_err(|(at, problem)| self.resources.error(place.resource, at, problem))?;
            let body = match place.value {
                Value::Object(map) => self.keywords(map, &place)?,
                other => Body::Boolean(*other != Value::Bool(false)),
            };
            self.nodes[index.0 as usize].body = body;
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
    ) -> Result<Body, SchemaError> {
        let mut list = Vec::with_capacity(map.len());
        let mut unevaluated = false;
        for (name, value) in map {
            let (mut word, shape) = keyword(name);
            if word.is_assertion() && !self.resources.validates(place.resource) {
                word = Word::Annotation;
            }
            unevaluated |= matches!(word, Word::UnevaluatedItems | Word::UnevaluatedProperties);
            let at = Place {
                value,
                resource: place.resource,
                pointer: below(&place.pointer, &[name]),
            };
            let part = match word {
                Word::Core => continue,
                Word::Annotation => Part::Value(value.clone()),
                _ => self.part(word, shape, at)?,
            };
            list.push(Keyword {
                word,
                name: Cow::Owned(name.clone()),
                part,
            });
        }
        Ok(Body::Keywords { list, unevaluated })
    }

    fn part(&mut self, word: Word, shape: Shape, at: Place<'a>) -> Result<Part, SchemaError> {
        Ok(match (word, shape, at.value) {
            (Word::Ref | Word::DynamicRef, _, Value::String(text)) => {
                self.reference(text, word == Word::DynamicRef, &at)?
            }
            (Word::Pattern, _, Value::String(text)) => {
                Part::Pattern(self.pattern(text, &at)?, text.as_str().into())
            }
            (Word::PatternProperties, _, Value::Object(map)) => {
                let mut list = Vec::with_capacity(map.len());
                for (text, value) in map {
                    let at = self.child(&at, text, value);
                    let pattern = self.pattern(text, &at)?;
                    list.push((text.as_str().into(), pattern, self.index(at)));
                }
                Part::Patterns(list)
            }
            (_, Shape::Schema, _) => Part::Schema(self.index(at)),
            (_, Shape::Schemas, Value::Array(items)) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, value) in items.iter().enumerate() {
                    let at = self.child(&at, &index.to_string(), value);
                    list.push(self.index(at));
                }
                Part::List(list)
            }
            (_, Shape::SchemaMap, Value::Object(map)) => {
                let mut list = Vec::with_capacity(map.len());
                for (name, value) in map {
                    let at = self.child(&at, name, value);
                    list.push((name.as_str().into(), self.index(at)));
                }
                Part::Map(Names::new(list))
            }
            _ => Part::Value(at.value.clone()),
        })
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

    fn reference(
        &mut self,
        text: &str,
        dynamic: bool,
        at: &Place<'a>,
    ) -> Result<Part, SchemaError> {
        let target = self.resources.follow(at.resource, &at.pointer, text)?;
        let mut anchor = None;
        let node = match target {
            Target::MetaSchema => match self.meta_schema {
                Some(known) => known,
                None => {
                    let index = self.push(Node {
                        pointer: Pointer::default(),
                        resource: at.resource,
                        body: Body::MetaSchema,
                    });
                    *self.meta_schema.insert(index)
                }
            },
            Target::Schema(place) => {
                // Only a reference that first meets a dynamic anchor is dynamic.
                let fragment = text.split_once('#').map(|(_, fragment)| fragment);
                let own = place.value.get("$dynamicAnchor").and_then(Value::as_str);
                anchor = own.filter(|own| dynamic && fragment == Some(*own));
                self.index(place)
            }
        };
        Ok(Part::Reference {
            text: text.into(),
            node,
            dynamic: anchor.map(Into::into),
        })
    }

    /// Refuses references that come back to where they started without having
    /// gone into the instance. Dynamic ones are not followed: where they lead
    /// depends on the way taken, and validation counts how deep it is.
    fn refuse_loops(&self) -> Result<(), SchemaError> {
        let Some(at) = endless(&self.nodes) else {
            return Ok(());
        };
        let node = &self.nodes[at];
        let pointer = node.pointer.clone();
        Err(self
            .resources
            .error(node.resource, pointer, SchemaProblem::RefersToItself))
    }
}
