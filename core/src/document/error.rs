//! What can be wrong with a document.

use std::fmt::{self, Display};

use super::sentences::wording;
use crate::diagnostic::{Diagnostic, Location, Report, Severity};

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentError {
    /// What it is.
    pub kind: DocumentErrorKind,
    /// It always has a place.
    report: Box<Report>,
}

/// What can be wrong with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentErrorKind {
    /// The bytes are not UTF-8 text. RFC 8259, section 8.1.
    NotUtf8,
    /// The text is neither YAML nor JSON.
    Syntax,
    /// There is nothing in the text.
    Empty,
    /// The text is YAML and this build reads JSON only.
    YamlLeftOut,
    /// A text holds several YAML documents.
    SeveralDocuments,
    /// An object has a key twice.
    DuplicateKey,
    /// A key of a YAML mapping is no scalar, or null.
    BadKey,
    /// A YAML tag that is not in the core schema. Arazzo 1.1.0, Format.
    ForbiddenTag,
    /// A YAML alias of a value that it is itself a part of.
    RecursiveAlias,
    /// A limit on the size of documents is exceeded.
    TooBig(Limit),
    /// A value has the wrong type.
    WrongType,
    /// A required field is missing.
    MissingField,
    /// A field that the specification does not know.
    UnknownField,
    /// A field that only a newer version of the specification has.
    NewerField,
    /// Two fields that exclude each other, or none of several of which one is needed.
    FieldChoice,
    /// A value is of the right type and still cannot be used.
    BadValue,
    /// Two things of one list have the same name.
    DuplicateName,
    /// The document is of another kind than it has to be.
    WrongKind,
    /// The document follows a version that is not known.
    UnsupportedVersion,
    /// A reference leads nowhere.
    UnresolvedReference,
    /// References lead in a circle.
    ReferenceCycle,
    /// A document that is needed could not be had.
    Unavailable,
    /// An Arazzo document with its own `$self` is referred to by another URL.
    OtherIdentity,
}

/// A limit on the size of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Bytes of one document.
    Bytes,
    /// Levels of nesting.
    Depth,
    /// Values in one document, every use of a YAML alias counted.
    Nodes,
    /// Documents read for one program.
    Documents,
    /// Bytes of all documents read for one program.
    TotalBytes,
}

impl DocumentError {
    /// An error; of the texts each kind has its own.
    #[cold]
    pub(crate) fn new(kind: DocumentErrorKind, location: Location, texts: &[&str]) -> Self {
        Self::of(kind, Severity::Error, location, texts)
    }

    /// What matters as much as that.
    #[cold]
    pub(crate) fn of(
        kind: DocumentErrorKind,
        severity: Severity,
        location: Location,
        texts: &[&str],
    ) -> Self {
        let report = wording(kind).report(severity, location, texts);
        Self {
            kind,
            report: Box::new(report),
        }
    }

    /// A limit is exceeded.
    pub(super) fn too_big(limit: Limit, allowed: usize, location: Location) -> Self {
        let kind = DocumentErrorKind::TooBig(limit);
        Self::new(kind, location, &[&allowed.to_string()])
    }

    /// Where it is.
    pub fn place(&self) -> &Location {
        let place = self.report.location.as_ref();
        place.expect("every error is made with its place")
    }

    /// The error as a report.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

/// Sorts errors of one document by their places.
pub(super) fn sort(errors: &mut [DocumentError]) {
    errors.sort_by_key(|error| {
        let place = error.place();
        (place.line, place.column)
    });
}

impl std::error::Error for DocumentError {}

impl Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report.message)
    }
}

impl Diagnostic for DocumentError {
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
