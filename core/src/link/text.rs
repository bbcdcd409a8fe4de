//! Texts of a document to templates and conditions.

use serde_json::Value;

use super::error::{LinkError, LinkErrorKind};
use super::linker::{Around, File, Linker};
use super::program::Criterion;
use super::uses::Uses;
use crate::diagnostic::{Location, Report};
use crate::document::{CriterionObject, Node, NodeId};
use crate::expression::{Condition, CriterionKind, CriterionText, ExpressionError, Template};
use crate::pointer::Pointer;

impl Linker<'_> {
    /// Parses a value with expressions and checks what they refer to.
    pub fn template(
        &mut self,
        around: Around<'_, '_>,
        node: NodeId,
        uses: &mut Uses,
    ) -> Option<Template> {
        let node = around.file.node(node);
        let value = node.to_value();
        self.digest.value(&value);
        let template = self.parse_template(around.file, node, &value)?;
        template.visit(&mut |pointer, reference| {
            let place = || node.at(pointer).unwrap_or(node).location();
            self.reference(around, reference, uses, &place);
        });
        Some(template)
    }

    /// Parses a value with expressions.
    pub fn parse_template(
        &self,
        file: &File<'_>,
        node: Node<'_>,
        value: &Value,
    ) -> Option<Template> {
        let at = |pointer: &Pointer| node.at(pointer).unwrap_or(node);
        match Template::parse(value, file.dialect) {
            Ok(parsed) => {
                for (pointer, warning) in parsed.warnings {
                    self.expression(at(&pointer), &warning);
                }
                Some(parsed.value)
            }
            Err(errors) => {
                for (pointer, error) in errors {
                    self.expression(at(&pointer), &error);
                }
                None
            }
        }
    }

    /// Parses criteria and checks what they refer to.
    pub fn criteria(
        &mut self,
        around: Around<'_, '_>,
        criteria: &[CriterionObject],
        uses: &mut Uses,
    ) -> Vec<Criterion> {
        let mut out = Vec::with_capacity(criteria.len());
        self.digest.count(criteria.len());
        for criterion in criteria {
            self.digest.text(&criterion.condition.value);
            self.digest
                .optional(criterion.context.as_ref().map(|at| &*at.value));
            self.digest
                .optional(criterion.kind.as_ref().map(|kind| &*kind.kind));
            let Some(parsed) = self.condition(around.file, criterion) else {
                // What has a criterion that cannot be read does not always apply.
                out.extend(never(around.file));
                continue;
            };
            let before = uses.called.len();
            let place = || around.file.place(criterion.condition.node);
            parsed.condition.visit(&mut |reference| {
                self.reference(around, reference, uses, &place);
            });
            for output in &mut uses.called[before..] {
                output.place = around.file.place(criterion.node);
            }
            out.push(parsed);
        }
        out
    }

    /// Parses a criterion.
    pub fn condition(&self, file: &File<'_>, object: &CriterionObject) -> Option<Criterion> {
        let node = file.node(object.condition.node);
        let kind = match &object.kind {
            None => CriterionKind::Simple { explicit: false },
            Some(kind) => {
                let version = kind.version.as_deref();
                match CriterionKind::named(&kind.kind, version, file.dialect) {
                    Ok(parsed) => {
                        for warning in parsed.warnings {
                            self.expression(file.node(kind.node), &warning);
                        }
                        parsed.value
                    }
                    Err(error) => {
                        self.expression(file.node(kind.node), &error);
                        return None;
                    }
                }
            }
        };
        let text = CriterionText {
            condition: &object.condition.value,
            context: object.context.as_ref().map(|context| &*context.value),
            kind,
        };
        match Condition::parse(&text, file.dialect) {
            Ok(parsed) => {
                for warning in parsed.warnings {
                    self.expression(node, &warning);
                }
                Some(Criterion {
                    text: (&*object.condition.value).into(),
                    context: text.context.map(Into::into),
                    condition: parsed.value,
                })
            }
            Err(error) => {
                self.expression(node, &error);
                None
            }
        }
    }

    /// Takes down what is wrong with an expression, at the character where it is.
    pub fn expression(&self, node: Node<'_>, error: &ExpressionError) {
        let place = place_in(node, error);
        self.take(LinkError::of(
            LinkErrorKind::Expression,
            place,
            Report::of(error),
        ));
    }
}

/// A criterion that never holds, in a program with errors, which never runs.
fn never(file: &File<'_>) -> Option<Criterion> {
    let text = CriterionText {
        condition: "true == false",
        context: None,
        kind: CriterionKind::Simple { explicit: true },
    };
    let parsed = Condition::parse(&text, file.dialect).ok()?;
    Some(Criterion {
        text: text.condition.into(),
        context: None,
        condition: parsed.value,
    })
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
