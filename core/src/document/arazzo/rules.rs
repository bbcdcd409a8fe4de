//! What single fields and objects of Arazzo have to be.

use super::objects::{ActionType, ArazzoVersion, ExpressionType, SourceType, StepTarget, TARGETS};
use super::reader::Reader;
use super::shape;
use crate::diagnostic::{Severity, visible};
use crate::document::documents::DocumentKind;
use crate::document::error::DocumentErrorKind as K;
use crate::document::node::{Kind, Node};
use crate::number;

/// What can be read.
const SUPPORTED: &str = "1.0 and 1.1";

/// From here on a `retryAfter` looks like milliseconds.
const SUSPICIOUS_SECONDS: u64 = 500;

impl Reader {
    /// Looks the whole document through. Whether it is one of a known version.
    pub(super) fn root(&mut self, node: Node<'_>) -> bool {
        if !node.is_object() {
            self.wrong_type(node, "an Arazzo description", "an object");
            return false;
        }
        let known = self.version(node);
        if known {
            self.object(node, shape::ROOT.what, &shape::ROOT);
        }
        known
    }

    /// Reads `arazzo`: `1.0.1`, `1.1.0-beta`. Of a version that is not known
    /// nothing else is read.
    fn version(&mut self, root: Node<'_>) -> bool {
        let Some(node) = root.get("arazzo") else {
            let found = DocumentKind::of(root);
            if found != DocumentKind::Other {
                let texts = ["an Arazzo description", found.words()];
                self.error(K::WrongKind, root.location(), &texts);
            }
            // What else is wrong is worth saying all the same.
            return found == DocumentKind::Other;
        };
        let Some(text) = node.as_str() else {
            self.wrong_type(node, "arazzo", "a string such as `1.1.0`");
            return true;
        };
        let (numbers, suffix) = match text.split_once('-') {
            Some((numbers, suffix)) => (numbers, Some(suffix)),
            None => (text, None),
        };
        let number = |part: Option<&str>| part.and_then(|part| part.parse::<u32>().ok());
        let mut parts = numbers.split('.');
        let found = [parts.next(), parts.next(), parts.next()].map(number);
        match (found, parts.next()) {
            ([Some(1), Some(minor @ 0..=1), Some(patch)], None) => {
                self.version = ArazzoVersion { minor, patch };
            }
            _ => {
                self.error(K::UnsupportedVersion, node.location(), &[text, SUPPORTED]);
                return false;
            }
        }
        if suffix.is_some() {
            let reason = format!("is `{text}`, a version before its release");
            self.odd(node, "arazzo", &reason, "", self.lenient());
        }
        true
    }

    pub(super) fn identity(&mut self, _: Node<'_>, node: Node<'_>) {
        let Some(text) = self.string(node, "$self") else {
            return;
        };
        self.uri(node, "$self", text);
        if text.contains('#') {
            let help = "leave out `#` and what follows it";
            self.bad(node, "$self", "has a fragment", help);
        }
    }

    /// A URI-reference has no blanks and no raw brackets outside its host.
    pub(super) fn uri(&mut self, node: Node<'_>, what: &str, text: &str) {
        if let Some(reason) = uri_fault(text) {
            // File names with blanks work; nothing else does.
            let severity = if text.contains("://") {
                Severity::Error
            } else {
                self.lenient()
            };
            let reason = format!("is no URI-reference: {reason}");
            let help = "encode it in percent form: `%20` for a blank";
            self.odd(node, what, &reason, help, severity);
        }
    }

    /// A text that has to be one of some words.
    fn not_one_of(&mut self, node: Node<'_>, what: &str, words: &str) {
        let text = node.as_str().or_else(|| node.text("type"));
        let reason = format!("is `{}`, but has to be {words}", text.unwrap_or_default());
        self.bad(node, what, &reason, "");
    }

