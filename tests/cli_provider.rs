//! Where AWS credentials come from, in a world that answers as it is told.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Request;
use spola::auth::AwsCredentials;
use spola::{Diagnostic, Report};

use super::credentials::{AwsSettings, Files};
use super::provider::{Chain, Fetched, ProviderError, World};
use super::transport::{Answer, Reason, Refused};

/// 2023-11-14T22:13:20Z
pub(super) const NOW: Duration = Duration::from_secs(1_700_000_000);

type Reply = Box<dyn Fn(&Request<Vec<u8>>) -> Option<Answer> + Send + Sync>;

/// A world with a clock that is set, not read, and one who answers requests.
pub(super) struct Made {
    reply: Reply,
    pub(super) clock: Mutex<Duration>,
    pub(super) seen: Mutex<Vec<Request<Vec<u8>>>>,
    pub(super) pauses: Mutex<Vec<Duration>>,
    pub(super) said: Mutex<Vec<String>>,
}

impl Made {
    /// One where requests without an answer find nobody.
    pub(super) fn new(
        reply: impl Fn(&Request<Vec<u8>>) -> Option<Answer> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            reply: Box::new(reply),
            clock: Mutex::new(NOW),
            seen: Mutex::default(),
            pauses: Mutex::default(),
            said: Mutex::default(),
        })
    }

    /// One where nobody answers.
    pub(super) fn empty() -> Arc<Self> {
        Self::new(|_| None)
    }

    /// What was asked, as `METHOD URL`.
    pub(super) fn asked(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let line = |request: &Request<Vec<u8>>| format!("{} {}", request.method(), request.uri());
        seen.iter().map(line).collect()
    }

    pub(super) fn header(&self, at: usize, name: &str) -> String {
        let seen = self.seen.lock().unwrap();
        let value = seen[at].headers().get(name);
        value.map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    }

    pub(super) fn body(&self, at: usize) -> String {
        String::from_utf8(self.seen.lock().unwrap()[at].body().clone()).unwrap()
    }
}

impl World for Made {
    fn send(&self, request: Request<Vec<u8>>, _: Duration) -> Result<Answer, Refused> {
        let answer = (self.reply)(&request);
        let url = request.uri().to_string();
        self.seen.lock().unwrap().push(request);
        answer.ok_or(Refused {
            reason: Reason::Connect,
            message: format!("{url}: no connection"),
        })
    }

    fn now(&self) -> Duration {
        *self.clock.lock().unwrap()
    }

    fn pause(&self, delay: Duration) {
        self.pauses.lock().unwrap().push(delay);
    }

    fn warn(&self, text: &str) {
        self.said.lock().unwrap().push(text.to_owned());
    }
}

pub(super) fn answer(status: u16, body: impl Into<String>) -> Option<Answer> {
    Some(Answer {
        status,
        headers: vec![("x-amzn-requestid".into(), "r-1".into())],
        body: body.into().into_bytes(),
    })
}

/// What the Security Token Service answers.
pub(super) fn role_answer(id: &str, expires: &str) -> Option<Answer> {
    answer(
        200,
        format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
             <AccessKeyId>{id}</AccessKeyId><SecretAccessKey>s&amp;{id}</SecretAccessKey>\
             <SessionToken>t{id}</SessionToken><Expiration>{expires}</Expiration></Credentials></AssumeRoleResult>\
             </AssumeRoleResponse>"
        ),
    )
}

/// What a container or an instance answers.
pub(super) fn metadata(id: &str, expires: &str) -> String {
    format!(
        r#"{{"Code":"Success","AccessKeyId":"{id}","SecretAccessKey":"s","Token":"t","Expiration":"{expires}"}}"#
    )
}

pub(super) const LATER: &str = "2023-11-14T23:13:20Z";

pub(super) fn settings(variables: &[(&str, &str)], config: &str, by: Option<&str>) -> AwsSettings {
    settings_at_home(variables, config, by, None)
}

pub(super) fn settings_at_home(
    variables: &[(&str, &str)],
    config: &str,
    by: Option<&str>,
    home: Option<PathBuf>,
) -> AwsSettings {
    let (config, credentials) = config.split_once("=====\n").unwrap_or((config, ""));
    let files = Files {
        config: Some(("config".into(), config.into())),
        credentials: Some(("credentials".into(), credentials.into())),
        home,
    };
    let variables = variables.iter().map(|(n, v)| ((*n).into(), (*v).into()));
    AwsSettings::new(variables, &files, by).unwrap()
}

pub(super) type Tried = Result<Fetched, ProviderError>;

pub(super) fn fetch(
    world: &Arc<Made>,
    variables: &[(&str, &str)],
    config: &str,
    by: Option<&str>,
) -> Tried {
    let settings = settings(variables, config, by).with_region(Some("eu-west-1"));
    Chain::new(settings, world.clone()).fetch()
}

