//! What can be wrong with documents when they are linked.

use std::fmt::{self, Display};

use super::help;
use crate::diagnostic::{Diagnostic, Location, Report, Severity};
use crate::document::{DocumentError, SchemaError};
use crate::exchange::ExchangeError;
use crate::expression::ExpressionError;

/// Something wrong in the documents of a program, or worth a warning.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LinkError {
    /// Where it is.
    pub location: Location,
    /// How much it matters.
    pub severity: Severity,
    /// What it is.
    pub kind: LinkErrorKind,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum LinkErrorKind {
    /// A document is wrong by itself.
    Document(DocumentError),
    /// An expression or condition is wrong by itself.
    Expression(ExpressionError),
    /// A schema of inputs is wrong by itself.
    Schema(SchemaError),
    /// An operation cannot be called as it is described.
    Exchange(ExchangeError),
    /// A source has no such operation.
    UnknownOperation {
        /// The operation as named.
        operation: String,
        /// The source description's name; empty where several were searched.
        source: String,
        /// The nearest operation there is.
        nearest: Option<String>,
    },
    /// A name or path fits several operations.
    AmbiguousOperation {
        /// The operation as named.
        operation: String,
        /// What it may mean, each as it can be written.
        candidates: Vec<String>,
    },
    /// The operation is found, but its name is not written as it should be.
    OperationSpelling {
        /// The operation as named.
        operation: String,
        /// How to write it.
        correct: String,
    },
    /// The operation path cannot be read.
    BadOperationPath {
        /// The path as written.
        path: String,
        /// What it lacks.
        reason: String,
    },
    /// The operation has an id that may be used instead of its path.
    PreferOperationId {
        /// The id, qualified where that is needed.
        id: String,
    },
    /// There is no source description of that name.
    UnknownSource {
        /// The name.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// A source description is of a kind that has nothing like that.
    WrongSource {
        /// Its name.
        name: String,
        /// What it has to be: `openapi`, …
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// There is no such workflow.
    UnknownWorkflow {
        /// The workflow as named.
        workflow: String,
        /// The source description it was looked for in; empty for this document.
        source: String,
        /// The nearest workflow there is, as it can be written.
        nearest: Option<String>,
    },
    /// A workflow of another document is named without its source description.
    UnqualifiedWorkflow {
        /// The workflow as named.
        workflow: String,
        /// How to write it.
        correct: String,
    },
    /// There is no such step in the workflow.
    UnknownStep {
        /// The step as named.
        step: String,
        /// The workflow it was looked for in.
        workflow: String,
        /// The nearest step there is.
        nearest: Option<String>,
        /// Another workflow of the document that has it.
        elsewhere: Option<String>,
    },
    /// A step or workflow has no such output.
    UnknownOutput {
        /// The output as named.
        output: String,
        /// Whose it should be: ``step `a` ``.
        owner: String,
        /// The nearest output there is.
        nearest: Option<String>,
        /// Whether it is a step that calls a workflow with such an output.
        of_called: bool,
    },
    /// The inputs do not declare that name.
    UnknownInput {
        /// The input as named.
        input: String,
        /// The workflow.
        workflow: String,
        /// The nearest input there is.
        nearest: Option<String>,
    },
    /// A called workflow needs an input that it is not given.
    MissingInput {
        /// The input.
        input: String,
        /// The workflow that is called.
        workflow: String,
    },
    /// There is no such component.
    UnknownComponent {
        /// The reference as written.
        reference: String,
        /// The nearest one there is.
        nearest: Option<String>,
    },
    /// A reusable object refers to something that cannot stand there.
    BadComponentReference {
        /// The reference as written.
        reference: String,
        /// How it has to begin: `$components.parameters.`
        expected: &'static str,
    },
    /// A list has two parameters of one name and place.
    DuplicateParameter {
        /// The name.
        name: String,
        /// The place; empty where there is none.
        place: &'static str,
        /// The first.
        first: Location,
    },
    /// A list has two actions of one name.
    DuplicateAction {
        /// The name.
        name: String,
        /// The first.
        first: Location,
    },
    /// A parameter of an operation does not say where it goes.
    MissingParameterPlace {
        /// The parameter.
        name: String,
        /// Where the operation declares it, if it does.
        declared: Option<&'static str>,
    },
    /// `in` where a parameter becomes an input of a workflow.
    NeedlessParameterPlace {
        /// The parameter.
        name: String,
        /// Whether it is a parameter of an action, where it must not stand.
        action: bool,
    },
    /// `querystring` beside `query`, or twice.
    QuerystringConflict {
        /// The other parameter.
        other: String,
    },
    /// The operation does not declare the parameter; it is sent all the same.
    UndeclaredParameter {
        /// The parameter.
        name: String,
        /// Where it goes.
        place: &'static str,
        /// The operation.
        operation: String,
        /// The nearest parameter it declares.
        nearest: Option<String>,
    },
    /// The path of the operation has no such variable; the parameter is left out.
    UnusedPathParameter {
        /// The parameter.
        name: String,
        /// The path.
        path: String,
    },
    /// A parameter that the operation needs is not given.
    MissingParameter {
        /// The parameter.
        name: String,
        /// Where it goes.
        place: &'static str,
        /// The operation.
        operation: String,
    },
    /// A body for a method that gives it no meaning.
    BodyWithoutMeaning {
        /// The method.
        method: String,
    },
    /// The operation needs a body and none is given.
    MissingBody {
        /// The operation.
        operation: String,
    },
    /// `contentType` and a `Content-Type` parameter say different things.
    TwoContentTypes,
    /// The operation declares several media types and the step chooses none.
    ContentTypeLeftOpen {
        /// The media types.
        media: Vec<String>,
    },
    /// Things depend on each other in a circle.
    DependencyCycle {
        /// `workflow` or `step`.
        what: &'static str,
        /// All of them, the first again at the end.
        cycle: Vec<String>,
    },
    /// A dependency on a step of another workflow: it is not waited for.
    DistantDependency {
        /// As written.
        step: String,
    },
    /// The output of a step is used before that step can have run.
    ForwardReference {
        /// The step.
        step: String,
        /// Whether a jump may make it run before all the same.
        jump: bool,
    },
    /// A criterion reads an output of its own step, which is taken only afterwards.
    OwnOutput {
        /// The output.
        output: String,
    },
    /// `$outputs` where no workflow was called: it has no value there.
    MisplacedOutput {
        /// The output as named.
        output: String,
        /// What may have been meant.
        better: Option<String>,
    },
    /// A value that is not there at that time.
    NotYetKnown {
        /// The expression's beginning: `$response`.
        what: &'static str,
    },
    /// `$message` on a step that receives none.
    NoMessage,
    /// `$statusCode` and the like on a step that calls a workflow.
    ExchangeOfCalledWorkflow,
    /// `$request.query.x` where the operation declares no such parameter.
    UndeclaredRequestPart {
        /// The parameter.
        name: String,
        /// Where it would be.
        place: &'static str,
        /// The operation.
        operation: String,
    },
    /// A step that nothing leads to.
    UnreachableStep {
        /// The step.
        step: String,
    },
    /// A loop that cannot end.
    EndlessLoop {
        /// The step that the loop goes back to.
        step: String,
        /// The value that is sent again and again; none where nothing can leave the loop.
        expression: Option<String>,
        /// The step whose answers the value should come from.
        from: Option<String>,
    },
    /// `x-spola-collect` names something that is no output of the step.
    UnknownCollected {
        /// The name.
        output: String,
        /// The nearest output there is.
        nearest: Option<String>,
    },
    /// `x-spola-operation` names something that no toolkit has.
    UnknownStarted {
        /// The name.
        name: String,
        /// The nearest there is.
        nearest: Option<String>,
    },
    /// `x-spola-operation` on a step that sends no request.
    NothingStarted,
    /// `x-spola-default` asks for something that cannot be made.
    UnknownDefault {
        /// What it asks for.
        made: String,
    },
    /// A field for messages on a step that sends none.
    NoMessaging {
        /// The field.
        field: &'static str,
    },
    /// A step with messages: it is checked, and fails when it is run.
    UnsupportedMessages,
    /// What a replacement is to replace cannot be read.
    BadReplacementTarget {
        /// Why.
        reason: String,
    },
    /// The target of a replacement is not written as it should be.
    TargetSpelling {
        /// The target as written.
        target: String,
        /// How to write it.
        correct: String,
    },
    /// The program would have too many parts.
    TooLarge {
        /// How many it may have.
        allowed: usize,
    },
    /// Something could not be checked because a source is missing.
    Unchecked {
        /// What.
        what: String,
        /// The source description.
        source: String,
    },
    /// An output that is no expression.
    ConstantOutput {
        /// The text.
        text: String,
    },
}

/// Everything that was found when linking failed, in document order.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkErrors(pub(super) Vec<LinkError>);

impl LinkErrors {
    /// All findings: errors, warnings and hints.
    pub fn findings(&self) -> &[LinkError] {
        &self.0
    }

    /// The findings as reports.
    pub fn reports(&self) -> Vec<Report> {
        self.0.iter().map(|finding| Report::of(finding)).collect()
    }

    fn errors(&self) -> impl Iterator<Item = &LinkError> {
        self.0
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
    }
}

impl Display for LinkErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut errors = self.errors();
        if let Some(first) = errors.next() {
            write!(f, "{first}")?;
        }
        match errors.count() {
            0 => Ok(()),
            1 => f.write_str(", and another error"),
            more => write!(f, ", and {more} other errors"),
        }
    }
}

