//! AWS hosts, service names and errors.

use spola::Diagnostic;
use spola::auth::aws::{self, Failure, HostOptions, classify};

#[test]
fn hosts_follow_service_region_and_partition() {
    let plain = HostOptions::default();
    let fips = HostOptions {
        fips: true,
        ..plain
    };
    let dual = HostOptions {
        dual_stack: true,
        ..plain
    };
    let both = HostOptions {
        fips: true,
        dual_stack: true,
    };
    for (service, region, options, expected) in [
        ("ecr", "us-east-1", plain, "api.ecr.us-east-1.amazonaws.com"),
        (
            "ecr",
            "us-east-1",
            fips,
            "api.ecr-fips.us-east-1.amazonaws.com",
        ),
        ("ecr", "us-east-1", dual, "ecr.us-east-1.api.aws"),
        ("ecr", "us-east-1", both, "ecr-fips.us-east-1.api.aws"),
        (
            "ecr",
            "cn-north-1",
            plain,
            "api.ecr.cn-north-1.amazonaws.com.cn",
        ),
        (
            "ecr",
            "eusc-de-east-1",
            plain,
            "api.ecr.eusc-de-east-1.amazonaws.eu",
        ),
        (
            "ecr",
            "us-isob-east-1",
            plain,
            "api.ecr.us-isob-east-1.sc2s.sgov.gov",
        ),
        (
            "imagebuilder",
            "us-gov-west-1",
            fips,
            "imagebuilder.us-gov-west-1.amazonaws.com",
        ),
        (
            "imagebuilder",
            "us-gov-west-1",
            both,
            "imagebuilder-fips.us-gov-west-1.api.aws",
        ),
        (
            "imagebuilder",
            "eu-west-1",
            fips,
            "imagebuilder-fips.eu-west-1.amazonaws.com",
        ),
        (
            "imagebuilder",
            "eu-west-1",
            dual,
            "imagebuilder.eu-west-1.api.aws",
        ),
        ("ses", "eu-west-1", plain, "email.eu-west-1.amazonaws.com"),
        ("iam", "eu-west-1", plain, "iam.amazonaws.com"),
        (
            "organizations",
            "eu-west-1",
            plain,
            "organizations.us-east-1.amazonaws.com",
        ),
        (
            "s3",
            "eu-west-1",
            dual,
            "s3.dualstack.eu-west-1.amazonaws.com",
        ),
    ] {
        assert_eq!(aws::host(service, region, options).unwrap(), expected);
    }
    let refused = aws::host("iam", "eu-west-1", dual).unwrap_err();
    assert_eq!(refused.code(), "auth.no-such-host");
    assert_eq!(aws::signing_region("iam", "eu-west-1"), "us-east-1");
    assert_eq!(aws::signing_region("ecr", "eu-west-1"), "eu-west-1");
    assert_eq!(aws::partition("us-gov-east-1").name, "aws-us-gov");
}

#[test]
fn a_described_host_moves_to_another_region() {
    let fips = HostOptions {
        fips: true,
        ..HostOptions::default()
    };
    let plain = HostOptions::default();
    for (described, region, options, expected) in [
        (
            "ecr.us-east-1.amazonaws.com",
            "cn-north-1",
            plain,
            "api.ecr.cn-north-1.amazonaws.com.cn",
        ),
        (
            "api.ecr.us-east-1.amazonaws.com",
            "eu-west-1",
            fips,
            "api.ecr-fips.eu-west-1.amazonaws.com",
        ),
        (
            "sqs.us-east-1.amazonaws.com",
            "eu-west-1",
            fips,
            "sqs-fips.eu-west-1.amazonaws.com",
        ),
        (
            "runtime.sagemaker.us-east-1.amazonaws.com",
            "eu-west-1",
            plain,
            "runtime.sagemaker.eu-west-1.amazonaws.com",
        ),
        (
            "a1b2.execute-api.us-east-1.amazonaws.com",
            "cn-north-1",
            plain,
            "a1b2.execute-api.cn-north-1.amazonaws.com.cn",
        ),
        (
            "dsql.us-east-1.api.aws",
            "eu-west-1",
            plain,
            "dsql.eu-west-1.api.aws",
        ),
        ("iam.amazonaws.com", "eu-west-1", plain, "iam.amazonaws.com"),
    ] {
        assert_eq!(
            aws::host_like(described, region, options).unwrap(),
            expected
        );
    }
    assert!(aws::host_like("pets.example", "eu-west-1", plain).is_err());
}

#[test]
fn a_region_or_service_cannot_change_the_host() {
    for region in [
        "",
        "us-east-1.evil.example/",
        "us east",
        "US-EAST-1",
        "-x",
        "a@b",
        "x#",
        "é",
    ] {
        let refused = aws::host("ecr", region, HostOptions::default()).unwrap_err();
        assert_eq!(refused.code(), "auth.invalid-region", "{region}");
    }
    let refused = aws::host("ecr.evil", "us-east-1", HostOptions::default()).unwrap_err();
    assert_eq!(refused.code(), "auth.invalid-service");
    let refused = aws::check_region("us-east-1 ").unwrap_err();
    assert_eq!(refused.help().as_deref(), Some("did you mean `us-east-1`?"));
}