    /// A word that came with Arazzo 1.1.
    fn newer_word(&mut self, node: Node<'_>, what: &str, help: &str) {
        if !self.version.has_1_1() {
            let word = node.as_str().unwrap_or_default();
            let reason = format!("is `{word}`, which needs version 1.1");
            self.odd(node, what, &reason, help, self.lenient());
        }
    }

    pub(super) fn source_type(&mut self, _: Node<'_>, node: Node<'_>) {
        let Some(text) = self.string(node, "type") else {
            return;
        };
        match SourceType::of(text) {
            None => self.not_one_of(node, "type", "`openapi`, `arazzo` or `asyncapi`"),
            Some(SourceType::AsyncApi) => self.newer_word(node, "type", "write `arazzo: 1.1.0`"),
            Some(_) => {}
        }
    }

    pub(super) fn component_inputs(&mut self, components: Node<'_>, node: Node<'_>) {
        if self.is_map(node, "inputs") {
            for (_, schema) in node.entries() {
                self.schema(components, schema);
            }
        }
    }

    /// A schema is an object or a boolean; a Reusable Object is none.
    pub(super) fn schema(&mut self, _: Node<'_>, node: Node<'_>) {
        if !node.is_object() && node.as_bool().is_none() {
            self.wrong_type(node, "inputs", "a JSON Schema: an object or a boolean");
        } else if let Some(reference) = node.get("reference")
            && reference.as_str().is_some_and(|text| text.starts_with('$'))
        {
            let reason = "is a JSON Schema, which cannot be a Reusable Object";
            let help = "write `$ref: '#/components/inputs/…'`";
            self.bad(reference, "inputs", reason, help);
        }
    }

    /// What a step calls, and which fields it may have then.
    pub(super) fn step(&mut self, node: Node<'_>) -> bool {
        let mut found = Vec::new();
        for (field, target) in TARGETS {
            if let Some(at) = node.get(field) {
                found.push((field, target, at));
            }
        }
        if found.len() != 1 {
            let fields = if self.version.has_1_1() {
                "`operationId`, `operationPath`, `workflowId` and `channelPath`"
            } else {
                "`operationId`, `operationPath` and `workflowId`"
            };
            let place = found.get(1).map_or(node, |second| second.2).key_location();
            let texts = [shape::STEP.name, fields, &*found.len().to_string()];
            self.error(K::FieldChoice, place, &texts);
        }
        if let Some((field, target, at)) = found.first() {
            match self.string(*at, field) {
                None => {}
                Some("") => self.bad(*at, field, "is empty", ""),
                Some(_) => self.messaging(node, *target),
            }
        }
        if node.text("action") == Some("send")
            && let Some(at) = node.get("correlationId")
        {
            let reason = "is for steps with `action: receive` only";
            self.bad(at, "correlationId", reason, "");
        }
        true
    }

    /// Arazzo 1.1.0, Step Object: which fields a step with messages may have.
    fn messaging(&mut self, node: Node<'_>, target: StepTarget) {
        match target {
            StepTarget::WorkflowId => {
                for field in ["action", "correlationId"] {
                    if let Some(at) = node.get(field) {
                        let reason = "has no meaning on a step that calls a workflow";
                        self.bad(at, field, reason, "leave it out");
                    }
                }
                if let Some(at) = node.get("requestBody") {
                    let reason = "has no meaning on a step that calls a workflow, and is ignored";
                    let help = "give the workflow's inputs as `parameters`";
                    self.odd(at, "requestBody", reason, help, Severity::Warning);
                }
            }
            StepTarget::ChannelPath if node.get("action").is_none() => {
                let texts = [shape::STEP.name, "action"];
                self.error(K::MissingField, node.location(), &texts);
            }
            _ => {}
        }
    }

    pub(super) fn step_dependencies(&mut self, _: Node<'_>, node: Node<'_>) {
        self.not_empty(node, "dependsOn", "");
        self.texts(node, "dependsOn");
    }

