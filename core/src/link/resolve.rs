//! `workflowId` and `$components`: what they name.

use super::error::LinkErrorKind as K;
use super::linker::{File, Linker};
use super::operations::{PREFIX, qualified, split_source};
use super::program::WorkflowIndex;
use crate::diagnostic::Severity;
use crate::document::{Node, SourceType};
use crate::names::Names;

/// A parameter or action as it is used.
#[derive(Clone, Copy)]
pub(super) struct Used<'d> {
    pub object: Node<'d>,
    /// Where it is used: the object itself, or a reference to it.
    pub node: Node<'d>,
    /// Its value: the reference's own comes first. Without one the node.
    pub value: Node<'d>,
}

impl<'d> Used<'d> {
    /// Its name; empty where it has none.
    pub fn name(self) -> &'d str {
        self.object.text("name").unwrap_or_default()
    }

    /// Whether it stands where it is used.
    pub fn is_inline(self) -> bool {
        self.object.id() == self.node.id()
    }
}

/// What is used by lists, and the map of `components` that has more of it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Part {
    Parameter,
    SuccessAction,
    FailureAction,
}

impl Part {
    fn map(self) -> &'static str {
        match self {
            Self::Parameter => "parameters",
            Self::SuccessAction => "successActions",
            Self::FailureAction => "failureActions",
        }
    }
}

impl<'d> Linker<'d> {
    /// The workflow that a `workflowId` or an entry of `dependsOn` names: of this
    /// document, or `$sourceDescriptions.name.workflowId`.
    pub fn workflow_by_id(&mut self, file: &File<'d>, at: Node<'d>) -> Option<WorkflowIndex> {
        let id = at.as_str()?;
        if let Some(rest) = qualified(id) {
            return self.foreign_workflow(file, rest, at);
        }
        if let Some(position) = file.workflow(id) {
            return Some(self.workflow_index(file, position));
        }
        if let Some((source, _)) = split_source(file, id)
            && source.kind == Some(SourceType::Arazzo)
        {
            self.spelling(at, id, &format!("{PREFIX}{id}"));
            return self.foreign_workflow(file, id, at);
        }
        self.bare_foreign(file, id, at)
    }

    fn foreign_workflow(
        &mut self,
        file: &File<'d>,
        rest: &str,
        at: Node<'_>,
    ) -> Option<WorkflowIndex> {
        let (source, name) = self.named_source(file, rest, at)?;
        let Some(document) = source.document else {
            self.missing_source(source, &format!("workflow `{name}`"), at);
            return None;
        };
        if source.kind != Some(SourceType::Arazzo) {
            self.wrong_source(at, source, "arazzo");
            return None;
        }
        let other = self.open(document)?;
        if let Some(position) = other.workflow(name) {
            return Some(self.workflow_index(&other, position));
        }
        let near = match self.near_workflow(&other, name) {
            "" => String::new(),
            near => format!("{PREFIX}{}.{near}", source.name),
        };
        self.error(at, K::UnknownWorkflow, &[name, source.name, &near]);
        None
    }

    /// A workflow that is not in this document and not qualified: in Arazzo
    /// 1.0.0 that was right where there is one `arazzo` source.
    fn bare_foreign(&mut self, file: &File<'d>, id: &str, at: Node<'_>) -> Option<WorkflowIndex> {
        let mut first = None;
        let mut hits = 0;
        for source in &file.sources {
            let (Some(SourceType::Arazzo), Some(document)) = (source.kind, source.document) else {
                continue;
            };
            if let Some(other) = self.open(document)
                && let Some(position) = other.workflow(id)
            {
                hits += 1;
                first.get_or_insert((other, position, source.name));
            }
        }
        let Some((other, position, name)) = first else {
            let near = self.near_workflow(file, id);
            self.error(at, K::UnknownWorkflow, &[id, "", near]);
            return None;
        };
        let version = file.object.version();
        let old = version.minor == 0 && version.patch == 0 && hits == 1;
        let severity = if old && !self.strict {
            Severity::Warning
        } else {
            Severity::Error
        };
        let texts = [id, &*format!("{PREFIX}{name}.{id}")];
        self.note(at.location(), severity, K::UnqualifiedWorkflow, &texts);
        Some(self.workflow_index(&other, position))
    }

    /// The nearest workflow of a document; empty where there is none.
    #[cold]
    pub fn near_workflow<'f>(&self, file: &'f File<'d>, id: &str) -> &'f str {
        let workflows = file.workflows.iter();
        self.near(id, &mut workflows.map(|workflow| workflow.id))
    }

    /// The parameters or actions of a list, references followed, duplicates reported.
    pub fn used(&self, file: &File<'d>, owner: Node<'d>, field: &str, part: Part) -> Vec<Used<'d>> {
        let mut out: Vec<Used<'d>> = Vec::new();
        let mut seen = Names::default();
        for node in file.object.list(owner, field) {
            let object = match node.get("reference") {
                None => Some(node),
                Some(reference) => self.component(file, reference, part),
            };
            let Some(object) = object else { continue };
            let value = node.get("value").or_else(|| object.get("value"));
            if part == Part::Parameter && value.is_none() {
                continue;
            }
            let used = Used {
                object,
                node,
                value: value.unwrap_or(node),
            };
            let name = used.name();
            let place = file.place_word(object);
            let identity = identity(object, place, part != Part::Parameter);
            match seen.get(&identity) {
                Some(twin) if !name.is_empty() => self.twin(used, place, out[twin], part),
                _ => {
                    seen.set(identity.into(), out.len());
                    out.push(used);
                }
            }
        }
        out
    }

    #[cold]
    fn twin(&self, used: Used<'_>, place: &str, first: Used<'_>, part: Part) {
        let first = first.node.location().spot();
        let kind = match part {
            Part::Parameter => K::DuplicateParameter,
            _ => K::DuplicateAction,
        };
        self.error(used.node, kind, &[used.name(), &first, place]);
    }

    /// Arazzo, Reusable Object: what a reference into `components` names.
    fn component(&self, file: &File<'d>, at: Node<'d>, part: Part) -> Option<Node<'d>> {
        let map = part.map();
        let reference = at.as_str().filter(|text| !text.is_empty())?;
        let name = reference
            .strip_prefix("$components.")
            .and_then(|rest| rest.strip_prefix(map))
            .and_then(|rest| rest.strip_prefix('.'));
        let Some(name) = name else {
            let expected = format!("$components.{map}.");
            self.error(at, K::BadComponentReference, &[reference, &expected]);
            return None;
        };
        let mut components = file.object.components(map);
        let found = components.find(|component| component.key() == Some(name));
        if found.is_none() {
            self.unknown_component(at, file, reference, map, name);
        }
        found
    }

    /// A reference to a component that is not there.
    #[cold]
    pub fn unknown_component(
        &self,
        place: Node<'_>,
        file: &File<'d>,
        reference: &str,
        map: &str,
        name: &str,
    ) {
        let components = file.object.components(map);
        let near = match self.near(name, &mut components.filter_map(Node::key)) {
            "" => String::new(),
            near => format!("$components.{map}.{near}"),
        };
        let texts = [reference, &*near];
        self.error(place, K::UnknownComponent, &texts);
    }
}

/// What makes two parameters one: name and place, or the name alone where they
/// become inputs. Header names know no letter case.
pub(super) fn identity(parameter: Node<'_>, place: &str, by_name: bool) -> String {
    let name = parameter.text("name").unwrap_or_default();
    match place {
        _ if by_name => format!(" {name}"),
        "header" => format!("{place} {}", name.to_ascii_lowercase()),
        _ => format!("{place} {name}"),
    }
}
