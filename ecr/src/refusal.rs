//! What Amazon ECR says when it refuses a call.

use serde_json::{Map, Value, json};
use spola::auth::aws::{Failure, classify};
use spola::exchange::Response;

use crate::error::EcrError;

/// A refusal of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The operation: `DescribeImages`.
    pub operation: String,
    /// AWS's code: `RepositoryNotFoundException`; empty where the answer has none.
    pub aws_code: String,
    /// AWS's message.
    pub message: Option<String>,
    /// The request's id, to ask AWS about it.
    pub request_id: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// More that the answer says: `lastValidByteReceived`.
    pub details: Map<String, Value>,
}

/// AWS's codes, ours, and what to do.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "RepositoryNotFoundException",
        "ecr.repository-not-found",
        "create the repository, or see whether region and account are those meant",
    ),
    (
        "RepositoryAlreadyExistsException",
        "ecr.repository-already-exists",
        "allow that it exists, or ensure it instead",
    ),
    (
        "RepositoryNotEmptyException",
        "ecr.repository-not-empty",
        "delete its images first, or force it",
    ),
    ("ImageNotFoundException", "ecr.image-not-found", ""),
    (
        "ImageAlreadyExistsException",
        "ecr.image-already-exists",
        "",
    ),
    (
        "ImageTagAlreadyExistsException",
        "ecr.tag-conflict",
        "the repository keeps its tags: take another tag",
    ),
    (
        "ImageDigestDoesNotMatchException",
        "ecr.digest-mismatch",
        "the manifest must be kept byte for byte",
    ),
    (
        "LayersNotFoundException",
        "ecr.layers-not-found",
        "copy the image, or upload its layers first",
    ),
    ("LayerInaccessibleException", "ecr.layers-not-found", ""),
    (
        "ReferencedImagesNotFoundException",
        "ecr.referenced-images-not-found",
        "put the images of each platform first",
    ),
    (
        "LifecyclePolicyNotFoundException",
        "ecr.lifecycle-policy-not-found",
        "",
    ),
    (
        "LifecyclePolicyPreviewNotFoundException",
        "ecr.preview-not-found",
        "",
    ),
    (
        "LifecyclePolicyPreviewInProgressException",
        "ecr.preview-in-progress",
        "",
    ),
    (
        "RepositoryPolicyNotFoundException",
        "ecr.repository-policy-not-found",
        "",
    ),
    (
        "LimitExceededException",
        "ecr.quota-exceeded",
        "ask AWS for more, or delete what is not needed",
    ),
    (
        "TooManyTagsException",
        "ecr.too-many-tags",
        "a repository has 50 tags at most",
    ),
    (
        "InvalidTagParameterException",
        "ecr.invalid-resource-tag",
        "a key has 1 to 128 characters, a value up to 256",
    ),
    ("InvalidParameterException", "ecr.invalid-parameter", ""),
    ("ValidationException", "ecr.invalid-parameter", ""),
    (
        "KmsException",
        "ecr.kms",
        "see whether the key exists, is enabled, and may be used",
    ),
    ("UploadNotFoundException", "ecr.upload-not-found", ""),
    ("InvalidLayerException", "ecr.digest-mismatch", ""),
    ("InvalidLayerPartException", "ecr.invalid-layer-part", ""),
    ("LayerPartTooSmallException", "ecr.layer-part-too-small", ""),
    (
        "LayerAlreadyExistsException",
        "ecr.layer-already-exists",
        "",
    ),
    ("EmptyUploadException", "ecr.empty-layer", ""),
    ("AccessDeniedException", "ecr.access-denied", DENIED),
    ("OptInRequired", "ecr.access-denied", "enable the region"),
    ("UnrecognizedClientException", CREDENTIALS, KEYS),
    ("InvalidClientTokenId", CREDENTIALS, KEYS),
    ("MissingAuthenticationToken", CREDENTIALS, KEYS),
    ("MissingAuthenticationTokenException", CREDENTIALS, KEYS),
    ("IncompleteSignature", CREDENTIALS, KEYS),
    ("InvalidSignatureException", CREDENTIALS, KEYS),
    ("SignatureDoesNotMatch", CREDENTIALS, KEYS),
    ("RequestExpired", CREDENTIALS, "set the clock"),
];

const CREDENTIALS: &str = "ecr.credentials-refused";
const KEYS: &str = "see whether the credentials are complete, current, and of this partition";
const DENIED: &str = "the identity that the credentials name needs the permission, and with \
                      another account's registry so does its registry or repository policy";

impl Refusal {
    /// Takes down what a refusing answer says.
    pub(crate) fn of(operation: &str, answer: &Response) -> Self {
        let error = answer.aws_error();
        let request_id = answer.request_id().map(str::to_owned);
        let body = answer.value().ok().flatten().and_then(Value::as_object);
        let mut details = body.cloned().unwrap_or_default();
        for told in ["__type", "message", "Message", "code", "Code"] {
            details.shift_remove(told);
        }
        let (aws_code, message) = error.map_or_else(
            || (String::new(), None),
            |error| (error.code, error.message),
        );
        Self {
            operation: operation.to_owned(),
            aws_code,
            message,
            request_id,
            status: answer.status(),
            details,
        }
    }

    /// Whether this is the refusal of that AWS code.
    pub(crate) fn is(&self, aws_code: &str) -> bool {
        self.aws_code == aws_code
    }

    /// Our code for it, which says the same whatever the operation.
    pub(crate) fn code(&self) -> &'static str {
        if let Some((_, code, _)) = self.known() {
            return code;
        }
        match classify(Some(&self.aws_code), self.status) {
            Failure::Throttling => "ecr.throttled",
            Failure::Transient => "ecr.service-failed",
            Failure::ExpiredToken | Failure::SkewedClock => CREDENTIALS,
            Failure::Other if self.status == 401 || self.status == 403 => "ecr.access-denied",
            Failure::Other => "ecr.refused",
        }
    }

    pub(crate) fn help(&self) -> Option<String> {
        if let Some((_, _, help)) = self.known() {
            return (!help.is_empty()).then(|| (*help).to_owned());
        }
        let help = match classify(Some(&self.aws_code), self.status) {
            Failure::Throttling => {
                "too much is asked at once; try again later, or ask AWS for more"
            }
            Failure::Transient => "try again later",
            Failure::ExpiredToken => "renew the credentials",
            Failure::SkewedClock => "set the clock",
            Failure::Other => return None,
        };
        Some(help.to_owned())
    }

    fn known(&self) -> Option<&'static (&'static str, &'static str, &'static str)> {
        KNOWN.iter().find(|(code, _, _)| *code == self.aws_code)
    }

    /// The same for programs, as it stands among the outputs of what failed.
    pub(crate) fn to_value(&self) -> Value {
        let mut value = json!({
            "operation": self.operation,
            "code": self.aws_code,
            "status": self.status,
        });
        if let Some(message) = &self.message {
            value["message"] = message.as_str().into();
        }
        if let Some(id) = &self.request_id {
            value["requestId"] = id.as_str().into();
        }
        value
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} was answered {}", self.operation, self.status)?;
        if !self.aws_code.is_empty() {
            write!(f, " {}", self.aws_code)?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

impl From<Refusal> for EcrError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            refusal: Box::new(refusal),
        }
    }
}
