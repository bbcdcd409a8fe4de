//! What a finding says, and what to do about it.

use std::fmt;

use super::error::LinkErrorKind as K;
use crate::diagnostic::Diagnostic;

/// Writes the message: lower case, no full stop.
pub(super) fn message(kind: &K, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match kind {
        K::Document(error) => write!(f, "{error}"),
        K::Expression(error) => write!(f, "{error}"),
        K::Schema(error) => write!(f, "the schema of the inputs cannot be used: {error}"),
        K::Exchange(error) => write!(f, "{error}"),
        K::UnknownOperation {
            operation, source, ..
        } if source.is_empty() => {
            write!(f, "no source description has an operation `{operation}`")
        }
        K::UnknownOperation {
            operation, source, ..
        } => {
            write!(f, "no operation `{operation}` in source `{source}`")
        }
        K::AmbiguousOperation {
            operation,
            candidates,
        } => write!(
            f,
            "`{operation}` may be any of {} operations: {}",
            candidates.len(),
            listed(candidates)
        ),
        K::OperationSpelling { operation, correct } => {
            write!(f, "`{operation}` is read as `{correct}`")
        }
        K::BadOperationPath { path, reason } => {
            write!(f, "the operation path `{path}` cannot be read: {reason}")
        }
        K::PreferOperationId { id } => {
            write!(
                f,
                "the operation has an id, `{id}`, which is better than its path"
            )
        }
        K::UnknownSource { name, .. } => write!(f, "no source description `{name}`"),
        K::WrongSource {
            name,
            expected,
            found,
        } => {
            write!(
                f,
                "the source description `{name}` is `{found}`, not `{expected}`"
            )
        }
        _ => message_of_names(kind, f),
    }
}

fn message_of_names(kind: &K, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match kind {
        K::UnknownWorkflow {
            workflow, source, ..
        } if source.is_empty() => {
            write!(f, "no workflow `{workflow}` in this document")
        }
        K::UnknownWorkflow {
            workflow, source, ..
        } => {
            write!(f, "no workflow `{workflow}` in source `{source}`")
        }
        K::UnqualifiedWorkflow { workflow, .. } => write!(
            f,
            "`{workflow}` is a workflow of another document, which has to be named"
        ),
        K::UnknownStep { step, workflow, .. } => {
            write!(f, "no step `{step}` in workflow `{workflow}`")
        }
        K::UnknownOutput { output, owner, .. } => write!(f, "no output `{output}` of {owner}"),
        K::UnknownInput {
            input, workflow, ..
        } => {
            write!(
                f,
                "workflow `{workflow}` does not declare an input `{input}`"
            )
        }
        K::MissingInput { input, workflow } => write!(
            f,
            "workflow `{workflow}` needs the input `{input}`, which is not given"
        ),
        K::UnknownComponent { reference, .. } => write!(f, "no component `{reference}`"),
        K::BadComponentReference { reference, .. } => {
            write!(f, "`{reference}` cannot be referred to here")
        }
        _ => message_of_request(kind, f),
    }
}

fn message_of_request(kind: &K, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match kind {
        K::DuplicateParameter { name, place, first } => {
            write!(f, "there are two parameters `{name}`")?;
            if !place.is_empty() {
                write!(f, " in `{place}`")?;
            }
            write!(f, "; the first is at {}:{}", first.line, first.column)
        }
        K::DuplicateAction { name, first } => write!(
            f,
            "there are two actions `{name}`; the first is at {}:{}",
            first.line, first.column
        ),
        K::MissingParameterPlace { name, .. } => {
            write!(
                f,
                "the parameter `{name}` does not say where it goes: `in` is missing"
            )
        }
        K::NeedlessParameterPlace { name, action: true } => {
            write!(f, "the parameter `{name}` of an action cannot have `in`")
        }
        K::NeedlessParameterPlace { name, .. } => write!(
            f,
            "the parameter `{name}` becomes an input of the workflow; its `in` is ignored"
        ),
        K::QuerystringConflict { other } => write!(
            f,
            "`querystring` is the whole query and cannot stand beside `{other}`"
        ),
        _ => message_of_operation(kind, f),
    }
}

