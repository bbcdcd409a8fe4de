//! The ECR toolkit: names read, printed, refused with help.

use std::fmt::{Debug, Display};
use std::path::Path;
use std::str::FromStr;

use proptest::prelude::{Just, Strategy, any, proptest};
use proptest::string::string_regex;
use proptest::{prop_assert, prop_assert_eq, prop_oneof};
use spola::{Diagnostic, Report};
use spola_ecr::{
    AccountId, Defaults, Digest, EcrError, Flavor, ImageUri, Platform, Region, RegistryUri,
    RepositoryArn, RepositoryName, RepositoryUri, Resolved, Tag, resolve,
};

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn read<T: FromStr<Err = EcrError>>(text: &str) -> T {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused<T: FromStr<Err = EcrError> + Debug>(text: &str) -> EcrError {
    match text.parse::<T>() {
        Ok(value) => panic!("{text} is read as {value:?}"),
        Err(error) => error,
    }
}

fn code<T: FromStr<Err = EcrError> + Debug>(text: &str) -> &'static str {
    refused::<T>(text).code()
}

fn image(rest: &str) -> ImageUri {
    read(&format!("{HOST}/{rest}"))
}

// What toolkits before this one got wrong.

#[test]
fn the_full_stops_of_a_registry_are_full_stops() {
    for text in [
        "123456789012xdkrxecrxus-east-1xamazonawsxcom",
        "123456789012.dkrxecr.us-east-1.amazonaws.com",
        "123456789012.dkr.ecr.us-east-1.amazonaws,com",
        "123456789012.dkr.ecr.us-east-1.amazonawsxcom",
    ] {
        refused::<RegistryUri>(text);
        refused::<RepositoryUri>(&format!("{text}/app"));
        refused::<ImageUri>(&format!("{text}/app:v1"));
    }
}

#[test]
fn every_partition_has_registries_on_every_kind_of_host() {
    let partitions = [
        ("us-east-1", "aws", "amazonaws.com", "on.aws"),
        ("eu-north-1", "aws", "amazonaws.com", "on.aws"),
        (
            "cn-northwest-1",
            "aws-cn",
            "amazonaws.com.cn",
            "on.amazonwebservices.com.cn",
        ),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com", "on.aws"),
        (
            "eusc-de-east-1",
            "aws-eusc",
            "amazonaws.eu",
            "on.amazonwebservices.eu",
        ),
        ("us-iso-east-1", "aws-iso", "c2s.ic.gov", "on.aws.ic.gov"),
        (
            "us-isob-east-1",
            "aws-iso-b",
            "sc2s.sgov.gov",
            "on.aws.scloud",
        ),
        (
            "eu-isoe-west-1",
            "aws-iso-e",
            "cloud.adc-e.uk",
            "on.cloud-aws.adc-e.uk",
        ),
        (
            "us-isof-south-1",
            "aws-iso-f",
            "csp.hci.ic.gov",
            "on.aws.hci.ic.gov",
        ),
    ];
    for (region, partition, suffix, dual) in partitions {
        for (host, flavor) in [
            (format!("dkr.ecr.{region}.{suffix}"), Flavor::Standard),
            (format!("dkr.ecr-fips.{region}.{suffix}"), Flavor::Fips),
            (format!("dkr-ecr.{region}.{dual}"), Flavor::DualStack),
            (
                format!("dkr-ecr-fips.{region}.{dual}"),
                Flavor::FipsDualStack,
            ),
        ] {
            let text = format!("123456789012.{host}");
            let registry: RegistryUri = read(&text);
            assert_eq!(registry.flavor, flavor);
            assert_eq!(registry.region.as_str(), region);
            assert_eq!(registry.region.partition().name, partition);
            assert_eq!(registry.to_string(), text);
            let repository: RepositoryUri = read(&format!("{text}/team/app"));
            assert_eq!(repository.registry, registry);
            let arn = format!("arn:{partition}:ecr:{region}:123456789012:repository/team/app");
            assert_eq!(repository.to_arn().to_string(), arn);
            assert_eq!(read::<RepositoryArn>(&arn).to_uri(flavor), repository);
            assert_eq!(
                read::<ImageUri>(&format!("{text}/a_b:v1"))
                    .tag()
                    .unwrap()
                    .as_str(),
                "v1"
            );
        }
    }
}

