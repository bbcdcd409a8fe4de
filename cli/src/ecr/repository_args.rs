//! The command line of `spola ecr`: repositories.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::image_args::Chosen;
use crate::args::duration;

/// How a repository is to be.
#[derive(Debug, Args)]
pub struct Properties {
    /// Whether tags may be moved
    #[arg(long, value_enum)]
    pub mutability: Option<MutabilityArg>,
    /// Tags to which the opposite applies, with `*` for any characters; repeatable
    #[arg(long = "except", value_name = "GLOB")]
    pub exclusions: Vec<String>,
    /// Whether images are scanned as they arrive
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub scan_on_push: Option<bool>,
    /// How it is encrypted: AES256, KMS or KMS_DSSE; cannot be changed later
    #[arg(long, value_name = "KIND")]
    pub encryption: Option<String>,
    /// The key of KMS; cannot be changed later
    #[arg(long, value_name = "ARN")]
    pub kms_key: Option<String>,
    /// A tag of the repository; repeatable
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub tag: Vec<String>,
}

/// Whether tags may be moved.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum MutabilityArg {
    /// They may
    Mutable,
    /// They may not
    Immutable,
}

/// `spola ecr ensure`
#[derive(Debug, Args)]
pub struct EnsureArgs {
    /// The repository, by name, address or ARN
    pub repository: String,
    /// How it is to be.
    #[command(flatten)]
    pub properties: Properties,
    /// The tags given are all that stay
    #[arg(long)]
    pub overwrite_tags: bool,
    /// Which images expire: a JSON file; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub lifecycle: Option<String>,
    /// Who may do what: a JSON file; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub policy: Option<String>,
}

/// `spola ecr create`
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// The repository, by name, address or ARN
    pub repository: String,
    /// How it is to be.
    #[command(flatten)]
    pub properties: Properties,
    /// That it exists is no failure; its tags are added, all else stays
    #[arg(long)]
    pub exists_ok: bool,
}

/// `spola ecr delete`
#[derive(Debug, Args)]
pub struct DeleteArgs {
    /// A repository, or an image (`app:v1`): then only the image
    pub name: String,
    /// Delete a repository with its images
    #[arg(long)]
    pub force: bool,
    /// That the repository does not exist is no failure
    #[arg(long)]
    pub missing_ok: bool,
    /// Images of the repository instead of itself.
    #[command(flatten)]
    pub chosen: Chosen,
    /// Images of the repository, but not the newest N
    #[arg(long, value_name = "N")]
    pub keep_newest: Option<u64>,
    /// Images of the repository that were pushed longer ago
    #[arg(long, value_name = "DURATION", value_parser = age)]
    pub older_than: Option<Duration>,
    /// Say which images would be deleted; delete nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// `spola ecr lifecycle`
#[derive(Debug, Args)]
pub struct LifecycleArgs {
    /// The repository, by name, address or ARN
    pub repository: String,
    /// Set the policy in this JSON file; `-` reads standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["delete", "preview"])]
    pub set: Option<String>,
    /// Delete the policy
    #[arg(long, conflicts_with = "preview")]
    pub delete: bool,
    /// Say which images the policy, or that in FILE, would delete
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub preview: Option<Option<String>>,
    /// That there is no policy is no failure
    #[arg(long)]
    pub missing_ok: bool,
}

/// Reads `30d`, `12h`, and what every duration is written like.
fn age(text: &str) -> Result<Duration, String> {
    match text.strip_suffix('d') {
        Some(days) => {
            let days: u32 = days
                .parse()
                .map_err(|_| "write a number with a unit, as in 30d".to_owned())?;
            Ok(Duration::from_secs(u64::from(days) * 86_400))
        }
        None => duration(text),
    }
}