fn message_of_operation(kind: &K, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match kind {
        K::UndeclaredParameter {
            name,
            place,
            operation,
            ..
        } => write!(
            f,
            "operation `{operation}` declares no {place} parameter `{name}`; it is sent all the same"
        ),
        K::UnusedPathParameter { name, path } => write!(
            f,
            "the path `{path}` has no `{{{name}}}`; the parameter is left out"
        ),
        K::MissingParameter {
            name,
            place,
            operation,
        } => write!(
            f,
            "operation `{operation}` needs the {place} parameter `{name}`, which is not given"
        ),
        K::BodyWithoutMeaning { method } => {
            write!(
                f,
                "a request body has no defined meaning with {method}; it is sent all the same"
            )
        }
        K::MissingBody { operation } => {
            write!(
                f,
                "operation `{operation}` needs a request body, and none is given"
            )
        }
        K::TwoContentTypes => f.write_str(
            "`contentType` and the parameter `Content-Type` differ; the parameter is sent",
        ),
        K::ContentTypeLeftOpen { media } => write!(
            f,
            "the operation takes several media types, and `contentType` names none: {}",
            listed(media)
        ),
        K::TargetSpelling { target, correct } => {
            write!(f, "the target `{target}` is read as with `{correct}`")
        }
        K::BadReplacementTarget { reason } => write!(f, "the target cannot be read: {reason}"),
        _ => message_of_flow(kind, f),
    }
}

fn message_of_flow(kind: &K, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match kind {
        K::DependencyCycle { what, cycle } => {
            write!(
                f,
                "{what}s depend on each other in a circle: {}",
                way(cycle)
            )
        }
        K::DistantDependency { step } => write!(
            f,
            "`{step}` is a step of another workflow, which is not waited for"
        ),
        K::ForwardReference { step, jump: true } => {
            write!(
                f,
                "step `{step}` comes later; it has run only after a jump back"
            )
        }
        K::ForwardReference { step, .. } => {
            write!(f, "step `{step}` has not run yet at this point")
        }
        K::OwnOutput { output } => write!(
            f,
            "the output `{output}` of this step is taken after its criteria are judged"
        ),
        K::MisplacedOutput { output, .. } => write!(
            f,
            "`$outputs.{output}` has no value on a step unless the workflow that it calls has ended"
        ),
        K::NotYetKnown { what } => {
            write!(f, "`{what}` has no value before the request is sent")
        }
        _ => message_of_rest(kind, f),
    }
}

fn message_of_rest(kind: &K, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match kind {
        K::NoMessage => f.write_str("`$message` has no value on a step that receives no message"),
        K::ExchangeOfCalledWorkflow => f.write_str(
            "on a step that calls a workflow this is the last request and answer of that workflow",
        ),
        K::UndeclaredRequestPart {
            name,
            place,
            operation,
        } => write!(
            f,
            "operation `{operation}` declares no {place} parameter `{name}`, so this may have no value"
        ),
        K::UnreachableStep { step } => write!(f, "nothing leads to step `{step}`"),
        K::EndlessLoop {
            step,
            expression: Some(expression),
            ..
        } => write!(
            f,
            "the loop back to step `{step}` may never end: it sends the same `{expression}` each time"
        ),
        K::EndlessLoop { step, .. } => {
            write!(
                f,
                "the loop back to step `{step}` goes on as long as the step succeeds"
            )
        }
        K::UnknownCollected { output, .. } => {
            write!(
                f,
                "`x-spola-collect` names `{output}`, which is no output of this step"
            )
        }
        K::UnknownStarted { name, .. } => {
            write!(f, "`x-spola-operation` names `{name}`, which is none")
        }
        K::NothingStarted => {
            f.write_str("`x-spola-operation` is for steps that call an HTTP operation")
        }
        K::UnknownDefault { made } => write!(f, "`x-spola-default` cannot make `{made}`"),
        K::NoMessaging { field } => {
            write!(
                f,
                "`{field}` is for steps with messages; this one calls an HTTP operation"
            )
        }
        K::UnsupportedMessages => {
            f.write_str("messages are not supported: the step fails when it is run")
        }
        K::TooLarge { allowed } => write!(
            f,
            "the program has more than {allowed} steps, parameters, criteria, actions and outputs"
        ),
        K::Unchecked { what, source } => write!(
            f,
            "{what} is not checked, because the source description `{source}` is missing"
        ),
        K::ConstantOutput { text } => {
            write!(
                f,
                "the output is no runtime expression, but the text `{text}`"
            )
        }
        _ => Ok(()),
    }
}

