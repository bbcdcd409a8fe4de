//! A program whose digest is the same everywhere.

use spola::document::Loader;
use spola::link::{LinkOptions, link};

const WORKFLOW: &str = "arazzo: 1.1.0
info: {title: Digest, version: '1'}
sourceDescriptions: [{name: pets, url: pets.yaml}]
workflows:
- workflowId: main
  inputs: {type: object, properties: {id: {type: string, maxLength: 64}, n: {type: number, minimum: 0.5}}}
  parameters: [{name: trace, in: header, value: 'run-{$inputs.id}'}]
  failureActions: [{name: again, type: retry, retryAfter: 0.25, retryLimit: 3}]
  steps:
  - stepId: make
    operationId: createPet
    timeout: 1500
    parameters: [{name: tags, in: query, value: [a, b]}]
    requestBody: {contentType: application/json, payload: {id: $inputs.id, n: 1.0, none: null, yes: true}, replacements: [{target: /n, value: $inputs.n}]}
    successCriteria: [{condition: $statusCode == 201}, {condition: '$[?@.id]', context: $response.body, type: jsonpath}]
    outputs: {id: $response.body#/id}
  - stepId: check
    workflowId: other
    parameters: [{name: id, value: $steps.make.outputs.id}]
    onSuccess: [{name: back, type: goto, stepId: make, criteria: [{condition: $outputs.more == true}]}]
  outputs: {id: $steps.make.outputs.id}
- workflowId: other
  steps: [{stepId: see, operationId: getPet, parameters: [{name: id, in: path, value: $inputs.id}], outputs: {more: $response.body#/more}}]
  inputs: {type: object, properties: {id: {type: string}, trace: {type: string}}}
  outputs: {more: $steps.see.outputs.more}
";

const DESCRIPTION: &str = "openapi: 3.1.0
info: {title: Pets, version: '1'}
servers: [{url: 'https://{stage}.pets.example', variables: {stage: {default: live, enum: [live, test]}}}]
security: [{key: []}, {login: [read, write]}]
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    login: {type: oauth2, flows: {}}
paths:
  /pets:
    post:
      operationId: createPet
      parameters: [{name: tags, in: query, style: pipeDelimited, explode: false, schema: {type: array}}]
      requestBody:
        content:
          application/json: {schema: {type: object}}
          multipart/form-data: {encoding: {photo: {contentType: image/png}}, schema: {properties: {photo: {format: binary}}}}
  /pets/{id}:
    get: {operationId: getPet, parameters: [{name: id, in: path, required: true, schema: {type: string}}]}
";

/// The digest; a change of it makes every snapshot foreign.
const DIGEST: &str = "9a3ccecdcd8eda2534d40a46372c5300";

/// Whether the digest of the program is what it is on every platform.
pub fn meet() -> Result<(), String> {
    let mut loader = Loader::new("digest.arazzo.yaml");
    while let Some(url) = loader.needs() {
        let text = if url == "pets.yaml" {
            DESCRIPTION
        } else {
            WORKFLOW
        };
        loader.supply(&url, text.as_bytes(), &url);
    }
    let program = link(loader.finish(), LinkOptions::default());
    let program = program.map_err(|findings| format!("{findings:?}"))?;
    let digest = program.digest();
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if digest == DIGEST {
        return Ok(());
    }
    Err(format!("the digest is {digest}"))
}