pub(super) fn id(tried: Tried) -> String {
    tried.unwrap().credentials.access_key_id
}

pub(super) fn says(tried: Tried) -> String {
    Report::of(&tried.unwrap_err()).render(None)
}

pub(super) const NO_INSTANCE: (&str, &str) = ("AWS_EC2_METADATA_DISABLED", "true");
pub(super) const KEYS: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "AKIAENV"),
    ("AWS_SECRET_ACCESS_KEY", "se"),
    ("AWS_SESSION_TOKEN", "te"),
];

pub(super) const STATIC: &str = "[default]\naws_access_key_id = AKIACONFIG\naws_secret_access_key = sc\n\
    [profile dev]\nregion = x\n[profile half]\naws_access_key_id = A\n=====\n\
    [default]\naws_access_key_id = AKIADEF\naws_secret_access_key = s/d+#e==\n\
    [dev]\naws_access_key_id = AKIADEV\naws_secret_access_key = sv\naws_session_token = tv\n";

#[test]
fn variables_come_before_the_profile_unless_an_option_names_it() {
    let world = Made::empty();
    let of = |variables: &[(&str, &str)], by| fetch(&world, variables, STATIC, by);
    let found = of(&KEYS, None).unwrap();
    let expected = AwsCredentials::new("AKIAENV", "se", Some("te".into()));
    assert_eq!((found.credentials, found.expires), (expected, None));
    assert_eq!(found.source, "the environment");
    let found = of(&KEYS, Some("dev")).unwrap().credentials;
    assert_eq!(
        found,
        AwsCredentials::new("AKIADEV", "sv", Some("tv".into()))
    );
    let found = of(&[], None).unwrap().credentials;
    assert_eq!(found, AwsCredentials::new("AKIADEF", "s/d+#e==", None));
    assert_eq!(id(of(&[("AWS_PROFILE", "dev")], None)), "AKIADEV");
    assert_eq!(
        id(of(&[KEYS[0], KEYS[1], ("AWS_PROFILE", "dev")], None)),
        "AKIAENV"
    );
    // An id alone is half of a pair; a secret alone is nothing.
    assert_eq!(
        of(&KEYS[..1], None).unwrap_err().code(),
        "credentials.incomplete"
    );
    assert_eq!(
        of(&[], Some("half")).unwrap_err().code(),
        "credentials.incomplete"
    );
    assert_eq!(id(of(&KEYS[1..2], None)), "AKIADEF");
    assert!(world.asked().is_empty());
}

#[test]
fn the_environment_may_say_when_its_keys_expire() {
    let world = Made::empty();
    let of = |at| {
        let variables = [KEYS[0], KEYS[1], ("AWS_CREDENTIAL_EXPIRATION", at)];
        fetch(&world, &variables, "", None)
    };
    assert_eq!(
        of(LATER).unwrap().expires,
        Some(NOW + Duration::from_secs(3600))
    );
    let refused = of("tomorrow").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`AWS_CREDENTIAL_EXPIRATION` is not a time like 2026-01-31T12:00:00Z"
    );
}

#[test]
fn where_no_source_has_any_the_message_says_what_to_do() {
    let world = Made::empty();
    assert_eq!(
        says(fetch(&world, &[NO_INSTANCE], "", None)),
        "error[credentials.none]: there are no AWS credentials: none in the environment or in profile `default`\n  \
         help: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile with --profile, or log in with \
         `aws sso login`\n"
    );
    assert!(world.asked().is_empty(), "the instance was asked");
    let refused = fetch(&world, &[], "", None).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "there are no AWS credentials: none in the environment or in profile `default`, and no instance gives any \
         (http://169.254.169.254/latest/api/token: no connection)"
    );
}

const ROLES: &str = "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n\
    [profile one]\nrole_arn = arn:aws:iam::1:role/one\nsource_profile = base\nexternal_id = x/1\n\
    role_session_name = me@here\nduration_seconds = 900\n\
    [profile two]\nrole_arn = arn:aws:iam::1:role/two\nsource_profile = one\n\
    [profile itself]\nrole_arn = arn:aws:iam::1:role/i\nsource_profile = itself\naws_access_key_id = AKIAI\n\
    aws_secret_access_key = s\n\
    [profile a]\nrole_arn = arn:aws:iam::1:role/a\nsource_profile = b\n\
    [profile b]\nrole_arn = arn:aws:iam::1:role/b\nsource_profile = a\n\
    [profile code]\nrole_arn = arn:aws:iam::1:role/c\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/m\n\
    [profile env]\nrole_arn = arn:aws:iam::1:role/e\ncredential_source = Environment\n\
    [profile ec2]\nrole_arn = arn:aws:iam::1:role/e\ncredential_source = Ec2InstanceMetadata\n\
    [profile both]\nrole_arn = r\ncredential_source = Environment\nsource_profile = base\n\
    [profile neither]\nrole_arn = r\n\
    [profile odd]\nrole_arn = r\ncredential_source = Enviroment\n\
    [profile lost]\nrole_arn = r\nsource_profile = bsae\n\
    [profile empty]\nregion = x\n\
    [profile hollow]\nrole_arn = r\nsource_profile = empty\n\
    [profile console]\nlogin_session = arn:aws:iam::1:user/me\n";