/// What to do next.
pub(super) fn help(kind: &K) -> Option<String> {
    let mean = |name: &Option<String>| name.as_ref().map(|name| format!("did you mean `{name}`?"));
    match kind {
        K::Document(error) => error.help(),
        K::Expression(error) => error.help(),
        K::Schema(error) => error.problem.help(),
        K::Exchange(error) => error.help(),
        K::UnknownOperation { nearest, .. }
        | K::UnknownSource { nearest, .. }
        | K::UnknownWorkflow { nearest, .. }
        | K::UnknownInput { nearest, .. }
        | K::UnknownComponent { nearest, .. }
        | K::UndeclaredParameter { nearest, .. }
        | K::UnknownStarted { nearest, .. }
        | K::UnknownCollected { nearest, .. } => mean(nearest),
        K::UnknownOutput { output, of_called: true, .. } => Some(format!(
            "the called workflow has it: add `{output}: $outputs.{output}` under the `outputs` of the step"
        )),
        K::UnknownOutput { nearest: Some(name), .. } => mean(&Some(name.clone())),
        K::UnknownOutput { output, .. } => Some(format!("declare `{output}` under its `outputs`")),
        K::UnknownStep { nearest, elsewhere, .. } => mean(nearest).or_else(|| {
            elsewhere.as_ref().map(|workflow| {
                format!("workflow `{workflow}` has it, but a step can only be reached from its own workflow")
            })
        }),
        K::AmbiguousOperation { .. } => Some("write one of them".into()),
        K::OperationSpelling { correct, .. }
        | K::UnqualifiedWorkflow { correct, .. }
        | K::TargetSpelling { correct, .. } => {
            Some(format!("write `{correct}`"))
        }
        K::BadOperationPath { .. } => Some(
            "write `'{$sourceDescriptions.NAME.url}#/paths/~1pets/get'`, with `~1` for each `/` of the path".into(),
        ),
        K::PreferOperationId { id } => Some(format!("write `operationId: {id}`")),
        K::BadComponentReference { expected, .. } => {
            Some(format!("the reference has to begin with `{expected}`"))
        }
        K::MissingParameterPlace { declared: Some(place), .. } => Some(format!("add `in: {place}`")),
        K::MissingParameterPlace { .. } => {
            Some("add `in: path`, `in: query`, `in: header` or `in: cookie`".into())
        }
        K::NeedlessParameterPlace { .. } => Some("leave `in` out".into()),
        K::MissingParameter { name, .. } => Some(format!("add it under `parameters`: `name: {name}`")),
        _ => help_of_flow(kind),
    }
}

fn help_of_flow(kind: &K) -> Option<String> {
    match kind {
        K::ContentTypeLeftOpen { media } => media
            .first()
            .map(|first| format!("write `contentType: {first}`")),
        K::ForwardReference { step, jump: false } => Some(format!(
            "move step `{step}` up, or use the output of an earlier step"
        )),
        K::MisplacedOutput { better, .. } => better
            .as_ref()
            .map(|better| format!("did you mean `{better}`?")),
        K::OwnOutput { .. } => Some("read the value from `$response` itself".into()),
        K::EndlessLoop {
            expression: Some(expression),
            from: Some(from),
            ..
        } => Some(format!(
            "let step `{from}` do all pages: send `{expression}`, which is missing the first time, from that step itself, and go back to it"
        )),
        K::EndlessLoop { .. } => Some("give one of the actions `criteria`".into()),
        K::UnknownDefault { .. } => Some("it can make `uuid`".into()),
        K::Unchecked { source, .. } => {
            Some(format!("say where it is: `--source {source}=FILE-OR-URL`"))
        }
        _ => None,
    }
}

/// A way from name to name; of a long one the beginning and the end.
fn way(names: &[String]) -> String {
    const SHOWN: usize = 8;
    if names.len() <= SHOWN + 1 {
        return format!("`{}`", names.join("` -> `"));
    }
    let (first, last) = (&names[..SHOWN], &names[names.len() - 1]);
    let left_out = names.len() - SHOWN - 1;
    format!("`{}` -> {left_out} more -> `{last}`", first.join("` -> `"))
}

fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(6)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = names.len() - shown.len();
    let mut text = shown.join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}
