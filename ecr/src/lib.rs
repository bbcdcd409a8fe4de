//! The Amazon ECR toolkit.
//!
//! Names of registries, repositories and images, in every partition: each is read
//! whole or refused with what would be right, prints as it was read, and is a
//! string to serde. Nothing is looked up on the way.
//!
//! ```
//! use spola_ecr::{Defaults, ImageUri, RepositoryArn, Resolved, resolve};
//!
//! let image: ImageUri = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1".parse()?;
//! assert_eq!(image.repository().registry.region.as_str(), "eu-west-1");
//! assert_eq!(image.repository().name.as_str(), "team/app");
//! assert_eq!(
//!     image.repository().to_arn().to_string(),
//!     "arn:aws:ecr:eu-west-1:123456789012:repository/team/app",
//! );
//!
//! let defaults = Defaults {
//!     account: Some("123456789012".parse()?),
//!     region: Some("eu-west-1".parse()?),
//!     ..Defaults::default()
//! };
//! assert_eq!(resolve("team/app:v1", &defaults)?, Resolved::Image(image));
//! # Ok::<(), spola_ecr::EcrError>(())
//! ```

mod arn;
mod blob;
mod call;
mod content;
mod copy;
mod delete;
mod digest;
mod ensure;
mod error;
mod failure;
mod fetch;
mod filter;
mod given;
mod image;
mod images;
mod kept;
mod lifecycle;
mod manifest;
mod name;
mod operation;
mod pages;
mod place;
mod plain;
mod platform;
mod policy;
mod put;
mod refusal;
mod registry;
mod repository;
mod request;
mod resolve;
mod resolve_image;
mod resource_tags;
mod script;
mod single;
mod snapshot;
mod text;
mod under_way;
#[allow(dead_code)]
mod upload;
mod uri;
mod values;
mod workflow;
mod written;

pub use arn::RepositoryArn;
pub use content::{ImageConfig, ImageLayers, ImagePlatforms};
pub use copy::{CopyImage, OnConflict, PlanCopy};
pub use delete::{DeleteImages, UntagImage};
pub use digest::Digest;
pub use ensure::EnsureRepository;
pub use error::EcrError;
pub use image::{DescribeImage, GetImage};
pub use images::{Inventory, ListImages, NewestImage, TagStatus};
pub use lifecycle::{LifecyclePolicy, Which};
pub use manifest::{
    Descriptor, LARGEST_MANIFEST, Manifest, ManifestFault, ManifestType, digest_of,
};
pub use name::{AccountId, Region, RepositoryName, Tag};
pub use operation::Operation;
pub use place::Options;
pub use platform::Platform;
pub use policy::{
    DeleteLifecyclePolicy, DeleteRepositoryPolicy, GetLifecyclePolicy, GetRepositoryPolicy,
    PreviewLifecyclePolicy, PutLifecyclePolicy, PutRepositoryPolicy,
};
pub use put::{PutImage, TagImage};
pub use refusal::Refusal;
pub use registry::{DescribeRegistry, ListRepositories, Login};
pub use repository::{CreateRepository, DeleteRepository, DescribeRepository, RepositoryExists};
pub use request::Request;
pub use resolve::{Defaults, Resolved, resolve};
pub use resolve_image::ResolveImage;
pub use resource_tags::{RepositoryTags, TagMode, UpdateRepositoryTags};
pub use under_way::UnderWay;
pub use uri::{Flavor, ImageUri, RegistryUri, RepositoryUri};
pub use workflow::Workflow;
