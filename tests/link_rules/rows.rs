//! The rows that are held.

use super::Around::{Document, OldSteps, Steps, Workflows};
use super::Row;

#[rustfmt::skip]
pub(super) fn document_rows() -> Vec<Row> {
    let rest = "info: {title: a, version: '1'}\nsourceDescriptions: [{name: pets, url: pets.yaml}]\nworkflows: [{workflowId: w, steps: [{stepId: s, operationId: listPets}]}]";
    let text = |arazzo: &str| -> &'static str { format!("{arazzo}\n{rest}").leak() };
    vec![
        ("az_doc_01", Document, "document.missing-field", 'E', "‹arazzo: 1.1.0\nsourceDescriptions: [{name: pets, url: pets.yaml}]\nworkflows: [{workflowId: w, steps: [{stepId: s, operationId: listPets}]}]"),
        ("az_doc_01", Document, "document.missing-field", 'E', "‹arazzo: 1.1.0\ninfo: {title: a, version: '1'}\nworkflows: [{workflowId: w, steps: [{stepId: s, operationId: listPets}]}]"),
        ("az_doc_01", Document, "document.missing-field", 'E', "‹arazzo: 1.1.0\ninfo: {title: a, version: '1'}\nsourceDescriptions: [{name: pets, url: pets.yaml}]"),
        ("az_doc_01", Document, "document.missing-field", 'E', text("‹x-a: 1")),
        ("az_doc_01", Document, "document.wrong-kind", 'E', "‹openapi: 3.1.0"),
        ("az_doc_02", Document, "document.bad-value", 'E', "arazzo: 1.1.0\ninfo: {title: a, version: '1'}\nsourceDescriptions: ‹[]\nworkflows: [{workflowId: w, steps: [{stepId: s, workflowId: w}]}]"),
        ("az_doc_03", Document, "document.bad-value", 'E', "arazzo: 1.1.0\ninfo: {title: a, version: '1'}\nsourceDescriptions: [{name: pets, url: pets.yaml}]\nworkflows: ‹[]"),
        ("az_doc_04", Document, "document.wrong-type", 'E', text("arazzo: ‹1.1")),
        ("az_doc_04", Document, "document.wrong-type", 'E', text("arazzo: ‹2")),
        ("az_doc_06", Document, "document.unsupported-version", 'E', text("arazzo: ‹2.0.0")),
        ("az_doc_06", Document, "document.unsupported-version", 'E', text("arazzo: ‹1.2.0")),
        ("sil_80", Document, "document.bad-value", 'w', text("arazzo: ‹1.1.0-beta")),
        ("az_doc_07", Document, "document.unknown-field", 'w', text("arazzo: 1.1.0\n‹Workflows: []")),
        ("az_doc_09", Document, "document.forbidden-tag", 'E', text("arazzo: !mine ‹1.1.0")),
        ("az_doc_12", Document, "document.duplicate-key", 'E', text("arazzo: 1.1.0\n‹arazzo: 1.1.0")),
        ("az_doc_19", Document, "document.newer-field", 'w', text("arazzo: 1.0.1\n‹$self: https://a.example/b")),
        ("az_self_01", Document, "document.bad-value", 'E', text("arazzo: 1.1.0\n$self: ‹\"http://[bad\"")),
        ("az_self_01", Document, "document.wrong-type", 'E', text("arazzo: 1.1.0\n$self: ‹3")),
        ("az_self_02", Document, "document.bad-value", 'E', text("arazzo: 1.1.0\n$self: ‹https://e.example/a.yaml#top")),
        ("az_ext_02", Document, "document.bad-value", 'W', text("arazzo: 1.1.0\n‹x-arazzo-foo: 1")),
    ]
}

#[rustfmt::skip]
pub(super) fn info_rows() -> Vec<Row> {
    let rest = "sourceDescriptions: [{name: pets, url: pets.yaml}]\nworkflows: [{workflowId: w, steps: [{stepId: s, operationId: listPets}]}]";
    let text = |info: &str| -> &'static str { format!("arazzo: 1.1.0\n{info}\n{rest}").leak() };
    vec![
        ("az_doc_13", Document, "document.missing-field", 'E', text("info: ‹{title: a}")),
        ("az_doc_13", Document, "document.missing-field", 'E', text("info: ‹{version: a}")),
        ("az_doc_13", Document, "document.wrong-type", 'E', text("info: {title: a, version: ‹1.0}")),
        ("az_doc_13", Document, "document.wrong-type", 'E', text("info: ‹[]")),
        ("az_doc_14", Document, "document.wrong-type", 'E', text("info: {title: a, version: '1', description: ‹1}")),
        ("az_doc_18", Document, "document.unknown-field", 'w', text("info: {title: a, version: '1', ‹contact: {}}")),
    ]
}