#[test]
fn a_registry_is_made_of_its_parts_and_of_nothing_looked_up() {
    let registry = RegistryUri::new(read("123456789012"), read("us-east-1"));
    assert_eq!(registry.to_string(), HOST);
    let repository = registry.repository(read("team/app"));
    let tagged = repository.tagged(read("v1"));
    assert_eq!(tagged.to_string(), format!("{HOST}/team/app:v1"));
    let pinned = tagged.pinned(read(&format!("sha256:{HEX}")));
    assert_eq!(pinned, image(&format!("team/app:v1@sha256:{HEX}")));
}

#[test]
fn repositories_are_named_by_the_rules_of_ecr() {
    for name in [
        "ab",
        "a__b",
        "a--b",
        "a---b",
        "a.b",
        "a_b",
        "a-b",
        "a.b_c__d-e--f",
        "team/a__b",
        "0/1",
        "a/b/c/d",
    ] {
        assert_eq!(read::<RepositoryName>(name).as_str(), name);
        assert_eq!(
            image(&format!("{name}:v1")).repository().name.as_str(),
            name
        );
    }
    assert_eq!(read::<RepositoryName>(&"a".repeat(256)).as_str().len(), 256);
    for name in [
        "", "a", "a..b", "a-_b", "a_-b", "a___b", "a._b", "-a", "a-", "_a", "a_", ".a", "a.",
        "a//b", "/ab", "ab/", "a/-b", "A/b", "a b", "a:b", "a@b", "é-a", "ab\n",
    ] {
        assert_eq!(
            code::<RepositoryName>(name),
            "ecr.invalid-repository-name",
            "{name}"
        );
    }
    refused::<RepositoryName>(&"a".repeat(257));
}

#[test]
fn an_image_may_have_both_tag_and_digest() {
    let both = image(&format!("team/app:v1@sha256:{HEX}"));
    assert_eq!(both.tag().unwrap().as_str(), "v1");
    assert_eq!(both.digest().unwrap().hex(), HEX);
    assert_eq!(both.digest().unwrap().algorithm(), "sha256");
    let digest = image(&format!("team/app@sha256:{HEX}"));
    assert_eq!((digest.tag(), digest.digest()), (None, both.digest()));
    assert_eq!(
        code::<ImageUri>(&format!("{HOST}/team/app")),
        "ecr.missing-reference"
    );
    let repository = both.repository().clone();
    assert_eq!(
        ImageUri::new(repository, None, None).unwrap_err().code(),
        "ecr.missing-reference"
    );
}

#[test]
fn a_tag_has_up_to_128_characters_and_begins_with_none_of_its_marks() {
    for tag in ["a", "_", "1.0.0-rc.1", "LATEST", "a..b", &"a".repeat(128)] {
        assert_eq!(image(&format!("app:{tag}")).tag().unwrap().as_str(), tag);
    }
    for tag in [
        "",
        "-bad",
        ".bad",
        "a b",
        "a/b",
        "a+b",
        "a:b",
        "é",
        &"a".repeat(129),
    ] {
        assert_eq!(code::<Tag>(tag), "ecr.invalid-tag", "{tag}");
        refused::<ImageUri>(&format!("{HOST}/app:{tag}"));
    }
}

#[test]
fn a_digest_is_64_lower_case_digits_of_sha256() {
    for digest in [
        format!("sha256:{HEX}"),
        format!("sha512:{HEX}{HEX}"),
        "sha384+b64u.x_1-y:0aF".to_owned(),
    ] {
        assert_eq!(read::<Digest>(&digest).to_string(), digest);
    }
    let upper = HEX.to_uppercase();
    for (digest, nearest) in [
        (HEX.to_owned(), true),
        (format!("sha256:{upper}"), true),
        (format!("SHA256:{HEX}"), true),
        (format!(" sha256:{HEX}\n"), true),
        (format!("sha256:{}", &HEX[1..]), false),
        (format!("sha256:{HEX}0"), false),
        (format!("sha512:{HEX}"), false),
        ("sha256:".to_owned(), false),
        (":00".to_owned(), false),
        ("md5:".to_owned(), false),
        ("md5:xyz".to_owned(), false),
        (String::new(), false),
    ] {
        let error = refused::<Digest>(&digest);
        assert_eq!(error.code(), "ecr.invalid-digest");
        let meant = format!("sha256:{HEX}");
        assert_eq!(
            error.nearest(),
            nearest.then_some(meant.as_str()),
            "{digest}"
        );
    }
}

