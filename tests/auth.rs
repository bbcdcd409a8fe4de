//! Authorization: schemes, signatures.

mod aws;

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::Request;
use http::header::AUTHORIZATION;
use serde_json::json;
use spola::auth::{
    ApiKeyPlace, Auth, AuthErrorKind, AwsCredentials, Credentials, Scheme, Secret, check_channel,
};
use spola::{Diagnostic, Report};

use crate::harness::authorize;

fn auth(scheme: Scheme) -> Auth {
    Auth {
        source: "pets".into(),
        schemes: vec![scheme],
        ..Auth::default()
    }
}

fn signature(service: &str) -> Auth {
    auth(Scheme::SigV4 {
        service: service.into(),
        region: "us-east-1".into(),
    })
}

fn secret(text: &str) -> Credentials {
    Credentials {
        secret: Some(text.into()),
        ..Credentials::default()
    }
}

fn aws_credentials(key: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials {
        aws: Some(AwsCredentials::new(key, secret, token.map(Secret::from))),
        ..Credentials::default()
    }
}

fn get(url: &str) -> Request<Vec<u8>> {
    Request::get(url).body(Vec::new()).unwrap()
}

fn header<'a>(request: &'a Request<Vec<u8>>, name: &str) -> &'a str {
    request.headers().get(name).unwrap().to_str().unwrap()
}

/// A folder of published suites, where they are at hand.
fn suite(name: &str) -> Option<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared/suites").join(name))
        .find(|folder| folder.is_dir())
}

/// One request of the suite before it is signed.
fn suite_request(text: &str) -> Request<Vec<u8>> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, rest) = lines.next().unwrap().split_once(' ').unwrap();
    let target = rest.strip_suffix(" HTTP/1.1").unwrap();
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in lines {
        match line.split_once(':') {
            Some((name, value)) if !line.starts_with(' ') => {
                fields.push((name.into(), value.into()));
            }
            _ => {
                // A folded line: RFC 9110 has it replaced by a space.
                let last = fields.last_mut().unwrap();
                last.1 = format!("{} {}", last.1, line.trim());
            }
        }
    }
    let mut request = Request::builder()
        .method(method)
        .uri(format!("https://example.amazonaws.com{target}"));
    for (name, value) in fields {
        match name.to_ascii_lowercase().as_str() {
            "x-amz-security-token" | "x-amz-date" | "host" => {}
            _ => request = request.header(name, value),
        }
    }
    request.body(body.into()).unwrap()
}

fn folders(root: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.join(format!("{name}.authz")).is_file() {
            found.push(path);
        } else if path.is_dir() {
            folders(&path, found);
        }
    }
}

