//! Regions, their partitions, and the hosts in them.

/// A partition: a set of regions with their own host names.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) name: &'static str,
    prefix: &'static str,
    pub(crate) suffix: &'static str,
}

const PARTITIONS: [Partition; 8] = [
    partition_of("aws-us-gov", "us-gov-", "amazonaws.com"),
    partition_of("aws-cn", "cn-", "amazonaws.com.cn"),
    partition_of("aws-eusc", "eusc-", "amazonaws.eu"),
    partition_of("aws-iso-b", "us-isob-", "sc2s.sgov.gov"),
    partition_of("aws-iso-e", "eu-isoe-", "cloud.adc-e.uk"),
    partition_of("aws-iso-f", "us-isof-", "csp.hci.ic.gov"),
    partition_of("aws-iso", "us-iso-", "c2s.ic.gov"),
    partition_of("aws", "", "amazonaws.com"),
];

const fn partition_of(name: &'static str, prefix: &'static str, suffix: &'static str) -> Partition {
    Partition {
        name,
        prefix,
        suffix,
    }
}

/// The partition that a region is in.
pub(crate) fn partition(region: &str) -> &'static Partition {
    PARTITIONS
        .iter()
        .find(|partition| region.starts_with(partition.prefix))
        .unwrap_or(&PARTITIONS[7])
}

/// The region in a host name like `api.ecr.eu-west-1.amazonaws.com`.
pub(crate) fn of_host(host: &str) -> Option<&str> {
    is_aws(host).then_some(())?;
    host.split('.').find(|label| is_region(label))
}

/// The account and region in a host name like `123456789012.dkr.ecr.eu-west-1.amazonaws.com`.
pub(crate) fn registry_of_host(host: &str) -> Option<(&str, &str)> {
    let account = host.split('.').next()?;
    crate::text::account(account).then_some(())?;
    Some((account, of_host(host)?))
}

/// Whether a host name is one of AWS's.
pub(crate) fn is_aws(host: &str) -> bool {
    let suffixes = PARTITIONS.iter().map(|partition| partition.suffix);
    suffixes
        .chain([
            "api.aws",
            "on.aws",
            "api.amazonwebservices.com.cn",
            "on.amazonwebservices.com.cn",
            "api.amazonwebservices.eu",
            "api.aws.ic.gov",
            "api.aws.scloud",
            "api.cloud-aws.adc-e.uk",
            "api.aws.hci.ic.gov",
        ])
        .any(|suffix| {
            host.strip_suffix(suffix)
                .is_some_and(|rest| rest.ends_with('.'))
        })
}

/// Letters, a hyphen, more, and a number last: `us-gov-west-1`.
fn is_region(label: &str) -> bool {
    let mut parts = label.split('-');
    let number = parts.next_back().unwrap_or_default();
    crate::text::region(label)
        && number.bytes().all(|b| b.is_ascii_digit())
        && !number.is_empty()
        && parts.clone().count() >= 2
        && parts.all(|part| part.bytes().all(|b| b.is_ascii_alphabetic()) && part.len() >= 2)
}

/// The registry's address for images.
pub(crate) fn registry_host(account: &str, region: &str) -> String {
    format!("{account}.dkr.ecr.{region}.{}", partition(region).suffix)
}

#[cfg(test)]
mod tests {
    use super::{of_host, partition};

    #[test]
    fn a_host_names_its_region() {
        assert_eq!(
            of_host("api.ecr.eu-west-1.amazonaws.com"),
            Some("eu-west-1")
        );
        assert_eq!(
            of_host("imagebuilder.us-gov-west-1.amazonaws.com"),
            Some("us-gov-west-1")
        );
        assert_eq!(of_host("ecr-fips.us-east-2.api.aws"), Some("us-east-2"));
        assert_eq!(of_host("api.ecr.amazonaws.com"), None);
        assert_eq!(of_host("api.ecr.eu-west-1.example.com"), None);
    }

    #[test]
    fn a_region_has_its_partition() {
        assert_eq!(partition("cn-north-1").suffix, "amazonaws.com.cn");
        assert_eq!(partition("us-isob-east-1").name, "aws-iso-b");
        assert_eq!(partition("us-iso-east-1").name, "aws-iso");
        assert_eq!(partition("eu-west-1").name, "aws");
    }
}
