//! What can be wrong with names, arguments, calls and images.

use std::fmt;

use spola::Diagnostic;
use spola::auth::aws;
use spola::machine::FailureReason;

use crate::manifest::ManifestFault;
use crate::refusal::Refusal;

/// Why a name is refused or an operation fails; never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EcrError {
    /// Not an AWS account.
    InvalidAccount {
        /// The account as given.
        account: String,
        /// The one perhaps meant.
        nearest: Option<String>,
    },
    /// Not an AWS region.
    InvalidRegion {
        /// The region as given.
        region: String,
    },
    /// A name that a repository cannot have.
    InvalidRepositoryName {
        /// The name as given.
        name: String,
        /// The rule that it breaks.
        reason: &'static str,
        /// The one perhaps meant.
        nearest: Option<String>,
    },
    /// A tag that an image cannot have.
    InvalidTag {
        /// The tag as given.
        tag: String,
        /// The one perhaps meant.
        nearest: Option<String>,
    },
    /// Not a digest.
    InvalidDigest {
        /// The digest as given.
        digest: String,
        /// The one perhaps meant.
        nearest: Option<String>,
    },
    /// The public gallery, which is another service.
    PublicRegistry {
        /// Its host.
        host: String,
    },
    /// A host of AWS that is not written as a private registry's is.
    NotARegistry {
        /// The host as given.
        host: String,
        /// The one perhaps meant.
        nearest: Option<String>,
    },
    /// A registry that is not AWS's.
    ForeignRegistry {
        /// The host as given.
        host: String,
    },
    /// A registry's host that does not end as those of its region do.
    WrongHost {
        /// The host as given.
        host: String,
        /// The region that it names.
        region: String,
        /// The host of that registry.
        nearest: String,
    },
    /// A name without a registry before it.
    MissingRegistry {
        /// The name as given, without tag and digest.
        name: String,
    },
    /// A registry where a repository or image is wanted.
    MissingRepository {
        /// The registry.
        registry: String,
    },
    /// A repository where an image is wanted.
    MissingReference {
        /// The repository.
        repository: String,
    },
    /// A repository or image where a registry is wanted.
    MoreThanARegistry {
        /// Its registry.
        nearest: String,
    },
    /// An image where a repository is wanted.
    MoreThanARepository {
        /// Its repository.
        nearest: String,
    },
    /// A URL where a name is wanted.
    Url {
        /// The URL's scheme.
        scheme: String,
        /// The name perhaps meant.
        nearest: Option<String>,
    },
    /// Not a platform.
    InvalidPlatform {
        /// The platform as given.
        platform: String,
        /// The one perhaps meant.
        nearest: Option<String>,
    },
    /// A manifest that cannot be read.
    InvalidManifest {
        /// What is wrong with it.
        fault: ManifestFault,
    },
    /// A name with a user or password in it.
    Credentials,
    /// Not the ARN of a repository.
    NotARepositoryArn {
        /// The ARN as given.
        arn: String,
    },
    /// An ARN whose partition is not that of its region.
    WrongPartition {
        /// The partition as given.
        partition: String,
        /// The region that the ARN names.
        region: String,
        /// The ARN with the region's partition.
        nearest: String,
    },
    /// No region was given, and the name says none.
    NoRegion,
    /// Where to send a call cannot be said.
    Endpoint {
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such operation.
    UnknownOperation {
        /// The name as given.
        name: String,
        /// The one perhaps meant.
        nearest: Option<String>,
    },
    /// The arguments are not what the operation takes.
    InvalidArguments {
        /// The operation.
        operation: String,
        /// What is wrong with them.
        reason: String,
    },
    /// AWS refused a call.
    Refused {
        /// What it said.
        refusal: Box<Refusal>,
    },
    /// No answer came to a call.
    NoAnswer {
        /// The operation of AWS.
        operation: String,
        /// Why.
        reason: FailureReason,
        /// The same for people.
        message: String,
    },
    /// An answer came that cannot be read.
    UnreadableAnswer {
        /// The operation of AWS.
        operation: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A list gives the same page again and again.
    EndlessPages {
        /// The operation of AWS.
        operation: String,
    },
    /// There is no such repository.
    RepositoryNotFound {
        /// The repository.
        repository: String,
    },
    /// A repository has what cannot be changed, and other than is wanted.
    CannotChange {
        /// The repository.
        repository: String,
        /// What cannot be changed.
        what: &'static str,
        /// What it is.
        have: String,
        /// What it was to be.
        want: String,
    },
    /// The preview of a lifecycle policy came to no end, or to a bad one.
    PreviewFailed {
        /// How it stands.
        status: String,
    },
    /// The repository has no such image.
    ImageNotFound {
        /// The image.
        image: String,
        /// What AWS says.
        reason: Option<String>,
    },
    /// The repository has no image that is wanted.
    NoImage {
        /// The repository.
        repository: String,
    },
    /// A tag that cannot be moved names another image.
    TagConflict {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
        /// The digest that it names.
        have: String,
        /// The digest that it was to name.
        want: String,
    },
    /// Content is not what its digest says.
    DigestMismatch {
        /// What it is the content of.
        what: String,
        /// The digest that it should have.
        want: String,
        /// The digest that it has.
        have: String,
    },
    /// A layer without bytes, which ECR takes no upload of.
    EmptyLayer {
        /// Its digest.
        digest: String,
    },
    /// A layer that is in the archive, and has to be restored first.
    ArchivedLayer {
        /// Its digest.
        digest: String,
    },
    /// Taking the last tag from an image would delete it.
    LastTag {
        /// The image's digest.
        digest: String,
        /// Its tags.
        tags: Vec<String>,
    },
    /// A manifest that has not what is asked for.
    UnsupportedManifest {
        /// The image.
        image: String,
        /// What is the matter.
        reason: String,
    },
    /// The image is not there for that platform.
    PlatformNotFound {
        /// The platform as asked for.
        platform: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// An index holds images for several platforms, and none was named.
    WhichPlatform {
        /// Those there are.
        known: Vec<String>,
    },
    /// The bytes are no snapshot of an operation, or not a whole one.
    DamagedSnapshot {
        /// What reading them met.
        reason: String,
    },
    /// The snapshot was written by a version that this one cannot read.
    SnapshotVersion {
        /// The version it says.
        found: u64,
    },
}

impl fmt::Display for EcrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidAccount { account, .. } => {
                write!(
                    f,
                    "`{account}` is not an AWS account, which has twelve digits"
                )
            }
            Self::InvalidRegion { region } => write!(f, "`{region}` is not an AWS region"),
            Self::InvalidRepositoryName { name, reason, .. } => {
                write!(f, "`{name}` cannot name a repository: {reason}")
            }
            Self::InvalidTag { tag, .. } => write!(f, "`{tag}` cannot be a tag"),
            Self::InvalidDigest { digest, .. } => write!(f, "`{digest}` is not a digest"),
            Self::PublicRegistry { host } => {
                write!(f, "`{host}` is the public gallery, not a private registry")
            }
            Self::NotARegistry { host, .. } => {
                write!(
                    f,
                    "`{host}` is a host of AWS, but not written as a registry"
                )
            }
            Self::ForeignRegistry { host } => {
                write!(f, "`{host}` is not a registry of Amazon ECR")
            }
            Self::WrongHost { host, region, .. } => {
                write!(f, "`{host}` does not end as registries in `{region}` do")
            }
            Self::MissingRegistry { name } => write!(f, "`{name}` has no registry before it"),
            Self::MissingRepository { registry } => {
                write!(f, "`{registry}` is a registry without a repository")
            }
            Self::MissingReference { repository } => {
                write!(f, "`{repository}` has neither tag nor digest")
            }
            Self::MoreThanARegistry { .. } => f.write_str("a registry is wanted, without a path"),
            Self::MoreThanARepository { .. } => {
                f.write_str("a repository is wanted, without tag and digest")
            }
            Self::Url { scheme, .. } => write!(f, "a name is wanted, not a `{scheme}` URL"),
            Self::InvalidPlatform { platform, .. } => {
                write!(f, "`{platform}` is not a platform")
            }
            Self::InvalidManifest { fault } => write!(f, "the manifest cannot be read: {fault}"),
            Self::Credentials => f.write_str("a name cannot hold a user or password"),
            Self::NotARepositoryArn { arn } => {
                write!(f, "`{arn}` is not the ARN of a repository")
            }
            Self::WrongPartition {
                partition, region, ..
            } => write!(f, "`{region}` is not in the partition `{partition}`"),
            _ => self.fmt_failure(f),
        }
    }
}

