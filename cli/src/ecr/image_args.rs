//! The command line of `spola ecr`: images.

use clap::Args;

/// Which images of a repository are meant.
#[derive(Debug, Args)]
pub struct Chosen {
    /// Those with a tag that fits: `*` stands for any characters, `?` for one
    #[arg(long, value_name = "GLOB")]
    pub glob: Option<String>,
    /// Those with a tag of which this regular expression matches a part
    #[arg(long, value_name = "REGEX")]
    pub pattern: Option<String>,
    /// Those without a tag
    #[arg(long)]
    pub untagged: bool,
}

/// `spola ecr images`
#[derive(Debug, Args)]
pub struct ImagesArgs {
    /// The repository, by name, address or ARN
    pub repository: String,
    /// Which.
    #[command(flatten)]
    pub chosen: Chosen,
    /// Those with a tag
    #[arg(long, conflicts_with = "untagged")]
    pub tagged: bool,
    /// Print the manifests too, as JSON
    #[arg(long)]
    pub manifests: bool,
    /// Print the newest one only
    #[arg(long, conflicts_with = "manifests")]
    pub newest: bool,
}

/// `spola ecr config`
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// The image: `app:v1`, a whole address, or one with a digest
    pub image: String,
    /// Which image of an index, as `linux/arm64`
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    pub platform: Option<String>,
}

/// `spola ecr tag`
#[derive(Debug, Args)]
pub struct TagArgs {
    /// An image (`app:v1`), or a repository (`app`)
    pub name: String,
    /// Tags to add: names for an image, `KEY=VALUE` for a repository
    pub tags: Vec<String>,
    /// Take this tag away: a name, or a repository's key; repeatable
    #[arg(long, value_name = "TAG")]
    pub remove: Vec<String>,
    /// A repository's tags: those given are all that stay
    #[arg(long)]
    pub overwrite: bool,
    /// Take the last tag of an image too, and the image with it
    #[arg(long)]
    pub delete_untagged: bool,
}

/// `spola ecr resolve`
#[derive(Debug, Args)]
pub struct ResolveArgs {
    /// A repository or image, by short name, address or ARN
    pub name: String,
    /// The tag of a name that says none [default: the newest image's]
    #[arg(long, value_name = "TAG")]
    pub default_tag: Option<String>,
    /// See whether an image that is named by digest is there
    #[arg(long)]
    pub check: bool,
}
