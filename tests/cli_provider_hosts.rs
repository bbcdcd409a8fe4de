//! Credentials by a token, a command, a container or an instance.

use std::sync::Arc;
use std::time::Duration;

use spola::Diagnostic;
use spola::auth::AwsCredentials;

use super::provider::{Chain, Native};
use super::provider_tests::{
    LATER, Made, NOW, STATIC, answer, fetch, id, metadata, says, settings, sts,
};
use super::transport::{Transport, TransportOptions};
use super::transport_tests::server;

#[test]
fn a_web_identity_is_traded_for_a_role() {
    let path = std::env::temp_dir().join(format!("spola-web-identity-{}", std::process::id()));
    std::fs::write(&path, "header.payload+/=").unwrap();
    let path = path.to_str().unwrap();
    let world = sts();
    let variables = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", path),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/web"),
        ("AWS_ROLE_SESSION_NAME", "pod"),
    ];
    assert_eq!(id(fetch(&world, &variables, STATIC, None)), "ASIAweb");
    assert_eq!(world.header(0, "authorization"), "");
    assert_eq!(
        world.body(0),
        "Action=AssumeRoleWithWebIdentity&RoleSessionName=pod&WebIdentityToken=header.payload%2B%2F%3D&\
         RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fweb&Version=2011-06-15"
    );
    // An option that names the profile leaves variables out; a profile may have its own.
    assert_eq!(
        id(fetch(&world, &variables, STATIC, Some("dev"))),
        "AKIADEV"
    );
    let own = format!(
        "[profile web]\nrole_arn = arn:aws:iam::1:role/own\nweb_identity_token_file = {path}\n\
         [profile over]\nrole_arn = arn:aws:iam::1:role/over\nsource_profile = web\n"
    );
    assert_eq!(id(fetch(&world, &[], &own, Some("web"))), "ASIAown");
    assert_eq!(id(fetch(&world, &[], &own, Some("over"))), "ASIAover");
    assert!(
        world
            .header(3, "authorization")
            .contains("Credential=ASIAown/")
    );
    let refused = fetch(&world, &variables[..1], STATIC, None).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the web identity is not usable: there is a token, but no role is named"
    );
    let missing = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token"),
        variables[1],
    ];
    let refused = fetch(&world, &missing, STATIC, None).unwrap_err();
    assert!(refused.to_string().contains("cannot read `/nowhere/token`"));
    std::fs::remove_file(path).unwrap();
}

#[cfg(unix)]
#[test]
fn a_credential_process_is_run_and_its_output_never_shown() {
    let config = "[profile process]\ncredential_process = sh -c 'echo \"{\\\"Version\\\": 1, \\\"AccessKeyId\\\": \
        \\\"AKIAP\\\", \\\"SecretAccessKey\\\": \\\"sp\\\", \\\"SessionToken\\\": \\\"tp\\\", \\\"Expiration\\\": \
        \\\"2023-11-14T23:13:20Z\\\"}\"'\n\
        [profile failing]\ncredential_process = sh -c 'echo SECRETTEXT; exit 3'\n\
        [profile garbled]\ncredential_process = echo SECRETTEXT\n\
        [profile absent]\ncredential_process = /nowhere/program\n\
        [profile version]\ncredential_process = echo {}\n";
    let world = Made::empty();
    let found = fetch(&world, &[], config, Some("process")).unwrap();
    let expected = AwsCredentials::new("AKIAP", "sp", Some("tp".into()));
    assert_eq!(found.credentials, expected);
    assert_eq!(found.expires, Some(NOW + Duration::from_secs(3600)));
    for (profile, reason) in [
        ("failing", "ended with exit status: 3"),
        ("garbled", "did not print a JSON object"),
        ("version", "did not print `\"Version\": 1`"),
        (
            "absent",
            "cannot be started: No such file or directory (os error 2)",
        ),
    ] {
        let refused = fetch(&world, &[], config, Some(profile)).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("`credential_process` of profile `{profile}` {reason}")
        );
    }
}

#[test]
fn a_container_asks_its_endpoint() {
    let world = Made::new(|_| answer(200, metadata("ASIATASK", LATER)));
    let relative = (
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "/v2/credentials/1",
    );
    let full = (
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "http://localhost:1/creds?a=b",
    );
    assert_eq!(id(fetch(&world, &[relative, full], "", None)), "ASIATASK");
    assert_eq!(world.asked(), ["GET http://169.254.170.2/v2/credentials/1"]);
    assert_eq!(world.header(0, "authorization"), "");
    let token = ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc");
    fetch(&world, &[full, token], "", None).unwrap();
    assert_eq!(world.header(1, "authorization"), "Basic abc");
    let path = std::env::temp_dir().join(format!("spola-container-token-{}", std::process::id()));
    std::fs::write(&path, "Basic file").unwrap();
    let file = (
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        path.to_str().unwrap(),
    );
    fetch(&world, &[full, token, file], "", None).unwrap();
    assert_eq!(world.header(2, "authorization"), "Basic file");
    std::fs::write(&path, "Basic file\r\nX: y").unwrap();
    let refused = fetch(&world, &[full, file], "", None).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the container's endpoint gave no credentials: the token cannot be sent: it holds a line break or the like"
    );
    std::fs::remove_file(&path).unwrap();
    // What a profile has comes first.
    assert_eq!(id(fetch(&world, &[full], STATIC, None)), "AKIADEF");
}