#[test]
fn an_arn_is_read_whole() {
    let arn = "arn:aws:ecr:us-east-1:123456789012:repository/team/app";
    assert_eq!(read::<RepositoryArn>(arn).to_string(), arn);
    assert_eq!(
        RepositoryUri::from_arn(arn).unwrap().to_string(),
        format!("{HOST}/team/app")
    );
    let chinese = "arn:aws-cn:ecr:cn-north-1:123456789012:repository/app";
    assert_eq!(
        RepositoryUri::from_arn(chinese).unwrap().to_string(),
        "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app"
    );
    for (arn, code) in [
        // Junk after and before, accounts too short.
        (format!("{arn}:junk"), "ecr.invalid-repository-name"),
        (format!("{arn} junk"), "ecr.invalid-repository-name"),
        (format!("{arn}\n"), "ecr.invalid-repository-name"),
        (format!("x{arn}"), "ecr.not-a-repository-arn"),
        (
            arn.replace("123456789012", "1234567890"),
            "ecr.invalid-account",
        ),
        (
            arn.replace("123456789012", "12345678901"),
            "ecr.invalid-account",
        ),
        (arn.replace("123456789012", ""), "ecr.invalid-account"),
        (arn.replace("us-east-1", ""), "ecr.invalid-region"),
        (
            arn.replace("us-east-1", "cn-north-1"),
            "ecr.wrong-partition",
        ),
        (arn.replace("aws:", "aws-moon:"), "ecr.wrong-partition"),
        (
            arn.replace(":ecr:", ":ecr-public:"),
            "ecr.not-a-repository-arn",
        ),
        (
            arn.replace("repository/", "registry/"),
            "ecr.not-a-repository-arn",
        ),
        (arn.replace("/team/app", ""), "ecr.not-a-repository-arn"),
        ("arn:aws:ecr".to_owned(), "ecr.not-a-repository-arn"),
    ] {
        let error = refused::<RepositoryArn>(&arn);
        assert_eq!(error.code(), code, "{arn}");
    }
}

#[test]
fn short_names_are_completed_without_asking() {
    let defaults = Defaults {
        account: Some(read("123456789012")),
        region: Some(read("us-east-1")),
        ..Defaults::default()
    };
    let with_tag = Defaults {
        tag: Some(read("latest")),
        ..defaults.clone()
    };
    let digest = format!("app@sha256:{HEX}");
    let other = "210987654321.dkr.ecr.eu-west-1.amazonaws.com/app:v2";
    let arn = "arn:aws:ecr:us-east-1:123456789012:repository/app";
    for (name, plain, tagged) in [
        ("team/app", "team/app", "team/app:latest"),
        ("app", "app", "app:latest"),
        ("app:v1", "app:v1", "app:v1"),
        ("my.app:v1", "my.app:v1", "my.app:v1"),
        (&digest, &digest, &digest),
        (arn, "app", "app:latest"),
    ] {
        for (defaults, want) in [(&defaults, plain), (&with_tag, tagged)] {
            let found = match resolve(name, defaults).unwrap() {
                Resolved::Image(image) => image.to_string(),
                Resolved::Repository(repository) => repository.to_string(),
            };
            assert_eq!(found, format!("{HOST}/{want}"));
        }
    }
    assert_eq!(
        resolve(other, &with_tag).unwrap(),
        Resolved::Image(read(other))
    );
    let fips = Defaults {
        flavor: Flavor::Fips,
        ..defaults.clone()
    };
    assert_eq!(
        resolve("app", &fips).unwrap(),
        Resolved::Repository(read(
            "123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/app"
        ))
    );
    for (name, defaults, code) in [
        ("app", &Defaults::default(), "ecr.missing-registry"),
        ("docker.io/library/app", &defaults, "ecr.foreign-registry"),
        ("localhost/app", &defaults, "ecr.foreign-registry"),
        ("public.ecr.aws/x/y", &defaults, "ecr.public-registry"),
        (HOST, &defaults, "ecr.missing-repository"),
        ("", &defaults, "ecr.missing-repository"),
        ("Team/App", &defaults, "ecr.invalid-repository-name"),
        ("app:v1:v2", &defaults, "ecr.invalid-tag"),
    ] {
        assert_eq!(resolve(name, defaults).unwrap_err().code(), code, "{name}");
    }
}

// Errors.