#[rustfmt::skip]
pub(super) fn source_rows() -> Vec<Row> {
    let text = |version: &str, sources: &str, id: &str| -> &'static str {
        format!("arazzo: {version}\ninfo: {{title: a, version: '1'}}\nsourceDescriptions:\n{sources}\nworkflows: [{{workflowId: w, steps: [{{stepId: s, operationId: {id}}}]}}]").leak()
    };
    let one = |sources: &str| text("1.1.0", sources, "listPets");
    vec![
        ("az_src_01", Document, "document.missing-field", 'E', text("1.1.0", "- {name: pets, url: pets.yaml}\n- ‹{name: a}", "$sourceDescriptions.pets.listPets")),
        ("az_src_01", Document, "document.missing-field", 'E', one("- ‹{url: pets.yaml}")),
        ("az_src_01", Document, "document.wrong-type", 'E', one("- {name: pets, url: pets.yaml}\n- ‹pets")),
        ("az_src_02", Document, "document.duplicate-name", 'E', one("- {name: pets, url: pets.yaml}\n- ‹{name: pets, url: pets.yaml}")),
        ("az_src_03", Document, "document.bad-value", 'w', one("- {name: ‹my.api, url: pets.yaml}")),
        ("az_src_03", Document, "document.bad-value", 'w', one("- {name: ‹my api, url: pets.yaml}")),
        ("az_src_04", Document, "document.bad-value", 'w', one("- {name: pets, url: ‹\"a b\"}")),
        ("az_src_05", Document, "document.bad-value", 'E', one("- {name: pets, url: pets.yaml, type: ‹graphql}")),
        ("az_src_05", Document, "document.bad-value", 'w', text("1.0.1", "- {name: pets, url: pets.yaml}\n- {name: chat, url: chat.yaml, type: ‹asyncapi}", "$sourceDescriptions.pets.listPets")),
        ("az_src_07", Document, "document.wrong-kind", 'E', one("- {name: pets, url: ‹pets.yaml, type: arazzo}\n- {name: b, url: pets2.yaml}")),
        ("az_self_08", Document, "document.other-identity", 'W', text("1.1.0", "- {name: pets, url: pets.yaml}\n- {name: b, url: ‹self.yaml}", "listPets")),
        ("az_src_08", Document, "link.ambiguous-operation", 'E', text("1.1.0", "- {name: pets, url: pets.yaml}\n- {name: b, url: pets2.yaml}", "‹listPets")),
        ("az_src_08", Document, "link.operation-spelling", 'w', text("1.1.0", "- {name: pets, url: pets.yaml}\n- {name: chat, url: chat.yaml}", "‹listPets")),
        ("az_src_12", Document, "link.unknown-operation", 'E', text("1.1.0", "- {name: pets, url: pets.yaml}", "‹lsitPets")),
        ("az_src_12", Document, "link.unchecked", 'H', text("1.1.0", "- {name: pets, url: nowhere.yaml}", "‹listPets")),
        ("az_src_12", Document, "document.unavailable", 'W', text("1.1.0", "- {name: pets, url: ‹nowhere.yaml}", "listPets")),
        ("az_src_13", Document, "link.ambiguous-operation", 'E', text("1.1.0", "- {name: pets, url: pets.yaml}", "‹twice")),
        ("az_src_16", Document, "link.unsupported-messages", 'W', "arazzo: 1.1.0\ninfo: {title: a, version: '1'}\nsourceDescriptions: [{name: chat, url: chat.yaml}]\nworkflows: [{workflowId: w, steps: [‹{stepId: s, operationId: say, action: send}]}]"),
        ("wild: name.operationId", Document, "link.operation-spelling", 'w', text("1.1.0", "- {name: pets, url: pets.yaml}", "‹pets.listPets")),
        ("wild: name.operationId", Document, "link.operation-spelling", 'w', text("1.1.0", "- {name: pets, url: pets.yaml}\n- {name: b, url: pets2.yaml}", "‹pets.listPets")),
        ("az_doc_16", Document, "link.unknown-source", 'E', text("1.1.0", "- {name: pets, url: pets.yaml}", "‹$sourceDescriptions.pest.listPets")),
    ]
}

