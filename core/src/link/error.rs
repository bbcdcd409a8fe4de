//! What can be wrong with documents when they are linked.

use std::fmt::{self, Display};

use super::help;
use crate::diagnostic::{Diagnostic, Location, Report, Severity};
use crate::document::{DocumentError, SchemaError};

/// Something wrong in the documents of a program, or worth a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkError {
    /// What it is.
    pub kind: LinkErrorKind,
    report: Box<Report>,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkErrorKind {
    /// A document is wrong by itself.
    Document,
    /// An expression or condition is wrong by itself.
    Expression,
    /// A schema of inputs is wrong by itself.
    Schema,
    /// An operation cannot be called as it is described.
    Exchange,
    /// A source has no such operation.
    UnknownOperation,
    /// A name or path fits several operations.
    AmbiguousOperation,
    /// The operation is found, but its name is not written as it should be.
    OperationSpelling,
    /// The operation path cannot be read.
    BadOperationPath,
    /// The operation has an id that may be used instead of its path.
    PreferOperationId,
    /// There is no source description of that name.
    UnknownSource,
    /// A source description is of a kind that has nothing like that.
    WrongSource,
    /// There is no such workflow.
    UnknownWorkflow,
    /// A workflow of another document is named without its source description.
    UnqualifiedWorkflow,
    /// There is no such step in the workflow.
    UnknownStep,
    /// A step or workflow has no such output.
    UnknownOutput,
    /// The inputs do not declare that name.
    UnknownInput,
    /// A called workflow needs an input that it is not given.
    MissingInput,
    /// There is no such component.
    UnknownComponent,
    /// A reusable object refers to something that cannot stand there.
    BadComponentReference,
    /// A list has two parameters of one name and place.
    DuplicateParameter,
    /// A list has two actions of one name.
    DuplicateAction,
    /// A parameter of an operation does not say where it goes.
    MissingParameterPlace,
    /// `in` where a parameter becomes an input of a workflow.
    NeedlessParameterPlace,
    /// `querystring` beside `query`, or twice.
    QuerystringConflict,
    /// The operation does not declare the parameter; it is sent all the same.
    UndeclaredParameter,
    /// The path of the operation has no such variable; the parameter is left out.
    UnusedPathParameter,
    /// A parameter that the operation needs is not given.
    MissingParameter,
    /// A body for a method that gives it no meaning.
    BodyWithoutMeaning,
    /// The operation needs a body and none is given.
    MissingBody,
    /// `contentType` and a `Content-Type` parameter say different things.
    TwoContentTypes,
    /// The operation declares several media types and the step chooses none.
    ContentTypeLeftOpen,
    /// Things depend on each other in a circle.
    DependencyCycle,
    /// A dependency on a step of another workflow: it is not waited for.
    DistantDependency,
    /// The output of a step is used before that step can have run.
    ForwardReference,
    /// A criterion reads an output of its own step, which is taken only afterwards.
    OwnOutput,
    /// `$outputs` where no workflow was called: it has no value there.
    MisplacedOutput,
    /// A value that is not there at that time.
    NotYetKnown,
    /// `$message` on a step that receives none.
    NoMessage,
    /// `$statusCode` and the like on a step that calls a workflow.
    ExchangeOfCalledWorkflow,
    /// `$request.query.x` where the operation declares no such parameter.
    UndeclaredRequestPart,
    /// A step that nothing leads to.
    UnreachableStep,
    /// A loop that cannot end.
    EndlessLoop,
    /// `x-spola-collect` names something that is no output of the step.
    UnknownCollected,
    /// `x-spola-operation` names something that no toolkit has.
    UnknownStarted,
    /// `x-spola-operation` on a step that sends no request.
    NothingStarted,
    /// `x-spola-default` asks for something that cannot be made.
    UnknownDefault,
    /// A field for messages on a step that sends none.
    NoMessaging,
    /// A step with messages: it is checked, and fails when it is run.
    UnsupportedMessages,
    /// What a replacement is to replace cannot be read.
    BadReplacementTarget,
    /// The target of a replacement is not written as it should be.
    TargetSpelling,
    /// The program would have too many parts.
    TooLarge,
    /// Something could not be checked because a source is missing.
    Unchecked,
    /// An output that is no expression.
    ConstantOutput,
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
        self.0
            .iter()
            .map(|finding| finding.report().clone())
            .collect()
    }

    fn errors(&self) -> impl Iterator<Item = &LinkError> {
        self.0
            .iter()
            .filter(|finding| finding.severity() == Severity::Error)
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
    /// One of the linker's own findings.
    #[cold]
    pub(super) fn new(
        kind: LinkErrorKind,
        severity: Severity,
        location: Location,
        texts: &[&str],
    ) -> Self {
        let report = help::wording(kind).report(severity, location, texts);
        Self {
            kind,
            report: Box::new(report),
        }
    }

    /// What another room has found, told of a place.
    pub(super) fn of(kind: LinkErrorKind, location: Location, found: Report) -> Self {
        let report = Report {
            location: Some(location),
            ..found
        };
        Self {
            kind,
            report: Box::new(report),
        }
    }

    /// A document's own finding, with its own place and severity.
    pub(super) fn of_document(error: &DocumentError) -> Self {
        Self {
            kind: LinkErrorKind::Document,
            report: Box::new(error.report().clone()),
        }
    }

    /// What is wrong with a schema of inputs.
    pub(super) fn of_schema(error: &SchemaError, location: Location) -> Self {
        let help = error.problem.help().unwrap_or_default();
        let texts = [&*error.to_string(), &*help];
        Self::new(LinkErrorKind::Schema, Severity::Error, location, &texts)
    }

    pub(super) fn into_report(self) -> Report {
        *self.report
    }

    /// The finding as a report.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

impl std::error::Error for LinkError {}

impl Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report.message)
    }
}

impl Diagnostic for LinkError {
    fn code(&self) -> &'static str {
        self.report.code
    }

    fn severity(&self) -> Severity {
        self.report.severity
    }

    fn location(&self) -> Option<Location> {
        self.report.location.clone()
    }

    fn help(&self) -> Option<String> {
        self.report.help.clone()
    }
}
