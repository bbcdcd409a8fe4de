//! `workflowId` and `$components`: what they name.

use std::rc::Rc;

use super::error::LinkErrorKind as K;
use super::linker::{File, Linker};
use super::operations::{qualified, split_source};
use super::program::WorkflowIndex;
use crate::diagnostic::{Location, Severity};
use crate::document::{
    ActionObject, At, Item, Node, NodeId, ParameterObject, ParameterPlace, ReusableObject,
    SourceType,
};
use crate::names::Names;

/// A parameter as it is used: the object, and where its value stands.
#[derive(Clone, Copy)]
pub(super) struct UsedParameter<'f> {
    pub object: &'f ParameterObject,
    pub value: NodeId,
    /// Where it is used.
    pub node: NodeId,
}

/// An action as it is used.
#[derive(Clone, Copy)]
pub(super) struct UsedAction<'f> {
    pub object: &'f ActionObject,
    /// Where it is used.
    pub node: NodeId,
}

impl<'d> Linker<'d> {
    /// The workflow that a `workflowId` or an entry of `dependsOn` names: of this
    /// document, or `$sourceDescriptions.name.workflowId`.
    pub fn workflow_by_id(
        &mut self,
        file: &Rc<File<'d>>,
        id: &At<Box<str>>,
    ) -> Option<WorkflowIndex> {
        let at = file.node(id.node);
        if let Some(rest) = qualified(&id.value) {
            return self.foreign_workflow(file, rest, at);
        }
        if let Some(position) = file.workflow(&id.value) {
            return Some(self.workflow_index(file.index, position));
        }
        if let Some((source, name)) = split_source(file, &id.value)
            && source.kind == Some(SourceType::Arazzo)
        {
            let correct = format!("$sourceDescriptions.{}.{name}", source.name);
            self.spelling(at, &id.value, &correct);
            return self.foreign_workflow(file, &id.value, at);
        }
        self.bare_foreign(file, &id.value, at)
    }

    fn foreign_workflow(
        &mut self,
        file: &Rc<File<'d>>,
        rest: &str,
        at: Node<'_>,
    ) -> Option<WorkflowIndex> {
        let Some((source, name)) = split_source(file, rest) else {
            let name = rest.split('.').next().unwrap_or(rest);
            self.find_source(file, name, at);
            return None;
        };
        let Some(document) = source.document else {
            self.missing_source(file, source, &format!("workflow `{name}`"), at);
            return None;
        };
        if source.kind != Some(SourceType::Arazzo) {
            self.wrong_source(at, source, "arazzo");
            return None;
        }
        let other = self.open(document)?;
        let other = self.file(other);
        if let Some(position) = other.workflow(name) {
            return Some(self.workflow_index(other.index, position));
        }
        let near = match self.near_workflow(&other, name) {
            "" => String::new(),
            near => format!("$sourceDescriptions.{}.{near}", source.name),
        };
        self.unknown_workflow(at.location(), name, &source.name, &near);
        None
    }

    /// A workflow that is not in this document and not qualified: in Arazzo
    /// 1.0.0 that was right where there is one `arazzo` source.
    fn bare_foreign(
        &mut self,
        file: &Rc<File<'d>>,
        id: &str,
        at: Node<'_>,
    ) -> Option<WorkflowIndex> {
        let mut hits = Vec::new();
        let arazzo = |kind| kind == Some(SourceType::Arazzo);
        for source in file.sources.iter().filter(|source| arazzo(source.kind)) {
            let Some(document) = source.document else {
                continue;
            };
            let Some(other) = self.open(document) else {
                continue;
            };
            let other = self.file(other);
            if let Some(position) = other.workflow(id) {
                hits.push((other.index, position, &source.name));
            }
        }
        let Some((other, position, name)) = hits.first() else {
            let near = self.near_workflow(file, id);
            self.unknown_workflow(at.location(), id, "", near);
            return None;
        };
        let version = file.object.version;
        let old = version.minor == 0 && version.patch == 0 && hits.len() == 1;
        let severity = if old && !self.strict {
            Severity::Warning
        } else {
            Severity::Error
        };
        let correct = format!("$sourceDescriptions.{name}.{id}");
        self.note(
            at.location(),
            severity,
            K::UnqualifiedWorkflow,
            &[id, &correct],
        );
        Some(self.workflow_index(*other, *position))
    }

    /// The nearest workflow of a document; empty where there is none.
    pub fn near_workflow<'f>(&self, file: &'f File<'_>, id: &str) -> &'f str {
        let workflows = file.object.workflows.iter();
        self.near(id, &mut workflows.map(|workflow| &*workflow.id.value))
    }

    pub fn unknown_workflow(&self, place: Location, workflow: &str, source: &str, near: &str) {
        let texts = [workflow, source, near];
        self.note(place, Severity::Error, K::UnknownWorkflow, &texts);
    }

