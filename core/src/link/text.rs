//! Texts of a document to templates and conditions.

use std::sync::Arc;

use serde_json::Value;

use super::error::{LinkError, LinkErrorKind};
use super::linker::{Around, File, Linker};
use super::program::Criterion;
use super::references::Place;
use super::share::key;
use crate::diagnostic::{Location, Report};
use crate::document::{ExpressionType, Node};
use crate::expression::{
    Condition, CriterionKind, CriterionText, ExpressionError, StepRef, Template,
};
use crate::pointer::Pointer;

impl<'d> Linker<'d> {
    /// Parses a value with expressions and checks what they refer to.
    pub fn template(&mut self, around: &Around<'_, 'd>, node: Node<'d>) -> Option<Template> {
        let value = node.to_value();
        self.digest.value(&value);
        let key = key(&value);
        let template = match self.shared.templates.get(&key) {
            Some(known) => known,
            None => {
                let findings = self.findings.borrow().len();
                let mut made = self.parse_template(around.frame.file, node, &value)?;
                made.bind(&mut |step| self.bind(around, step));
                // What is wrong is told of each place.
                if self.findings.borrow().len() > findings {
                    made
                } else {
                    self.shared.templates.keep(&key, made)
                }
            }
        };
        template.visit(&mut |inside, reference| {
            let value = node;
            self.reference(around, reference, Place { value, inside });
        });
        Some(template)
    }

    fn bind(&self, around: &Around<'_, 'd>, step: &mut StepRef) {
        let position = around.frame.workflow.step(&step.name);
        step.index = position.and_then(|position| Some(self.index.get(position)?.0));
    }

    /// Parses a value with expressions.
    pub fn parse_template(
        &self,
        file: &File<'d>,
        node: Node<'d>,
        value: &Value,
    ) -> Option<Template> {
        let (template, found) = match Template::parse(value, file.dialect) {
            Ok(parsed) => (Some(parsed.value), parsed.warnings),
            Err(errors) => (None, errors),
        };
        for (pointer, error) in found {
            self.expression(node.at(&pointer).unwrap_or(node), &error);
        }
        template
    }

    /// Parses criteria and checks what they refer to.
    pub fn criteria(
        &mut self,
        around: &Around<'_, 'd>,
        owner: Node<'d>,
        field: &str,
    ) -> Arc<[Criterion]> {
        let file = around.frame.file;
        let mut out = Vec::new();
        let criteria = file.object.list(owner, field);
        self.digest.count(criteria.clone().count());
        for criterion in criteria {
            self.digest
                .text(criterion.text("condition").unwrap_or_default());
            self.digest.optional(criterion.text("context"));
            let kind = criterion.get("type").and_then(ExpressionType::of);
            self.digest.optional(kind.map(|kind| kind.kind));
            let Some(parsed) = self.known_condition(around, criterion) else {
                // What has a criterion that cannot be read does not always apply.
                let never = "true == false";
                let kind = CriterionKind::Simple { explicit: false };
                out.extend(self.parse_condition(file, criterion, never, None, kind));
                continue;
            };
            let before = self.uses.called.len();
            let value = criterion.get("condition").unwrap_or(criterion);
            let inside = &Pointer::default();
            parsed.condition.visit(&mut |reference| {
                self.reference(around, reference, Place { value, inside });
            });
            for output in &mut self.uses.called[before..] {
                output.place = criterion;
            }
            out.push(parsed);
        }
        match owner.get(field) {
            Some(list) => {
                let key = key(&list.to_value());
                self.shared.criteria_lists.keep(&key, out.into())
            }
            None => out.into(),
        }
    }

    fn known_condition(
        &mut self,
        around: &Around<'_, 'd>,
        criterion: Node<'d>,
    ) -> Option<Criterion> {
        let key = key(&criterion.to_value());
        if let Some(known) = self.shared.criteria.get(&key) {
            return Some(known);
        }
        let findings = self.findings.borrow().len();
        let mut made = self.condition(around.frame.file, criterion)?;
        made.condition.bind(&mut |step| self.bind(around, step));
        if self.findings.borrow().len() > findings {
            return Some(made);
        }
        made.text = self.shared.text(&made.text);
        made.context = made.context.map(|context| self.shared.text(&context));
        Some(self.shared.criteria.keep(&key, made))
    }

    /// Parses a criterion.
    pub fn condition(&self, file: &File<'d>, criterion: Node<'d>) -> Option<Criterion> {
        let kind = match criterion.get("type").and_then(ExpressionType::of) {
            None => CriterionKind::Simple { explicit: false },
            Some(kind) => {
                let named = CriterionKind::named(kind.kind, kind.version, file.dialect);
                let (named, found) = match named {
                    Ok(parsed) => (Some(parsed.value), parsed.warnings),
                    Err(error) => (None, vec![error]),
                };
                for error in found {
                    self.expression(kind.node, &error);
                }
                named?
            }
        };
        let condition = criterion.text("condition").unwrap_or_default();
        self.parse_condition(file, criterion, condition, criterion.text("context"), kind)
    }

    fn parse_condition(
        &self,
        file: &File<'d>,
        criterion: Node<'d>,
        condition: &str,
        context: Option<&str>,
        kind: CriterionKind,
    ) -> Option<Criterion> {
        let text = CriterionText {
            condition,
            context,
            kind,
        };
        let (parsed, found) = match Condition::parse(&text, file.dialect) {
            Ok(parsed) => (Some(parsed.value), parsed.warnings),
            Err(error) => (None, vec![error]),
        };
        for error in found {
            self.expression(criterion.get("condition").unwrap_or(criterion), &error);
        }
        Some(Criterion {
            condition: parsed?,
            text: condition.into(),
            context: context.map(Into::into),
        })
    }

    /// Takes down what is wrong with an expression, at the character where it is.
    #[cold]
    pub fn expression(&self, node: Node<'_>, error: &ExpressionError) {
        let place = place_in(node, error);
        self.take(LinkError::of(
            LinkErrorKind::Expression,
            place,
            Report::of(error),
        ));
    }
}

/// The place of an error inside a text, where the text stands on one line as it
/// is, plain or in quotes; else the place of the text.
fn place_in(node: Node<'_>, error: &ExpressionError) -> Location {
    let mut place = node.location();
    let (Some(text), Some(offset)) = (node.as_str(), error.offset()) else {
        return place;
    };
    let Some(before) = text.get(..offset) else {
        return place;
    };
    let before = before.chars().count() as u32;
    let whole = text.chars().count() as u32;
    let quote = match place.length {
        length if length == whole => 0,
        length if length == whole + 2 => 1,
        _ => return place,
    };
    let covered = error
        .fix()
        .and_then(|(range, _)| text.get(range))
        .map_or(1, |part| part.chars().count() as u32);
    place.column += quote + before;
    place.length = covered.min(whole.saturating_sub(before)).max(1);
    place
}
