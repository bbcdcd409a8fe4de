//! AWS hosts by service, region and partition.

use super::error::{AuthError, AuthErrorKind};
use crate::diagnostic::nearest;
use crate::text::{self, cut, cut_last, cut_text, find, split};

/// A group of regions that share host names and credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its name: `aws`, `aws-cn`, `aws-us-gov` …
    pub name: &'static str,
    /// What the names of its hosts end with.
    pub suffix: &'static str,
    /// What the names of its hosts for IPv4 and IPv6 end with.
    pub dual_stack_suffix: &'static str,
    /// What the names of its container registries for IPv4 and IPv6 end with.
    pub registry_suffix: &'static str,
    /// The beginning of its regions' names; empty for all others.
    prefix: &'static str,
    /// The region that global services are signed for.
    global_region: &'static str,
}

const PARTITIONS: [Partition; 8] = [
    Partition {
        name: "aws-cn",
        suffix: "amazonaws.com.cn",
        dual_stack_suffix: "api.amazonwebservices.com.cn",
        registry_suffix: "on.amazonwebservices.com.cn",
        prefix: "cn-",
        global_region: "cn-northwest-1",
    },
    Partition {
        name: "aws-us-gov",
        suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
        registry_suffix: "on.aws",
        prefix: "us-gov-",
        global_region: "us-gov-west-1",
    },
    Partition {
        name: "aws-eusc",
        suffix: "amazonaws.eu",
        dual_stack_suffix: "api.amazonwebservices.eu",
        registry_suffix: "on.amazonwebservices.eu",
        prefix: "eusc-",
        global_region: "eusc-de-east-1",
    },
    Partition {
        name: "aws-iso-b",
        suffix: "sc2s.sgov.gov",
        dual_stack_suffix: "api.aws.scloud",
        registry_suffix: "on.aws.scloud",
        prefix: "us-isob-",
        global_region: "us-isob-east-1",
    },
    Partition {
        name: "aws-iso-f",
        suffix: "csp.hci.ic.gov",
        dual_stack_suffix: "api.aws.hci.ic.gov",
        registry_suffix: "on.aws.hci.ic.gov",
        prefix: "us-isof-",
        global_region: "us-isof-south-1",
    },
    Partition {
        name: "aws-iso",
        suffix: "c2s.ic.gov",
        dual_stack_suffix: "api.aws.ic.gov",
        registry_suffix: "on.aws.ic.gov",
        prefix: "us-iso-",
        global_region: "us-iso-east-1",
    },
    Partition {
        name: "aws-iso-e",
        suffix: "cloud.adc-e.uk",
        dual_stack_suffix: "api.cloud-aws.adc-e.uk",
        registry_suffix: "on.cloud-aws.adc-e.uk",
        prefix: "eu-isoe-",
        global_region: "eu-isoe-west-1",
    },
    Partition {
        name: "aws",
        suffix: "amazonaws.com",
        dual_stack_suffix: "api.aws",
        registry_suffix: "on.aws",
        prefix: "",
        global_region: "us-east-1",
    },
];

/// Which of a service's hosts is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostOptions {
    /// One whose cryptography is FIPS 140 validated.
    pub fips: bool,
    /// One that has IPv4 and IPv6 addresses.
    pub dual_stack: bool,
}

/// The partition that a region belongs to; `aws` for regions not known to be elsewhere.
pub fn partition(region: &str) -> &'static Partition {
    let found = PARTITIONS
        .iter()
        .find(|partition| region.starts_with(partition.prefix));
    found.unwrap_or(&PARTITIONS[PARTITIONS.len() - 1])
}

/// The host of a service, named by its signing name, in a region.
///
/// # Errors
///
/// `auth.invalid-region` or `auth.invalid-service` where the name could change
/// which host is meant; `auth.no-such-host` where a service that has one host
/// for the whole partition is asked for another kind.
pub fn host(service: &str, region: &str, options: HostOptions) -> Result<String, AuthError> {
    check_region(region)?;
    check_service(service)?;
    let partition = partition(region);
    let region = signing_region(service, region);
    let HostOptions { fips, dual_stack } = options;
    if GLOBAL.contains(&service) {
        if dual_stack {
            let texts = [service, region, "dual-stack"];
            return Err(AuthError::new(AuthErrorKind::NoSuchHost, &texts));
        }
        let fips = if fips { "-fips" } else { "" };
        return Ok(format!("{service}{fips}.{}", partition.suffix));
    }
    let suffix = if dual_stack {
        partition.dual_stack_suffix
    } else {
        partition.suffix
    };
    // Image Builder's ordinary hosts of this partition are validated ones.
    let is_validated = service == "imagebuilder" && partition.name == "aws-us-gov" && !dual_stack;
    let fips = if fips && !is_validated { "-fips" } else { "" };
    let label = entries(SIGNED_AS)
        .find(|(_, signed_as)| *signed_as == service)
        .map_or(service, |(label, _)| label);
    // These have the longer name on IPv4 only.
    let label = match (service, dual_stack) {
        ("ecr" | "ecr-public", true) => service,
        _ => label,
    };
    if service == "s3" && dual_stack {
        return Ok(format!("s3{fips}.dualstack.{region}.{}", partition.suffix));
    }
    Ok(format!("{label}{fips}.{region}.{suffix}"))
}

