//! Reads actions, criteria and selectors.

use std::time::Duration;

use super::objects::{ActionObject, ActionType, At, CriterionObject, ExpressionTypeObject, Item};
use super::reader::Reader;
use super::shape;
use crate::diagnostic::Severity;
use crate::document::error::DocumentErrorKind as K;
use crate::document::tree::{Kind, Node};
use crate::number;

/// From here on a `retryAfter` looks like milliseconds.
const SUSPICIOUS_SECONDS: u64 = 500;

impl Reader {
    pub(super) fn actions(
        &mut self,
        owner: Node<'_>,
        field: &str,
        failure: bool,
    ) -> Vec<Item<ActionObject>> {
        let mut out = Vec::new();
        for node in self.list(owner, field) {
            if let Some(reusable) = self.reusable(node, false) {
                out.push(Item::Reusable(reusable));
            } else if let Some(action) = self.action(node, failure) {
                out.push(Item::Inline(action));
            }
        }
        out
    }

    pub(super) fn action(&mut self, node: Node<'_>, failure: bool) -> Option<ActionObject> {
        let (what, shape) = if failure {
            ("failure action", &shape::FAILURE_ACTION)
        } else {
            ("success action", &shape::SUCCESS_ACTION)
        };
        if !self.object(node, what, shape) {
            return None;
        }
        if node.get("name").is_none() {
            let severity = self.lenient();
            self.bad(node, what, "has no `name`", Some("add `name`"), severity);
        }
        let action = ActionObject {
            node: node.id(),
            name: self.text(node, "name"),
            kind: self.action_type(node, failure),
            workflow_id: self.text(node, "workflowId"),
            step_id: self.text(node, "stepId"),
            parameters: self.parameters(node),
            retry_after: self.seconds(node, failure),
            retry_limit: self.retry_limit(node, failure),
            criteria: self.criteria(node, "criteria"),
        };
        self.action_fields(node, &action);
        Some(action)
    }

    fn action_type(&mut self, action: Node<'_>, failure: bool) -> Option<At<ActionType>> {
        let node = action.get("type")?;
        let text = self.string(node, "type")?;
        let value = match (&*text.value, failure) {
            ("end", _) => ActionType::End,
            ("goto", _) => ActionType::Goto,
            ("retry", true) => ActionType::Retry,
            ("retry", false) => {
                let help = "to poll, let the step fail until it is done (`successCriteria`) and \
                            put `type: retry` with `retryAfter` and `retryLimit` under \
                            `onFailure`; or use `type: goto` with the step's own `stepId`, which \
                            is paced";
                let reason = "is `retry`, which is for failure actions only";
                self.bad(node, "type", reason, Some(help), Severity::Error);
                return None;
            }
            (other, true) => {
                let reason = format!("is `{other}`, but has to be `end`, `retry` or `goto`");
                self.bad(node, "type", &reason, None, Severity::Error);
                return None;
            }
            (other, false) => {
                let reason = format!("is `{other}`, but has to be `end` or `goto`");
                self.bad(node, "type", &reason, None, Severity::Error);
                return None;
            }
        };
        Some(At {
            value,
            node: node.id(),
        })
    }

    /// Which fields belong to which kind of action.
    fn action_fields(&mut self, node: Node<'_>, action: &ActionObject) {
        if let (Some(_), Some(_), Some(at)) =
            (&action.workflow_id, &action.step_id, node.get("stepId"))
        {
            let texts = ["action", "`workflowId` and `stepId`", "2"];
            self.error(K::FieldChoice, at.key_location(), &texts);
        }
        let none = action.workflow_id.is_none() && action.step_id.is_none();
        match action.kind.as_ref().map(|kind| kind.value) {
            Some(ActionType::Goto)
                if none && node.get("workflowId").is_none() && node.get("stepId").is_none() =>
            {
                let texts = ["action", "`workflowId` and `stepId`", "0"];
                self.error(K::FieldChoice, node.location(), &texts);
            }
            Some(ActionType::End) => {
                for field in ["workflowId", "stepId"] {
                    if let Some(at) = node.get(field) {
                        let reason = "has no meaning where `type` is `end`, and is ignored";
                        self.bad(at, field, reason, None, Severity::Warning);
                    }
                }
            }
            _ => {}
        }
        if let Some(at) = node.get("parameters")
            && action.workflow_id.is_none()
        {
            let reason = "are for actions with a `workflowId` only";
            self.bad(at, "parameters", reason, None, Severity::Error);
        }
    }