/// One of each error, and what would be right.
fn errors() -> Vec<EcrError> {
    let host = |host: &str| refused::<ImageUri>(&format!("{host}/team/app:v1"));
    vec![
        refused::<AccountId>("1234-5678-9012"),
        refused::<AccountId>("me"),
        refused::<Region>("us-east1"),
        refused::<Region>("moon"),
        refused::<RepositoryName>("Team/My App"),
        refused::<RepositoryName>("team//app"),
        refused::<RepositoryName>("team/a-_b"),
        refused::<RepositoryName>("team/app_"),
        refused::<RepositoryName>("!"),
        refused::<Tag>("feature/x"),
        refused::<Tag>(""),
        refused::<Digest>(HEX),
        refused::<Digest>("sha256:12"),
        refused::<Platform>("amd64"),
        refused::<Platform>("linux"),
        refused::<Platform>("linux/"),
        host("public.ecr.aws"),
        host("docker.io"),
        host("ghcr.io"),
        host("localhost:5000"),
        host("123456789012.dkr.ecr.us-east-1.evil.example"),
        host("123456789012.dkr.ecr.cn-north-1.amazonaws.com"),
        host("123456789012.dkr-ecr.us-east-1.amazonaws.com"),
        host("123456789012.DKR.ecr.us-east-1.amazonaws.com"),
        host("123456789012.dkr.ecr.us-east-1.amazonaws.com:443"),
        host("123456789012.ecr.us-east-1.amazonaws.com"),
        host("api.ecr.us-east-1.amazonaws.com"),
        host("12345678901.dkr.ecr.us-east-1.amazonaws.com"),
        host("user:hunter2@docker.io"),
        host(&format!("https://{HOST}")),
        host(&format!("https://user:hunter2@{HOST}")),
        refused::<ImageUri>("library/nginx:latest"),
        refused::<ImageUri>(HOST),
        refused::<ImageUri>(&format!("{HOST}/team/app")),
        refused::<RepositoryUri>(&format!("{HOST}/team/app:v1")),
        refused::<RegistryUri>(&format!("{HOST}/")),
        refused::<RegistryUri>("docker.io"),
        refused::<RepositoryArn>("arn:aws:s3:::bucket"),
        refused::<RepositoryArn>("arn:aws:ecr:cn-north-1:123456789012:repository/app"),
    ]
}

#[test]
fn every_refusal_says_what_would_be_right() {
    let errors = errors();
    let reports: Vec<String> = errors
        .iter()
        .map(|error| Report::of(error).render(None))
        .collect();
    let rendered = reports.concat();
    assert!(!rendered.contains("hunter2"));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/ecr.txt");
    if std::env::var_os("SPOLA_SNAPSHOTS").is_some() {
        std::fs::write(&file, &rendered).unwrap();
    }
    assert_eq!(rendered, std::fs::read_to_string(&file).unwrap_or_default());
}

#[test]
fn a_refusal_is_one_line_and_not_endless() {
    let long = "a\n".repeat(10_000);
    for error in [
        refused::<RepositoryName>(&long),
        refused::<Tag>(&long),
        refused::<ImageUri>(&long),
        refused::<RepositoryArn>(&long),
        refused::<RegistryUri>(&format!("x.{long}")),
    ] {
        let message = error.to_string();
        assert!(message.len() < 700 && !message.contains('\n'), "{message}");
    }
}

// Properties.

fn regions() -> impl Strategy<Value = String> {
    prop_oneof![
        "(us|eu|ap|me|af|sa|ca|il|mx)-(north|south|east|west|central|northeast)-[1-9][0-9]?",
        "cn-(north|northwest)-1",
        "us-gov-(east|west)-1",
        "eusc-de-east-1",
        "us-iso-(east|west)-1",
        "us-isob-(east|west)-1",
        "us-isof-(east|south)-1",
        "eu-isoe-west-1",
    ]
}

fn registries() -> impl Strategy<Value = RegistryUri> {
    let flavors = prop_oneof![
        Just(Flavor::Standard),
        Just(Flavor::Fips),
        Just(Flavor::DualStack),
        Just(Flavor::FipsDualStack),
    ];
    ("[0-9]{12}", regions(), flavors).prop_map(|(account, region, flavor)| RegistryUri {
        flavor,
        ..RegistryUri::new(read(&account), read(&region))
    })
}

