//! Names: `spola ecr uri`, and what a name is of.

use serde_json::{Value, json};
use spola_ecr::{AccountId, Defaults, EcrError, RegistryUri, RepositoryUri, Resolved, resolve};

use super::args::{Common, UriArgs};
use super::desk::Told;
use crate::credentials::AwsSettings;
use crate::output;

/// Prints the address that a name stands for.
pub fn uri(args: &UriArgs, common: &Common) -> Told<()> {
    let settings = AwsSettings::load(common.profile.as_deref());
    let settings = settings.map_err(|error| common.refuse(&error))?;
    let settings = settings.with_region(common.region.as_deref());
    let (mut account, mut region) = (common.account.as_deref(), settings.region());
    if common.is_sandboxed() {
        account = account.or(Some("123456789012"));
        region = region.or(Some("us-east-1"));
    }
    let resolved = resolved(&args.name, account, region);
    let resolved = resolved.map_err(|error| common.refuse(&error))?;
    if common.json {
        output::answer(&output::pretty(&described(&resolved)));
        return Ok(());
    }
    output::answer(&match resolved {
        Resolved::Image(image) => image.to_string(),
        Resolved::Repository(repository) => repository.to_string(),
    });
    Ok(())
}

fn resolved(name: &str, account: Option<&str>, region: Option<&str>) -> Result<Resolved, EcrError> {
    let defaults = Defaults {
        account: account.map(str::parse).transpose()?,
        region: region.map(str::parse).transpose()?,
        ..Defaults::default()
    };
    resolve(name, &defaults)
}

fn described(resolved: &Resolved) -> Value {
    let of = |repository: &RepositoryUri| {
        json!({
            "uri": repository,
            "registry": repository.registry,
            "account": repository.registry.account,
            "region": repository.registry.region,
            "repository": repository.name,
            "arn": repository.to_arn(),
        })
    };
    match resolved {
        Resolved::Repository(repository) => of(repository),
        Resolved::Image(image) => {
            let mut value = of(image.repository());
            value["uri"] = json!(image);
            value["tag"] = json!(image.tag());
            value["digest"] = json!(image.digest());
            value
        }
    }
}

/// What a name is of.
pub enum Kind {
    /// A registry, by address or account.
    Registry,
    /// A repository; or no name at all, which the operation will say.
    Repository,
    /// An image.
    Image {
        /// Its repository, as it is written.
        repository: String,
    },
}

/// Tells what a name is of, by its form.
pub fn kind(name: &str) -> Kind {
    // Whose and where does not matter here.
    let resolved = resolved(name, Some("000000000000"), Some("us-east-1"));
    match resolved {
        Ok(Resolved::Image(image)) => {
            let tag = image.tag().map_or(0, |tag| tag.as_str().len() + 1);
            let digest = image.digest();
            let digest = digest.map_or(0, |digest| digest.as_str().len() + 1);
            let length = name.len().saturating_sub(tag + digest);
            Kind::Image {
                repository: name.get(..length).unwrap_or_default().to_owned(),
            }
        }
        _ if name.parse::<AccountId>().is_ok() || name.parse::<RegistryUri>().is_ok() => {
            Kind::Registry
        }
        _ => Kind::Repository,
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, kind};

    #[test]
    fn a_name_is_told_by_its_form() {
        let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        let digest = format!("sha256:{}", "a".repeat(64));
        for name in ["123456789012", host] {
            assert!(matches!(kind(name), Kind::Registry), "{name}");
        }
        let whole = format!("{host}/team/app");
        let arn = "arn:aws:ecr:eu-west-1:123456789012:repository/team/app";
        for name in ["team/app", &whole, arn, "Not A Name"] {
            assert!(matches!(kind(name), Kind::Repository), "{name}");
        }
        for of in ["team/app", &whole] {
            for name in [
                format!("{of}:v1"),
                format!("{of}@{digest}"),
                format!("{of}:v1@{digest}"),
            ] {
                match kind(&name) {
                    Kind::Image { repository } => assert_eq!(repository, of),
                    _ => panic!("{name}"),
                }
            }
        }
    }
}
