//! What environment and files of the AWS tools say together.

use spola::auth::{AwsCredentials, Secret};
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

[profile sso]
sso_session = corp

[sso-session corp]
sso_region = us-east-1

[profile assumed]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = default

[profile process]
credential_process = sh -c 'echo "{\"Version\": 1, \"AccessKeyId\": \"AKIAP\", \"SecretAccessKey\": \"sp\", \"SessionToken\": \"tp\"}"'

[profile failing]
credential_process = sh -c 'echo SECRETTEXT; exit 3'

[profile garbled]
credential_process = echo SECRETTEXT

[profile static]
aws_access_key_id = AKIACONFIG
aws_secret_access_key = sc
"#;

const CREDENTIALS: &str = "[default]\naws_access_key_id = AKIADEF\naws_secret_access_key = s/d+#e==\n\
    [my dev]\naws_access_key_id=AKIADEV\naws_secret_access_key=sv\naws_session_token=tv\n[half]\naws_access_key_id=A\n";

fn files() -> Files {
    Files {
        config: Some(("config".into(), WORKING.into())),
        credentials: Some(("credentials".into(), CREDENTIALS.into())),
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

fn credentials(id: &str, secret: &str, token: Option<&str>) -> Option<AwsCredentials> {
    Some(AwsCredentials::new(id, secret, token.map(Secret::from)))
}

#[test]
fn without_environment_and_files_there_is_nothing() {
    let nothing = try_settings(&[], &Files::default(), None).unwrap();
    assert_eq!(nothing.credentials(), Ok(None));
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
}

#[test]
fn credentials_come_from_variables_unless_an_option_names_the_profile() {
    let variables = [
        ("AWS_ACCESS_KEY_ID", "AKIAENV"),
        ("AWS_SECRET_ACCESS_KEY", "se"),
        ("AWS_SESSION_TOKEN", "te"),
    ];
    let of = |variables: &[(&str, &str)], profile| settings(variables, profile).credentials();
    assert_eq!(
        of(&variables, None),
        Ok(credentials("AKIAENV", "se", Some("te")))
    );
    assert_eq!(
        of(&variables, Some("my dev")),
        Ok(credentials("AKIADEV", "sv", Some("tv")))
    );
    assert_eq!(of(&[], None), Ok(credentials("AKIADEF", "s/d+#e==", None)));
    assert_eq!(
        of(&[], Some("static")),
        Ok(credentials("AKIACONFIG", "sc", None))
    );
    let half = of(&variables[..1], None).unwrap_err();
    assert_eq!(half.code(), "credentials.incomplete");
    assert_eq!(
        of(&[], Some("half")).unwrap_err().code(),
        "credentials.incomplete"
    );
}

#[test]
fn what_cannot_be_fetched_yet_says_so() {
    for (profile, message) in [
        (
            "sso",
            "profile `sso` asks for credentials from IAM Identity Center (SSO), which this version of spola cannot fetch",
        ),
        (
            "assumed",
            "profile `assumed` asks for credentials from an assumed role, which this version of spola cannot fetch",
        ),
    ] {
        let refused = settings(&[], Some(profile)).credentials().unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
    let web = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
        ("AWS_ROLE_ARN", "arn"),
    ];
    let refused = settings(&web, None).credentials().unwrap_err();
    assert_eq!(refused.code(), "credentials.not-yet-supported");
    let container = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x")];
    let refused = try_settings(&container, &Files::default(), None).unwrap();
    assert_eq!(
        Report::of(&refused.credentials().unwrap_err()).render(None),
        "error[credentials.not-yet-supported]: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` asks for credentials from \
         the container's endpoint, which this version of spola cannot fetch\n  help: let the AWS command line fetch \
         them: eval \"$(aws configure export-credentials --format env)\"\n"
    );
}

#[cfg(unix)]
#[test]
fn a_credential_process_is_run_and_its_output_never_shown() {
    let of = |profile| settings(&[], Some(profile)).credentials();
    assert_eq!(of("process"), Ok(credentials("AKIAP", "sp", Some("tp"))));
    for (profile, reason) in [
        ("failing", "ended with exit status: 3"),
        ("garbled", "did not print a JSON object"),
    ] {
        let refused = of(profile).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("`credential_process` of profile `{profile}` {reason}")
        );
    }
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
        credentials: None,
    };
    let refused = try_settings(&[], &malformed, None).unwrap_err();
    assert_eq!(refused.to_string(), "`config`, line 8: `=` is missing");
    let headless = Files {
        config: None,
        credentials: Some(("credentials".into(), "a = b".into())),
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
