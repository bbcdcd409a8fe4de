//! Which fields the objects of Arazzo have, and what each may be.

use super::reader::Reader;
use crate::document::node::Node;

/// A rule of its own: given the object and the value of the field.
pub(super) type Rule = fn(&mut Reader, Node<'_>, Node<'_>);

/// What the value of a field may be.
#[derive(Clone, Copy)]
pub(super) enum Is {
    /// Anything, as far as it can be told here.
    Any,
    Text,
    /// A text that is not empty.
    Filled,
    /// The same, made of letters, digits, `_` and `-`.
    Name,
    /// The same, a URI-reference.
    Uri,
    /// A list of different texts.
    Texts,
    One(&'static Shape),
    List(&'static Shape),
    /// A list that has to have an entry.
    Filling(&'static Shape),
    /// A list of objects or of Reusable Objects.
    Items(&'static Shape),
    /// Objects by name.
    Map(&'static Shape),
    By(Rule),
}

/// A field of an object.
pub(super) struct Field {
    pub name: &'static str,
    pub required: bool,
    /// It came with Arazzo 1.1.
    pub newer: bool,
    pub is: Is,
}

/// An object of the specification.
pub(super) struct Shape {
    /// Its name in the specification.
    pub name: &'static str,
    /// What one in a list is called.
    pub what: &'static str,
    pub fields: &'static [Field],
    /// What its fields have to do with each other. Whether it can be used.
    pub whole: fn(&mut Reader, Node<'_>) -> bool,
}

const fn may(name: &'static str, is: Is) -> Field {
    Field {
        name,
        required: false,
        newer: false,
        is,
    }
}

const fn must(name: &'static str, is: Is) -> Field {
    Field {
        required: true,
        ..may(name, is)
    }
}

const fn newer(name: &'static str, is: Is) -> Field {
    Field {
        newer: true,
        ..may(name, is)
    }
}

fn free(_: &mut Reader, _: Node<'_>) -> bool {
    true
}

pub(super) static ROOT: Shape = Shape {
    name: "Arazzo Specification Object",
    what: "an Arazzo description",
    fields: &[
        must("arazzo", Is::Any),
        newer("$self", Is::By(Reader::identity)),
        must("info", Is::One(&INFO)),
        must("sourceDescriptions", Is::Filling(&SOURCE)),
        must("workflows", Is::Filling(&WORKFLOW)),
        may("components", Is::One(&COMPONENTS)),
        // No version has it, editors do, and it means nothing here.
        may("$schema", Is::Any),
    ],
    whole: free,
};

static INFO: Shape = Shape {
    name: "Info Object",
    what: "info",
    fields: &[
        must("title", Is::Text),
        may("summary", Is::Text),
        may("description", Is::Text),
        must("version", Is::Text),
    ],
    whole: free,
};

pub(super) static SOURCE: Shape = Shape {
    name: "Source Description Object",
    what: "source description",
    fields: &[
        must("name", Is::Name),
        must("url", Is::Uri),
        may("type", Is::By(Reader::source_type)),
    ],
    whole: free,
};

pub(super) static WORKFLOW: Shape = Shape {
    name: "Workflow Object",
    what: "workflow",
    fields: &[
        must("workflowId", Is::Name),
        may("summary", Is::Text),
        may("description", Is::Text),
        may("inputs", Is::By(Reader::schema)),
        may("dependsOn", Is::Texts),
        must("steps", Is::Filling(&STEP)),
        may("successActions", Is::Items(&SUCCESS_ACTION)),
        may("failureActions", Is::Items(&FAILURE_ACTION)),
        may("outputs", Is::By(Reader::outputs)),
        may("parameters", Is::Items(&PARAMETER)),
    ],
    whole: free,
};

pub(super) static STEP: Shape = Shape {
    name: "Step Object",
    what: "step",
    fields: &[
        may("description", Is::Text),
        must("stepId", Is::Name),
        may("operationId", Is::Any),
        may("operationPath", Is::Any),
        newer("channelPath", Is::Any),
        may("workflowId", Is::Any),
        may("parameters", Is::Items(&PARAMETER)),
        may("requestBody", Is::One(&BODY)),
        may("successCriteria", Is::By(Reader::success_criteria)),
        may("onSuccess", Is::Items(&SUCCESS_ACTION)),
        may("onFailure", Is::Items(&FAILURE_ACTION)),
        may("outputs", Is::By(Reader::outputs)),
        newer("timeout", Is::By(Reader::timeout)),
        newer("correlationId", Is::Any),
        newer("action", Is::By(Reader::flow)),
        newer("dependsOn", Is::By(Reader::step_dependencies)),
        may("x-spola-collect", Is::Texts),
        may("x-spola-operation", Is::Text),
    ],
    whole: Reader::step,
};

pub(super) static PARAMETER: Shape = Shape {
    name: "Parameter Object",
    what: "parameter",
    fields: &[
        must("name", Is::Filled),
        may("in", Is::By(Reader::parameter_place)),
        must("value", Is::Any),
    ],
    whole: free,
};

static BODY: Shape = Shape {
    name: "Request Body Object",
    what: "requestBody",
    fields: &[
        may("contentType", Is::Text),
        may("payload", Is::Any),
        may("replacements", Is::List(&REPLACEMENT)),
    ],
    whole: free,
};

static REPLACEMENT: Shape = Shape {
    name: "Payload Replacement Object",
    what: "replacement",
    fields: &[
        must("target", Is::Text),
        newer("targetSelectorType", Is::By(Reader::selector_type)),
        must("value", Is::Any),
    ],
    whole: free,
};

pub(super) static CRITERION: Shape = Shape {
    name: "Criterion Object",
    what: "criterion",
    fields: &[
        may("context", Is::Text),
        must("condition", Is::Text),
        may("type", Is::Any),
    ],
    whole: Reader::criterion,
};

pub(super) static EXPRESSION_TYPE: Shape = Shape {
    name: "Expression Type Object",
    what: "type",
    fields: &[must("type", Is::Text), must("version", Is::Text)],
    whole: Reader::expression_version,
};

pub(super) static SELECTOR: Shape = Shape {
    name: "Selector Object",
    what: "selector",
    fields: &[
        must("context", Is::Text),
        must("selector", Is::Text),
        must("type", Is::Any),
    ],
    whole: free,
};

// `name` of both actions is required, but its absence is forgiven: see `action`.
static SUCCESS_ACTION: Shape = Shape {
    name: "Success Action Object",
    what: "success action",
    fields: &[
        may("name", Is::Text),
        must("type", Is::By(Reader::success_type)),
        may("workflowId", Is::Text),
        may("stepId", Is::Text),
        newer("parameters", Is::Items(&PARAMETER)),
        may("criteria", Is::List(&CRITERION)),
    ],
    whole: Reader::success_action,
};

static FAILURE_ACTION: Shape = Shape {
    name: "Failure Action Object",
    what: "failure action",
    fields: &[
        may("name", Is::Text),
        must("type", Is::By(Reader::failure_type)),
        may("workflowId", Is::Text),
        may("stepId", Is::Text),
        newer("parameters", Is::Items(&PARAMETER)),
        may("retryAfter", Is::By(Reader::seconds)),
        may("retryLimit", Is::By(Reader::retry_limit)),
        may("criteria", Is::List(&CRITERION)),
    ],
    whole: Reader::failure_action,
};

static COMPONENTS: Shape = Shape {
    name: "Components Object",
    what: "components",
    fields: &[
        may("inputs", Is::By(Reader::component_inputs)),
        may("parameters", Is::Map(&PARAMETER)),
        may("successActions", Is::Map(&SUCCESS_ACTION)),
        may("failureActions", Is::Map(&FAILURE_ACTION)),
    ],
    whole: free,
};