/// The host in a region that does there what an AWS host of a description does:
/// that of the service where the description's is one of the service's own,
/// else the same name with another region (`runtime.sagemaker.…`,
/// `a1b2.execute-api.…`). A host whose name says no region stays as it is.
///
/// # Errors
///
/// As [`host`]; `auth.invalid-service` for a host that is not one of AWS's.
pub fn host_like(described: &str, region: &str, options: HostOptions) -> Result<String, AuthError> {
    check_region(region)?;
    let described = described.to_ascii_lowercase();
    let (service, at) =
        service_and_region_of_host(&described).ok_or_else(|| invalid_service(&described))?;
    let Some(at) = at else {
        return Ok(described);
    };
    let is_own = matches!(service.as_str(), "ecr" | "imagebuilder")
        || host(&service, &at, HostOptions::default())? == described;
    if is_own {
        return host(&service, region, options);
    }
    let (before, after) =
        cut_text(&described, &format!(".{at}.")).unwrap_or((described.as_str(), ""));
    let (from, to) = (partition(&at), partition(region));
    let after = match after.strip_suffix(from.suffix) {
        Some(between) if options.dual_stack => format!("{between}{}", to.dual_stack_suffix),
        Some(between) => format!("{between}{}", to.suffix),
        None => after.replace(from.dual_stack_suffix, to.dual_stack_suffix),
    };
    let fips = if options.fips && !before.ends_with("-fips") {
        "-fips"
    } else {
        ""
    };
    Ok(format!("{before}{fips}.{region}.{after}"))
}

/// The region that requests of a service are signed for: the given one, but the
/// partition's own for services that have one host for all of its regions.
pub fn signing_region<'a>(service: &str, region: &'a str) -> &'a str {
    if GLOBAL.contains(&service) || PINNED.contains(&service) {
        partition(region).global_region
    } else {
        region
    }
}

/// Services with one host for the whole partition, without a region in its name.
const GLOBAL: [&str; 6] = [
    "budgets",
    "cloudfront",
    "iam",
    "route53",
    "savingsplans",
    "waf",
];

/// Services with one host for the whole partition, with a region in its name.
const PINNED: [&str; 6] = [
    "account",
    "ce",
    "chime",
    "organizations",
    "shield",
    "support",
];

/// Host labels that are not the signing name, and that name, whose own host they are.
const SIGNED_AS: &str = "\
api.ecr ecr
api.ecr-public ecr-public
api.detective detective
api.iotwireless iotwireless
api.mediatailor mediatailor
api.pricing pricing
api.sagemaker sagemaker
appstream2 appstream
cloudhsmv2 cloudhsm
data-ats.iot iotdata
email ses
memory-db memorydb
oidc sso-oauth
pinpoint mobiletargeting
portal.sso awsssoportal
metering.marketplace aws-marketplace
";

/// Host labels that are not the signing name, of services whose own host is another.
const ALSO_SIGNED_AS: &str = "\
bedrock-agent bedrock
bedrock-agent-runtime bedrock
bedrock-runtime bedrock
runtime.lex lex
runtime-v2-lex lex
runtime.sagemaker sagemaker
s3-control s3
streams.dynamodb dynamodb
";

/// Prefixes of `X-Amz-Target` and the services they belong to.
const TARGETS: &str = "\
AWSCognitoIdentityProviderService cognito-idp
AWSCognitoIdentityService cognito-identity
AWSEvents events
AWSGlue glue
AWSOrganizationsV20161128 organizations
AWSSimbaAPIService_v20180301 fsx
AWSStepFunctions states
AWSWAF_20190729 wafv2
AmazonAthena athena
AmazonEC2ContainerRegistry_V20150921 ecr
AmazonEC2ContainerServiceV20141113 ecs
AmazonSQS sqs
AmazonSSM ssm
AnyScaleFrontendService application-autoscaling
AppRunner apprunner
CertificateManager acm
CloudApiService cloudcontrolapi
CodeBuild_20161006 codebuild
CodeDeploy_20141006 codedeploy
CodePipeline_20150709 codepipeline
DynamoDBStreams_20120810 dynamodb
DynamoDB_20120810 dynamodb
ElasticMapReduce elasticmapreduce
Kinesis_20131202 kinesis
Logs_20140328 logs
ResourceGroupsTaggingAPI_20170126 tagging
Route53AutoNaming_v20170314 servicediscovery
SageMaker sagemaker
SpencerFrontendService ecr-public
StarlingDoveService config
TrentService kms
secretsmanager secretsmanager
";

