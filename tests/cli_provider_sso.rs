//! Credentials of IAM Identity Center.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::provider::Chain;
use super::provider_tests::{
    LATER, Made, NO_INSTANCE, NOW, Tried, answer, role_answer, says, settings_at_home,
};

const SSO: &str = "[profile corp]\nsso_session = my-sso\nsso_account_id = 123456789012\nsso_role_name = Read Only\n\
    [sso-session my-sso]\nsso_region = us-east-2\nsso_start_url = https://corp.awsapps.com/start\n\
    [profile old]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-2\n\
    sso_account_id = 123456789012\nsso_role_name = Read Only\n\
    [profile differs]\nsso_session = my-sso\nsso_region = eu-west-1\nsso_account_id = 1\nsso_role_name = R\n\
    [profile lacks]\nsso_session = my-sso\nsso_account_id = 1\n\
    [profile lost]\nsso_session = none\nsso_account_id = 1\nsso_role_name = R\n\
    [profile over]\nrole_arn = arn:aws:iam::1:role/over\nsource_profile = corp\n";

/// A home with a login in it: `my-sso` for the newer kind, the start URL for the older.
fn home(name: &str, login: &str) -> PathBuf {
    let home = std::env::temp_dir().join(format!("spola-sso-{name}-{}", std::process::id()));
    let cache = home.join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).unwrap();
    for digest in [
        "0ad374308c5a4e22f723adf10145eafad7c4031c",
        "a51746d4aa793ae07b25e90c3a5db96fc7832bd7",
    ] {
        std::fs::write(cache.join(format!("{digest}.json")), login).unwrap();
    }
    home
}

fn fetch_sso(world: &Arc<Made>, profile: &str, home: &std::path::Path) -> Tried {
    let variables = [NO_INSTANCE];
    let settings = settings_at_home(&variables, SSO, Some(profile), Some(home.to_owned()));
    Chain::new(settings, world.clone()).fetch()
}

const ROLE_CREDENTIALS: &str = r#"{"roleCredentials": {"accessKeyId": "ASIASSO", "secretAccessKey": "s",
    "sessionToken": "t", "expiration": 1700003600000}}"#;