fn images() -> impl Strategy<Value = ImageUri> {
    let word = "[a-z0-9]{1,4}((\\.|_|__|-{1,3})[a-z0-9]{1,3}){0,2}";
    let names = format!("[a-z0-9]{word}(/{word}){{0,3}}");
    let regex = |text: &str| string_regex(text).unwrap();
    let digest = prop_oneof![
        "sha256:[0-9a-f]{64}",
        "sha512:[0-9a-f]{128}",
        "[A-Za-z0-9_+.-]{1,4}:[0-9a-fA-F]{1,80}",
    ];
    let tag = "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}";
    let either = (any::<u8>(), tag, digest).prop_map(|(which, tag, digest)| {
        let tag = (which % 3 != 0).then(|| read::<Tag>(&tag));
        (tag, (which % 3 != 1).then(|| read::<Digest>(&digest)))
    });
    (registries(), regex(&names), either).prop_map(|(registry, name, (tag, digest))| {
        ImageUri::new(registry.repository(read(&name)), tag, digest).unwrap()
    })
}

/// Printed, read, and through JSON, a value is the same.
fn goes_round<T>(value: &T)
where
    T: FromStr<Err = EcrError> + Display + Debug + PartialEq,
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let text = value.to_string();
    assert_eq!(&read::<T>(&text), value);
    let json = serde_json::to_value(value).unwrap();
    assert_eq!(json, serde_json::Value::from(text));
    assert_eq!(&serde_json::from_value::<T>(json).unwrap(), value);
}

/// What is read prints as it was written.
fn prints_as_written<T: FromStr<Err = EcrError> + Display>(text: &str) -> bool {
    text.parse::<T>()
        .is_ok_and(|value| value.to_string() == text)
        || text.parse::<T>().is_err()
}

proptest! {
    #[test]
    fn names_go_round(image in images()) {
        let repository = image.repository();
        goes_round(&image);
        goes_round(repository);
        goes_round(&repository.registry);
        goes_round(&repository.registry.account);
        goes_round(&repository.registry.region);
        goes_round(&repository.name);
        goes_round(&repository.to_arn());
        image.tag().into_iter().for_each(goes_round);
        image.digest().into_iter().for_each(goes_round);
        let flavor = repository.registry.flavor;
        prop_assert_eq!(&repository.to_arn().to_uri(flavor), repository);
        let resolved = resolve(&image.to_string(), &Defaults::default());
        prop_assert_eq!(resolved, Ok(Resolved::Image(image)));
    }

    #[test]
    fn nothing_may_stand_before_or_after(image in images(), junk in "[ \n\t/:@?#%.]|\\PC") {
        let text = image.to_string();
        for text in [junk.clone() + &text, text + &junk] {
            prop_assert!(prints_as_written::<ImageUri>(&text), "{}", text);
        }
        let arn = image.repository().to_arn().to_string();
        let registry = image.repository().registry.to_string();
        let refused = [
            (junk.clone() + &arn).parse::<RepositoryArn>().is_err(),
            (junk.clone() + &registry).parse::<RegistryUri>().is_err(),
            (registry + &junk).parse::<RegistryUri>().is_err(),
            prints_as_written::<RepositoryArn>(&(arn + &junk)),
        ];
        prop_assert_eq!(refused, [true; 4]);
    }

    #[test]
    fn any_text_is_read_or_refused_with_help(
        text in "(\\PC|[a-z0-9.:/@_ \n-]|123456789012|\\.dkr\\.ecr\\.|us-east-1|\\.amazonaws\\.com|sha256:|arn:aws:ecr:|://|repository/){0,24}"
    ) {
        let errors = [
            text.parse::<ImageUri>().err(),
            text.parse::<RepositoryUri>().err(),
            text.parse::<RegistryUri>().err(),
            text.parse::<RepositoryArn>().err(),
            text.parse::<RepositoryName>().err(),
            text.parse::<Tag>().err(),
            text.parse::<Digest>().err(),
            text.parse::<AccountId>().err(),
            text.parse::<Region>().err(),
            resolve(&text, &Defaults::default()).err(),
        ];
        for error in errors.into_iter().flatten() {
            prop_assert!(error.help().is_some_and(|help| !help.is_empty()));
            prop_assert!(!error.to_string().contains('\n'));
        }
    }

    #[test]
    fn what_is_meant_perhaps_would_be_read(text in "[A-Za-z0-9._/ :+-]{0,40}|[0-9 -]{8,14}") {
        let meant = |error: Option<EcrError>| error.and_then(|error| error.nearest().map(str::to_owned));
        if let Some(name) = meant(text.parse::<RepositoryName>().err()) {
            read::<RepositoryName>(&name);
        }
        if let Some(tag) = meant(text.parse::<Tag>().err()) {
            read::<Tag>(&tag);
        }
        if let Some(account) = meant(text.parse::<AccountId>().err()) {
            read::<AccountId>(&account);
        }
    }
}
