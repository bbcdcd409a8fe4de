//! The schema resources met, by URL and anchor.

use std::cell::OnceCell;
use std::collections::HashMap;

use serde_json::Value;

use super::error::{SchemaError, SchemaProblem};
use super::keywords::{below, subschemas};
use super::node::ResourceIndex;
use crate::document::url::{percent_decode, resolve_url, split_fragment};
use crate::pointer::Pointer;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/";

/// Where Arazzo and OpenAPI documents have schemas by name.
const HOMES: [[&str; 2]; 2] = [["components", "inputs"], ["components", "schemas"]];

/// Documents that were fetched: a list that only grows, so that what is in it
/// can be borrowed while it does.
#[derive(Default)]
pub(super) struct Shelf(OnceCell<Box<(Value, Shelf)>>);

impl Shelf {
    fn put(&self, value: Value) -> &Value {
        let mut end = self;
        while let Some(next) = end.0.get() {
            end = &next.1;
        }
        &end.0.get_or_init(|| Box::new((value, Self::default()))).0
    }
}

/// A schema that is to be compiled.
#[derive(Clone)]
pub(super) struct Place<'a> {
    pub(super) value: &'a Value,
    pub(super) resource: ResourceIndex,
    pub(super) pointer: Pointer,
}

/// What a reference leads to.
pub(super) enum Target<'a> {
    Schema(Place<'a>),
    MetaSchema,
}

struct Resource<'a> {
    url: Box<str>,
    root: &'a Value,
    pointer: Pointer,
    /// The URL of the document where that is not the one compiled from.
    document: Option<Box<str>>,
    /// Whether the keywords of the validation vocabulary have their meaning.
    validates: bool,
    /// Where the anchors are, and whether they are dynamic.
    anchors: Vec<(&'a str, Place<'a>, bool)>,
}

impl<'a> Resource<'a> {
    fn anchor(&self, wanted: &str) -> Option<&Place<'a>> {
        let mut anchors = self.anchors.iter();
        anchors.find_map(|(name, place, _)| (*name == wanted).then_some(place))
    }
}

pub(super) struct Resources<'a> {
    shelf: &'a Shelf,
    fetch: &'a dyn Fn(&str) -> Option<Value>,
    list: Vec<Resource<'a>>,
    by_url: Vec<(Box<str>, ResourceIndex)>,
    /// The documents whose [`HOMES`] are not yet searched for identifiers.
    unsearched: Vec<Place<'a>>,
    /// The resource of each schema visited, by the address of its value.
    owners: HashMap<usize, u32>,
}

fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

impl<'a> Resources<'a> {
    pub(super) fn new(shelf: &'a Shelf, fetch: &'a dyn Fn(&str) -> Option<Value>) -> Self {
        Self {
            shelf,
            fetch,
            list: Vec::new(),
            by_url: Vec::new(),
            unsearched: Vec::new(),
            owners: HashMap::new(),
        }
    }

    /// Takes in a document, which need not be a schema itself.
    pub(super) fn add_document(
        &mut self,
        url: &str,
        root: &'a Value,
        document: Option<Box<str>>,
    ) -> Result<ResourceIndex, SchemaError> {
        let resource = self.add_resource(Resource {
            url: url.into(),
            root,
            pointer: Pointer::default(),
            document,
            validates: true,
            anchors: Vec::new(),
        });
        let mut whole = Place {
            value: root,
            resource,
            pointer: Pointer::default(),
        };
        self.visit(whole.clone())?;
        whole.resource = self.owner(&whole);
        self.unsearched.push(whole.clone());
        Ok(whole.resource)
    }

    /// Searches the documents that are no schemas for identifiers and anchors.
    fn search(&mut self) -> Result<(), SchemaError> {
        for whole in std::mem::take(&mut self.unsearched) {
            for home in HOMES {
                let pointer = Pointer::of(home);
                let map = pointer.resolve(whole.value).and_then(Value::as_object);
                for (name, value) in map.into_iter().flatten() {
                    self.visit(Place {
                        value,
                        resource: whole.resource,
                        pointer: below(&pointer, &[name]),
                    })?;
                }
            }
        }
        Ok(())
    }

