//! What environment and files of the AWS tools say together.

use spola::{Diagnostic, Report};

use super::credentials::{AwsSettings, Files, SettingsError};
use super::profile::words;
use super::secrets::{SecretArgument, SecretPlace};

const CONFIG: &str = r#"
# a comment
[default]
region = eu-west-1   # where we are
output=json

[profile dev]
region: none
"#;

const WORKING: &str = r#"
[default]
region = eu-west-1   # where we are
max_attempts = 5
s3 =
  max_concurrent_requests = 20
  endpoint_url = http://s3.local

[profile "my dev"]
Region = us-east-2
endpoint_url = http://localhost:4566/
services = local
use_fips_endpoint = true
ca_bundle = /etc/ca.pem

[services local]
ecr =
  endpoint_url = http://localhost:5000
imagebuilder =
    endpoint_url = http://localhost:5001

[profile both]
region = eu-west-2
output = json

[profile nowhere]
services = missing
"#;

const CREDENTIALS: &str = "[default]\naws_access_key_id = AKIADEF\naws_secret_access_key = s/d+#e==\n\
    [both]\nregion=eu-north-1\n";

fn files() -> Files {
    Files {
        config: Some(("config".into(), WORKING.into())),
        credentials: Some(("credentials".into(), CREDENTIALS.into())),
        home: None,
    }
}

fn settings(variables: &[(&str, &str)], profile: Option<&str>) -> AwsSettings {
    try_settings(variables, &files(), profile).unwrap()
}

fn try_settings(
    variables: &[(&str, &str)],
    files: &Files,
    profile: Option<&str>,
) -> Result<AwsSettings, SettingsError> {
    let variables = variables.iter().map(|(n, v)| ((*n).into(), (*v).into()));
    AwsSettings::new(variables, files, profile)
}

#[test]
fn without_environment_and_files_there_is_nothing() {
    let nothing = try_settings(&[], &Files::default(), None).unwrap();
    assert_eq!(nothing.region(), None);
    assert_eq!(nothing.endpoint("ecr"), Ok(None));
    assert_eq!(nothing.max_attempts(), Ok(None));
    assert_eq!(nothing.ca_bundle(), None);
}

