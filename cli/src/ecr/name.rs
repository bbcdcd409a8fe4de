//! `spola ecr uri`: a name in all its forms.

use serde_json::{Value, json};
use spola_ecr::{Defaults, EcrError, RepositoryUri, Resolved, resolve};

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
