//! What can be wrong with a document.

use std::fmt::{self, Display};

use crate::diagnostic::{Diagnostic, Location, Severity};

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentError {
    /// The bytes are not UTF-8 text. RFC 8259, section 8.1.
    NotUtf8 {
        /// Where the first wrong byte is.
        location: Location,
        /// The first wrong byte, counted from 0.
        offset: usize,
    },
    /// The text is neither YAML nor JSON.
    Syntax {
        /// Where reading stopped.
        location: Location,
        /// What it was read as: `JSON` or `YAML`.
        format: &'static str,
        /// What the reader says.
        reason: String,
    },
    /// There is nothing in the text.
    Empty {
        /// The document.
        location: Location,
    },
    /// The text is YAML and this build reads JSON only.
    YamlLeftOut {
        /// The document.
        location: Location,
    },
    /// A text holds several YAML documents.
    SeveralDocuments {
        /// Where the second begins.
        location: Location,
    },
    /// An object has a key twice.
    DuplicateKey {
        /// The second key.
        location: Location,
        /// The key.
        key: String,
        /// The first key.
        first: Location,
    },
    /// A key of a YAML mapping is no scalar, or null.
    BadKey {
        /// The key.
        location: Location,
        /// What it is, with its article.
        found: &'static str,
    },
    /// A YAML tag that is not in the core schema. Arazzo 1.1.0, Format.
    ForbiddenTag {
        /// The value with the tag.
        location: Location,
        /// The tag as written.
        tag: String,
    },
    /// A YAML alias of a value that it is itself a part of.
    RecursiveAlias {
        /// The alias.
        location: Location,
    },
    /// A limit on the size of documents is exceeded.
    TooBig {
        /// Where it was exceeded.
        location: Location,
        /// Which one.
        limit: Limit,
        /// The limit's value.
        allowed: usize,
    },
    /// A value has the wrong type.
    WrongType {
        /// The value.
        location: Location,
        /// What the value is: a field name, mostly.
        what: String,
        /// What it has to be, with its article.
        expected: &'static str,
        /// What it is, with its article.
        found: &'static str,
    },
    /// A required field is missing.
    MissingField {
        /// The object.
        location: Location,
        /// The specification's name of the object.
        object: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A field that the specification does not know.
    UnknownField {
        /// The field.
        location: Location,
        /// The specification's name of the object.
        object: &'static str,
        /// The field as written.
        field: String,
        /// The known field that is nearest in spelling.
        nearest: Option<String>,
        /// An error in strict reading, a warning otherwise.
        severity: Severity,
    },
    /// A field that only a newer version of the specification has.
    NewerField {
        /// The field.
        location: Location,
        /// The specification's name of the object.
        object: &'static str,
        /// The field as written.
        field: String,
        /// The version that brought it.
        since: &'static str,
        /// An error in strict reading, a warning otherwise.
        severity: Severity,
    },
    /// Two fields that exclude each other, or none of several of which one is needed.
    FieldChoice {
        /// The object.
        location: Location,
        /// The specification's name of the object.
        object: &'static str,
        /// The fields, as text: `operationId`, `operationPath` or `workflowId`.
        fields: String,
        /// How many of them there are.
        found: usize,
    },
    /// A value is of the right type and still cannot be used.
    BadValue {
        /// The value.
        location: Location,
        /// What the value is: a field name, mostly.
        what: String,
        /// What is wrong with it; follows "`what` ".
        reason: String,
        /// What to do.
        help: Option<String>,
        /// How much it matters.
        severity: Severity,
    },
    /// Two things of one list have the same name.
    DuplicateName {
        /// The second.
        location: Location,
        /// What is named: `step`, `workflow`, …
        what: &'static str,
        /// The name.
        name: String,
        /// The first.
        first: Location,
    },
    /// The document is of another kind than it has to be.
    WrongKind {
        /// The document.
        location: Location,
        /// What it has to be: `an Arazzo description`, …
        expected: &'static str,
        /// What it is: `an OpenAPI description`, …
        found: &'static str,
    },
    /// The document follows a version that is not known.
    UnsupportedVersion {
        /// The version.
        location: Location,
        /// The version as written.
        version: String,
        /// What can be read: `1.0 and 1.1`.
        supported: &'static str,
    },
    /// A reference leads nowhere.
    UnresolvedReference {
        /// The reference.
        location: Location,
        /// The reference as written.
        reference: String,
        /// Why.
        reason: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// References lead in a circle.
    ReferenceCycle {
        /// The first reference.
        location: Location,
        /// Every reference on the way, the first one again at the end.
        cycle: Vec<String>,
    },
    /// A document that is needed could not be had.
    Unavailable {
        /// Where it is referred to.
        location: Location,
        /// What refers to it: `source description`, `reference`, `document`.
        what: &'static str,
        /// The name of the source description, or the reference as written.
        name: String,
        /// The resolved location that was tried.
        tried: String,
        /// Why it could not be had.
        reason: String,
        /// An error for running, less for linting.
        severity: Severity,
    },
    /// An Arazzo document with its own `$self` is referred to by another URL.
    OtherIdentity {
        /// The reference.
        location: Location,
        /// The URL that was used.
        url: String,
        /// The document's `$self`, resolved.
        identity: String,
    },
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

impl Limit {
    fn sentence(self, allowed: usize) -> String {
        match self {
            Self::Bytes => format!("the document is larger than {allowed} bytes"),
            Self::Depth => format!("values are nested more than {allowed} levels deep"),
            Self::Nodes => {
                format!("the document has more than {allowed} values, aliases followed")
            }
            Self::Documents => format!("more than {allowed} documents are needed"),
            Self::TotalBytes => format!("the documents have more than {allowed} bytes in all"),
        }
    }

    fn setting(self) -> &'static str {
        match self {
            Self::Bytes => "TreeLimits::max_bytes",
            Self::Depth => "TreeLimits::max_depth",
            Self::Nodes => "TreeLimits::max_nodes",
            Self::Documents => "LoadLimits::max_documents",
            Self::TotalBytes => "LoadLimits::max_total_bytes",
        }
    }
}

impl std::error::Error for DocumentError {}

impl Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 { offset, .. } => {
                write!(f, "the text is not UTF-8: byte {offset} is wrong")
            }
            Self::Syntax { format, reason, .. } => write!(f, "this is not {format}: {reason}"),
            Self::Empty { .. } => f.write_str("the document is empty"),
            Self::YamlLeftOut { .. } => f.write_str("this build reads JSON only"),
            Self::SeveralDocuments { .. } => {
                f.write_str("a second YAML document begins here; one is expected")
            }
            Self::DuplicateKey { key, first, .. } => write!(
                f,
                "the key `{key}` is repeated; it is first at {}:{}",
                first.line, first.column
            ),
            Self::BadKey { found, .. } => write!(f, "a key has to be a string, this is {found}"),
            Self::ForbiddenTag { tag, .. } => write!(f, "the tag `{tag}` is not allowed"),
            Self::RecursiveAlias { .. } => f.write_str("an alias stands inside its own anchor"),
            Self::TooBig { limit, allowed, .. } => f.write_str(&limit.sentence(*allowed)),
            _ => self.fmt_meaning(f),
        }
    }
}