    /// `retryAfter`: a number of seconds, not negative.
    fn seconds(&mut self, action: Node<'_>, failure: bool) -> Option<At<Duration>> {
        let node = action.get("retryAfter").filter(|_| failure)?;
        let Kind::Number(number) = node.kind() else {
            self.wrong_type(node, "retryAfter", "a number of seconds");
            return None;
        };
        self.for_retry_only(action, node, "retryAfter");
        if number::sign(number).is_lt() {
            let reason = format!("is {number}, but cannot be negative");
            self.bad(node, "retryAfter", &reason, None, Severity::Error);
            return None;
        }
        if number
            .as_u64()
            .is_some_and(|whole| whole >= SUSPICIOUS_SECONDS)
        {
            let reason = format!("is {number} seconds; were milliseconds meant?");
            let help = "`retryAfter` is in seconds and may have a fraction: `0.5`";
            self.bad(node, "retryAfter", &reason, Some(help), Severity::Warning);
        }
        Some(At {
            value: number::seconds(number),
            node: node.id(),
        })
    }

    fn retry_limit(&mut self, action: Node<'_>, failure: bool) -> Option<At<u32>> {
        let node = action.get("retryLimit").filter(|_| failure)?;
        let limit = self.whole(action, "retryLimit", 0)?;
        self.for_retry_only(action, node, "retryLimit");
        Some(At {
            value: u32::try_from(limit.value).unwrap_or(u32::MAX),
            node: limit.node,
        })
    }

    fn for_retry_only(&mut self, action: Node<'_>, node: Node<'_>, field: &str) {
        let kind = action.get("type").and_then(|kind| kind.as_str());
        if matches!(kind, Some("goto" | "end")) {
            let reason = "is for actions with `type: retry` only, and is ignored";
            self.bad(node, field, reason, None, Severity::Warning);
        }
    }

    /// `successCriteria`: Arazzo 1.1 forbids an empty list.
    pub(super) fn success_criteria(&mut self, step: Node<'_>) -> Vec<CriterionObject> {
        if let Some(node) = step.get("successCriteria")
            && node.is_array()
            && node.is_empty()
        {
            let severity = if self.version.has_1_1() {
                Severity::Error
            } else {
                self.lenient()
            };
            let help = "leave it out to accept every status from 200 to 299";
            let reason = "has to have at least one entry";
            self.bad(node, "successCriteria", reason, Some(help), severity);
        }
        self.criteria(step, "successCriteria")
    }

    fn criteria(&mut self, owner: Node<'_>, field: &str) -> Vec<CriterionObject> {
        let mut out = Vec::new();
        for node in self.list(owner, field) {
            if let Some(criterion) = self.criterion(node) {
                out.push(criterion);
            }
        }
        out
    }

    fn criterion(&mut self, node: Node<'_>) -> Option<CriterionObject> {
        if !self.object(node, "criterion", &shape::CRITERION) {
            return None;
        }
        let kind = node.get("type").and_then(|at| self.criterion_type(at));
        let context = self.text(node, "context");
        if let Some(kind) = &kind
            && node.get("context").is_none()
            && &*kind.kind != "simple"
        {
            let reason = format!("of type `{}` has no `context`", kind.kind);
            let help = "add what is judged, for example `context: $response.body`";
            self.bad(node, "criterion", &reason, Some(help), Severity::Error);
            return None;
        }
        let condition = self.text(node, "condition")?;
        if node.get("type").is_some() && kind.is_none() {
            return None;
        }
        Some(CriterionObject {
            node: node.id(),
            condition,
            context,
            kind,
        })
    }