#[test]
fn a_container_s_token_goes_to_allowed_hosts_only() {
    let at = |url: &str| {
        let world = Made::new(|_| answer(200, metadata("ASIATASK", LATER)));
        let variables = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)];
        fetch(&world, &variables, "", None).map_err(|_| world.asked().len())
    };
    for allowed in [
        "https://anything.test/x",
        "http://127.0.0.1/x",
        "http://127.9.9.9:1/x",
        "http://[::1]/x",
        "http://169.254.170.23/x",
        "http://[fd00:ec2::23]/x",
    ] {
        assert!(at(allowed).is_ok(), "{allowed}");
    }
    for refused in [
        "http://anything.test/x",
        "http://169.254.170.3/x",
        "http://localhost.test/x",
        "http://169.254.170.2@anything.test/x",
        "ftp://127.0.0.1/x",
        "/x",
    ] {
        assert_eq!(at(refused).unwrap_err(), 0, "{refused}");
    }
}

#[test]
fn a_container_is_asked_three_times_and_nobody_after_it() {
    let world = Made::new(|_| answer(500, "SECRETTEXT"));
    let variables = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x")];
    assert_eq!(
        says(fetch(&world, &variables, "", None)),
        "error[credentials.container-failed]: the container's endpoint gave no credentials: http://169.254.170.2/x \
         answered with status 500\n  help: check the variables AWS_CONTAINER_CREDENTIALS_… and \
         AWS_CONTAINER_AUTHORIZATION_…\n"
    );
    assert_eq!(world.asked().len(), 3);
}

fn instance(expires: &'static str) -> Arc<Made> {
    Made::new(move |request| match request.uri().path() {
        "/latest/api/token" => answer(200, "TOKEN"),
        "/latest/meta-data/iam/security-credentials/" => answer(200, "web-role"),
        "/latest/meta-data/iam/security-credentials/web-role" => {
            answer(200, metadata("ASIAEC2", expires))
        }
        _ => None,
    })
}

#[test]
fn the_instance_is_asked_last_with_a_token() {
    let world = instance(LATER);
    assert_eq!(id(fetch(&world, &[], "", None)), "ASIAEC2");
    assert_eq!(
        world.asked(),
        [
            "PUT http://169.254.169.254/latest/api/token",
            "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/",
            "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/web-role",
        ]
    );
    assert_eq!(
        world.header(0, "x-aws-ec2-metadata-token-ttl-seconds"),
        "21600"
    );
    assert_eq!(world.header(2, "x-aws-ec2-metadata-token"), "TOKEN");
    for (variables, base) in [
        (
            vec![("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6")],
            "http://[fd00:ec2::254]",
        ),
        (
            vec![("AWS_IMDS_USE_IPV6", "true")],
            "http://[fd00:ec2::254]",
        ),
        (
            vec![
                ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"),
                (
                    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                    "http://localhost:1338/",
                ),
            ],
            "http://localhost:1338",
        ),
    ] {
        let world = instance(LATER);
        fetch(&world, &variables, "", None).unwrap();
        assert_eq!(world.asked()[0], format!("PUT {base}/latest/api/token"));
    }
    let wrong = [("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5")];
    let refused = fetch(&world, &wrong, "", None).unwrap_err();
    assert_eq!(refused.code(), "credentials.invalid-value");
}

#[test]
fn an_instance_without_a_role_is_no_instance_and_late_metadata_still_serves() {
    let world = Made::new(|request| match request.uri().path() {
        "/latest/api/token" => answer(200, "TOKEN"),
        _ => answer(404, ""),
    });
    let variables = [("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2")];
    let refused = fetch(&world, &variables, "", None).unwrap_err();
    assert_eq!(refused.code(), "credentials.none");
    assert!(refused.to_string().contains("answered with status 404"));
    assert_eq!(world.asked().len(), 3);
    let world = instance("2023-11-14T22:00:00Z");
    let found = fetch(&world, &[], "", None).unwrap();
    assert_eq!(found.expires, Some(NOW + Duration::from_secs(900)));
}

#[test]
fn an_instance_is_asked_over_the_network() {
    let said = |body: &str| {
        let length = body.len();
        let head =
            format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
        format!("{head}{body}").into_bytes()
    };
    let credentials = metadata("ASIANET", "2999-01-01T00:00:00Z");
    let (address, worker) = server(vec![said("TOKEN"), said("web"), said(&credentials)]);
    let endpoint = format!("http://{address}");
    let variables = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint.as_str())];
    let transport = Arc::new(Transport::new(TransportOptions::default()));
    let world = Arc::new(Native::new(transport, |_| {}));
    let found = Chain::new(settings(&variables, "", None), world).fetch();
    assert_eq!(id(found), "ASIANET");
    let seen = worker.join().unwrap();
    assert!(
        seen[0].starts_with("PUT /latest/api/token HTTP/1.1\r\n"),
        "{}",
        seen[0]
    );
    assert!(
        seen[2].contains("x-aws-ec2-metadata-token: TOKEN\r\n"),
        "{}",
        seen[2]
    );
}