impl DocumentError {
    fn fmt_meaning(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongType {
                what,
                expected,
                found,
                ..
            } => write!(f, "`{what}` has to be {expected}, this is {found}"),
            Self::MissingField { object, field, .. } => {
                write!(f, "{object}: the field `{field}` is missing")
            }
            Self::UnknownField { object, field, .. } => {
                write!(f, "{object}: the field `{field}` is not known")
            }
            Self::NewerField {
                object,
                field,
                since,
                ..
            } => write!(f, "{object}: the field `{field}` needs version {since}"),
            Self::FieldChoice {
                object,
                fields,
                found,
                ..
            } => write!(
                f,
                "{object}: exactly one of {fields} is needed, {found} are there"
            ),
            Self::BadValue { what, reason, .. } => write!(f, "`{what}` {reason}"),
            Self::DuplicateName {
                what, name, first, ..
            } => write!(
                f,
                "there are two {what}s `{name}`; the first is at {}:{}",
                first.line, first.column
            ),
            Self::WrongKind {
                expected, found, ..
            } => write!(f, "{expected} is expected, this is {found}"),
            Self::UnsupportedVersion { version, .. } => {
                write!(f, "the version `{version}` is not supported")
            }
            _ => self.fmt_reference(f),
        }
    }

    fn fmt_reference(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnresolvedReference {
                reference, reason, ..
            } => write!(f, "the reference `{reference}` leads nowhere: {reason}"),
            Self::ReferenceCycle { cycle, .. } => {
                write!(f, "references lead in a circle: `{}`", cycle.join("` -> `"))
            }
            Self::Unavailable {
                what,
                name,
                tried,
                reason,
                ..
            } => write!(
                f,
                "the {what} `{name}` could not be read from `{tried}`: {reason}"
            ),
            Self::OtherIdentity { url, identity, .. } => {
                write!(f, "the document at `{url}` calls itself `{identity}`")
            }
            _ => Ok(()),
        }
    }

    /// Where it is.
    pub fn place(&self) -> &Location {
        match self {
            Self::NotUtf8 { location, .. }
            | Self::Syntax { location, .. }
            | Self::Empty { location }
            | Self::YamlLeftOut { location }
            | Self::SeveralDocuments { location }
            | Self::DuplicateKey { location, .. }
            | Self::BadKey { location, .. }
            | Self::ForbiddenTag { location, .. }
            | Self::RecursiveAlias { location }
            | Self::TooBig { location, .. }
            | Self::WrongType { location, .. }
            | Self::MissingField { location, .. }
            | Self::UnknownField { location, .. }
            | Self::NewerField { location, .. }
            | Self::FieldChoice { location, .. }
            | Self::BadValue { location, .. }
            | Self::DuplicateName { location, .. }
            | Self::WrongKind { location, .. }
            | Self::UnsupportedVersion { location, .. }
            | Self::UnresolvedReference { location, .. }
            | Self::ReferenceCycle { location, .. }
            | Self::Unavailable { location, .. }
            | Self::OtherIdentity { location, .. } => location,
        }
    }
}

