//! The command line of `spola ecr`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::image_args::{ConfigArgs, ImagesArgs, ResolveArgs, TagArgs};
use super::repository_args::{CreateArgs, DeleteArgs, EnsureArgs, LifecycleArgs};
use crate::args::duration;

/// `spola ecr`
#[derive(Debug, Args)]
pub struct EcrArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: EcrCommand,
    /// Where, as whom, and how it is told.
    #[command(flatten)]
    pub common: Common,
}

/// What every command takes.
#[derive(Debug, Args)]
pub struct Common {
    /// The AWS region of names that say none
    #[arg(long, value_name = "NAME", global = true)]
    pub region: Option<String>,
    /// The AWS profile
    #[arg(long, value_name = "NAME", global = true)]
    pub profile: Option<String>,
    /// The account of names that say none [default: that of the credentials]
    #[arg(long, value_name = "NUMBER", global = true)]
    pub account: Option<String>,
    /// Send to this server instead of AWS; for a copy also by side; repeatable
    #[arg(long, value_name = "[source=|destination=]URL", global = true)]
    pub endpoint: Vec<String>,
    /// Ask the in-memory AWS with its sample registry: no account, no network
    #[arg(long, global = true)]
    pub sandbox: bool,
    /// The same, its state loaded from this file and written back
    #[arg(long, value_name = "FILE", global = true)]
    pub sandbox_state: Option<PathBuf>,
    /// How long it may take as a whole
    #[arg(long, value_name = "DURATION", value_parser = duration, global = true)]
    pub timeout: Option<Duration>,
    /// Print one JSON object
    #[arg(long, global = true)]
    pub json: bool,
    /// Say every request
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose", global = true)]
    pub quiet: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum EcrCommand {
    /// Copy an image: between repositories, accounts and regions
    Copy(Box<CopyArgs>),
    /// List repositories
    Ls(LsArgs),
    /// List the images of a repository
    Images(ImagesArgs),
    /// Describe the registry, a repository or an image
    Describe(DescribeArgs),
    /// Print an image's config: how it runs
    Config(ConfigArgs),
    /// Tag an image or a repository
    Tag(TagArgs),
    /// Make a repository as it should be: create it, or change what differs
    Ensure(EnsureArgs),
    /// Create a repository
    Create(CreateArgs),
    /// Delete a repository, or images of it
    Delete(DeleteArgs),
    /// Show, set, preview or delete which images of a repository expire
    Lifecycle(LifecycleArgs),
    /// Print a password for Docker and other clients of the registry
    Login(LoginArgs),
    /// Say which image a name means, by digest; the newest where it says none
    Resolve(ResolveArgs),
    /// Make a short name whole, without asking anybody
    Uri(UriArgs),
}

/// `spola ecr copy`
#[derive(Debug, Args)]
#[command(
    override_usage = "spola ecr copy [OPTIONS] <SOURCE> <DESTINATION>\n       spola ecr copy [OPTIONS] --resume <FILE>"
)]
pub struct CopyArgs {
    /// The image: `app:v1`, a whole address, or one with a digest
    #[arg(required_unless_present = "resume")]
    pub source: Option<String>,
    /// The repository; a tag behind it is the one to put
    #[arg(required_unless_present = "resume")]
    pub destination: Option<String>,
    /// The AWS profile for the source [default: that of --profile]
    #[arg(long, value_name = "NAME")]
    pub source_profile: Option<String>,
    /// The AWS region of the source [default: that of its profile, or --region]
    #[arg(long, value_name = "NAME")]
    pub source_region: Option<String>,
    /// User and password of the source, where it is not Amazon's: `user:password` there
    /// [default: what `docker login` left]
    #[arg(long, value_name = "env:VAR|file:PATH|-")]
    pub source_auth: Option<String>,
    /// A tag to put instead of the destination's or the source's; repeatable
    #[arg(long = "tag", value_name = "TAG")]
    pub tag: Vec<String>,
    /// Put no tag
    #[arg(long, conflicts_with = "tag")]
    pub no_tag: bool,
    /// Put all tags that the image has at the source, too
    #[arg(long)]
    pub source_tags: bool,
    /// Take this platform of an index only, as `linux/arm64`; repeatable
    #[arg(long = "platform", value_name = "OS/ARCHITECTURE")]
    pub platform: Vec<String>,
    /// Take what refers to the image too: signatures, attestations, SBOMs
    #[arg(long)]
    pub referrers: bool,
    /// Where a tag names another image at the destination
    #[arg(long, value_enum, default_value_t = OnConflictArg::Overwrite)]
    pub on_conflict: OnConflictArg,
    /// Layers under way at once [default: 6]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=32))]
    pub layers: Option<u32>,
    /// Parts of layers in memory at once [default: 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub parts: Option<u32>,
    /// Print as JSON what would be done; change nothing
    #[arg(long, conflicts_with_all = ["snapshot", "resume"])]
    pub dry_run: bool,
    /// Keep the copy's state here, before each request and after each answer
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    /// Go on from such a file, and keep the state there
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "destination"])]
    pub resume: Option<PathBuf>,
}

/// What to do where a tag names another image.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum OnConflictArg {
    /// Move it, where the repository lets it be moved
    Overwrite,
    /// Fail before anything is moved
    Fail,
    /// Leave it where it is
    Skip,
}

/// `spola ecr ls`
#[derive(Debug, Args)]
pub struct LsArgs {
    /// Those whose whole name fits: `*` stands for any characters, `?` for one
    pub glob: Option<String>,
    /// Those with a part of the name that this regular expression matches
    #[arg(long, value_name = "REGEX")]
    pub pattern: Option<String>,
    /// Those that have this tag, whatever its value or with it; repeatable
    #[arg(long = "tag", value_name = "KEY[=VALUE]")]
    pub tag: Vec<String>,
    /// Say the tags of each
    #[arg(long)]
    pub tags: bool,
    /// The registry, by address or account
    #[arg(long, value_name = "REGISTRY")]
    pub registry: Option<String>,
}

/// `spola ecr describe`
#[derive(Debug, Args)]
pub struct DescribeArgs {
    /// A registry, repository or image [default: the registry of the credentials]
    pub name: Option<String>,
}

/// `spola ecr login`
#[derive(Debug, Args)]
pub struct LoginArgs {
    /// The registry, by address or account [default: that of the credentials]
    pub registry: Option<String>,
}

/// `spola ecr uri`
#[derive(Debug, Args)]
pub struct UriArgs {
    /// A repository or image, by short name, address or ARN
    pub name: String,
}