/// The words of a table's lines.
fn entries(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = split(table, b"\n").into_iter();
    lines.filter_map(|line| cut(line, b' '))
}

/// The service that an `X-Amz-Target` header is meant for, where it is known.
pub fn service_of_target(target: &str) -> Option<&'static str> {
    let (prefix, _) = cut_last(target, b'.')?;
    let mut known = entries(TARGETS);
    known.find_map(|(known, service)| (known == prefix).then_some(service))
}

/// Whether a host belongs to AWS: its name ends like those of a partition.
pub fn is_aws_host(host: &str) -> bool {
    without_suffix(&host.to_ascii_lowercase()).is_some()
}

/// The signing name of the service at an AWS host, and its region where the
/// name says it. None for other hosts, and for those that take no signature
/// (`123456789012.dkr.ecr.us-east-1.amazonaws.com`).
#[inline(never)]
pub fn service_and_region_of_host(host: &str) -> Option<(String, Option<String>)> {
    let host = host.to_ascii_lowercase();
    let labels = split(without_suffix(&host)?, b".");
    let is_registry = |label: &&str| *label == "dkr" || label.starts_with("dkr-ecr");
    if labels.iter().any(is_registry) {
        return None;
    }
    let at = labels.iter().rposition(|label| is_region(label));
    let region = at.map(|at| labels[at].to_owned());
    let before = &labels[..at.unwrap_or(labels.len())];
    // `domain.us-east-1.es.amazonaws.com`: the service follows.
    let after = at.and_then(|at| labels.get(at + 1));
    let label = after.or_else(|| before.iter().rfind(|label| **label != "dualstack"))?;
    let label = label.strip_suffix("-fips").unwrap_or(label);
    let wide = match before {
        [.., first, _] => [first, ".", label].concat(),
        _ => String::new(),
    };
    let signed_as = |label: &str| {
        let mut known = entries(SIGNED_AS).chain(entries(ALSO_SIGNED_AS));
        known.find_map(|(known, service)| (known == label).then_some(service))
    };
    let service = match label {
        "" => return None,
        "lambda-url" => Some("lambda"),
        "lex" | "marketplace" | "sso" | "iot" | "sagemaker" | "ecr" | "ecr-public" => None,
        _ => signed_as(label),
    };
    let service = service.or_else(|| signed_as(&wide)).unwrap_or(label);
    Some((service.to_owned(), region))
}

/// What stands before the suffix of a partition, without the dot between.
fn without_suffix(host: &str) -> Option<&str> {
    PARTITIONS
        .iter()
        .flat_map(|partition| {
            [
                partition.dual_stack_suffix,
                partition.registry_suffix,
                partition.suffix,
            ]
        })
        .find_map(|suffix| host.strip_suffix(suffix)?.strip_suffix('.'))
        .filter(|rest| !rest.is_empty())
}

/// Whether a text has the form of a region: `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`.
pub fn is_region(label: &str) -> bool {
    let Some((words, number)) = cut_last(label, b'-') else {
        return false;
    };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|c| c.is_ascii_lowercase());
    find(words, b'-').is_some_and(|end| end <= 4)
        && split(words, b"-").into_iter().all(is_word)
        && (1..=2).contains(&number.len())
        && number.bytes().all(|c| c.is_ascii_digit())
}

/// Refuses a region that could change which host a name means.
///
/// # Errors
///
/// `auth.invalid-region`.
pub fn check_region(region: &str) -> Result<(), AuthError> {
    let is_label = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let ends = region.starts_with('-') || region.ends_with('-');
    if region.is_empty() || region.len() > 63 || ends || !region.bytes().all(is_label) {
        let texts = [beginning(region), &*region_help(beginning(region))];
        return Err(AuthError::new(AuthErrorKind::InvalidRegion, &texts));
    }
    Ok(())
}

/// Refuses a service that could change which host a name means.
pub(super) fn check_service(service: &str) -> Result<(), AuthError> {
    let is_label = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
    let ends = service.starts_with('-') || service.ends_with('-');
    if service.is_empty() || service.len() > 63 || ends || !service.bytes().all(is_label) {
        return Err(invalid_service(service));
    }
    Ok(())
}

fn invalid_service(service: &str) -> AuthError {
    AuthError::new(AuthErrorKind::InvalidService, &[beginning(service)])
}

/// As much of a name as is worth showing.
fn beginning(name: &str) -> &str {
    text::beginning(name, 64).unwrap_or(name)
}

/// What to write instead of a name that is no region.
pub fn region_help(region: &str) -> String {
    match nearest(region, REGIONS) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "a region is written like `eu-central-1`".into(),
    }
}

/// Regions for "did you mean"; not a list of all.
const REGIONS: [&str; 12] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-north-1",
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
];

pub use super::failure::{Failure, classify};