/// Gives the role's name as its access key's id.
pub(super) fn sts() -> Arc<Made> {
    Made::new(|request| {
        let body = String::from_utf8_lossy(request.body()).into_owned();
        let role = body.split("role%2F").nth(1)?.split('&').next()?.to_owned();
        role_answer(&format!("ASIA{role}"), LATER)
    })
}

#[test]
fn a_role_is_assumed_by_the_credentials_of_its_source_profile() {
    let world = sts();
    let found = fetch(&world, &[], ROLES, Some("one")).unwrap();
    let expected = AwsCredentials::new("ASIAone", "s&ASIAone", Some("tASIAone".into()));
    assert_eq!(found.credentials, expected);
    assert_eq!(found.expires, Some(NOW + Duration::from_secs(3600)));
    assert_eq!(world.asked(), ["POST https://sts.eu-west-1.amazonaws.com/"]);
    assert_eq!(
        world.body(0),
        "Action=AssumeRole&RoleSessionName=me%40here&ExternalId=x%2F1&DurationSeconds=900&\
         RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fone&Version=2011-06-15"
    );
    let signature = world.header(0, "authorization");
    assert!(
        signature.starts_with(
            "AWS4-HMAC-SHA256 Credential=AKIABASE/20231114/eu-west-1/sts/aws4_request"
        ),
        "{signature}"
    );
}

#[test]
fn roles_are_assumed_one_by_another() {
    let world = sts();
    assert_eq!(id(fetch(&world, &[], ROLES, Some("two"))), "ASIAtwo");
    assert!(
        world
            .header(0, "authorization")
            .contains("Credential=AKIABASE/")
    );
    assert!(
        world
            .header(1, "authorization")
            .contains("Credential=ASIAone/")
    );
    assert_eq!(world.header(1, "x-amz-security-token"), "tASIAone");
    assert!(
        world
            .body(1)
            .contains("RoleSessionName=spola-session-1700000000&")
    );
    // Variables do not stand in for a source profile, but come before all of it.
    let world = sts();
    let both = [KEYS[0], KEYS[1], ("AWS_PROFILE", "two")];
    assert_eq!(id(fetch(&world, &both, ROLES, None)), "AKIAENV");
    assert_eq!(id(fetch(&world, &both, ROLES, Some("two"))), "ASIAtwo");
    let world = sts();
    assert_eq!(id(fetch(&world, &[], ROLES, Some("itself"))), "ASIAi");
    assert!(
        world
            .header(0, "authorization")
            .contains("Credential=AKIAI/")
    );
}

#[test]
fn the_source_of_a_role_may_be_the_environment_or_the_instance() {
    let world = sts();
    assert_eq!(id(fetch(&world, &KEYS, ROLES, Some("env"))), "ASIAe");
    assert!(
        world
            .header(0, "authorization")
            .contains("Credential=AKIAENV/")
    );
    let refused = fetch(&world, &[], ROLES, Some("env")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`Environment`, from which profile `env` assumes its role, has no credentials"
    );
    let world = Made::new(|request| match request.uri().path() {
        "/latest/api/token" => answer(200, "token"),
        "/latest/meta-data/iam/security-credentials/" => answer(200, "web"),
        "/latest/meta-data/iam/security-credentials/web" => answer(200, metadata("ASIAEC2", LATER)),
        _ => role_answer("ASIAROLE", LATER),
    });
    assert_eq!(id(fetch(&world, &[], ROLES, Some("ec2"))), "ASIAROLE");
    assert!(
        world
            .header(3, "authorization")
            .contains("Credential=ASIAEC2/")
    );
}