#[test]
fn an_aws_host_tells_service_and_region() {
    for (host, expected) in [
        (
            "api.ecr.us-east-1.amazonaws.com",
            Some(("ecr", Some("us-east-1"))),
        ),
        (
            "API.ECR.us-east-1.amazonaws.com",
            Some(("ecr", Some("us-east-1"))),
        ),
        (
            "ecr.us-east-1.amazonaws.com",
            Some(("ecr", Some("us-east-1"))),
        ),
        (
            "api.ecr-fips.us-gov-west-1.amazonaws.com",
            Some(("ecr", Some("us-gov-west-1"))),
        ),
        ("ecr.eu-west-1.api.aws", Some(("ecr", Some("eu-west-1")))),
        (
            "ecr-fips.eu-west-1.api.aws",
            Some(("ecr", Some("eu-west-1"))),
        ),
        (
            "api.ecr.cn-north-1.amazonaws.com.cn",
            Some(("ecr", Some("cn-north-1"))),
        ),
        (
            "imagebuilder.eusc-de-east-1.amazonaws.eu",
            Some(("imagebuilder", Some("eusc-de-east-1"))),
        ),
        (
            "imagebuilder-fips.us-east-2.amazonaws.com",
            Some(("imagebuilder", Some("us-east-2"))),
        ),
        (
            "api.ecr-public.us-east-1.amazonaws.com",
            Some(("ecr-public", Some("us-east-1"))),
        ),
        ("iam.amazonaws.com", Some(("iam", None))),
        (
            "email.eu-west-1.amazonaws.com",
            Some(("ses", Some("eu-west-1"))),
        ),
        (
            "api.sagemaker.eu-west-1.amazonaws.com",
            Some(("sagemaker", Some("eu-west-1"))),
        ),
        (
            "streams.dynamodb.eu-west-1.amazonaws.com",
            Some(("dynamodb", Some("eu-west-1"))),
        ),
        (
            "bucket.name.s3.eu-west-1.amazonaws.com",
            Some(("s3", Some("eu-west-1"))),
        ),
        (
            "s3.dualstack.eu-west-1.amazonaws.com",
            Some(("s3", Some("eu-west-1"))),
        ),
        (
            "abc123.execute-api.ap-southeast-2.amazonaws.com",
            Some(("execute-api", Some("ap-southeast-2"))),
        ),
        (
            "search-d.us-east-1.es.amazonaws.com",
            Some(("es", Some("us-east-1"))),
        ),
        (
            "abc.lambda-url.us-east-1.on.aws",
            Some(("lambda", Some("us-east-1"))),
        ),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com", None),
        ("123456789012.dkr-ecr.us-east-1.on.aws", None),
        ("amazonaws.com", None),
        ("ecr.us-east-1.amazonaws.com.evil.example", None),
        ("evilamazonaws.com", None),
        ("localhost", None),
    ] {
        let given = aws::service_and_region_of_host(host);
        let given = given.as_ref().map(|(s, r)| (s.as_str(), r.as_deref()));
        assert_eq!(given, expected, "{host}");
    }
    assert!(aws::is_aws_host(
        "123456789012.dkr.ecr.us-east-1.amazonaws.com"
    ));
    assert!(!aws::is_aws_host("amazonaws.com.evil.example"));
}

#[test]
fn a_target_header_tells_the_service() {
    assert_eq!(
        aws::service_of_target("AmazonEC2ContainerRegistry_V20150921.ListImages"),
        Some("ecr")
    );
    assert_eq!(aws::service_of_target("Nobody.Knows"), None);
    assert_eq!(aws::service_of_target("ecr"), None);
}

#[test]
fn aws_errors_tell_whether_to_send_again() {
    for (code, status, expected) in [
        (Some("ThrottlingException"), 400, Failure::Throttling),
        (
            Some("com.amazonaws.ecr#ThrottlingException"),
            400,
            Failure::Throttling,
        ),
        (Some("SlowDown:http://internal/"), 503, Failure::Throttling),
        (
            Some("CallRateLimitExceededException"),
            429,
            Failure::Throttling,
        ),
        (None, 429, Failure::Throttling),
        (Some("ServerException"), 500, Failure::Transient),
        (None, 503, Failure::Transient),
        (Some("RequestTimeout"), 400, Failure::Transient),
        (Some("ExpiredTokenException"), 400, Failure::ExpiredToken),
        (Some("InvalidSignatureException"), 400, Failure::SkewedClock),
        (Some("RequestExpired"), 400, Failure::SkewedClock),
        (Some("LimitExceededException"), 400, Failure::Other),
        (Some("RepositoryNotFoundException"), 400, Failure::Other),
        (None, 501, Failure::Other),
        (None, 200, Failure::Other),
    ] {
        assert_eq!(classify(code, status), expected, "{code:?} {status}");
    }
}