    pub(super) fn flow(&mut self, _: Node<'_>, node: Node<'_>) {
        let text = self.string(node, "action");
        if text.is_some_and(|text| !matches!(text, "send" | "receive")) {
            self.not_one_of(node, "action", "`send` or `receive`");
        }
    }

    pub(super) fn timeout(&mut self, _: Node<'_>, node: Node<'_>) {
        self.whole(node, "timeout", 1);
    }

    /// A whole number not below `least`.
    fn whole(&mut self, node: Node<'_>, field: &str, least: u64) -> bool {
        let Kind::Number(number) = node.kind() else {
            self.wrong_type(node, field, "a whole number");
            return false;
        };
        let good = number.as_u64().is_some_and(|value| value >= least);
        if !good {
            let reason = if number::is_integer(number) {
                format!("is {number}, but has to be at least {least} and not beyond all measure")
            } else {
                format!("is {number}, but has to be a whole number")
            };
            self.bad(node, field, &reason, "");
        }
        good
    }

    pub(super) fn parameter_place(&mut self, _: Node<'_>, node: Node<'_>) {
        let Some(text) = self.string(node, "in") else {
            return;
        };
        match text {
            "path" | "query" | "header" | "cookie" => {}
            "querystring" => self.newer_word(node, "in", "write `arazzo: 1.1.0`"),
            "channel" if self.version.has_1_1() => {
                let reason = "is `channel`, which is not in the specification, and is ignored";
                self.odd(node, "in", reason, "", self.lenient());
            }
            "body" => {
                let old = self.version.minor == 0 && self.version.patch == 0;
                let severity = if old {
                    Severity::Warning
                } else {
                    Severity::Error
                };
                let reason = "is `body`, which Arazzo 1.0.1 took away";
                self.odd(node, "in", reason, "use `requestBody`", severity);
            }
            _ if self.version.has_1_1() => {
                let words = "`path`, `query`, `querystring`, `header` or `cookie`";
                self.not_one_of(node, "in", words);
            }
            _ => self.not_one_of(node, "in", "`path`, `query`, `header` or `cookie`"),
        }
    }

    /// Outputs are expressions or Selector Objects. What the `type` of one is, and what
    /// it selects, is for those who read expressions.
    pub(super) fn outputs(&mut self, _: Node<'_>, node: Node<'_>) {
        if !self.is_map(node, "outputs") {
            return;
        }
        for (name, value) in node.entries() {
            if value.is_object() {
                if !self.version.has_1_1() {
                    let reason = "is a Selector Object, which needs version 1.1";
                    let help = "write `arazzo: 1.1.0`, or a runtime expression";
                    self.odd(value, name, reason, help, self.lenient());
                }
                self.object(value, name, &shape::SELECTOR);
            } else if value.as_str().is_none() {
                self.wrong_type(value, name, "a runtime expression");
                self.leave_out(value);
            }
        }
    }

    pub(super) fn success_action(&mut self, node: Node<'_>) -> bool {
        self.action(node, "success action", false)
    }

    pub(super) fn failure_action(&mut self, node: Node<'_>) -> bool {
        self.action(node, "failure action", true)
    }

    /// Which fields belong to which kind of action.
    fn action(&mut self, node: Node<'_>, what: &str, failure: bool) -> bool {
        if node.get("name").is_none() {
            self.odd(node, what, "has no `name`", "add `name`", self.lenient());
        }
        let [workflow, step] = ["workflowId", "stepId"].map(|field| node.get(field));
        let both = "`workflowId` and `stepId`";
        if let (Some(_), Some(_), Some(at)) = (node.text("workflowId"), node.text("stepId"), step) {
            self.error(K::FieldChoice, at.key_location(), &["action", both, "2"]);
        }
        let kind = node.text("type");
        match kind.and_then(|kind| ActionType::of(kind, failure)) {
            Some(ActionType::Goto) if workflow.is_none() && step.is_none() => {
                self.error(K::FieldChoice, node.location(), &["action", both, "0"]);
            }
            Some(ActionType::End) => {
                for (field, at) in [("workflowId", workflow), ("stepId", step)] {
                    if let Some(at) = at {
                        let reason = "has no meaning where `type` is `end`, and is ignored";
                        self.odd(at, field, reason, "", Severity::Warning);
                    }
                }
            }
            _ => {}
        }
        if let Some(at) = node.get("parameters")
            && node.text("workflowId").is_none()
        {
            let reason = "are for actions with a `workflowId` only";
            self.bad(at, "parameters", reason, "");
        }
        true
    }