#[rustfmt::skip]
pub(super) fn workflow_rows() -> Vec<Row> {
    vec![
        ("az_wf_01", Workflows, "document.missing-field", 'E', "- ‹{steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_01", Workflows, "document.missing-field", 'E', "- ‹{workflowId: w}"),
        ("az_wf_02", Workflows, "document.duplicate-name", 'E', "- {workflowId: w, steps: [{stepId: s, operationId: listPets}]}\n- {workflowId: ‹w, steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_03", Workflows, "document.bad-value", 'w', "- {workflowId: ‹my.flow, steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_04", Workflows, "document.bad-value", 'E', "- {workflowId: w, steps: ‹[]}"),
        ("az_wf_05", Workflows, "document.wrong-type", 'E', "- {workflowId: w, summary: ‹1, steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_10", Workflows, "link.bad-inputs-schema", 'E', "- {workflowId: w, inputs: {type: ‹strnig}, steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_10", Workflows, "document.wrong-type", 'E', "- {workflowId: w, inputs: ‹string, steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_14", Workflows, "document.bad-value", 'E', "- {workflowId: w, inputs: {reference: ‹$components.inputs.x}, steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_15", Workflows, "link.bad-inputs-schema", 'E', "- {workflowId: w, inputs: {$ref: ‹'#/components/inputs/none'}, steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_17", Workflows, "link.unknown-input", 'W', "- {workflowId: w, inputs: {properties: {id: {}}}, steps: [{stepId: s, operationId: getPet, parameters: [{name: petId, in: path, value: ‹$inputs.idd}]}]}"),
        ("az_wf_17", Workflows, "link.unknown-input", 'E', "- {workflowId: w, inputs: {properties: {id: {}}, additionalProperties: false}, steps: [{stepId: s, operationId: getPet, parameters: [{name: petId, in: path, value: ‹$inputs.idd}]}]}"),
        ("az_wf_20", Workflows, "link.unknown-workflow", 'E', "- {workflowId: w, dependsOn: [‹v], steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_22", Workflows, "link.dependency-cycle", 'E', "- {workflowId: a, dependsOn: [‹b], steps: [{stepId: s, operationId: listPets}]}\n- {workflowId: b, dependsOn: [a], steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_22", Workflows, "link.dependency-cycle", 'E', "- {workflowId: a, dependsOn: [‹a], steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_25", Workflows, "document.duplicate-name", 'E', "- {workflowId: a, steps: [{stepId: s, operationId: listPets}]}\n- {workflowId: b, dependsOn: [a, ‹a], steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_33", Workflows, "link.duplicate-action", 'E', "- {workflowId: w, failureActions: [{name: r, type: end}, ‹{name: r, type: retry}], steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_34", Workflows, "link.bad-component-reference", 'E', "- {workflowId: w, successActions: [{reference: ‹$components.failureActions.x}], steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_35", Workflows, "document.bad-value", 'E', "- {workflowId: w, successActions: [{name: a, type: ‹retry}], steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_40", Workflows, "document.bad-value", 'w', "- {workflowId: w, steps: [{stepId: s, operationId: listPets}], outputs: {‹my out: $self}}"),
        ("az_wf_44", Workflows, "link.unknown-step", 'E', "- {workflowId: w, steps: [{stepId: s, operationId: listPets}], outputs: {x: ‹$steps.nope.outputs.x}}"),
        ("az_wf_44", Workflows, "link.unknown-output", 'E', "- {workflowId: w, steps: [{stepId: s, operationId: listPets}], outputs: {x: ‹$steps.s.outputs.x}}"),
        ("az_wf_52", Workflows, "link.duplicate-parameter", 'E', "- {workflowId: w, parameters: [{name: X-A, in: header, value: 1}, ‹{name: x-a, in: header, value: 1}], steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_53", Workflows, "link.bad-component-reference", 'E', "- {workflowId: w, parameters: [{reference: ‹$components.successActions.x}], steps: [{stepId: s, operationId: listPets}]}"),
        ("az_wf_54", Workflows, "link.unused-path-parameter", 'W', "- {workflowId: w, parameters: [‹{name: id, in: path, value: 1}], steps: [{stepId: s, operationId: listPets}]}"),
        ("x_spola_default", Workflows, "link.unknown-default", 'E', "- {workflowId: w, inputs: {properties: {id: {x-spola-default: ‹clock}}}, steps: [{stepId: s, operationId: listPets}]}"),
        ("yaml oddity", Workflows, "document.wrong-type", 'E', "- {workflowId: w, steps: [{stepId: s, operationId: listPets, outputs: {x: ‹0}}]}"),
        ("yaml oddity", Workflows, "document.wrong-type", 'E', "- {workflowId: w, steps: [{stepId: s, operationId: listPets}], outputs: ‹all}"),
        ("yaml oddity", Workflows, "document.wrong-type", 'E', "- {workflowId: w, steps: ‹listPets}"),
        ("yaml oddity", Workflows, "document.wrong-type", 'E', "- ‹w"),
    ]
}

