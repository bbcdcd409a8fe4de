//! Repositories as Amazon Resource Names.

use std::fmt;
use std::str::FromStr;

use crate::error::EcrError;
use crate::name::{AccountId, Region, RepositoryName};
use crate::text::{as_text, shown};
use crate::uri::{Flavor, RegistryUri, RepositoryUri};

/// The ARN of a repository: `arn:{partition}:ecr:{region}:{account}:repository/{name}`.
/// Its partition is that of its region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryArn {
    /// Where the repository is.
    pub region: Region,
    /// Whose registry it is in.
    pub account: AccountId,
    /// Its name there.
    pub name: RepositoryName,
}

as_text!(RepositoryArn);

impl RepositoryArn {
    /// The address of the repository, by one of its registry's hosts.
    pub fn to_uri(&self, flavor: Flavor) -> RepositoryUri {
        RegistryUri {
            account: self.account.clone(),
            region: self.region.clone(),
            flavor,
        }
        .repository(self.name.clone())
    }
}

impl RepositoryUri {
    /// The address of the repository that has an ARN, by its registry's standard host.
    ///
    /// # Errors
    ///
    /// As reading a [`RepositoryArn`].
    pub fn from_arn(arn: &str) -> Result<Self, EcrError> {
        let arn: RepositoryArn = arn.parse()?;
        Ok(arn.to_uri(Flavor::Standard))
    }

    /// The repository's ARN. It does not say which host the address had.
    pub fn to_arn(&self) -> RepositoryArn {
        RepositoryArn {
            region: self.registry.region.clone(),
            account: self.registry.account.clone(),
            name: self.name.clone(),
        }
    }
}

impl fmt::Display for RepositoryArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            region,
            account,
            name,
        } = self;
        let partition = region.partition().name;
        write!(
            f,
            "arn:{partition}:ecr:{region}:{account}:repository/{name}"
        )
    }
}

impl FromStr for RepositoryArn {
    type Err = EcrError;

    fn from_str(text: &str) -> Result<Self, EcrError> {
        let refused = || EcrError::NotARepositoryArn { arn: shown(text) };
        let mut parts = text.splitn(6, ':');
        let mut next = || parts.next().ok_or_else(refused);
        let (scheme, partition, service) = (next()?, next()?, next()?);
        let (region, account, resource) = (next()?, next()?, next()?);
        let is_ecr = scheme == "arn" && service == "ecr";
        let name = resource.strip_prefix("repository/");
        let (true, Some(name)) = (is_ecr, name) else {
            return Err(refused());
        };
        let arn = Self {
            region: region.parse()?,
            account: account.parse()?,
            name: name.parse()?,
        };
        if partition != arn.region.partition().name {
            return Err(EcrError::WrongPartition {
                partition: shown(partition),
                region: arn.region.to_string(),
                nearest: arn.to_string(),
            });
        }
        Ok(arn)
    }
}