    pub(super) fn success_type(&mut self, _: Node<'_>, node: Node<'_>) {
        match self.string(node, "type") {
            None | Some("end" | "goto") => {}
            Some("retry") => {
                let help = "to poll, let the step fail until it is done (`successCriteria`) and \
                            put `type: retry` with `retryAfter` and `retryLimit` under \
                            `onFailure`; or use `type: goto` with the step's own `stepId`, which \
                            is paced";
                let reason = "is `retry`, which is for failure actions only";
                self.bad(node, "type", reason, help);
            }
            Some(_) => self.not_one_of(node, "type", "`end` or `goto`"),
        }
    }

    pub(super) fn failure_type(&mut self, _: Node<'_>, node: Node<'_>) {
        let text = self.string(node, "type");
        if text.is_some_and(|text| ActionType::of(text, true).is_none()) {
            self.not_one_of(node, "type", "`end`, `retry` or `goto`");
        }
    }

    /// `retryAfter`: a number of seconds, not negative.
    pub(super) fn seconds(&mut self, action: Node<'_>, node: Node<'_>) {
        let Kind::Number(number) = node.kind() else {
            return self.wrong_type(node, "retryAfter", "a number of seconds");
        };
        self.for_retry_only(action, node, "retryAfter");
        let whole = number.as_u64();
        if number::sign(number).is_lt() {
            let reason = format!("is {number}, but cannot be negative");
            self.bad(node, "retryAfter", &reason, "");
        } else if whole.is_some_and(|whole| whole >= SUSPICIOUS_SECONDS) {
            let reason = format!("is {number} seconds; were milliseconds meant?");
            let help = "`retryAfter` is in seconds and may have a fraction: `0.5`";
            self.odd(node, "retryAfter", &reason, help, Severity::Warning);
        }
    }

    pub(super) fn retry_limit(&mut self, action: Node<'_>, node: Node<'_>) {
        if self.whole(node, "retryLimit", 0) {
            self.for_retry_only(action, node, "retryLimit");
        }
    }

    fn for_retry_only(&mut self, action: Node<'_>, node: Node<'_>, field: &str) {
        if matches!(action.text("type"), Some("goto" | "end")) {
            let reason = "is for actions with `type: retry` only, and is ignored";
            self.odd(node, field, reason, "", Severity::Warning);
        }
    }

    /// `successCriteria`: Arazzo 1.1 forbids an empty list.
    pub(super) fn success_criteria(&mut self, _: Node<'_>, node: Node<'_>) {
        if node.is_array() && node.is_empty() {
            let severity = if self.version.has_1_1() {
                Severity::Error
            } else {
                self.lenient()
            };
            let help = "leave it out to accept every status from 200 to 299";
            let reason = "has to have at least one entry";
            self.odd(node, "successCriteria", reason, help, severity);
        }
        self.list(node, "successCriteria", &shape::CRITERION, false);
    }

    /// Whether a criterion has what its type needs.
    pub(super) fn criterion(&mut self, node: Node<'_>) -> bool {
        if let Some(at) = node.get("type") {
            let Some(kind) = self.criterion_type(at) else {
                return false;
            };
            if node.get("context").is_none() && kind != "simple" {
                let reason = format!("of type `{kind}` has no `context`");
                let help = "add what is judged, for example `context: $response.body`";
                self.bad(node, "criterion", &reason, help);
                return false;
            }
        }
        node.text("condition").is_some()
    }