#[rustfmt::skip]
pub(super) fn step_rows() -> Vec<Row> {
    vec![
        ("az_step_01", Steps, "document.missing-field", 'E', "- ‹operationId: listPets"),
        ("az_step_01", Steps, "document.wrong-type", 'E', "- {stepId: ‹1, operationId: listPets}"),
        ("az_step_01", Steps, "document.duplicate-name", 'E', "- {stepId: s, operationId: listPets}\n- {stepId: ‹s, operationId: listPets}"),
        ("az_step_02", Steps, "document.bad-value", 'w', "- {stepId: ‹get.x, operationId: listPets}"),
        ("az_step_03", Steps, "document.field-choice", 'E', "- {stepId: s, operationId: listPets, ‹workflowId: w}"),
        ("az_step_04", Steps, "document.field-choice", 'E', "- ‹stepId: s"),
        ("az_step_05", Steps, "link.unknown-operation", 'E', "- {stepId: s, operationId: ‹listpets}"),
        ("az_step_06", Steps, "link.ambiguous-operation", 'E', "- {stepId: s, operationPath: ‹/pets}"),
        ("az_step_06", Steps, "link.operation-spelling", 'w', "- {stepId: s, operationPath: ‹POST /pets, requestBody: {contentType: application/json, payload: {}}}"),
        ("az_step_06", Steps, "link.bad-operation-path", 'E', "- {stepId: s, operationPath: ‹pets}"),
        ("az_step_06", Steps, "link.bad-operation-path", 'E', "- {stepId: s, operationPath: ‹'{$sourceDescriptions.pets.url}#paths'}"),
        ("az_step_06", Steps, "link.unknown-source", 'E', "- {stepId: s, operationPath: ‹'{$sourceDescriptions.pest.url}#/paths/~1pets/get'}"),
        ("az_step_06", Steps, "link.unknown-operation", 'E', "- {stepId: s, operationPath: ‹'{$sourceDescriptions.pets.url}#/paths/~1pets/put'}"),
        ("wild: name#", Steps, "link.operation-spelling", 'w', "- {stepId: s, operationPath: ‹pets#/paths/~1pets/get}"),
        ("wild: url#", Steps, "link.operation-spelling", 'w', "- {stepId: s, operationPath: ‹pets.yaml#/paths/~1pets/get}"),
        ("wild: #", Steps, "link.operation-spelling", 'w', "- {stepId: s, operationPath: ‹'#/paths/~1pets/get'}"),
        ("wild: no braces", Steps, "link.operation-spelling", 'w', "- {stepId: s, operationPath: ‹$sourceDescriptions.pets.url#/paths/~1pets/get}"),
        ("wild: slashes", Steps, "link.operation-spelling", 'w', "- {stepId: s, operationPath: ‹'{$sourceDescriptions.pets.url}#/paths/pets/get'}"),
        ("sil_83", Steps, "link.operation-spelling", 'w', "- {stepId: s, operationPath: ‹$sourceDescriptions.pets.listPets}"),
        ("az_step_08", Steps, "link.prefer-operation-id", 'H', "- {stepId: s, operationPath: ‹'{$sourceDescriptions.pets.url}#/paths/~1pets/get'}"),
        ("az_step_09", Steps, "document.bad-value", 'W', "- {stepId: s, workflowId: w, requestBody: ‹{payload: 1}}"),
        ("az_step_09", Steps, "document.bad-value", 'E', "- {stepId: s, workflowId: w, action: ‹send}"),
        ("az_step_20", Steps, "document.missing-field", 'E', "- {stepId: s, operationId: listPets, parameters: [‹{in: query, value: 1}]}"),
        ("az_step_20", Steps, "document.missing-field", 'E', "- {stepId: s, operationId: listPets, parameters: [‹{name: limit, in: query}]}"),
        ("az_step_21", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, parameters: [{name: a, in: ‹formData, value: 1}]}"),
        ("az_step_21", OldSteps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, parameters: [{name: a, in: ‹body, value: 1}]}"),
        ("az_step_21", OldSteps, "document.bad-value", 'w', "- {stepId: s, operationId: listPets, parameters: [{name: a, in: ‹querystring, value: a=1}]}"),
        ("az_step_22", Steps, "link.missing-parameter-place", 'E', "- {stepId: s, operationId: listPets, parameters: [‹{name: limit, value: 1}]}"),
        ("sil_65", Steps, "link.needless-parameter-place", 'W', "- {stepId: s, workflowId: w, parameters: [{name: id, in: ‹query, value: a}]}"),
        ("az_step_24", Steps, "link.missing-parameter", 'W', "- ‹{stepId: s, operationId: getPet}"),
        ("az_step_30", Steps, "link.querystring-conflict", 'E', "- {stepId: s, operationId: listPets, parameters: [{name: limit, in: query, value: 1}, ‹{name: q, in: querystring, value: a=1}]}"),
        ("az_step_35", Steps, "link.undeclared-parameter", 'W', "- {stepId: s, operationId: listPets, parameters: [‹{name: limti, in: query, value: 1}]}"),
        ("az_step_50", Steps, "link.body-without-meaning", 'W', "- {stepId: s, operationId: listPets, requestBody: ‹{payload: 1}}"),
        ("required body", Steps, "link.missing-body", 'W', "- ‹{stepId: s, operationId: createPet}"),
        ("sil_33", Steps, "link.content-type-left-open", 'W', "- {stepId: s, operationId: createPet, requestBody: ‹{payload: {a: 1}}}"),
        ("sil_34", Steps, "link.two-content-types", 'W', "- {stepId: s, operationId: createPet, parameters: [{name: Content-Type, in: header, value: text/plain}], requestBody: ‹{contentType: application/json, payload: {a: 1}}}"),
        ("az_step_61", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, successCriteria: ‹[]}"),
        ("az_step_61", OldSteps, "document.bad-value", 'w', "- {stepId: s, operationId: listPets, successCriteria: ‹[]}"),
        ("az_step_70", Steps, "document.bad-value", 'w', "- {stepId: s, operationId: listPets, outputs: {‹a b: $response.body}}"),
        ("az_step_74", Steps, "link.forward-reference", 'E', "- {stepId: s, operationId: getPet, parameters: [{name: petId, in: path, value: ‹$steps.t.outputs.x}]}\n- {stepId: t, operationId: listPets, outputs: {x: $response.body}}"),
        ("az_step_74", Steps, "link.forward-reference", 'W', "- {stepId: s, operationId: getPet, parameters: [{name: petId, in: path, value: ‹$steps.t.outputs.x}]}\n- {stepId: t, operationId: listPets, outputs: {x: $response.body}, onSuccess: [{name: a, type: goto, stepId: s, criteria: [{condition: $statusCode == 200}]}]}"),
        ("az_step_81", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, timeout: ‹-1}"),
        ("az_step_81", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, timeout: ‹1.5}"),
        ("az_step_81", Steps, "document.wrong-type", 'E', "- {stepId: s, operationId: listPets, timeout: ‹5s}"),
        ("az_step_84", Document, "document.bad-value", 'E', "arazzo: 1.1.0\ninfo: {title: a, version: '1'}\nsourceDescriptions: [{name: chat, url: chat.yaml}]\nworkflows: [{workflowId: w, steps: [{stepId: s, channelPath: '{$sourceDescriptions.chat.url}#/channels/room', action: ‹publish}]}]"),
        ("az_step_85", Document, "document.missing-field", 'E', "arazzo: 1.1.0\ninfo: {title: a, version: '1'}\nsourceDescriptions: [{name: chat, url: chat.yaml}]\nworkflows: [{workflowId: w, steps: [‹{stepId: s, channelPath: '{$sourceDescriptions.chat.url}#/channels/room'}]}]"),
        ("az_step_85", Document, "link.bad-operation-path", 'E', "arazzo: 1.1.0\ninfo: {title: a, version: '1'}\nsourceDescriptions: [{name: chat, url: chat.yaml}]\nworkflows: [{workflowId: w, steps: [{stepId: s, channelPath: ‹'{$sourceDescriptions.chat.url}#/channels/none', action: send}]}]"),
        ("az_step_83", Document, "document.bad-value", 'E', "arazzo: 1.1.0\ninfo: {title: a, version: '1'}\nsourceDescriptions: [{name: chat, url: chat.yaml}]\nworkflows: [{workflowId: w, steps: [{stepId: s, channelPath: '{$sourceDescriptions.chat.url}#/channels/room', action: send, correlationId: ‹a}]}]"),
        ("az_step_85", Steps, "link.wrong-source", 'E', "- {stepId: s, channelPath: ‹'{$sourceDescriptions.pets.url}#/paths', action: send}"),
        ("az_step_84", Steps, "link.no-messaging", 'E', "- {stepId: s, operationId: listPets, ‹action: send}"),
        ("az_doc_18", Steps, "document.unknown-field", 'w', "- {stepId: s, operationId: listPets, ‹operationIDs: x}"),
        ("az_doc_19", OldSteps, "document.newer-field", 'w', "- {stepId: s, operationId: listPets, ‹timeout: 5}"),
        ("az_step_90", Steps, "link.unknown-step", 'E', "- {stepId: s, operationId: listPets, dependsOn: [‹t]}"),
        ("az_step_90", Steps, "link.unknown-step", 'E', "- {stepId: s, operationId: listPets, dependsOn: [‹$steps.s]}"),
        ("az_step_93", Steps, "link.dependency-cycle", 'E', "- ‹{stepId: a, operationId: listPets, dependsOn: [b]}\n- {stepId: b, operationId: listPets, dependsOn: [a]}"),
        ("az_step_93", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, dependsOn: ‹[]}"),
        ("az_step_93", Steps, "document.duplicate-name", 'E', "- {stepId: a, operationId: listPets}\n- {stepId: s, operationId: listPets, dependsOn: [a, ‹a]}"),
        ("az_step_90", Workflows, "link.distant-dependency", 'W', "- {workflowId: a, steps: [{stepId: s, operationId: listPets}]}\n- {workflowId: b, steps: [{stepId: s, operationId: listPets, dependsOn: [‹$workflows.a.steps.s]}]}"),
        ("az_step_93", Steps, "link.dependency-cycle", 'E', "- ‹{stepId: s, operationId: listPets, dependsOn: [$workflows.w.steps.s]}"),
        ("x_spola_collect", Steps, "link.unknown-collected-output", 'E', "- {stepId: s, operationId: listPets, outputs: {all: $response.body}, x-spola-collect: [‹al]}"),
        ("x_spola_collect", Steps, "document.wrong-type", 'E', "- {stepId: s, operationId: listPets, outputs: {all: $response.body}, x-spola-collect: ‹all}"),
        ("x_spola_operation", Steps, "link.unknown-toolkit-operation", 'E', "- {stepId: s, operationId: listPets, x-spola-operation: ‹ecr.copy-images}"),
        ("x_spola_operation", Steps, "link.nothing-to-start", 'E', "- {stepId: s, workflowId: w, x-spola-operation: ‹ecr.copy-image}"),
        ("x_spola_operation", Steps, "document.wrong-type", 'E', "- {stepId: s, operationId: listPets, x-spola-operation: ‹[ecr.copy-image]}"),
    ]
}