#[test]
fn the_region_comes_from_variables_then_from_the_profile() {
    let region = |variables: &[(&str, &str)], profile| {
        settings(variables, profile).region().map(str::to_owned)
    };
    assert_eq!(region(&[], None).as_deref(), Some("eu-west-1"));
    assert_eq!(region(&[], Some("my dev")).as_deref(), Some("us-east-2"));
    assert_eq!(
        region(&[("AWS_PROFILE", "my dev")], None).as_deref(),
        Some("us-east-2")
    );
    let both = [("AWS_REGION", "r1"), ("AWS_DEFAULT_REGION", "r2")];
    assert_eq!(region(&both, Some("my dev")).as_deref(), Some("r1"));
    let emptied = [("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "r2")];
    assert_eq!(region(&emptied, None).as_deref(), Some("r2"));
    assert_eq!(region(&[], Some("both")).as_deref(), Some("eu-north-1"));
    let named = settings(&both, None).with_region(Some("r3"));
    assert_eq!(named.region(), Some("r3"));
    assert_eq!(named.with_region(None).region(), Some("r3"));
}

#[test]
fn another_profile_is_looked_at_with_the_same_variables_and_files() {
    let first = settings(&[("AWS_USE_FIPS_ENDPOINT", "false")], None);
    let second = first.with_profile("my dev").unwrap();
    assert_eq!(second.region(), Some("us-east-2"));
    assert!(!second.host_options().unwrap().fips);
    let refused = first.with_profile("my dve").unwrap_err();
    assert_eq!(refused.code(), "credentials.no-such-profile");
}

#[test]
fn an_endpoint_is_looked_for_in_the_order_of_the_sdks() {
    let endpoint = |variables: &[(&str, &str)], profile, service| {
        let settings = settings(variables, profile);
        settings.endpoint(service).unwrap().map(str::to_owned)
    };
    let dev = Some("my dev");
    let own = ("AWS_ENDPOINT_URL_ECR", "http://own/");
    let all = ("AWS_ENDPOINT_URL", "http://all");
    assert_eq!(
        endpoint(&[own, all], dev, "ecr").as_deref(),
        Some("http://own")
    );
    assert_eq!(
        endpoint(&[own, all], dev, "sts").as_deref(),
        Some("http://all")
    );
    assert_eq!(
        endpoint(&[], dev, "ecr").as_deref(),
        Some("http://localhost:5000")
    );
    assert_eq!(
        endpoint(&[], dev, "imagebuilder").as_deref(),
        Some("http://localhost:5001")
    );
    assert_eq!(
        endpoint(&[], dev, "sts").as_deref(),
        Some("http://localhost:4566")
    );
    assert_eq!(endpoint(&[], None, "ecr"), None);
    let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE");
    assert_eq!(endpoint(&[own, all, ignored], dev, "ecr"), None);
    let missing = settings(&[], Some("nowhere"))
        .endpoint("ecr")
        .unwrap_err()
        .clone();
    assert_eq!(
        Report::of(&missing).render(None),
        "error[credentials.no-such-section]: profile `nowhere` names `[services missing]`, which is not there\n  \
         help: write a section `[services missing]` in the configuration file\n"
    );
    let relative = settings(&[("AWS_ENDPOINT_URL", "localhost")], None);
    assert_eq!(
        relative.endpoint("ecr").unwrap_err().code(),
        "credentials.invalid-value"
    );
}

#[test]
fn flags_numbers_and_paths_come_from_variable_or_profile() {
    let dev = settings(&[], Some("my dev"));
    assert!(dev.host_options().unwrap().fips);
    assert!(!dev.host_options().unwrap().dual_stack);
    assert_eq!(dev.ca_bundle(), Some("/etc/ca.pem".into()));
    let variables = [
        ("AWS_USE_FIPS_ENDPOINT", "false"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "true"),
        ("AWS_MAX_ATTEMPTS", "7"),
    ];
    let dev = settings(&variables, Some("my dev"));
    assert!(!dev.host_options().unwrap().fips);
    assert!(dev.host_options().unwrap().dual_stack);
    assert_eq!(dev.max_attempts(), Ok(Some(7)));
    assert_eq!(settings(&[], None).max_attempts(), Ok(Some(5)));
    for wrong in ["0", "-1", "x"] {
        let refused = settings(&[("AWS_MAX_ATTEMPTS", wrong)], None).max_attempts();
        assert_eq!(
            refused.unwrap_err().to_string(),
            "`max_attempts` is not a number from 1"
        );
    }
    let refused = settings(&[("AWS_USE_FIPS_ENDPOINT", "yes")], None).host_options();
    assert_eq!(
        refused.unwrap_err().to_string(),
        "`AWS_USE_FIPS_ENDPOINT` is not `true` or `false`"
    );
}

#[test]
fn an_unknown_profile_and_a_malformed_file_are_errors() {
    let refused = try_settings(&[("AWS_PROFILE", "my dve")], &files(), None).unwrap_err();
    assert_eq!(
        Report::of(&refused).render(None),
        "error[credentials.no-such-profile]: no AWS profile `my dve`\n  help: did you mean `my dev`?\n"
    );
    let malformed = Files {
        config: Some(("config".into(), CONFIG.into())),
        ..Files::default()
    };
    let refused = try_settings(&[], &malformed, None).unwrap_err();
    assert_eq!(refused.to_string(), "`config`, line 8: `=` is missing");
    let headless = Files {
        credentials: Some(("credentials".into(), "a = b".into())),
        ..Files::default()
    };
    let refused = try_settings(&[], &headless, None).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`credentials`, line 1: a setting stands before any `[section]`"
    );
}

#[test]
fn words_are_told_as_a_shell_tells_them() {
    for (text, expected) in [
        ("", vec![]),
        ("a  b\tc", vec!["a", "b", "c"]),
        (r#""a b" 'c "d' e"f"g"#, vec!["a b", "c \"d", "efg"]),
        (r#"a\ b "c\"d" '\e' "" "#, vec!["a b", "c\"d", "\\e", ""]),
        (r#""C:\dir\x.exe""#, vec![r"C:\dir\x.exe"]),
    ] {
        assert_eq!(words(text), expected, "{text}");
    }
}

#[test]
fn a_secret_is_named_by_its_place_and_never_on_the_command_line() {
    let parse = |text: &str| text.parse::<SecretArgument>();
    assert_eq!(
        parse("pets=env:TOKEN").unwrap(),
        SecretArgument {
            source: "pets".into(),
            place: SecretPlace::Variable("TOKEN".into())
        }
    );
    assert_eq!(parse("pets=-").unwrap().place, SecretPlace::StandardInput);
    for wrong in [
        "",
        "pets",
        "pets=hunter2",
        "=env:A",
        "pets=env:",
        "pets=user:hunter2",
    ] {
        let refused = parse(wrong).unwrap_err();
        assert_eq!(refused.code(), "credentials.malformed-secret", "{wrong}");
        assert!(!Report::of(&refused).render(None).contains("hunter2"));
    }
    let path = std::env::temp_dir().join(format!("spola-secret-{}", std::process::id()));
    std::fs::write(&path, "hunter2\r\n").unwrap();
    let read = SecretPlace::File(path.clone()).read();
    assert_eq!(read, Ok("hunter2".into()));
    std::fs::write(&path, "\n").unwrap();
    let read = SecretPlace::File(path.clone()).read();
    assert_eq!(read.unwrap_err().code(), "credentials.empty-secret");
    std::fs::remove_file(&path).unwrap();
    let read = SecretPlace::File(path).read();
    assert_eq!(read.unwrap_err().code(), "credentials.unreadable");
    let read = SecretPlace::Variable("SPOLA_NO_SUCH_VARIABLE".into()).read();
    assert_eq!(read.unwrap_err().code(), "credentials.no-such-variable");
}