#[test]
fn a_login_at_the_identity_center_is_traded_for_credentials() {
    let home = home(
        "good",
        &format!(r#"{{"accessToken": "TOKEN", "expiresAt": "{LATER}"}}"#),
    );
    for profile in ["corp", "old"] {
        let world = Made::new(|_| answer(200, ROLE_CREDENTIALS));
        let found = fetch_sso(&world, profile, &home).unwrap();
        assert_eq!(found.credentials.access_key_id, "ASIASSO");
        assert_eq!(found.expires, Some(NOW + Duration::from_secs(3600)));
        assert_eq!(
            world.asked(),
            [
                "GET https://portal.sso.us-east-2.amazonaws.com/federation/credentials?role_name=Read%20Only&account_id=123456789012"
            ]
        );
        assert_eq!(world.header(0, "x-amz-sso_bearer_token"), "TOKEN");
    }
    let world = Made::new(|request| match request.method().as_str() {
        "GET" => answer(200, ROLE_CREDENTIALS),
        _ => role_answer("ASIAOVER", LATER),
    });
    let found = fetch_sso(&world, "over", &home).unwrap();
    assert_eq!(found.credentials.access_key_id, "ASIAOVER");
    std::fs::remove_dir_all(home).unwrap();
}

#[test]
fn a_login_that_ends_soon_is_renewed_and_kept() {
    let login = r#"{"startUrl": "https://corp.awsapps.com/start", "region": "us-east-2", "accessToken": "OLD",
        "expiresAt": "2023-11-14T22:20:00Z", "clientId": "c", "clientSecret": "cs", "refreshToken": "r1",
        "registrationExpiresAt": "2024-01-01T00:00:00Z", "other": 1}"#;
    let home = home("renewed", login);
    let world = Made::new(|request| match request.uri().path() {
        "/token" => answer(
            200,
            r#"{"accessToken": "NEW", "expiresIn": 3600, "refreshToken": "r2"}"#,
        ),
        _ => answer(200, ROLE_CREDENTIALS),
    });
    fetch_sso(&world, "corp", &home).unwrap();
    assert_eq!(
        world.asked()[0],
        "POST https://oidc.us-east-2.amazonaws.com/token"
    );
    assert_eq!(
        world.body(0),
        r#"{"clientId":"c","clientSecret":"cs","grantType":"refresh_token","refreshToken":"r1"}"#
    );
    assert_eq!(world.header(1, "x-amz-sso_bearer_token"), "NEW");
    let kept = home.join(".aws/sso/cache/0ad374308c5a4e22f723adf10145eafad7c4031c.json");
    let kept: serde_json::Value = serde_json::from_slice(&std::fs::read(kept).unwrap()).unwrap();
    let mut expected: serde_json::Value = serde_json::from_str(login).unwrap();
    expected["accessToken"] = "NEW".into();
    expected["refreshToken"] = "r2".into();
    expected["expiresAt"] = LATER.into();
    assert_eq!(kept, expected);
    // It is good for a long time now: nothing is renewed.
    fetch_sso(&world, "corp", &home).unwrap();
    assert_eq!(world.asked().len(), 3);
    // The older kind is not renewed; nor does a failed renewal matter while it is good.
    let world = Made::new(|request| match request.uri().path() {
        "/token" => answer(400, r#"{"error": "invalid_grant"}"#),
        _ => answer(200, ROLE_CREDENTIALS),
    });
    fetch_sso(&world, "old", &home).unwrap();
    assert_eq!(world.header(0, "x-amz-sso_bearer_token"), "OLD");
    std::fs::remove_dir_all(home).unwrap();
}

#[test]
fn a_login_that_is_over_says_how_to_log_in() {
    let expired = r#"{"accessToken": "OLD", "expiresAt": "2023-11-14T22:00:00UTC"}"#;
    let past = home("expired", expired);
    let world = Made::new(|_| answer(401, r#"{"message": "Session token not found or invalid"}"#));
    for profile in ["corp", "old"] {
        assert_eq!(
            says(fetch_sso(&world, profile, &past)),
            format!(
                "error[credentials.login-needed]: the login of profile `{profile}` has expired\n  help: log in: aws \
                 sso login --profile {profile}\n"
            )
        );
    }
    assert!(world.asked().is_empty());
    for (name, login, reason) in [
        ("malformed", "{", "cannot be read"),
        ("odd", r#"{"accessToken": 1}"#, "cannot be read"),
        (
            "refused",
            &format!(r#"{{"accessToken": "T", "expiresAt": "{LATER}"}}"#),
            "is not valid any more",
        ),
    ] {
        let home = home(name, login);
        let refused = fetch_sso(&world, "corp", &home).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("the login of profile `corp` {reason}")
        );
        std::fs::remove_dir_all(home).unwrap();
    }
    std::fs::remove_dir_all(&past).unwrap();
    let refused = fetch_sso(&world, "corp", &past).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the login of profile `corp` is not there"
    );
}

#[test]
fn a_profile_of_the_identity_center_that_is_not_whole_says_what_is_missing() {
    let world = Made::new(|_| answer(403, r#"{"message": "No access"}"#));
    for (profile, expected) in [
        (
            "differs",
            "IAM Identity Center gave profile `differs` no credentials: `sso_region` differs between the profile and its `sso-session`",
        ),
        (
            "lacks",
            "`profile lacks` is set, but `sso_role_name` is not",
        ),
        (
            "lost",
            "profile `lost` names `[sso-session none]`, which is not there",
        ),
    ] {
        let refused = fetch_sso(&world, profile, std::path::Path::new("/nowhere"));
        assert_eq!(refused.unwrap_err().to_string(), expected);
    }
    let home = home(
        "denied",
        &format!(r#"{{"accessToken": "T", "expiresAt": "{LATER}"}}"#),
    );
    let refused = fetch_sso(&world, "corp", &home).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "IAM Identity Center gave profile `corp` no credentials: status 403: No access"
    );
    std::fs::remove_dir_all(home).unwrap();
}