#[rustfmt::skip]
pub(super) fn action_rows() -> Vec<Row> {
    vec![
        ("az_act_01", Steps, "document.bad-value", 'w', "- {stepId: s, operationId: listPets, onSuccess: [‹{type: end}]}"),
        ("az_act_01", Steps, "document.missing-field", 'E', "- {stepId: s, operationId: listPets, onSuccess: [‹{name: a}]}"),
        ("az_act_02", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, onSuccess: [{name: a, type: ‹next}]}"),
        ("wild: retry on success", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, onSuccess: [{name: a, type: ‹retry, criteria: [{condition: $statusCode == 200}]}]}"),
        ("az_act_03", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: ‹stop}]}"),
        ("az_act_04", Steps, "document.field-choice", 'E', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: goto, workflowId: w, ‹stepId: s}]}"),
        ("az_act_05", Steps, "document.field-choice", 'E', "- {stepId: s, operationId: listPets, onFailure: [‹{name: a, type: goto}]}"),
        ("az_act_05", Steps, "document.bad-value", 'W', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: end, stepId: ‹s}]}"),
        ("az_act_06", Workflows, "link.unknown-step", 'E', "- {workflowId: a, steps: [{stepId: s, operationId: listPets, onFailure: [{name: a, type: goto, stepId: ‹two}]}]}\n- {workflowId: b, steps: [{stepId: two, operationId: listPets}]}"),
        ("sil_68", Steps, "link.unknown-step", 'E', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: goto, stepId: ‹$steps.s}]}"),
        ("az_act_07", Steps, "link.unknown-workflow", 'E', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: goto, workflowId: ‹v}]}"),
        ("az_act_21", Steps, "link.needless-parameter-place", 'E', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: goto, workflowId: w, parameters: [{name: id, in: ‹query, value: 1}]}]}"),
        ("az_act_21", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: goto, stepId: s, parameters: ‹[{name: id, value: 1}]}]}"),
        ("az_act_21", OldSteps, "document.newer-field", 'w', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: goto, workflowId: w, ‹parameters: [{name: id, value: 1}]}]}"),
        ("az_act_33", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: retry, retryLimit: ‹-1}]}"),
        ("az_act_33", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: retry, retryLimit: ‹1.5}]}"),
        ("az_act_37", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: retry, retryAfter: ‹-1}]}"),
        ("az_act_37", Steps, "document.wrong-type", 'E', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: retry, retryAfter: ‹1s}]}"),
        ("wild: milliseconds", Steps, "document.bad-value", 'W', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: retry, retryAfter: ‹1000}]}"),
        ("az_act_42", Steps, "document.bad-value", 'W', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: goto, stepId: s, retryAfter: ‹1}]}"),
        ("yaml oddity", Steps, "document.wrong-type", 'E', "- {stepId: s, operationId: listPets, onFailure: ‹null}"),
        ("yaml oddity", Steps, "document.wrong-type", 'E', "- {stepId: s, operationId: listPets, onFailure: ‹end}"),
        ("az_wf_33", Steps, "link.duplicate-action", 'E', "- {stepId: s, operationId: listPets, onFailure: [{name: a, type: end}, ‹{name: a, type: end}]}"),
    ]
}