impl std::error::Error for LinkErrors {}

impl Diagnostic for LinkErrors {
    fn code(&self) -> &'static str {
        self.errors().next().map_or("link.failed", Diagnostic::code)
    }

    fn location(&self) -> Option<Location> {
        self.errors().next().and_then(Diagnostic::location)
    }

    fn help(&self) -> Option<String> {
        self.errors().next().and_then(Diagnostic::help)
    }
}

impl LinkError {
    /// A document's own finding, with its own place and severity.
    pub(super) fn of_document(error: DocumentError) -> Self {
        Self {
            location: error.place().clone(),
            severity: error.severity(),
            kind: LinkErrorKind::Document(error),
        }
    }
}

impl std::error::Error for LinkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            LinkErrorKind::Document(error) => Some(error),
            LinkErrorKind::Expression(error) => Some(error),
            LinkErrorKind::Exchange(error) => Some(error),
            _ => None,
        }
    }
}

impl Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        help::message(&self.kind, f)
    }
}

impl Diagnostic for LinkError {
    fn code(&self) -> &'static str {
        use LinkErrorKind as K;
        match &self.kind {
            K::Document(error) => error.code(),
            K::Expression(error) => error.code(),
            K::Schema(_) => "link.bad-inputs-schema",
            K::Exchange(error) => error.code(),
            K::UnknownOperation { .. } => "link.unknown-operation",
            K::AmbiguousOperation { .. } => "link.ambiguous-operation",
            K::OperationSpelling { .. } => "link.operation-spelling",
            K::BadOperationPath { .. } => "link.bad-operation-path",
            K::PreferOperationId { .. } => "link.prefer-operation-id",
            K::UnknownSource { .. } => "link.unknown-source",
            K::WrongSource { .. } => "link.wrong-source",
            K::UnknownWorkflow { .. } => "link.unknown-workflow",
            K::UnqualifiedWorkflow { .. } => "link.unqualified-workflow",
            K::UnknownStep { .. } => "link.unknown-step",
            K::UnknownOutput { .. } => "link.unknown-output",
            K::UnknownInput { .. } => "link.unknown-input",
            K::MissingInput { .. } => "link.missing-input",
            K::UnknownComponent { .. } => "link.unknown-component",
            K::BadComponentReference { .. } => "link.bad-component-reference",
            K::DuplicateParameter { .. } => "link.duplicate-parameter",
            K::DuplicateAction { .. } => "link.duplicate-action",
            K::MissingParameterPlace { .. } => "link.missing-parameter-place",
            K::NeedlessParameterPlace { .. } => "link.needless-parameter-place",
            K::QuerystringConflict { .. } => "link.querystring-conflict",
            K::UndeclaredParameter { .. } => "link.undeclared-parameter",
            K::UnusedPathParameter { .. } => "link.unused-path-parameter",
            K::MissingParameter { .. } => "link.missing-parameter",
            K::BodyWithoutMeaning { .. } => "link.body-without-meaning",
            K::MissingBody { .. } => "link.missing-body",
            K::TwoContentTypes => "link.two-content-types",
            K::ContentTypeLeftOpen { .. } => "link.content-type-left-open",
            K::DependencyCycle { .. } => "link.dependency-cycle",
            K::DistantDependency { .. } => "link.distant-dependency",
            K::ForwardReference { .. } => "link.forward-reference",
            K::OwnOutput { .. } => "link.own-output",
            K::MisplacedOutput { .. } => "link.misplaced-output",
            K::NotYetKnown { .. } => "link.not-yet-known",
            K::NoMessage => "link.no-message",
            K::ExchangeOfCalledWorkflow => "link.exchange-of-called-workflow",
            K::UndeclaredRequestPart { .. } => "link.undeclared-request-part",
            K::UnreachableStep { .. } => "link.unreachable-step",
            K::EndlessLoop { .. } => "link.endless-loop",
            K::UnknownCollected { .. } => "link.unknown-collected-output",
            K::UnknownStarted { .. } => "link.unknown-toolkit-operation",
            K::NothingStarted => "link.nothing-to-start",
            K::UnknownDefault { .. } => "link.unknown-default",
            K::NoMessaging { .. } => "link.no-messaging",
            K::UnsupportedMessages => "link.unsupported-messages",
            K::BadReplacementTarget { .. } => "link.bad-replacement-target",
            K::TargetSpelling { .. } => "link.target-spelling",
            K::TooLarge { .. } => "link.too-large",
            K::Unchecked { .. } => "link.unchecked",
            K::ConstantOutput { .. } => "link.constant-output",
        }
    }

    fn severity(&self) -> Severity {
        self.severity
    }

    fn location(&self) -> Option<Location> {
        Some(self.location.clone())
    }

    fn help(&self) -> Option<String> {
        help::help(&self.kind)
    }
}