impl Diagnostic for DocumentError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotUtf8 { .. } => "document.not-utf8",
            Self::Syntax { .. } => "document.syntax",
            Self::Empty { .. } => "document.empty",
            Self::YamlLeftOut { .. } => "document.yaml-left-out",
            Self::SeveralDocuments { .. } => "document.several-documents",
            Self::DuplicateKey { .. } => "document.duplicate-key",
            Self::BadKey { .. } => "document.bad-key",
            Self::ForbiddenTag { .. } => "document.forbidden-tag",
            Self::RecursiveAlias { .. } => "document.recursive-alias",
            Self::TooBig { limit, .. } => match limit {
                Limit::Bytes => "document.too-large",
                Limit::Depth => "document.too-deep",
                Limit::Nodes => "document.too-many-values",
                Limit::Documents => "document.too-many-documents",
                Limit::TotalBytes => "document.too-large-in-all",
            },
            Self::WrongType { .. } => "document.wrong-type",
            Self::MissingField { .. } => "document.missing-field",
            Self::UnknownField { .. } => "document.unknown-field",
            Self::NewerField { .. } => "document.newer-field",
            Self::FieldChoice { .. } => "document.field-choice",
            Self::BadValue { .. } => "document.bad-value",
            Self::DuplicateName { .. } => "document.duplicate-name",
            Self::WrongKind { .. } => "document.wrong-kind",
            Self::UnsupportedVersion { .. } => "document.unsupported-version",
            Self::UnresolvedReference { .. } => "document.unresolved-reference",
            Self::ReferenceCycle { .. } => "document.reference-cycle",
            Self::Unavailable { .. } => "document.unavailable",
            Self::OtherIdentity { .. } => "document.other-identity",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::UnknownField { severity, .. }
            | Self::NewerField { severity, .. }
            | Self::BadValue { severity, .. }
            | Self::Unavailable { severity, .. } => *severity,
            Self::OtherIdentity { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }

    fn location(&self) -> Option<Location> {
        Some(self.place().clone())
    }

    fn help(&self) -> Option<String> {
        let fixed = match self {
            Self::NotUtf8 { .. } => "save the file as UTF-8",
            Self::YamlLeftOut { .. } => "convert the document to JSON, or use the full build",
            Self::SeveralDocuments { .. } => "put each document into its own file",
            Self::DuplicateKey { .. } => "remove or rename one of the two",
            Self::BadKey { .. } => "write the key as a string in quotes",
            Self::ForbiddenTag { .. } => {
                "only the tags of the YAML core schema may be used: !!str, !!int, !!float, !!bool, !!null, !!map, !!seq"
            }
            Self::RecursiveAlias { .. } => "write the value out; JSON has no recursive values",
            Self::OtherIdentity { .. } => "refer to a document that has `$self` by that URL",
            _ => return self.help_made(),
        };
        Some(fixed.to_owned())
    }
}

impl DocumentError {
    fn help_made(&self) -> Option<String> {
        match self {
            Self::TooBig { limit, .. } => Some(format!(
                "if the document can be trusted, raise `{}`",
                limit.setting()
            )),
            Self::UnknownField { nearest, .. } | Self::UnresolvedReference { nearest, .. } => {
                nearest
                    .as_ref()
                    .map(|name| format!("did you mean `{name}`?"))
            }
            Self::BadValue { help, .. } => help.clone(),
            Self::NewerField { since, .. } => {
                Some(format!("write `arazzo: {since}.0`, or leave the field out"))
            }
            Self::MissingField { field, .. } => Some(format!("add `{field}`")),
            Self::UnsupportedVersion { supported, .. } => {
                Some(format!("supported are the versions {supported}"))
            }
            Self::Unavailable {
                what: "source description",
                name,
                ..
            } => Some(format!(
                "mend its `url`, or say where it is: `--source {name}=FILE-OR-URL`"
            )),
            Self::WrongType {
                what,
                expected: "a string",
                found: "a number" | "a boolean",
                ..
            } => Some(format!("put the value of `{what}` in quotes")),
            _ => None,
        }
    }
}
