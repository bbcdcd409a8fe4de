//! `workflowId` and `$components`: what they name.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use super::error::LinkErrorKind as K;
use super::linker::{File, Linker};
use super::operations::{qualified, split_source};
use super::program::WorkflowIndex;
use crate::diagnostic::{Location, Severity};
use crate::document::{
    ActionObject, At, Item, NodeId, ParameterObject, ParameterPlace, ReusableObject, SourceType,
};

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
        let location = file.place(id.node);
        if let Some(rest) = qualified(&id.value) {
            return self.foreign_workflow(file, rest, location);
        }
        if let Some(position) = file.workflow(&id.value) {
            return Some(self.workflow_index(file.index, position));
        }
        if let Some((source, name)) = split_source(file, &id.value)
            && source.kind == Some(SourceType::Arazzo)
        {
            let correct = format!("$sourceDescriptions.{}.{name}", source.name);
            self.spelling(&location, &id.value, correct);
            return self.foreign_workflow(file, &id.value, location);
        }
        self.bare_foreign(file, &id.value, location)
    }

    fn foreign_workflow(
        &mut self,
        file: &Rc<File<'d>>,
        rest: &str,
        location: Location,
    ) -> Option<WorkflowIndex> {
        let Some((source, name)) = split_source(file, rest) else {
            let name = rest.split('.').next().unwrap_or(rest);
            self.find_source(file, name, location);
            return None;
        };
        let Some(document) = source.document else {
            self.missing_source(file, source, &format!("workflow `{name}`"), &location);
            return None;
        };
        if source.kind != Some(SourceType::Arazzo) {
            if let Some(kind) = source.kind {
                let kind = K::WrongSource {
                    name: source.name.to_string(),
                    expected: "arazzo",
                    found: kind.as_str(),
                };
                self.error(location, kind);
            }
            return None;
        }
        let other = self.open(document)?;
        let other = self.file(other);
        if let Some(position) = other.workflow(name) {
            return Some(self.workflow_index(other.index, position));
        }
        let near = self
            .near_workflow(&other, name)
            .map(|near| format!("$sourceDescriptions.{}.{near}", source.name));
        self.unknown_workflow(location, name, &source.name, near);
        None
    }

    /// A workflow that is not in this document and not qualified: in Arazzo
    /// 1.0.0 that was right where there is one `arazzo` source.
    fn bare_foreign(
        &mut self,
        file: &Rc<File<'d>>,
        id: &str,
        location: Location,
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
            self.unknown_workflow(location, id, "", near);
            return None;
        };
        let version = file.object.version;
        let old = version.minor == 0 && version.patch == 0 && hits.len() == 1;
        let severity = if old && !self.strict {
            Severity::Warning
        } else {
            Severity::Error
        };
        let kind = K::UnqualifiedWorkflow {
            workflow: id.to_owned(),
            correct: format!("$sourceDescriptions.{name}.{id}"),
        };
        self.note(location, severity, kind);
        Some(self.workflow_index(*other, *position))
    }

    fn near_workflow(&self, file: &File<'_>, id: &str) -> Option<String> {
        let ids = file
            .object
            .workflows
            .iter()
            .map(|workflow| &*workflow.id.value);
        self.near(id, ids).map(str::to_owned)
    }

    pub fn unknown_workflow(
        &mut self,
        location: Location,
        workflow: &str,
        source: &str,
        nearest: Option<String>,
    ) {
        let kind = K::UnknownWorkflow {
            workflow: workflow.to_owned(),
            source: source.to_owned(),
            nearest,
        };
        self.error(location, kind);
    }

    /// The parameters of a list, references followed, duplicates reported.
    pub fn parameter_list<'f>(
        &mut self,
        file: &'f File<'d>,
        items: &'f [Item<ParameterObject>],
    ) -> Vec<UsedParameter<'f>> {
        let components = &file.object.components.parameters;
        let mut out: Vec<UsedParameter<'f>> = Vec::with_capacity(items.len());
        let mut seen = HashMap::new();
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
            let twin = seen
                .get(&identity(used.object, false))
                .map(|at: &usize| out[*at]);
            match twin {
                Some(twin) if !used.object.name.value.is_empty() => {
                    let kind = K::DuplicateParameter {
                        name: used.object.name.value.to_string(),
                        place: used
                            .object
                            .place
                            .as_ref()
                            .map_or("", |at| at.value.as_str()),
                        first: file.place(twin.node),
                    };
                    self.error(file.place(used.node), kind);
                }
                _ => {
                    seen.insert(identity(used.object, false), out.len());
                    out.push(used);
                }
            }
        }
        out
    }

    /// The actions of a list, references followed, duplicates reported.
    pub fn action_list<'f>(
        &mut self,
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
        let mut seen = HashMap::new();
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
            match seen.get(name).map(|at: &usize| out[*at]) {
                Some(twin) => {
                    let first = file.place(twin.node);
                    let name = name.to_owned();
                    self.error(file.place(used.node), K::DuplicateAction { name, first });
                }
                None => {
                    if !name.is_empty() {
                        seen.insert(name, out.len());
                    }
                    out.push(used);
                }
            }
        }
        out
    }

    /// Arazzo, Reusable Object: what a reference into `components` names.
    fn component<'f, T>(
        &mut self,
        file: &'f File<'d>,
        reusable: &ReusableObject,
        map: &'static str,
        components: &'f [(Box<str>, T)],
    ) -> Option<&'f T> {
        let reference = &*reusable.reference.value;
        let location = file.place(reusable.reference.node);
        if reference.is_empty() {
            return None;
        }
        let name = reference
            .strip_prefix("$components.")
            .and_then(|rest| rest.strip_prefix(map))
            .and_then(|rest| rest.strip_prefix('.'));
        let Some(name) = name else {
            let expected = match map {
                "parameters" => "$components.parameters.",
                "successActions" => "$components.successActions.",
                _ => "$components.failureActions.",
            };
            let reference = reference.to_owned();
            self.error(
                location,
                K::BadComponentReference {
                    reference,
                    expected,
                },
            );
            return None;
        };
        let found = components.iter().find(|(key, _)| **key == *name);
        if found.is_none() {
            let names = components.iter().map(|(key, _)| &**key);
            let nearest = self
                .near(name, names)
                .map(|near| format!("$components.{map}.{near}"));
            let reference = reference.to_owned();
            self.error(location, K::UnknownComponent { reference, nearest });
        }
        found.map(|(_, object)| object)
    }
}

/// What makes two parameters one: name and place, or the name alone where they
/// become inputs. Header names know no letter case.
pub(super) fn identity(
    parameter: &ParameterObject,
    by_name: bool,
) -> (Option<ParameterPlace>, Cow<'_, str>) {
    let place = parameter.place.as_ref().map(|at| at.value);
    let name = &*parameter.name.value;
    match place {
        _ if by_name => (None, name.into()),
        Some(ParameterPlace::Header) => (place, name.to_ascii_lowercase().into()),
        _ => (place, name.into()),
    }
}

/// An action's name; empty where it has none.
pub(super) fn name_of(action: &ActionObject) -> &str {
    action.name.as_ref().map_or("", |name| &name.value)
}