#[rustfmt::skip]
pub(super) fn criterion_rows() -> Vec<Row> {
    vec![
        ("az_crit_01", Steps, "document.missing-field", 'E', "- {stepId: s, operationId: listPets, successCriteria: [‹{context: $response.body}]}"),
        ("az_crit_01", Steps, "document.wrong-type", 'E', "- {stepId: s, operationId: listPets, successCriteria: [{condition: ‹true}]}"),
        ("az_crit_02", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, successCriteria: [{condition: a, context: $response.body, type: ‹glob}]}"),
        ("az_crit_03", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, successCriteria: [‹{condition: $.a, type: jsonpath}]}"),
        ("sil_12", Steps, "expression.simple-without-context", 'W', "- {stepId: s, operationId: listPets, successCriteria: [{condition: ‹$statusCode == 200, type: simple}]}"),
        ("az_crit_06", Steps, "expression.unknown-operator", 'E', "- {stepId: s, operationId: listPets, successCriteria: [{condition: $statusCode ‹= 200}]}"),
        ("az_crit_10", Steps, "expression.unknown-operator", 'E', "- {stepId: s, operationId: listPets, successCriteria: [{condition: '$statusCode ‹in [200]'}]}"),
        ("az_crit_17", Steps, "expression.double-quotes", 'w', "- {stepId: s, operationId: listPets, successCriteria: [{condition: '$response.body#/a == ‹\"a\"'}]}"),
        ("az_crit_44", Steps, "expression.bad-pattern", 'E', "- {stepId: s, operationId: listPets, successCriteria: [{context: $response.body, condition: '‹[a-', type: regex}]}"),
        ("az_crit_62", Steps, "expression.unsupported-xpath", 'E', "- {stepId: s, operationId: listPets, successCriteria: [{context: $response.body, condition: ‹/a, type: xpath}]}"),
        ("az_crit_70", Steps, "document.missing-field", 'E', "- {stepId: s, operationId: listPets, successCriteria: [{context: $response.body, condition: $.a, type: ‹{type: jsonpath}}]}"),
        ("az_crit_71", OldSteps, "document.bad-value", 'w', "- {stepId: s, operationId: listPets, successCriteria: [{context: $response.body, condition: $.a, type: {type: jsonpath, version: ‹rfc9535}}]}"),
        ("az_crit_72", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, successCriteria: [{context: $response.body, condition: $.a, type: {type: jsonpath, version: ‹rfc6901}}]}"),
        ("az_crit_73", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: listPets, successCriteria: [{context: $response.body, condition: /a, type: ‹{type: jsonpointer, version: rfc6901}}]}"),
        ("sil_01", Steps, "expression.comparison-criterion", 'w', "- {stepId: s, operationId: listPets, successCriteria: [{context: $response.body, condition: ‹$.a.length > 0, type: jsonpath}]}"),
        ("sil_78", Steps, "link.own-output", 'W', "- {stepId: s, operationId: listPets, outputs: {a: $response.body}, successCriteria: [{condition: ‹$steps.s.outputs.a == 1}]}"),
        ("yaml oddity", Steps, "document.wrong-type", 'E', "- {stepId: s, operationId: listPets, successCriteria: ‹$statusCode == 200}"),
        ("yaml oddity", Steps, "document.wrong-type", 'E', "- {stepId: s, operationId: listPets, successCriteria: [‹$statusCode == 200]}"),
    ]
}