impl std::error::Error for EcrError {}

impl Diagnostic for EcrError {
    fn code(&self) -> &'static str {
        match self {
            Self::InvalidAccount { .. } => "ecr.invalid-account",
            Self::InvalidRegion { .. } => "ecr.invalid-region",
            Self::InvalidRepositoryName { .. } => "ecr.invalid-repository-name",
            Self::InvalidTag { .. } => "ecr.invalid-tag",
            Self::InvalidDigest { .. } => "ecr.invalid-digest",
            Self::PublicRegistry { .. } => "ecr.public-registry",
            Self::NotARegistry { .. } => "ecr.not-a-registry",
            Self::ForeignRegistry { .. } => "ecr.foreign-registry",
            Self::WrongHost { .. } => "ecr.wrong-host",
            Self::MissingRegistry { .. } => "ecr.missing-registry",
            Self::MissingRepository { .. } => "ecr.missing-repository",
            Self::MissingReference { .. } => "ecr.missing-reference",
            Self::MoreThanARegistry { .. } => "ecr.more-than-a-registry",
            Self::MoreThanARepository { .. } => "ecr.more-than-a-repository",
            Self::Url { .. } => "ecr.url",
            Self::InvalidPlatform { .. } => "ecr.invalid-platform",
            Self::InvalidManifest { .. } => "ecr.invalid-manifest",
            Self::Credentials => "ecr.credentials",
            Self::NotARepositoryArn { .. } => "ecr.not-a-repository-arn",
            Self::WrongPartition { .. } => "ecr.wrong-partition",
            Self::NoRegion => "ecr.no-region",
            Self::Endpoint { .. } => "ecr.endpoint",
            Self::UnknownOperation { .. } => "ecr.unknown-operation",
            Self::InvalidArguments { .. } => "ecr.invalid-arguments",
            Self::Refused { refusal } => refusal.code(),
            Self::NoAnswer { .. } => "ecr.no-answer",
            Self::UnreadableAnswer { .. } => "ecr.unreadable-answer",
            Self::EndlessPages { .. } => "ecr.endless-pages",
            Self::RepositoryNotFound { .. } => "ecr.repository-not-found",
            Self::CannotChange { .. } => "ecr.cannot-change",
            Self::PreviewFailed { .. } => "ecr.preview-failed",
            Self::ImageNotFound { .. } | Self::NoImage { .. } => "ecr.image-not-found",
            Self::TagConflict { .. } => "ecr.tag-conflict",
            Self::DigestMismatch { .. } => "ecr.digest-mismatch",
            Self::EmptyLayer { .. } => "ecr.empty-layer",
            Self::ArchivedLayer { .. } => "ecr.archived-layer",
            Self::LastTag { .. } => "ecr.last-tag",
            Self::UnsupportedManifest { .. } => "ecr.unsupported-manifest",
            Self::PlatformNotFound { .. } => "ecr.platform-not-found",
            Self::WhichPlatform { .. } => "ecr.which-platform",
            Self::DamagedSnapshot { .. } => "ecr.damaged-snapshot",
            Self::SnapshotVersion { .. } => "ecr.snapshot-version",
        }
    }

    fn help(&self) -> Option<String> {
        if let Some(nearest) = self.nearest() {
            return Some(format!("did you mean `{nearest}`?"));
        }
        Some(match self {
            Self::NoRegion => "give a region, or a whole address".into(),
            Self::Refused { refusal } => return refusal.help(),
            Self::TagConflict { .. } => "the repository keeps its tags: take another tag".into(),
            Self::CannotChange { .. } => {
                "leave it out, or delete the repository and create it anew".into()
            }
            Self::EmptyLayer { .. } => "build the image anew, without the layer".into(),
            Self::ArchivedLayer { .. } => "restore the image that has it".into(),
            Self::LastTag { .. } => "give it another tag first, or delete the image".into(),
            Self::PlatformNotFound { known, .. } | Self::WhichPlatform { known }
                if !known.is_empty() =>
            {
                format!("there is `{}`", known.join("`, `"))
            }
            Self::SnapshotVersion { .. } => "resume it with the version that wrote it".into(),
            Self::Endpoint { .. }
            | Self::UnknownOperation { .. }
            | Self::InvalidArguments { .. }
            | Self::NoAnswer { .. }
            | Self::UnreadableAnswer { .. }
            | Self::EndlessPages { .. }
            | Self::RepositoryNotFound { .. }
            | Self::PreviewFailed { .. }
            | Self::ImageNotFound { .. }
            | Self::NoImage { .. }
            | Self::DigestMismatch { .. }
            | Self::UnsupportedManifest { .. }
            | Self::PlatformNotFound { .. }
            | Self::WhichPlatform { .. }
            | Self::DamagedSnapshot { .. } => return None,
            Self::InvalidRegion { region } => aws::region_help(region),
            Self::InvalidAccount { .. } => "an account is written like `123456789012`".into(),
            Self::InvalidRepositoryName { .. } => "a repository is written like `team/app`".into(),
            Self::InvalidTag { .. } => {
                "a tag has up to 128 letters, digits, `_`, `.` and `-`, `.` and `-` not first"
                    .into()
            }
            Self::InvalidDigest { .. } => {
                "a digest is `sha256:` and 64 lower-case hexadecimal digits".into()
            }
            Self::PublicRegistry { .. } => {
                "copy the image to a private registry, and name it there".into()
            }
            Self::MissingRepository { registry } => {
                format!("write the repository after it: `{registry}/team/app`")
            }
            Self::MissingReference { repository } => {
                format!("write a tag or digest after it: `{repository}:latest`")
            }
            Self::MissingRegistry { name } => {
                format!("give account and region, or write `{EXAMPLE}/{name}`")
            }
            Self::InvalidPlatform { .. } => {
                "a platform is written like `linux/amd64` or `linux/arm/v7`".into()
            }
            Self::InvalidManifest { .. } => {
                "the registry keeps something here that is not an image".into()
            }
            Self::Credentials | Self::Url { .. } => {
                "leave out what stands before the host and after the name".into()
            }
            Self::NotARepositoryArn { .. } => {
                "it is written `arn:aws:ecr:us-east-1:123456789012:repository/team/app`".into()
            }
            _ => format!("a registry is written `{EXAMPLE}`"),
        })
    }
}

const EXAMPLE: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

impl EcrError {
    /// The name that was perhaps meant.
    pub fn nearest(&self) -> Option<&str> {
        match self {
            Self::InvalidAccount { nearest, .. }
            | Self::InvalidRepositoryName { nearest, .. }
            | Self::InvalidTag { nearest, .. }
            | Self::InvalidDigest { nearest, .. }
            | Self::InvalidPlatform { nearest, .. }
            | Self::NotARegistry { nearest, .. }
            | Self::Url { nearest, .. }
            | Self::UnknownOperation { nearest, .. } => nearest.as_deref(),
            Self::WrongHost { nearest, .. }
            | Self::MoreThanARegistry { nearest }
            | Self::MoreThanARepository { nearest }
            | Self::WrongPartition { nearest, .. } => Some(nearest),
            _ => None,
        }
    }
}