    /// The parameters of a list, references followed, duplicates reported.
    pub fn parameter_list<'f>(
        &self,
        file: &'f File<'d>,
        items: &'f [Item<ParameterObject>],
    ) -> Vec<UsedParameter<'f>> {
        let components = &file.object.components.parameters;
        let mut out: Vec<UsedParameter<'f>> = Vec::with_capacity(items.len());
        let mut seen = Names::default();
        for item in items {
            let used = match item {
                Item::Inline(object) => object.value.map(|value| UsedParameter {
                    object,
                    value,
                    node: object.node,
                }),
                Item::Reusable(reusable) => {
                    let found = self.component(file, reusable, "parameters", components);
                    found.and_then(|object| {
                        Some(UsedParameter {
                            object,
                            value: reusable.value.or(object.value)?,
                            node: reusable.node,
                        })
                    })
                }
            };
            let Some(used) = used else { continue };
            let twin = seen.get(&identity(used.object, false)).map(|at| out[at]);
            match twin {
                Some(twin) if !used.object.name.value.is_empty() => {
                    let place = used.object.place.as_ref();
                    let place = place.map_or("", |at| at.value.as_str());
                    let first = file.place(twin.node).spot();
                    let texts = [&*used.object.name.value, &*first, place];
                    self.error(file.node(used.node), K::DuplicateParameter, &texts);
                }
                _ => {
                    seen.set(identity(used.object, false).into(), out.len());
                    out.push(used);
                }
            }
        }
        out
    }

    /// The actions of a list, references followed, duplicates reported.
    pub fn action_list<'f>(
        &self,
        file: &'f File<'d>,
        items: &'f [Item<ActionObject>],
        failure: bool,
    ) -> Vec<UsedAction<'f>> {
        let components = &file.object.components;
        let (name, components) = if failure {
            ("failureActions", &components.failure_actions)
        } else {
            ("successActions", &components.success_actions)
        };
        let mut out: Vec<UsedAction<'f>> = Vec::with_capacity(items.len());
        let mut seen = Names::default();
        for item in items {
            let used = match item {
                Item::Inline(object) => Some(UsedAction {
                    object,
                    node: object.node,
                }),
                Item::Reusable(reusable) => {
                    self.component(file, reusable, name, components)
                        .map(|object| UsedAction {
                            object,
                            node: reusable.node,
                        })
                }
            };
            let Some(used) = used else { continue };
            let name = name_of(used.object);
            match seen.get(name) {
                Some(twin) => {
                    let first = file.place(out[twin].node).spot();
                    self.error(file.node(used.node), K::DuplicateAction, &[name, &first]);
                }
                None => {
                    if !name.is_empty() {
                        seen.add(name, out.len());
                    }
                    out.push(used);
                }
            }
        }
        out
    }

    /// Arazzo, Reusable Object: what a reference into `components` names.
    fn component<'f, T>(
        &self,
        file: &'f File<'d>,
        reusable: &ReusableObject,
        map: &str,
        components: &'f [(Box<str>, T)],
    ) -> Option<&'f T> {
        let reference = &*reusable.reference.value;
        let at = file.node(reusable.reference.node);
        if reference.is_empty() {
            return None;
        }
        let name = reference
            .strip_prefix("$components.")
            .and_then(|rest| rest.strip_prefix(map))
            .and_then(|rest| rest.strip_prefix('.'));
        let Some(name) = name else {
            let expected = format!("$components.{map}.");
            self.error(at, K::BadComponentReference, &[reference, &expected]);
            return None;
        };
        let found = components.iter().find(|(key, _)| **key == *name);
        if found.is_none() {
            let mut names = components.iter().map(|(key, _)| &**key);
            let near = self.near(name, &mut names);
            self.unknown_component(at.location(), reference, map, near);
        }
        found.map(|(_, object)| object)
    }

    /// A reference to a component that is not there; what is nearest may be empty.
    pub fn unknown_component(&self, place: Location, reference: &str, map: &str, near: &str) {
        let near = match near {
            "" => String::new(),
            near => format!("$components.{map}.{near}"),
        };
        let texts = [reference, &*near];
        self.note(place, Severity::Error, K::UnknownComponent, &texts);
    }
}

/// What makes two parameters one: name and place, or the name alone where they
/// become inputs. Header names know no letter case.
pub(super) fn identity(parameter: &ParameterObject, by_name: bool) -> String {
    let mut name = parameter.name.value.to_string();
    match parameter.place.as_ref().map(|at| at.value) {
        Some(place) if !by_name => {
            if place == ParameterPlace::Header {
                name.make_ascii_lowercase();
            }
            format!("{} {name}", place.as_str())
        }
        _ => format!(" {name}"),
    }
}

/// An action's name; empty where it has none.
pub(super) fn name_of(action: &ActionObject) -> &str {
    action.name.as_ref().map_or("", |name| &name.value)
}