    fn criterion_type(&mut self, node: Node<'_>) -> Option<ExpressionTypeObject> {
        let kind = self.expression_type(node, "type")?;
        let word = node.as_str().is_some();
        let reason = match &*kind.kind {
            "regex" | "simple" if word => return Some(kind),
            "jsonpath" | "xpath" => return Some(kind),
            "jsonpointer" if !word => {
                "is `jsonpointer`, which is for Selector Objects; a criterion needs a condition"
                    .to_owned()
            }
            other if word => {
                format!("is `{other}`, but has to be `simple`, `regex`, `jsonpath` or `xpath`")
            }
            other => format!("is `{other}`, but has to be `jsonpath` or `xpath`"),
        };
        self.bad(node, "type", &reason, None, Severity::Error);
        None
    }

    pub(super) fn selector_type(
        &mut self,
        node: Node<'_>,
        what: &str,
    ) -> Option<ExpressionTypeObject> {
        let kind = self.expression_type(node, what)?;
        if matches!(&*kind.kind, "jsonpath" | "xpath" | "jsonpointer") {
            return Some(kind);
        }
        let reason = format!(
            "is `{}`, but has to be `jsonpath`, `xpath` or `jsonpointer`",
            kind.kind
        );
        self.bad(node, what, &reason, None, Severity::Error);
        None
    }

    /// A word, or an Expression Type Object with a version that exists.
    fn expression_type(&mut self, node: Node<'_>, what: &str) -> Option<ExpressionTypeObject> {
        if let Some(word) = node.as_str() {
            return Some(ExpressionTypeObject {
                node: node.id(),
                kind: word.into(),
                version: None,
            });
        }
        if !node.is_object() {
            self.wrong_type(node, what, "a string or an Expression Type Object");
            return None;
        }
        self.object(node, what, &shape::EXPRESSION_TYPE);
        let kind = self.text(node, "type")?.value;
        let version = self.text(node, "version").map(|version| version.value);
        if let (Some(version), Some(at)) = (&version, node.get("version"))
            && !self.expression_version(at, &kind, version)
        {
            return None;
        }
        Some(ExpressionTypeObject {
            node: node.id(),
            kind,
            version,
        })
    }

    /// Arazzo, Expression Type Object: the versions of each type.
    fn expression_version(&mut self, node: Node<'_>, kind: &str, version: &str) -> bool {
        let (known, newer): (&[&str], &str) = match kind {
            "jsonpath" => (&["draft-goessner-dispatch-jsonpath-00"], "rfc9535"),
            "xpath" => (&["xpath-10", "xpath-20", "xpath-30"], "xpath-31"),
            "jsonpointer" => (&[], "rfc6901"),
            _ => return true,
        };
        if known.contains(&version) {
            return true;
        }
        if version == newer {
            if !self.version.has_1_1() {
                let reason = format!("is `{version}`, which needs version 1.1");
                let help = "it is what the word alone means: leave the version out";
                self.bad(node, "version", &reason, Some(help), self.lenient());
            }
            return true;
        }
        let mut all: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        all.push(format!("`{newer}`"));
        let reason = format!(
            "is `{version}`; the versions of {kind} are {}",
            all.join(", ")
        );
        self.bad(node, "version", &reason, None, Severity::Error);
        false
    }

    /// A Selector Object, where nothing else could stand. What its `type` is,
    /// and what it selects, is for those who read expressions.
    pub(super) fn selector(&mut self, node: Node<'_>, what: &str) {
        if !self.version.has_1_1() {
            let reason = "is a Selector Object, which needs version 1.1";
            let help = "write `arazzo: 1.1.0`, or a runtime expression";
            self.bad(node, what, reason, Some(help), self.lenient());
        }
        self.object(node, what, &shape::SELECTOR);
        self.text(node, "context");
        self.text(node, "selector");
    }
}
