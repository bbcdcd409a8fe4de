//! `spola run --dry-run`: requests that can be built without an answer.

use serde_json::{Value, json};
use spola::machine::{Preview, PreviewedRequest};

use crate::output;

/// Prints what each step would send.
pub fn print(previews: &[Preview], as_json: bool) {
    if as_json {
        let steps: Vec<Value> = previews.iter().map(to_json).collect();
        output::answer(&output::pretty(&json!({ "steps": steps })));
        return;
    }
    for preview in previews {
        match &preview.request {
            PreviewedRequest::Built(request) => {
                output::answer(&format!("# {}", preview.step_id));
                output::answer(&format!("{} {}", request.method(), request.url()));
                for (name, value) in request.headers().iter() {
                    let masked = is_secret(name);
                    let value = if masked {
                        "…"
                    } else {
                        value.to_str().unwrap_or("…")
                    };
                    output::answer(&format!("{name}: {value}"));
                }
                if !request.body().is_empty() {
                    output::answer(&format!("\n{}", String::from_utf8_lossy(request.body())));
                }
                output::answer("");
            }
            PreviewedRequest::NeedsAnswer(expressions) => {
                output::answer(&format!(
                    "# {}: needs answers first: {}\n",
                    preview.step_id,
                    expressions.join(", ")
                ));
            }
            PreviewedRequest::Refused(reason) => {
                output::answer(&format!("# {}: {reason}\n", preview.step_id));
            }
        }
    }
}

fn is_secret(header: &str) -> bool {
    [
        "authorization",
        "cookie",
        "x-api-key",
        "proxy-authorization",
        "x-amz-security-token",
    ]
    .contains(&header)
}

fn to_json(preview: &Preview) -> Value {
    let mut object = json!({ "workflowId": preview.workflow_id, "stepId": preview.step_id });
    match &preview.request {
        PreviewedRequest::Built(request) => {
            let headers = request.headers().iter().map(|(name, value)| {
                let masked = is_secret(name);
                let value = if masked {
                    "…"
                } else {
                    value.to_str().unwrap_or("…")
                };
                (name.to_string(), Value::from(value))
            });
            object["request"] = json!({
                "method": request.method().as_str(),
                "url": request.url().as_str(),
                "headers": headers.collect::<serde_json::Map<_, _>>(),
                "body": String::from_utf8_lossy(request.body()),
            });
        }
        PreviewedRequest::NeedsAnswer(expressions) => object["needs"] = json!(expressions),
        PreviewedRequest::Refused(reason) => object["refused"] = json!(reason),
    }
    object
}
