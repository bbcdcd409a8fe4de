//! Image Builder's ARNs.

use crate::text::Rule;

macro_rules! pattern {
    ($kind:literal) => {
        concat!(
            r"^arn:aws[^:]*:imagebuilder:[^:]+:(?:[0-9]{12}|aws):",
            $kind
        )
    };
}

pub(crate) const IMAGE_RECIPE: Rule = Rule::Matches(
    |text| versioned(text, "image-recipe"),
    pattern!(r"image-recipe/[a-z0-9-_]+/(?:[0-9]+|x)\.(?:[0-9]+|x)\.(?:[0-9]+|x)$"),
);
pub(crate) const CONTAINER_RECIPE: Rule = Rule::Matches(
    |text| versioned(text, "container-recipe"),
    pattern!(r"container-recipe/[a-z0-9-_]+/(?:[0-9]+|x)\.(?:[0-9]+|x)\.(?:[0-9]+|x)$"),
);
pub(crate) const INFRASTRUCTURE: Rule = Rule::Matches(
    |text| named(text, "infrastructure-configuration"),
    pattern!("infrastructure-configuration/[a-z0-9-_]+$"),
);
pub(crate) const DISTRIBUTION: Rule = Rule::Matches(
    |text| named(text, "distribution-configuration"),
    pattern!("distribution-configuration/[a-z0-9-_]+$"),
);
pub(crate) const PIPELINE: Rule = Rule::Matches(
    |text| named(text, "image-pipeline"),
    pattern!("image-pipeline/[a-z0-9-_]+$"),
);
pub(crate) const BUILD_VERSION: Rule = Rule::Matches(
    is_build,
    pattern!(r"image/[a-z0-9-_]+/[0-9]+\.[0-9]+\.[0-9]+/[0-9]+$"),
);
pub(crate) const IMAGE: Rule = Rule::Matches(
    |text| is_build(text) || versioned(text, "image"),
    pattern!(
        r"image/[a-z0-9-_]+/(?:(?:([0-9]+|x)\.([0-9]+|x)\.([0-9]+|x))|(?:[0-9]+\.[0-9]+\.[0-9]+/[0-9]+))$"
    ),
);
pub(crate) const IMAGE_VERSION: Rule = Rule::Matches(
    |text| versioned(text, "image"),
    pattern!(r"image/[a-z0-9-_]+/[0-9]+\.[0-9]+\.[0-9]+$"),
);

/// Anything of Image Builder's.
pub(crate) const ANY: Rule = Rule::Matches(
    |text| Arn::parse(text).is_some_and(|arn| KINDS.contains(&arn.kind)),
    pattern!(
        r"(?:image-recipe|container-recipe|infrastructure-configuration|distribution-configuration|component|image|image-pipeline|lifecycle-policy|workflow/(?:build|test|distribution))/[a-z0-9-_]+(?:/(?:(?:x|[0-9]+)\.(?:x|[0-9]+)\.(?:x|[0-9]+))(?:/[0-9]+)?)?$"
    ),
);
const KINDS: [&str; 9] = [
    "image-recipe",
    "container-recipe",
    "infrastructure-configuration",
    "distribution-configuration",
    "component",
    "image",
    "image-pipeline",
    "lifecycle-policy",
    "workflow",
];

/// An ARN in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arn<'t> {
    pub(crate) region: &'t str,
    pub(crate) account: &'t str,
    pub(crate) kind: &'t str,
    pub(crate) name: &'t str,
    /// What stands after the name.
    pub(crate) version: Option<&'t str>,
}

impl<'t> Arn<'t> {
    pub(crate) fn parse(text: &'t str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "imagebuilder", region, account, resource] = parts[..] else {
            return None;
        };
        let (kind, rest) = resource.split_once('/')?;
        let (name, version) = match rest.split_once('/') {
            Some((name, version)) => (name, Some(version)),
            None => (rest, None),
        };
        let name_byte = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
        let valid = partition.starts_with("aws")
            && !region.is_empty()
            && (crate::text::account(account) || account == "aws")
            && !name.is_empty()
            && name.bytes().all(name_byte);
        valid.then_some(Self {
            region,
            account,
            kind,
            name,
            version,
        })
    }
}

fn named(text: &str, kind: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| arn.kind == kind && arn.version.is_none())
}

fn versioned(text: &str, kind: &str) -> bool {
    let arn = Arn::parse(text).filter(|arn| arn.kind == kind);
    arn.and_then(|arn| arn.version)
        .is_some_and(|version| is_version(version, true))
}

fn is_build(text: &str) -> bool {
    let arn = Arn::parse(text).filter(|arn| arn.kind == "image");
    arn.and_then(|arn| arn.version?.split_once('/'))
        .is_some_and(|(version, number)| is_version(version, false) && is_number(number))
}

/// Three numbers; where allowed, `x` stands for the newest.
fn is_version(text: &str, wild: bool) -> bool {
    text.split('.').count() == 3
        && text
            .split('.')
            .all(|part| is_number(part) || wild && part == "x")
}

fn is_number(text: &str) -> bool {
    (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}