#[rustfmt::skip]
pub(super) fn expression_rows() -> Vec<Row> {
    vec![
        ("az_expr_01", Steps, "expression.unknown-root", 'E', "- {stepId: s, operationId: listPets, outputs: {a: ‹$Inputs.a}}"),
        ("az_expr_06", Steps, "link.undeclared-request-part", 'W', "- {stepId: s, operationId: listPets, outputs: {a: ‹$request.query.z}}"),
        ("az_expr_16", Steps, "link.no-message", 'W', "- {stepId: s, operationId: listPets, outputs: {a: ‹$message.payload}}"),
        ("az_expr_18", Workflows, "link.unknown-step", 'E', "- {workflowId: a, steps: [{stepId: one, operationId: listPets, outputs: {x: $response.body}}]}\n- {workflowId: b, steps: [{stepId: two, operationId: listPets}], outputs: {x: ‹$steps.one.outputs.x}}"),
        ("az_expr_22", Steps, "link.unknown-step", 'E', "- {stepId: s, operationId: listPets, parameters: [{name: limit, in: query, value: ‹$steps.nope.outputs.a}]}"),
        ("az_expr_22", Steps, "link.unknown-source", 'E', "- {stepId: s, operationId: listPets, outputs: {a: ‹$sourceDescriptions.pest.url}}"),
        ("az_expr_22", Steps, "link.unknown-workflow", 'E', "- {stepId: s, operationId: listPets, outputs: {a: ‹$workflows.v.outputs.a}}"),
        ("az_expr_22", Steps, "link.unknown-output", 'E', "- {stepId: s, operationId: listPets, outputs: {a: ‹$workflows.w.outputs.a}}"),
        ("az_expr_22", Steps, "link.unknown-component", 'E', "- {stepId: s, operationId: listPets, outputs: {a: ‹$components.parameters.a}}"),
        ("az_expr_22", Steps, "link.unknown-step", 'E', "- {stepId: s, operationId: createPet, requestBody: {contentType: application/json, payload: {a: [{b: ‹$steps.x.outputs.y}]}}}"),
        ("az_expr_22", Steps, "link.unknown-step", 'E', "- {stepId: s, operationId: createPet, requestBody: {contentType: application/json, payload: {}, replacements: [{target: /a, value: ‹$steps.x.outputs.y}]}}"),
        ("wild: $outputs", Steps, "link.misplaced-output", 'E', "- {stepId: s, operationId: listPets, outputs: {a: ‹$outputs.id}}"),
        ("wild: $outputs", Steps, "link.misplaced-output", 'E', "- {stepId: s, operationId: listPets, outputs: {a: $response.body}}\n- {stepId: t, operationId: listPets, parameters: [{name: limit, in: query, value: ‹$outputs.a}]}"),
        ("not yet", Steps, "link.not-yet-known", 'W', "- {stepId: s, operationId: listPets, parameters: [{name: limit, in: query, value: ‹$response.body#/n}]}"),
        ("sil_24", Steps, "link.exchange-of-called-workflow", 'W', "- {stepId: s, workflowId: w, successCriteria: [{condition: ‹$statusCode == 200}]}"),
        ("wild: dots", Steps, "expression.dotted-body", 'w', "- {stepId: s, operationId: listPets, outputs: {a: ‹$response.body.x}}"),
        ("az_sel_01", Steps, "document.missing-field", 'E', "- {stepId: s, operationId: listPets, outputs: {a: ‹{context: $response.body, selector: $.a}}}"),
        ("az_sel_02", Steps, "expression.unknown-type", 'E', "- {stepId: s, operationId: listPets, outputs: {a: ‹{context: $response.body, selector: a, type: regex}}}"),
        ("az_wf_41", Steps, "link.constant-output", 'w', "- {stepId: s, operationId: listPets, outputs: {a: ‹done}}"),
        ("az_sel_03", OldSteps, "document.bad-value", 'w', "- {stepId: s, operationId: listPets, outputs: {a: ‹{context: $response.body, selector: $.a, type: jsonpath}}}"),
        ("az_repl_01", Steps, "document.missing-field", 'E', "- {stepId: s, operationId: createPet, requestBody: {contentType: application/json, payload: {}, replacements: [‹{target: /a}]}}"),
        ("az_repl_01", Steps, "document.missing-field", 'E', "- {stepId: s, operationId: createPet, requestBody: {contentType: application/json, payload: {}, replacements: [‹{value: 1}]}}"),
        ("az_repl_02", Steps, "link.bad-replacement-target", 'E', "- {stepId: s, operationId: createPet, requestBody: {contentType: application/json, payload: {}, replacements: [{target: ‹a, value: 1}]}}"),
        ("az_repl_02", Steps, "link.target-spelling", 'w', "- {stepId: s, operationId: createPet, requestBody: {contentType: application/json, payload: {}, replacements: [{target: ‹$.a, value: 1}]}}"),
        ("az_repl_03", Steps, "document.bad-value", 'E', "- {stepId: s, operationId: createPet, requestBody: {contentType: application/json, payload: {}, replacements: [{target: /a, targetSelectorType: ‹regex, value: 1}]}}"),
    ]
}

