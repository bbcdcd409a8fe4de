//! Which fields the objects of Arazzo have.

/// A field of an object.
pub(super) struct Field {
    pub name: &'static str,
    pub required: bool,
    /// It came with Arazzo 1.1.
    pub newer: bool,
}

/// An object of the specification.
pub(super) struct Shape {
    /// Its name in the specification.
    pub name: &'static str,
    pub fields: &'static [Field],
}

const fn may(name: &'static str) -> Field {
    Field {
        name,
        required: false,
        newer: false,
    }
}

const fn must(name: &'static str) -> Field {
    Field {
        name,
        required: true,
        newer: false,
    }
}

const fn newer(name: &'static str) -> Field {
    Field {
        name,
        required: false,
        newer: true,
    }
}

pub(super) const ROOT: Shape = Shape {
    name: "Arazzo Specification Object",
    fields: &[
        must("arazzo"),
        newer("$self"),
        must("info"),
        must("sourceDescriptions"),
        must("workflows"),
        may("components"),
        // No version has it, editors do, and it means nothing here.
        may("$schema"),
    ],
};

pub(super) const INFO: Shape = Shape {
    name: "Info Object",
    fields: &[
        must("title"),
        may("summary"),
        may("description"),
        must("version"),
    ],
};

pub(super) const SOURCE: Shape = Shape {
    name: "Source Description Object",
    fields: &[must("name"), must("url"), may("type")],
};

pub(super) const WORKFLOW: Shape = Shape {
    name: "Workflow Object",
    fields: &[
        must("workflowId"),
        may("summary"),
        may("description"),
        may("inputs"),
        may("dependsOn"),
        must("steps"),
        may("successActions"),
        may("failureActions"),
        may("outputs"),
        may("parameters"),
    ],
};

pub(super) const STEP: Shape = Shape {
    name: "Step Object",
    fields: &[
        may("description"),
        must("stepId"),
        may("operationId"),
        may("operationPath"),
        newer("channelPath"),
        may("workflowId"),
        may("parameters"),
        may("requestBody"),
        may("successCriteria"),
        may("onSuccess"),
        may("onFailure"),
        may("outputs"),
        newer("timeout"),
        newer("correlationId"),
        newer("action"),
        newer("dependsOn"),
    ],
};

pub(super) const PARAMETER: Shape = Shape {
    name: "Parameter Object",
    fields: &[must("name"), may("in"), must("value")],
};

pub(super) const BODY: Shape = Shape {
    name: "Request Body Object",
    fields: &[may("contentType"), may("payload"), may("replacements")],
};

pub(super) const REPLACEMENT: Shape = Shape {
    name: "Payload Replacement Object",
    fields: &[must("target"), newer("targetSelectorType"), must("value")],
};

pub(super) const CRITERION: Shape = Shape {
    name: "Criterion Object",
    fields: &[may("context"), must("condition"), may("type")],
};

pub(super) const EXPRESSION_TYPE: Shape = Shape {
    name: "Expression Type Object",
    fields: &[must("type"), must("version")],
};

pub(super) const SELECTOR: Shape = Shape {
    name: "Selector Object",
    fields: &[must("context"), must("selector"), must("type")],
};

// `name` of both actions is required, but its absence is forgiven: see `action`.
pub(super) const SUCCESS_ACTION: Shape = Shape {
    name: "Success Action Object",
    fields: &[
        may("name"),
        must("type"),
        may("workflowId"),
        may("stepId"),
        newer("parameters"),
        may("criteria"),
    ],
};

pub(super) const FAILURE_ACTION: Shape = Shape {
    name: "Failure Action Object",
    fields: &[
        may("name"),
        must("type"),
        may("workflowId"),
        may("stepId"),
        newer("parameters"),
        may("retryAfter"),
        may("retryLimit"),
        may("criteria"),
    ],
};

pub(super) const COMPONENTS: Shape = Shape {
    name: "Components Object",
    fields: &[
        may("inputs"),
        may("parameters"),
        may("successActions"),
        may("failureActions"),
    ],
};