    fn add_resource(&mut self, resource: Resource<'a>) -> ResourceIndex {
        let index = ResourceIndex(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.by_url.push((resource.url.clone(), index));
        self.list.push(resource);
        index
    }

    fn get(&self, index: ResourceIndex) -> &Resource<'a> {
        &self.list[index.0 as usize]
    }

    fn get_mut(&mut self, index: ResourceIndex) -> &mut Resource<'a> {
        &mut self.list[index.0 as usize]
    }

    /// The resource a schema belongs to, which an own `$id` has changed.
    pub(super) fn owner(&self, place: &Place<'a>) -> ResourceIndex {
        self.owners
            .get(&address(place.value))
            .map_or(place.resource, |index| ResourceIndex(*index))
    }

    pub(super) fn validates(&self, index: ResourceIndex) -> bool {
        self.get(index).validates
    }

    /// The dynamic anchors of a resource.
    pub(super) fn dynamic_anchors(&self, index: ResourceIndex) -> Vec<(&'a str, Place<'a>)> {
        let anchors = self.get(index).anchors.iter();
        anchors
            .filter(|(.., dynamic)| *dynamic)
            .map(|(name, place, _)| (*name, place.clone()))
            .collect()
    }

    /// An error at a place.
    pub(super) fn error(
        &self,
        resource: ResourceIndex,
        pointer: Pointer,
        problem: SchemaProblem,
    ) -> SchemaError {
        SchemaError {
            document: self.get(resource).document.clone(),
            pointer,
            problem,
        }
    }

    /// Notes the identifiers and anchors of a schema and all its subschemas.
    pub(super) fn visit(&mut self, place: Place<'a>) -> Result<(), SchemaError> {
        let mut open = vec![place];
        while let Some(mut place) = open.pop() {
            let Value::Object(map) = place.value else {
                continue;
            };
            if self.owners.contains_key(&address(place.value)) {
                continue;
            }
            let text = |name: &str| map.get(name).and_then(Value::as_str);
            if let Some(id) = text("$id") {
                place.resource = self.identify(&place, id);
            }
            self.owners.insert(address(place.value), place.resource.0);
            if let Some(uri) = text("$schema") {
                self.set_dialect(&place, uri)?;
            }
            for (name, dynamic) in [("$anchor", false), ("$dynamicAnchor", true)] {
                if let Some(anchor) = text(name) {
                    let entry = (anchor, place.clone(), dynamic);
                    self.get_mut(place.resource).anchors.push(entry);
                }
            }
            let first = open.len();
            subschemas(place.value, &mut |tokens, value| {
                open.push(Place {
                    value,
                    resource: place.resource,
                    pointer: below(&place.pointer, tokens),
                });
            });
            open[first..].reverse();
        }
        Ok(())
    }

    fn identify(&mut self, place: &Place<'a>, id: &str) -> ResourceIndex {
        let outer = self.get(place.resource);
        let (id, _) = split_fragment(id);
        let url = resolve_url(&outer.url, id).into_boxed_str();
        let (document, validates) = (outer.document.clone(), outer.validates);
        let index = self.add_resource(Resource {
            url,
            root: place.value,
            pointer: place.pointer.clone(),
            document,
            validates,
            anchors: Vec::new(),
        });
        if place.pointer.is_root() {
            // The document goes by both its URL and its `$id`.
            let retrieved = self.get(place.resource).url.clone();
            self.by_url.insert(0, (retrieved, index));
        }
        index
    }

    /// JSON Schema 2020-12 Core, section 8.1: a dialect without the validation
    /// vocabulary leaves its keywords without meaning.
    fn set_dialect(&mut self, place: &Place<'a>, uri: &str) -> Result<(), SchemaError> {
        let (url, _) = split_fragment(uri);
        if url.starts_with(DIALECT) {
            self.get_mut(place.resource).validates = true;
            return Ok(());
        }
        let meta = (self.fetch)(url);
        let vocabulary = meta.as_ref().and_then(|meta| meta.get("$vocabulary"));
        let Some(vocabulary) = vocabulary.and_then(Value::as_object) else {
            return Ok(());
        };
        let mut validates = false;
        for (uri, required) in vocabulary {
            match uri.strip_prefix(DIALECT) {
                Some(name) => validates |= name == "vocab/validation",
                None if *required == Value::Bool(true) => {
                    let problem = SchemaProblem::UnknownVocabulary {
                        uri: uri.as_str().into(),
                    };
                    let pointer = below(&place.pointer, &["$schema"]);
                    return Err(self.error(place.resource, pointer, problem));
                }
                None => {}
            }
        }
        self.get_mut(place.resource).validates = validates;
        Ok(())
    }

    /// Follows a reference; the place given is the one of its keyword.
    pub(super) fn follow(
        &mut self,
        from: ResourceIndex,
        at: &Pointer,
        reference: &str,
    ) -> Result<Target<'a>, SchemaError> {
        let (url, fragment) = split_fragment(reference);
        let fragment = fragment.unwrap_or_default();
        let resource = if url.is_empty() {
            from
        } else {
            let url = resolve_url(&self.get(from).url, url);
            match self.find(&url)? {
                Some(found) => found,
                None if url.strip_prefix(DIALECT) == Some("schema") && fragment.is_empty() => {
                    return Ok(Target::MetaSchema);
                }
                None => {
                    let problem = SchemaProblem::UnknownDocument { url: url.into() };
                    return Err(self.error(from, at.clone(), problem));
                }
            }
        };
        let place = match percent_decode(fragment) {
            Some(fragment) => self.fragment(resource, &fragment)?,
            None => None,
        };
        place.map(Target::Schema).ok_or_else(|| {
            let reference = reference.into();
            let problem = SchemaProblem::UnresolvedReference { reference };
            self.error(from, at.clone(), problem)
        })
    }

    fn find(&mut self, url: &str) -> Result<Option<ResourceIndex>, SchemaError> {
        if let Some(known) = self.known(url) {
            return Ok(Some(known));
        }
        if let Some(root) = (self.fetch)(url) {
            let root = self.shelf.put(root);
            return self.add_document(url, root, Some(url.into())).map(Some);
        }
        self.search()?;
        Ok(self.known(url))
    }

    fn known(&self, url: &str) -> Option<ResourceIndex> {
        let mut known = self.by_url.iter();
        known.find_map(|(known, index)| (**known == *url).then_some(*index))
    }

    /// The schema that a fragment, percent-decoded, names in a resource.
    pub(super) fn fragment(
        &mut self,
        resource: ResourceIndex,
        fragment: &str,
    ) -> Result<Option<Place<'a>>, SchemaError> {
        if !fragment.is_empty() && !fragment.starts_with('/') {
            if self.get(resource).anchor(fragment).is_none() {
                self.search()?;
            }
            return Ok(self.get(resource).anchor(fragment).cloned());
        }
        let Ok(pointer) = Pointer::parse(fragment) else {
            return Ok(None);
        };
        let known = self.get(resource);
        let mut place = Place {
            value: known.root,
            resource,
            pointer: known.pointer.clone(),
        };
        for token in pointer.tokens() {
            let Some(value) = Pointer::of([token]).resolve(place.value) else {
                return Ok(None);
            };
            place.value = value;
            place.pointer.push(token);
            let tokens: Vec<&str> = place.pointer.tokens().take(4).collect();
            if HOMES
                .iter()
                .any(|home| tokens.len() == 3 && tokens.starts_with(home))
            {
                self.visit(place.clone())?;
            }
            place.resource = self.owner(&place);
        }
        self.visit(place.clone())?;
        Ok(Some(place))
    }
}