    fn criterion_type<'t>(&mut self, node: Node<'t>) -> Option<&'t str> {
        let ExpressionType { kind, .. } = self.expression_type(node, "type")?;
        match (kind, node.as_str()) {
            ("regex" | "simple", Some(_)) | ("jsonpath" | "xpath", _) => return Some(kind),
            ("jsonpointer", None) => {
                let reason = "is `jsonpointer`, which is for Selector Objects; a criterion needs \
                              a condition";
                self.bad(node, "type", reason, "");
            }
            (_, Some(_)) => {
                self.not_one_of(node, "type", "`simple`, `regex`, `jsonpath` or `xpath`");
            }
            _ => self.not_one_of(node, "type", "`jsonpath` or `xpath`"),
        }
        None
    }

    pub(super) fn selector_type(&mut self, _: Node<'_>, node: Node<'_>) {
        let what = "targetSelectorType";
        let kind = self.expression_type(node, what).map(|found| found.kind);
        if matches!(kind, Some("jsonpath" | "xpath" | "jsonpointer")) {
            return;
        }
        if kind.is_some() {
            self.not_one_of(node, what, "`jsonpath`, `xpath` or `jsonpointer`");
        }
        self.leave_out(node);
    }

    /// A word, or an Expression Type Object with a version that exists.
    fn expression_type<'t>(&mut self, node: Node<'t>, what: &str) -> Option<ExpressionType<'t>> {
        if node.as_str().is_none() {
            if !node.is_object() {
                self.wrong_type(node, what, "a string or an Expression Type Object");
                return None;
            }
            if !self.object(node, what, &shape::EXPRESSION_TYPE) {
                return None;
            }
        }
        ExpressionType::of(node)
    }

    /// Arazzo, Expression Type Object: the versions of each type.
    pub(super) fn expression_version(&mut self, node: Node<'_>) -> bool {
        let (Some(kind), Some(at)) = (node.text("type"), node.get("version")) else {
            return true;
        };
        let Some(version) = at.as_str() else {
            return true;
        };
        let (known, newer): (&[&str], &str) = match kind {
            "jsonpath" => (&["draft-goessner-dispatch-jsonpath-00"], "rfc9535"),
            "xpath" => (&["xpath-10", "xpath-20", "xpath-30"], "xpath-31"),
            "jsonpointer" => (&[], "rfc6901"),
            _ => return true,
        };
        if version == newer {
            let help = "it is what the word alone means: leave the version out";
            self.newer_word(at, "version", help);
        } else if !known.contains(&version) {
            let mut reason = format!("is `{version}`; the versions of {kind} are ");
            for name in known {
                reason.push_str(&format!("`{name}`, "));
            }
            reason.push_str(&format!("`{newer}`"));
            self.bad(at, "version", &reason, "");
            return false;
        }
        true
    }
}

/// Why a text is no URI-reference: RFC 3986, appendix A, as far as it matters.
fn uri_fault(text: &str) -> Option<String> {
    let bad = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '<' | '>' | '"' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    if let Some(c) = text.chars().find(|c| bad(*c)) {
        return Some(if c == ' ' {
            "it has a blank".into()
        } else {
            let shown = visible(c.encode_utf8(&mut [0; 4]));
            format!("it has the character `{shown}`")
        });
    }
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit('@').next().unwrap_or("");
    match (host.strip_prefix('['), host.contains(['[', ']'])) {
        (Some(inner), _) => {
            let (address, closed) = match inner.split_once(']') {
                Some((address, _)) => (address, true),
                None => (inner, false),
            };
            let good = |byte: u8| byte.is_ascii_hexdigit() || b":.vV".contains(&byte);
            let good = closed && address.contains(':') && address.bytes().all(good);
            (!good).then(|| "its host is no address".into())
        }
        (None, true) => Some("its host has a bracket".into()),
        (None, false) => None,
    }
}
