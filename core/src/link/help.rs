//! What a finding says, and what to do about it.

use super::error::LinkErrorKind as K;
use crate::diagnostic::Wording;

/// The code, message and help of a kind.
pub(super) fn wording(kind: K) -> &'static Wording {
    match kind {
        // These say themselves what they are.
        K::Document | K::Expression | K::Exchange => &Wording("link.failed", "", ""),
        K::Schema => &Wording(
            "link.bad-inputs-schema",
            "the schema of the inputs cannot be used: {0}",
            "{1}",
        ),
        K::UnknownOperation => &Wording(
            "link.unknown-operation",
            "no operation `{0}` in source `{1}`\n\
                no source description has an operation `{0}`",
            "did you mean `{2}`?",
        ),
        K::AmbiguousOperation => &Wording(
            "link.ambiguous-operation",
            "`{0}` may be any of {1} operations: {2}",
            "write one of them",
        ),
        K::OperationSpelling => &Wording(
            "link.operation-spelling",
            "`{0}` is read as `{1}`",
            "write `{1}`",
        ),
        K::BadOperationPath => &Wording(
            "link.bad-operation-path",
            "the operation path `{0}` cannot be read: {1}",
            "write `'{$sourceDescriptions.NAME.url}#/paths/~1pets/get'`, with `~1` for each `/` of the path",
        ),
        K::PreferOperationId => &Wording(
            "link.prefer-operation-id",
            "the operation has an id, `{0}`, which is better than its path",
            "write `operationId: {0}`",
        ),
        K::UnknownSource => &Wording(
            "link.unknown-source",
            "no source description `{0}`",
            "did you mean `{1}`?",
        ),
        K::WrongSource => &Wording(
            "link.wrong-source",
            "the source description `{0}` is `{2}`, not `{1}`",
            "",
        ),
        K::UnknownWorkflow => &Wording(
            "link.unknown-workflow",
            "no workflow `{0}` in source `{1}`\n\
                no workflow `{0}` in this document",
            "did you mean `{2}`?",
        ),
        K::UnqualifiedWorkflow => &Wording(
            "link.unqualified-workflow",
            "`{0}` is a workflow of another document, which has to be named",
            "write `{1}`",
        ),
        K::UnknownStep => &Wording(
            "link.unknown-step",
            "no step `{0}` in workflow `{1}`",
            "did you mean `{2}`?\n\
                workflow `{3}` has it, but a step can only be reached from its own workflow",
        ),
        K::UnknownOutput => &Wording(
            "link.unknown-output",
            "no output `{0}` of {1}",
            "the called workflow has it: add `{3}: $outputs.{3}` under the `outputs` of the step\n\
                did you mean `{2}`?\n\
                declare `{0}` under its `outputs`",
        ),
        K::UnknownInput => &Wording(
            "link.unknown-input",
            "workflow `{1}` does not declare an input `{0}`",
            "did you mean `{2}`?",
        ),
        K::MissingInput => &Wording(
            "link.missing-input",
            "workflow `{1}` needs the input `{0}`, which is not given",
            "",
        ),
        K::UnknownComponent => &Wording(
            "link.unknown-component",
            "no component `{0}`",
            "did you mean `{1}`?",
        ),
        K::BadComponentReference => &Wording(
            "link.bad-component-reference",
            "`{0}` cannot be referred to here",
            "the reference has to begin with `{1}`",
        ),
        K::DuplicateParameter => &Wording(
            "link.duplicate-parameter",
            "there are two parameters `{0}` in `{2}`; the first is at {1}\n\
                there are two parameters `{0}`; the first is at {1}",
            "",
        ),
        K::DuplicateAction => &Wording(
            "link.duplicate-action",
            "there are two actions `{0}`; the first is at {1}",
            "",
        ),
        K::MissingParameterPlace => &Wording(
            "link.missing-parameter-place",
            "the parameter `{0}` does not say where it goes: `in` is missing",
            "add `in: {1}`\n\
                add `in: path`, `in: query`, `in: header` or `in: cookie`",
        ),
        K::NeedlessParameterPlace => &Wording(
            "link.needless-parameter-place",
            "the parameter `{0}` {1} cannot have `in`\n\
                the parameter `{0}` becomes an input of the workflow; its `in` is ignored",
            "leave `in` out",
        ),
        K::QuerystringConflict => &Wording(
            "link.querystring-conflict",
            "`querystring` is the whole query and cannot stand beside `{0}`",
            "",
        ),
        K::UndeclaredParameter => &Wording(
            "link.undeclared-parameter",
            "operation `{2}` declares no {1} parameter `{0}`; it is sent all the same",
            "did you mean `{3}`?",
        ),
        K::UnusedPathParameter => &Wording(
            "link.unused-path-parameter",
            "the path `{1}` has no `{{0}}`; the parameter is left out",
            "",
        ),
        K::MissingParameter => &Wording(
            "link.missing-parameter",
            "operation `{2}` needs the {1} parameter `{0}`, which is not given",
            "add it under `parameters`: `name: {0}`",
        ),
        K::BodyWithoutMeaning => &Wording(
            "link.body-without-meaning",
            "a request body has no defined meaning with {0}; it is sent all the same",
            "",
        ),
        K::MissingBody => &Wording(
            "link.missing-body",
            "operation `{0}` needs a request body, and none is given",
            "",
        ),
        K::TwoContentTypes => &Wording(
            "link.two-content-types",
            "`contentType` and the parameter `Content-Type` differ; the parameter is sent",
            "",
        ),
        K::ContentTypeLeftOpen => &Wording(
            "link.content-type-left-open",
            "the operation takes several media types, and `contentType` names none: {0}",
            "write `contentType: {1}`",
        ),
        K::DependencyCycle => &Wording(
            "link.dependency-cycle",
            "{0}s depend on each other in a circle: {1}",
            "",
        ),
        K::DistantDependency => &Wording(
            "link.distant-dependency",
            "`{0}` is a step of another workflow, which is not waited for",
            "",
        ),
        K::ForwardReference => &Wording(
            "link.forward-reference",
            "step `{0}` comes later; it has run only after {1}\n\
                step `{0}` has not run yet at this point",
            "move step `{2}` up, or use the output of an earlier step",
        ),
        K::OwnOutput => &Wording(
            "link.own-output",
            "the output `{0}` of this step is taken after its criteria are judged",
            "read the value from `$response` itself",
        ),
        K::MisplacedOutput => &Wording(
            "link.misplaced-output",
            "`$outputs.{0}` has no value on a step unless the workflow that it calls has ended",
            "did you mean `{1}`?",
        ),
        K::NotYetKnown => &Wording(
            "link.not-yet-known",
            "`{0}` has no value before the request is sent",
            "",
        ),
        K::NoMessage => &Wording(
            "link.no-message",
            "`$message` has no value on a step that receives no message",
            "",
        ),
        K::ExchangeOfCalledWorkflow => &Wording(
            "link.exchange-of-called-workflow",
            "on a step that calls a workflow this is the last request and answer of that workflow",
            "",
        ),
        K::UndeclaredRequestPart => &Wording(
            "link.undeclared-request-part",
            "operation `{2}` declares no {1} parameter `{0}`, so this may have no value",
            "",
        ),
        K::UnreachableStep => &Wording("link.unreachable-step", "nothing leads to step `{0}`", ""),
        K::EndlessLoop => &Wording(
            "link.endless-loop",
            "the loop back to step `{0}` may never end: it sends the same `{1}` each time\n\
                the loop back to step `{0}` goes on as long as the step succeeds",
            "let step `{2}` do all pages: send `{1}`, which is missing the first time, from that step itself, and go back to it\n\
                give one of the actions `criteria`",
        ),
        K::UnknownCollected => &Wording(
            "link.unknown-collected-output",
            "`x-spola-collect` names `{0}`, which is no output of this step",
            "did you mean `{1}`?",
        ),
        K::UnknownStarted => &Wording(
            "link.unknown-toolkit-operation",
            "`x-spola-operation` names `{0}`, which is none",
            "did you mean `{1}`?",
        ),
        K::NothingStarted => &Wording(
            "link.nothing-to-start",
            "`x-spola-operation` is for steps that call an HTTP operation",
            "",
        ),
        K::UnknownDefault => &Wording(
            "link.unknown-default",
            "`x-spola-default` cannot make `{0}`",
            "it can make `uuid`",
        ),
        K::NoMessaging => &Wording(
            "link.no-messaging",
            "`{0}` is for steps with messages; this one calls an HTTP operation",
            "",
        ),
        K::UnsupportedMessages => &Wording(
            "link.unsupported-messages",
            "messages are not supported: the step fails when it is run",
            "",
        ),
        K::BadReplacementTarget => &Wording(
            "link.bad-replacement-target",
            "the target cannot be read: {0}",
            "",
        ),
        K::TargetSpelling => &Wording(
            "link.target-spelling",
            "the target `{0}` is read as with `{1}`",
            "write `{1}`",
        ),
        K::TooLarge => &Wording(
            "link.too-large",
            "the program has more than {0} steps, parameters, criteria, actions and outputs",
            "",
        ),
        K::Unchecked => &Wording(
            "link.unchecked",
            "{0} is not checked, because the source description `{1}` is missing",
            "say where it is: `--source {1}=FILE-OR-URL`",
        ),
        K::ConstantOutput => &Wording(
            "link.constant-output",
            "the output is no runtime expression, but the text `{0}`",
            "",
        ),
    }
}

/// A way from name to name; of a long one the beginning and the end.
pub(super) fn way(names: &[&str]) -> String {
    const SHOWN: usize = 8;
    if names.len() <= SHOWN + 1 {
        return format!("`{}`", names.join("` -> `"));
    }
    let (first, last) = (&names[..SHOWN], &names[names.len() - 1]);
    let left_out = names.len() - SHOWN - 1;
    format!("`{}` -> {left_out} more -> `{last}`", first.join("` -> `"))
}

/// The first names of a list, and how many more there are.
pub(super) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 6;
    let shown = &names[..names.len().min(SHOWN)];
    let text = format!("`{}`", shown.join("`, `"));
    match names.len() - shown.len() {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}