#[rustfmt::skip]
pub(super) fn component_rows() -> Vec<Row> {
    let with = |components: &str, step: &str| -> &'static str {
        format!("arazzo: 1.1.0\ninfo: {{title: a, version: '1'}}\nsourceDescriptions: [{{name: pets, url: pets.yaml}}]\nworkflows:\n- workflowId: w\n  steps:\n  - stepId: s\n    operationId: listPets\n    {step}\ncomponents:\n  {components}").leak()
    };
    let limit =
        "parameters: {limit: {name: limit, in: query, value: 1}, bare: {name: limit, value: 1}}";
    vec![
        ("az_reuse_01", Document, "link.bad-component-reference", 'E', with(limit, "parameters: [{reference: ‹'#/components/parameters/limit'}]")),
        ("az_reuse_02", Document, "link.unknown-component", 'E', with(limit, "parameters: [{reference: ‹$components.parameters.limti}]")),
        ("az_reuse_04", Document, "document.bad-value", 'W', with("successActions: {a: {name: a, type: end}}", "onSuccess: [{reference: $components.successActions.a, ‹value: 1}]")),
        ("az_reuse_05", Document, "document.bad-value", 'W', with(limit, "parameters: [{reference: $components.parameters.limit, ‹in: path}]")),
        ("az_reuse_08", Document, "link.duplicate-parameter", 'E', with(limit, "parameters: [{reference: $components.parameters.limit}, ‹{name: limit, in: query, value: 2}]")),
        ("az_comp_01", Document, "document.bad-value", 'w', with("parameters: {‹a b: {name: a, in: query, value: 1}}", "x-a: 1")),
        ("az_comp_02", Document, "document.missing-field", 'E', with("parameters: {p: ‹{name: a}}", "x-a: 1")),
        ("az_comp_02", Document, "expression.malformed", 'E', with("parameters: {p: {name: a, value: $steps.a.‹b}}", "x-a: 1")),
        ("az_comp_02", Document, "document.bad-value", 'E', with("failureActions: {p: {name: a, type: ‹stop}}", "x-a: 1")),
        ("az_comp_05", Document, "link.bad-inputs-schema", 'E', with("inputs: {p: {type: ‹strnig}}", "x-a: 1")),
        ("az_comp_06", Document, "link.missing-parameter-place", 'E', with(limit, "parameters: [‹{reference: $components.parameters.bare}]")),
    ]
}

pub(super) fn foreign(version: &str, step: &str) -> &'static str {
    format!("arazzo: {version}\ninfo: {{title: a, version: '1'}}\nsourceDescriptions:\n- {{name: other, url: other.yaml, type: arazzo}}\nworkflows:\n- workflowId: w\n  steps:\n  - stepId: s\n    {step}").leak()
}

#[rustfmt::skip]
pub(super) fn foreign_rows() -> Vec<Row> {
    vec![
        ("az_wf_20", Document, "link.unknown-workflow", 'E', foreign("1.1.0", "workflowId: ‹$sourceDescriptions.other.fien")),
        ("az_src_09", Document, "link.unqualified-workflow", 'E', foreign("1.1.0", "workflowId: ‹fine")),
        ("az_src_09", Document, "link.unqualified-workflow", 'w', foreign("1.0.0", "workflowId: ‹fine")),
        ("az_doc_16", Document, "link.unknown-source", 'E', foreign("1.1.0", "workflowId: ‹$sourceDescriptions.toher.fine")),
        ("called outputs", Document, "link.unknown-output", 'E', foreign("1.1.0", "workflowId: $sourceDescriptions.other.fine\n    successCriteria: [‹{condition: $outputs.al == 1}]")),
        ("called outputs", Document, "link.unknown-output", 'E', foreign("1.1.0", "workflowId: $sourceDescriptions.other.fine\n    outputs: {a: ‹$outputs.al}")),
    ]
}

#[rustfmt::skip]
pub(super) fn call_rows() -> Vec<Row> {
    let workflows = |step: &str| -> &'static str {
        format!("- workflowId: a\n  inputs: {{type: object, required: [id], properties: {{id: {{}}, b: {{}}}}, additionalProperties: false}}\n  steps: [{{stepId: s, operationId: listPets}}]\n- workflowId: b\n  steps:\n  - {step}").leak()
    };
    vec![
        ("az_step_11", Workflows, "link.missing-input", 'W', workflows("‹{stepId: s, workflowId: a}")),
        ("az_step_11", Workflows, "link.unknown-input", 'E', workflows("{stepId: s, workflowId: a, parameters: [{name: id, value: 1}, ‹{name: c, value: 1}]}")),
    ]
}

pub(super) fn loops(first: &str, value: &str, goto: &str) -> &'static str {
    let criteria = "criteria: [{condition: $statusCode == 200}]";
    format!("- {{stepId: one, operationId: listPets, outputs: {{next: $response.body#/next}}{first}}}\n- {{stepId: two, operationId: listPets, parameters: [{{name: page, in: query, value: {value}}}], outputs: {{next: $response.body#/next}}, onSuccess: [{{name: more, type: goto, stepId: {goto}, {criteria}}}]}}").leak()
}

#[rustfmt::skip]
pub(super) fn loop_rows() -> Vec<Row> {
    vec![
        ("sil_58", Steps, "link.endless-loop", 'W', loops("", "‹$steps.one.outputs.next", "two")),
        ("sil_58", Steps, "link.endless-loop", 'W', "- {stepId: one, operationId: listPets, onSuccess: [‹{name: a, type: goto, stepId: one}]}"),
        ("unreachable", Steps, "link.unreachable-step", 'W', "- {stepId: one, operationId: listPets, onSuccess: [{name: a, type: end}]}\n- ‹{stepId: two, operationId: listPets}"),
    ]
}
