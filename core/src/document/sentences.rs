//! What an error of a document says, and what to do about it.

use super::error::{DocumentErrorKind as K, Limit};
use crate::diagnostic::Wording;

/// The code, message and help of a kind.
pub(super) fn wording(kind: K) -> &'static Wording {
    match kind {
        K::NotUtf8 => &Wording(
            "document.not-utf8",
            "the text is not UTF-8: byte {0} is wrong",
            "save the file as UTF-8",
        ),
        K::Syntax => &Wording("document.syntax", "this is not {0}: {1}", ""),
        K::Empty => &Wording("document.empty", "the document is empty", ""),
        K::YamlLeftOut => &Wording(
            "document.yaml-left-out",
            "this build reads JSON only",
            "convert the document to JSON, or use the full build",
        ),
        K::SeveralDocuments => &Wording(
            "document.several-documents",
            "a second YAML document begins here; one is expected",
            "put each document into its own file",
        ),
        K::DuplicateKey => &Wording(
            "document.duplicate-key",
            "the key `{0}` is repeated; it is first at {1}",
            "remove or rename one of the two",
        ),
        K::BadKey => &Wording(
            "document.bad-key",
            "a key has to be a string, this is {0}",
            "write the key as a string in quotes",
        ),
        K::ForbiddenTag => &Wording(
            "document.forbidden-tag",
            "the tag `{0}` is not allowed",
            "only the tags of the YAML core schema may be used: !!str, !!int, !!float, !!bool, !!null, !!map, !!seq",
        ),
        K::RecursiveAlias => &Wording(
            "document.recursive-alias",
            "an alias stands inside its own anchor",
            "write the value out; JSON has no recursive values",
        ),
        K::TooBig(Limit::Bytes) => &Wording(
            "document.too-large",
            "the document is larger than {0} bytes",
            "if the document can be trusted, raise `TreeLimits::max_bytes`",
        ),
        K::TooBig(Limit::Depth) => &Wording(
            "document.too-deep",
            "values are nested more than {0} levels deep",
            "if the document can be trusted, raise `TreeLimits::max_depth`",
        ),
        K::TooBig(Limit::Nodes) => &Wording(
            "document.too-many-values",
            "the document has more than {0} values, aliases followed",
            "if the document can be trusted, raise `TreeLimits::max_nodes`",
        ),
        K::TooBig(Limit::Documents) => &Wording(
            "document.too-many-documents",
            "more than {0} documents are needed",
            "if the document can be trusted, raise `LoadLimits::max_documents`",
        ),
        K::TooBig(Limit::TotalBytes) => &Wording(
            "document.too-large-in-all",
            "the documents have more than {0} bytes in all",
            "if the document can be trusted, raise `LoadLimits::max_total_bytes`",
        ),
        K::WrongType => &Wording(
            "document.wrong-type",
            "`{0}` has to be {1}, this is {2}",
            "put the value of `{3}` in quotes",
        ),
        K::MissingField => &Wording(
            "document.missing-field",
            "{0}: the field `{1}` is missing",
            "add `{1}`",
        ),
        K::UnknownField => &Wording(
            "document.unknown-field",
            "{0}: the field `{1}` is not known",
            "did you mean `{2}`?",
        ),
        K::NewerField => &Wording(
            "document.newer-field",
            "{0}: the field `{1}` needs version {2}",
            "write `arazzo: {2}.0`, or leave the field out",
        ),
        K::FieldChoice => &Wording(
            "document.field-choice",
            "{0}: exactly one of {1} is needed, {2} are there",
            "",
        ),
        K::BadValue => &Wording("document.bad-value", "`{0}` {1}", "{2}"),
        K::DuplicateName => &Wording(
            "document.duplicate-name",
            "there are two {0}s `{1}`; the first is at {2}",
            "",
        ),
        K::WrongKind => &Wording("document.wrong-kind", "{0} is expected, this is {1}", ""),
        K::UnsupportedVersion => &Wording(
            "document.unsupported-version",
            "the version `{0}` is not supported",
            "supported are the versions {1}",
        ),
        K::UnresolvedReference => &Wording(
            "document.unresolved-reference",
            "the reference `{0}` leads nowhere: {1}",
            "did you mean `{2}`?",
        ),
        K::ReferenceCycle => &Wording(
            "document.reference-cycle",
            "references lead in a circle: `{0}`",
            "",
        ),
        K::Unavailable => &Wording(
            "document.unavailable",
            "the {0} `{1}` could not be read from `{2}`: {3}",
            "mend its `url`, or say where it is: `--source {4}=FILE-OR-URL`",
        ),
        K::OtherIdentity => &Wording(
            "document.other-identity",
            "the document at `{0}` calls itself `{1}`",
            "refer to a document that has `$self` by that URL",
        ),
    }
}