#[test]
fn signatures_are_those_of_the_published_suite() {
    let Some(root) = suite("sigv4") else { return };
    let mut found = Vec::new();
    folders(&root, &mut found);
    assert!(found.len() > 30, "{}", found.len());
    let mut wrong = Vec::new();
    for folder in found {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        // A URL cannot hold a space.
        if name == "get-space" {
            continue;
        }
        let read = |kind| std::fs::read_to_string(folder.join(format!("{name}.{kind}"))).unwrap();
        let canonical = read("creq");
        let token = canonical
            .lines()
            .find_map(|line| line.strip_prefix("x-amz-security-token:"));
        let credentials = aws_credentials(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            token,
        );
        let now = Duration::from_secs(1_440_938_160);
        let signed = authorize(
            suite_request(&read("req")),
            &signature("service"),
            &credentials,
            now,
        )
        .unwrap();
        let given = header(&signed, "authorization").to_owned();
        if given != read("authz").trim() {
            wrong.push(format!("{name}: {given}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// 2026-01-02T03:04:05Z.
const NOW: Duration = Duration::from_secs(1_767_323_045);

fn ecr_request() -> Request<Vec<u8>> {
    Request::post("https://api.ecr.us-east-1.amazonaws.com/")
        .header("Content-Type", "application/x-amz-json-1.1")
        .header(
            "X-Amz-Target",
            "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
        )
        .header("User-Agent", "anything")
        .header("Content-Length", "27")
        .body(br#"{"repositoryNames":["a/b"]}"#.to_vec())
        .unwrap()
}

fn example_credentials(token: Option<&str>) -> Credentials {
    aws_credentials(
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        token,
    )
}

fn signed_with(request: Request<Vec<u8>>, auth: &Auth, token: Option<&str>) -> (String, String) {
    let signed = authorize(request, auth, &example_credentials(token), NOW).unwrap();
    assert_eq!(header(&signed, "x-amz-date"), "20260102T030405Z");
    assert!(!signed.headers().contains_key("x-amz-content-sha256"));
    let text = header(&signed, "authorization").to_owned();
    let (head, signature) = text.split_once(", Signature=").unwrap();
    let (_, names) = head.split_once("SignedHeaders=").unwrap();
    (names.into(), signature.into())
}

#[test]
fn ecr_and_image_builder_calls_are_signed_as_botocore_does() {
    let ecr = signature("ecr");
    assert_eq!(
        signed_with(ecr_request(), &ecr, None),
        (
            "content-type;host;x-amz-date;x-amz-target".into(),
            "9d7100d30b5eb8d537167f5e2585a27d14958f3cf57e1e2348ef6a566cd9b7cc".into()
        )
    );
    assert_eq!(
        signed_with(ecr_request(), &ecr, Some("SESSIONTOKEN")),
        (
            "content-type;host;x-amz-date;x-amz-security-token;x-amz-target".into(),
            "0c7c8a69838571425869a3a135b31d1e45c1567a0f24ad770a58106d018d9556".into()
        )
    );
    let builder = signature("imagebuilder");
    let host = "https://imagebuilder.us-east-1.amazonaws.com";
    let arn = "arn%3Aaws%3Aimagebuilder%3Aus-east-1%3A123456789012%3Aimage%2Fdemo%2F1.0.0%2F1";
    assert_eq!(
        signed_with(
            get(&format!("{host}/GetImage?imageBuildVersionArn={arn}")),
            &builder,
            None
        ),
        (
            "host;x-amz-date".into(),
            "30ea6e0f933463f5ce313cdcf3ff7f5e39fbae1fd233be79635b8284eb39e5df".into()
        )
    );
    let create = Request::put(format!("{host}/CreateImage"))
        .header("content-type", "application/json")
        .body(br#"{"clientToken":"t1"}"#.to_vec())
        .unwrap();
    assert_eq!(
        signed_with(create, &builder, None),
        (
            "content-type;host;x-amz-date".into(),
            "cfbbb1d2a5fec25d3049ff672de3fc93536fc90163ab3eaa78b40e5b4a7f71f1".into()
        )
    );
}

#[test]
fn the_query_is_sent_as_it_is_signed() {
    let url = "https://imagebuilder.us-east-1.amazonaws.com/GetImage?a=arn:aws:x/y+z&b=%7e%2f&c";
    let signed = authorize(
        get(url),
        &signature("imagebuilder"),
        &example_credentials(None),
        NOW,
    )
    .unwrap();
    assert_eq!(
        signed.uri().query(),
        Some("a=arn%3Aaws%3Ax%2Fy%2Bz&b=~%2F&c")
    );
}

#[test]
fn the_service_s_time_wins_over_the_host_s() {
    let auth = Auth {
        server_time: Some(1_440_938_160),
        ..signature("ecr")
    };
    let signed = authorize(ecr_request(), &auth, &example_credentials(None), NOW).unwrap();
    assert_eq!(header(&signed, "x-amz-date"), "20150830T123600Z");
}

#[test]
fn an_api_key_goes_where_the_scheme_says() {
    let key = |place| {
        auth(Scheme::ApiKey {
            name: "X-Key".into(),
            place,
        })
    };
    let url = "https://pets.example/a?b=1";
    let apply = |place| authorize(get(url), &key(place), &secret("s/ cret"), NOW);
    let sent = apply(ApiKeyPlace::Header).unwrap();
    assert_eq!(header(&sent, "x-key"), "s/ cret");
    assert!(sent.headers()["x-key"].is_sensitive());
    let sent = apply(ApiKeyPlace::Query).unwrap();
    assert_eq!(sent.uri(), "https://pets.example/a?b=1&X-Key=s%2F%20cret");
    let refused = apply(ApiKeyPlace::Cookie).unwrap_err();
    assert_eq!(refused.code(), "auth.unsendable-secret");
    let mut request = get(url);
    request
        .headers_mut()
        .insert("cookie", "a=1".parse().unwrap());
    let sent = authorize(request, &key(ApiKeyPlace::Cookie), &secret("k"), NOW).unwrap();
    assert_eq!(header(&sent, "cookie"), "a=1; X-Key=k");
}

#[test]
fn basic_and_bearer_fill_the_authorization_header() {
    let url = "https://pets.example/";
    let basic = authorize(
        get(url),
        &auth(Scheme::Basic),
        &secret("Aladdin:open sesame"),
        NOW,
    )
    .unwrap();
    assert_eq!(
        header(&basic, "authorization"),
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    );
    for scheme in [
        Scheme::Bearer,
        Scheme::OAuth2 {
            scopes: vec!["pets:read".into()],
        },
    ] {
        let sent = authorize(get(url), &auth(scheme), &secret("t0ken"), NOW).unwrap();
        assert_eq!(header(&sent, "authorization"), "Bearer t0ken");
        assert!(sent.headers()[AUTHORIZATION].is_sensitive());
    }
    let refused = authorize(get(url), &auth(Scheme::Basic), &secret("nocolon"), NOW).unwrap_err();
    assert_eq!(refused.code(), "auth.not-user-and-password");
}

#[test]
fn several_schemes_apply_together_and_the_key_is_signed() {
    let mut both = signature("execute-api");
    both.schemes.push(Scheme::ApiKey {
        name: "x-api-key".into(),
        place: ApiKeyPlace::Header,
    });
    let credentials = Credentials {
        secret: Some("k".into()),
        ..example_credentials(None)
    };
    let sent = authorize(get("https://pets.example/"), &both, &credentials, NOW).unwrap();
    assert_eq!(header(&sent, "x-api-key"), "k");
    assert!(header(&sent, "authorization").contains("SignedHeaders=host;x-amz-date;x-api-key,"));
    both.schemes.push(Scheme::Bearer);
    let refused = authorize(get("https://pets.example/"), &both, &credentials, NOW).unwrap_err();
    assert_eq!(refused.code(), "auth.conflicting-schemes");
}

#[test]
fn what_the_step_wrote_itself_stays() {
    let mut request = get("https://pets.example/");
    request
        .headers_mut()
        .insert(AUTHORIZATION, "Mine x".parse().unwrap());
    for scheme in [
        Scheme::Bearer,
        Scheme::SigV4 {
            service: "ecr".into(),
            region: "us-east-1".into(),
        },
    ] {
        let sent = authorize(request.clone(), &auth(scheme), &Credentials::default(), NOW).unwrap();
        assert_eq!(header(&sent, "authorization"), "Mine x");
        assert_eq!(sent.headers().len(), 1);
    }
}

#[test]
fn missing_credentials_name_source_and_scheme_unless_optional() {
    let none = Credentials::default();
    let refused = authorize(ecr_request(), &signature("ecr"), &none, NOW).unwrap_err();
    assert_eq!(
        Report::of(&refused).render(None),
        "error[auth.missing-credentials]: no AWS credentials for `pets`, which needs `SigV4 ecr us-east-1`\n  \
         help: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile\n"
    );
    let bearer = auth(Scheme::Bearer);
    let refused = authorize(get("https://pets.example/"), &bearer, &none, NOW).unwrap_err();
    assert_eq!(
        Report::of(&refused).render(None),
        "error[auth.missing-credentials]: no secret for `pets`, which needs `bearer`\n  \
         help: give the secret for `pets`: --auth pets=env:VARIABLE\n"
    );
    let optional = Auth {
        optional: true,
        ..bearer
    };
    let sent = authorize(get("https://pets.example/"), &optional, &none, NOW).unwrap();
    assert!(sent.headers().is_empty());
}

#[test]
fn credentials_do_not_travel_over_plain_http_but_to_loopback() {
    for (url, code) in [
        ("https://pets.example/", None),
        ("http://localhost:5000/", None),
        ("http://LOCALHOST/", None),
        ("http://127.0.0.1:5000/", None),
        ("http://127.8.9.1/", None),
        ("http://[::1]:80/", None),
        ("http://pets.example/", Some("auth.plain-http")),
        ("http://localhost@pets.example/", Some("auth.plain-http")),
        ("http://127.0.0.1.pets.example/", Some("auth.plain-http")),
        ("http://localhost.pets.example/", Some("auth.plain-http")),
        ("http://169.254.169.254/", Some("auth.plain-http")),
        ("ftp://pets.example/", Some("auth.unusable-url")),
        ("/pets", Some("auth.unusable-url")),
    ] {
        let given = check_channel(&url.parse().unwrap(), false).err();
        assert_eq!(given.map(|error| error.code()), code, "{url}");
        let result = authorize(get(url), &auth(Scheme::Bearer), &secret("t"), NOW);
        assert_eq!(result.err().map(|error| error.code()), code, "{url}");
    }
    let allowed = Credentials {
        allow_plain_http: true,
        ..secret("t")
    };
    let url = "http://pets.example/";
    assert!(authorize(get(url), &auth(Scheme::Bearer), &allowed, NOW).is_ok());
}

#[test]
fn a_secret_that_cannot_be_sent_is_refused_without_being_shown() {
    let url = "https://pets.example/";
    let refused = authorize(get(url), &auth(Scheme::Bearer), &secret("s3cr\r\net"), NOW);
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), "auth.unsendable-secret");
    assert!(!format!("{refused} {refused:?}").contains("s3cr"));
    for credentials in [
        aws_credentials("AKIA\n", "s", None),
        aws_credentials("AKIA", "", None),
        aws_credentials("AKIA", "s", Some("to\nken")),
    ] {
        let refused = authorize(get(url), &signature("ecr"), &credentials, NOW).unwrap_err();
        assert_eq!(refused.code(), "auth.unsendable-secret");
    }
}

#[test]
fn secrets_are_never_shown() {
    let mut credentials = aws_credentials("AKIAIOSFODNN7", "wJalr", Some("tokentext"));
    credentials.secret = Some("hunter2".into());
    let shown = format!("{credentials:?} {}", Secret::from("hunter2"));
    for text in ["IOSFODNN7", "wJalr", "tokentext", "hunter2"] {
        assert!(!shown.contains(text), "{shown}");
    }
}

#[test]
fn odd_times_and_headers_are_errors_and_no_panics() {
    let credentials = example_credentials(None);
    for (seconds, is_fine) in [
        (0, true),
        (253_402_300_799, true),
        (253_402_300_800, false),
        (u64::MAX, false),
    ] {
        let now = Duration::from_secs(seconds);
        let result = authorize(ecr_request(), &signature("ecr"), &credentials, now);
        assert_eq!(result.is_ok(), is_fine, "{seconds}");
    }
    let mut request = ecr_request();
    let value = http::HeaderValue::from_bytes(b"\xff").unwrap();
    request.headers_mut().insert("x-odd", value);
    let refused = authorize(request, &signature("ecr"), &credentials, NOW).unwrap_err();
    assert_eq!(refused.kind, AuthErrorKind::UnsignableHeader);
    assert!(refused.to_string().contains("`x-odd`"), "{refused}");
}

#[test]
fn auth_is_json_without_secrets_and_reads_back() {
    let mut value = Auth {
        schemes: vec![
            Scheme::SigV4 {
                service: "ecr".into(),
                region: "us-east-1".into(),
            },
            Scheme::ApiKey {
                name: "k".into(),
                place: ApiKeyPlace::Query,
            },
            Scheme::Basic,
            Scheme::Bearer,
            Scheme::OAuth2 {
                scopes: vec!["a".into()],
            },
        ],
        server_time: Some(5),
        ..auth(Scheme::Basic)
    };
    let text = serde_json::to_value(&value).unwrap();
    assert_eq!(
        text,
        json!({
            "source": "pets",
            "schemes": [
                {"type": "sigv4", "service": "ecr", "region": "us-east-1"},
                {"type": "apikey", "name": "k", "in": "query"},
                {"type": "basic"},
                {"type": "bearer"},
                {"type": "oauth2", "scopes": ["a"]}
            ],
            "serverTime": 5
        })
    );
    assert_eq!(serde_json::from_value::<Auth>(text).unwrap(), value);
    value.renew = true;
    value.optional = true;
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<Auth>(&text).unwrap(), value);
}