#[test]
fn a_role_that_cannot_be_assumed_says_why() {
    let world = Made::new(|_| {
        answer(
            403,
            "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not authorized\
             </Message></Error></ErrorResponse>",
        )
    });
    for (profile, expected) in [
        (
            "one",
            "error[credentials.role-refused]: role `arn:aws:iam::1:role/one` was not assumed: AccessDenied: User is \
             not authorized (request r-1)\n  help: check the role's name, and that its trust policy names who assumes \
             it\n",
        ),
        (
            "a",
            "error[credentials.circle]: profiles name each other as source in a circle: `a` → `b` → `a`\n  help: let \
             one of them have credentials of its own\n",
        ),
        (
            "code",
            "error[credentials.needs-code]: the role of profile `code` wants a code (`mfa_serial`), which spola does \
             not ask for\n  help: let the AWS command line fetch them: eval \"$(aws configure export-credentials \
             --profile code --format env)\"\n",
        ),
        (
            "both",
            "error[credentials.unusable-role]: the role of profile `both` has both `source_profile` and \
             `credential_source`\n  help: give the role either `source_profile` or `credential_source`\n",
        ),
        (
            "neither",
            "error[credentials.unusable-role]: the role of profile `neither` has neither `source_profile` nor \
             `credential_source`\n  help: give the role either `source_profile` or `credential_source`\n",
        ),
        (
            "odd",
            "error[credentials.unknown-source]: `credential_source` of profile `odd` is `Enviroment`, which is no \
             source\n  help: did you mean `Environment`?\n",
        ),
        (
            "lost",
            "error[credentials.no-source-profile]: `source_profile` of profile `lost` is `bsae`, which is not there\n  \
             help: did you mean `base`?\n",
        ),
        (
            "hollow",
            "error[credentials.empty-source]: `empty`, from which profile `hollow` assumes its role, has no \
             credentials\n  help: give the source credentials, or name another\n",
        ),
        (
            "console",
            "error[credentials.unsupported]: profile `console` has its credentials from a login to the console, which \
             spola cannot fetch\n  help: let the AWS command line fetch them: eval \"$(aws configure \
             export-credentials --profile console --format env)\"\n",
        ),
    ] {
        assert_eq!(
            says(fetch(&world, &[NO_INSTANCE], ROLES, Some(profile))),
            expected
        );
    }
    assert_eq!(world.asked().len(), 1, "only `one` can be asked about");
    let silent = Made::empty();
    let refused = fetch(&silent, &[], ROLES, Some("one")).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "role `arn:aws:iam::1:role/one` was not assumed: https://sts.eu-west-1.amazonaws.com/: no connection"
    );
    for nonsense in [
        "",
        "<html>",
        "<a/>",
        "<Credentials><AccessKeyId/></Credentials>",
    ] {
        let world = Made::new(move |_| answer(200, nonsense));
        let refused = fetch(&world, &[], ROLES, Some("one")).unwrap_err();
        assert!(
            refused
                .to_string()
                .ends_with("the answer holds no credentials")
        );
    }
}

#[test]
fn what_may_pass_is_asked_for_again() {
    let world = Made::empty();
    fetch(&world, &[("AWS_MAX_ATTEMPTS", "4")], ROLES, Some("one")).unwrap_err();
    assert_eq!(world.asked().len(), 4);
    let pauses = [500, 1000, 2000].map(Duration::from_millis);
    assert_eq!(*world.pauses.lock().unwrap(), pauses);
    let count = Mutex::new(0);
    let world = Made::new(move |_| {
        let mut count = count.lock().unwrap();
        *count += 1;
        match *count {
            1 => answer(400, "<E><Error><Code>Throttling</Code></Error></E>"),
            2 => answer(503, ""),
            _ => role_answer("ASIA3", LATER),
        }
    });
    assert_eq!(id(fetch(&world, &[], ROLES, Some("one"))), "ASIA3");
}

#[test]
fn the_services_that_give_credentials_have_endpoints_and_hosts_as_any() {
    for (variables, expected) in [
        (
            vec![("AWS_ENDPOINT_URL", "http://localhost:1")],
            "http://localhost:1/",
        ),
        (
            vec![
                ("AWS_ENDPOINT_URL", "http://localhost:1"),
                ("AWS_ENDPOINT_URL_STS", "http://localhost:2/"),
            ],
            "http://localhost:2/",
        ),
        (
            vec![("AWS_USE_FIPS_ENDPOINT", "true")],
            "https://sts-fips.eu-west-1.amazonaws.com/",
        ),
        (
            vec![("AWS_USE_DUALSTACK_ENDPOINT", "true")],
            "https://sts.eu-west-1.api.aws/",
        ),
    ] {
        let world = sts();
        fetch(&world, &variables, ROLES, Some("one")).unwrap();
        assert_eq!(world.asked(), [format!("POST {expected}")]);
        assert!(world.said.lock().unwrap().is_empty());
    }
    let world = sts();
    fetch(
        &world,
        &[("AWS_ENDPOINT_URL", "http://sts.test")],
        ROLES,
        Some("one"),
    )
    .unwrap();
    let said = ["warning: credentials go to sts.test without encryption"];
    assert_eq!(*world.said.lock().unwrap(), said);
}
