//! `spola proxy`: what it lets in, where it sends, what it never tells.

#[path = "cli_proxy/world.rs"]
mod world;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use self::world::{FINE, KEY, SECRET, Served, other, talk};
use crate::cli_run::run;

fn describe() -> Value {
    json!({
        "method": "POST",
        "url": "https://api.ecr.eu-west-1.amazonaws.com/",
        "headers": [
            ["content-type", "application/x-amz-json-1.1"],
            ["x-amz-target", "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories"],
        ],
        "auth": {"source": "ecr", "schemes": [
            {"type": "sigv4", "service": "ecr", "region": "eu-west-1"},
        ]},
        "timeout": 5000,
        "maxResponse": 100_000,
    })
}

fn ecr(endpoint: &str) -> Served {
    let endpoint = format!("http://{endpoint}");
    Served::proxy(&[
        "--allow",
        "ecr",
        "--region",
        "eu-west-1",
        "--endpoint",
        &endpoint,
        "--origin",
        "https://console.example",
    ])
}

#[test]
fn a_request_is_signed_and_sent_and_its_answer_comes_back() {
    let sandbox = Served::sandbox();
    let proxy = ecr(&sandbox.address);
    let answer = proxy.ask(&describe(), b"{}");
    let (head, body) = answer.parts();
    assert_eq!(head["status"], 200);
    let kind = json!(["content-type", "application/x-amz-json-1.1"]);
    let headers = head["headers"].as_array().unwrap();
    assert!(headers.contains(&kind), "{head}");
    let body: Value = serde_json::from_slice(body).unwrap();
    assert!(
        body["repositories"]
            .as_array()
            .is_some_and(|all| !all.is_empty())
    );
    let said = proxy.said();
    assert_eq!(said.matches(&proxy.token).count(), 1, "told once: {said}");
    assert!(!said.contains(SECRET), "{said}");
}

#[test]
fn service_and_region_are_the_lists_own_whatever_a_page_says() {
    let server = other(FINE);
    let proxy = ecr(&server.address);
    let mut head = describe();
    head["auth"]["schemes"][0] = json!({"type": "sigv4", "service": "iam", "region": "us-west-2"});
    head["headers"] = json!([
        ["host", "evil.example"],
        ["x-a", "1"],
        ["connection", "x-a"]
    ]);
    proxy.ask(&head, b"{}").parts();
    let asked = server.asked.lock().unwrap()[0].to_ascii_lowercase();
    let scope = format!("credential={}/", KEY.to_ascii_lowercase());
    assert!(
        asked.contains(&scope) && asked.contains("/eu-west-1/ecr/aws4_request"),
        "{asked}"
    );
    assert!(asked.contains(&format!("host: {}", server.address)) && !asked.contains("evil"));
    assert!(asked.contains("x-a: 1"));
}

#[test]
fn what_asks_for_no_authorization_goes_without() {
    let server = other(FINE);
    let proxy = ecr(&server.address);
    let mut head = describe();
    head["auth"] = Value::Null;
    proxy.ask(&head, b"{}").parts();
    assert!(
        !server.asked.lock().unwrap()[0]
            .to_ascii_lowercase()
            .contains("authorization")
    );
}

#[test]
fn a_page_cannot_choose_a_host_outside_the_list() {
    let server = other(FINE);
    let proxy = ecr(&server.address);
    for url in [
        "https://evil.example/",
        "https://api.ecr.us-east-1.amazonaws.com/",
        "https://api.ecr.eu-west-1.amazonaws.com.evil.example/",
        "https://api.ecr.eu-west-1.amazonaws.com:8443/",
        "http://api.ecr.eu-west-1.amazonaws.com/",
        "https://api.ecr.eu-west-1.amazonaws.com@evil.example/",
        "https://evil@api.ecr.eu-west-1.amazonaws.com/",
        "https://sts.eu-west-1.amazonaws.com/",
        "http://169.254.169.254/latest/meta-data/",
        "https://api.ecr.eu-west-1.amazonaws.com/a/../b",
        "https://api.ecr.eu-west-1.amazonaws.com/a/%2E%2e/b",
        &format!("http://{}/", server.address),
    ] {
        let mut head = describe();
        head["url"] = json!(url);
        let answer = proxy.ask(&head, b"{}");
        assert_eq!(answer.code(), (403, "proxy.not-allowed".into()), "{url}");
    }
    assert!(server.asked.lock().unwrap().is_empty());
}

#[test]
fn host_origin_and_token_have_to_be_right() {
    let server = other(FINE);
    let proxy = ecr(&server.address);
    let port = proxy.address.rsplit(':').next().unwrap().to_owned();
    let token = proxy.token.clone();
    let refused = |headers: &[(&str, &str)], status: u16, code: &str| {
        let answer = proxy.ask_with(headers, &describe(), b"{}");
        assert_eq!(
            answer.code(),
            (status, format!("proxy.{code}")),
            "{headers:?}"
        );
        let open = answer.headers.contains("access-control-allow-origin");
        assert_eq!(open, status == 401 && headers.len() > 1, "{headers:?}");
    };
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        "127.0.0.1",
        "127.0.0.1:1",
    ] {
        refused(&[("Host", host)], 403, "wrong-host");
    }
    for origin in [
        "https://evil.example",
        "null",
        "http://console.example",
        "https://console.example.evil.example",
        "https://console.example:444",
        &format!("http://evil.example:{port}"),
        "http://127.0.0.1:1",
    ] {
        refused(&[("Origin", origin)], 403, "wrong-origin");
    }
    for bearer in [
        "",
        "Bearer",
        "Bearer x",
        &token,
        &format!("Bearer {token}x"),
        &format!("Basic {token}"),
    ] {
        refused(&[("Authorization", bearer)], 401, "wrong-token");
    }
    refused(
        &[
            ("Authorization", "Bearer no"),
            ("Origin", "https://console.example"),
        ],
        401,
        "wrong-token",
    );
    assert!(server.asked.lock().unwrap().is_empty());
    for origin in [
        "https://console.example",
        &format!("http://{}", proxy.address),
        &format!("http://localhost:{port}"),
    ] {
        let answer = proxy.ask_with(&[("Origin", origin)], &describe(), b"{}");
        let allowed = format!("access-control-allow-origin: {origin}");
        assert!(
            answer.status == 200 && answer.headers.contains(&allowed),
            "{answer:?}"
        );
    }
    let localhost = format!("localhost:{port}");
    assert_eq!(
        proxy
            .ask_with(&[("Host", &localhost)], &describe(), b"{}")
            .status,
        200
    );
    let absolute = format!("POST http://evil.example:{port}/proxy");
    let answer = talk(&proxy.address, &absolute, &[("Host", &proxy.address)], b"");
    assert_eq!(answer.code(), (403, "proxy.wrong-host".into()));
    assert!(
        !proxy.said().replacen(&token, "", 1).contains(&token),
        "{}",
        proxy.said()
    );
}

#[test]
fn a_browser_may_ask_first_for_origins_that_are_allowed() {
    let proxy = ecr("127.0.0.1:1");
    let ask = |origin: &str| {
        let headers = [("Host", proxy.address.as_str()), ("Origin", origin)];
        talk(&proxy.address, "OPTIONS /proxy", &headers, b"")
    };
    let answer = ask("https://console.example");
    assert_eq!(answer.status, 204);
    for line in [
        "access-control-allow-origin: https://console.example",
        "access-control-allow-methods: post",
        "access-control-allow-headers: authorization, content-type",
        "vary: origin",
    ] {
        assert!(answer.headers.contains(line), "{line}: {}", answer.headers);
    }
    assert!(!answer.headers.contains("credentials"));
    let refused = ask("https://evil.example");
    assert_eq!(refused.code(), (403, "proxy.wrong-origin".into()));
    assert!(!refused.headers.contains("access-control"));
}

#[test]
fn what_is_not_of_the_protocol_is_refused() {
    let server = other(FINE);
    let endpoint = format!("http://{}", server.address);
    let proxy = Served::proxy(&[
        "--allow",
        "ecr",
        "--region",
        "eu-west-1",
        "--endpoint",
        &endpoint,
        "--max-request",
        "4kB",
    ]);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut head = describe();
        change(&mut head);
        proxy.ask(&head, b"{}").code()
    };
    let malformed = (400, "proxy.malformed".to_owned());
    assert_eq!(with(&|head| head["method"] = json!("CONNECT")), malformed);
    assert_eq!(with(&|head| head["method"] = json!("A B")), malformed);
    assert_eq!(with(&|head| head["url"] = json!("/x")), malformed);
    assert_eq!(
        with(&|head| head["headers"] = json!([["a", "b\r\nc: d"]])),
        malformed
    );
    assert_eq!(with(&|head| head["headers"] = json!({"a": "b"})), malformed);
    assert_eq!(with(&|head| head["timeout"] = json!(-1)), malformed);
    assert_eq!(with(&|head| head["auth"] = json!("me")), malformed);
    assert_eq!(proxy.ask(&json!([]), b"").code(), malformed);
    let kind = [("Content-Type", "application/json")];
    assert_eq!(proxy.ask_with(&kind, &describe(), b"").code(), malformed);
    let large = proxy.ask(&describe(), &[b'x'; 5000]);
    assert_eq!(large.code(), (413, "proxy.too-large".into()));
    for line in ["GET /proxy", "GET /", "POST /", "PUT /proxy"] {
        let answer = talk(&proxy.address, line, &[("Host", &proxy.address)], b"");
        assert_eq!(answer.code(), (404, "proxy.nothing-there".into()), "{line}");
    }
    assert!(server.asked.lock().unwrap().is_empty());
}

#[test]
fn redirects_are_not_followed_and_limits_are_kept() {
    let elsewhere = other(FINE);
    let to = format!(
        "HTTP/1.1 302 Found\r\nConnection: close\r\nLocation: http://{}/\r\nContent-Length: 5\r\n\r\nmoved",
        elsewhere.address
    );
    let server = other(Box::leak(to.into_boxed_str()));
    let proxy = ecr(&server.address);
    let answer = proxy.ask(&describe(), b"{}");
    let (head, body) = answer.parts();
    assert_eq!((&head["status"], body), (&json!(302), &b"moved"[..]));
    assert!(elsewhere.asked.lock().unwrap().is_empty());
    let mut head = describe();
    head["maxResponse"] = json!(4);
    let (head, _) = (proxy.ask(&head, b"{}").parts().0.clone(), ());
    assert_eq!(head["failed"]["reason"], "too-large");
    let nobody = ecr("127.0.0.1:1");
    let answer = nobody.ask(&describe(), b"{}");
    let (head, rest) = answer.parts();
    assert_eq!(head["failed"]["reason"], "connect", "{head}");
    assert!(rest.is_empty());
}

#[test]
fn other_servers_get_the_secret_of_their_name_and_no_other() {
    let server = other(FINE);
    let url = format!("http://{}/v1", server.address);
    let proxy = Served::proxy(&[
        "--allow",
        &format!("pets={url}"),
        "--auth",
        "pets=env:PROXY_TEST_SECRET",
    ]);
    let ask = |path: &str, scheme: Value| {
        let head = json!({"method": "GET", "url": format!("{url}{path}"), "headers": [],
            "auth": {"source": "other", "schemes": [scheme]}});
        proxy.ask(&head, b"")
    };
    ask("/a?b=c", json!({"type": "bearer"})).parts();
    let asked = server.asked.lock().unwrap().pop().unwrap();
    assert!(asked.starts_with("GET /v1/a?b=c "), "{asked}");
    assert!(
        asked
            .to_ascii_lowercase()
            .contains("authorization: bearer s3cr3t"),
        "{asked}"
    );
    // A page does not choose in which place a secret goes.
    ask(
        "/a",
        json!({"type": "apikey", "name": "echo", "in": "query"}),
    )
    .parts();
    let asked = server.asked.lock().unwrap().pop().unwrap();
    assert!(!asked.contains("s3cr3t"), "{asked}");
    for path in ["/../x", "x", "/%2e%2e/x", "/..%2fx"] {
        let answer = ask(path, json!({"type": "bearer"}));
        assert_eq!(answer.code(), (403, "proxy.not-allowed".into()), "{path}");
    }
    assert!(!proxy.said().contains("s3cr3t") && !proxy.said().contains("b=c"));
}

#[test]
fn a_document_says_itself_where_its_requests_go() {
    let server = other(FINE);
    let proxy = Served::proxy(&[
        "workflows/arazzo/create-image-and-poll.arazzo.yaml",
        "--region",
        "eu-west-1",
        "--region",
        "us-gov-west-1",
        "--endpoint",
        &format!("imagebuilder=http://{}", server.address),
    ]);
    for region in ["eu-west-1", "us-gov-west-1"] {
        let mut head = describe();
        head["url"] = json!(format!(
            "https://imagebuilder.{region}.amazonaws.com/CreateImage"
        ));
        head["method"] = json!("PUT");
        proxy.ask(&head, b"{}").parts();
        let asked = server.asked.lock().unwrap().pop().unwrap();
        assert!(
            asked.contains(&format!("/{region}/imagebuilder/aws4_request")),
            "{asked}"
        );
    }
    assert_eq!(proxy.ask(&describe(), b"{}").code().1, "proxy.not-allowed");
}

fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!(
        "spola-proxy-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::create_dir_all(folder.join("pages/sub")).unwrap();
    std::fs::write(folder.join("pages/index.html"), "<p>hello").unwrap();
    std::fs::write(folder.join("pages/sub/a b.wasm"), "wasm").unwrap();
    std::fs::write(folder.join("pages/.hidden"), "hidden").unwrap();
    std::fs::write(folder.join("outside.txt"), "outside").unwrap();
    folder
}

#[cfg(unix)]
#[test]
fn pages_of_a_folder_are_served_and_nothing_beside_it() {
    let folder = folder();
    std::os::unix::fs::symlink("../outside.txt", folder.join("pages/link.txt")).unwrap();
    let pages = folder.join("pages").display().to_string();
    let proxy = Served::proxy(&["--allow", "https://e.example", "--serve", &pages]);
    let get = |path: &str| {
        talk(
            &proxy.address,
            &format!("GET {path}"),
            &[("Host", &proxy.address)],
            b"",
        )
    };
    for (path, kind, text) in [
        ("/", "text/html; charset=utf-8", "<p>hello"),
        ("/index.html?x=1", "text/html; charset=utf-8", "<p>hello"),
        ("/sub/a%20b.wasm", "application/wasm", "wasm"),
    ] {
        let answer = get(path);
        assert_eq!(
            (answer.status, &*answer.body),
            (200, text.as_bytes()),
            "{path}"
        );
        for line in [
            &format!("content-type: {kind}"),
            "nosniff",
            "frame-ancestors 'none'",
        ] {
            assert!(answer.headers.contains(line), "{path}: {}", answer.headers);
        }
    }
    for path in [
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/sub/..%2f..%2foutside.txt",
        "/link.txt",
        "/.hidden",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/nothing",
        "/sub",
        "/a%00b",
    ] {
        assert_eq!(
            get(path).code(),
            (404, "proxy.nothing-there".into()),
            "{path}"
        );
    }
    let answer = talk(&proxy.address, "GET /", &[("Host", "evil.example")], b"");
    assert_eq!(answer.code(), (403, "proxy.wrong-host".into()));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_token_of_a_file_is_taken_or_made_and_never_shown() {
    let folder = folder();
    let path = |path: &Path| path.display().to_string();
    let file = folder.join("token");
    let begin = || {
        Served::proxy(&[
            "--allow",
            "https://e.example",
            "--token-file",
            &path(&file),
            "--serve",
            &path(&folder),
        ])
    };
    let mut proxy = begin();
    let token = std::fs::read_to_string(&file).unwrap().trim().to_owned();
    assert_eq!((token.len(), &*proxy.token), (48, ""));
    assert!(!proxy.said().contains(&token));
    assert_eq!(proxy.ask(&describe(), b"").status, 401);
    proxy.token = token.clone();
    assert_eq!(proxy.ask(&describe(), b"").status, 403);
    drop(proxy);
    begin();
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), token);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    std::fs::write(&file, "short\n").unwrap();
    let ran = run(&[
        "proxy",
        "--allow",
        "https://e.example",
        "--token-file",
        &path(&file),
    ]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.err.contains("16 or more") && !ran.err.contains("short"),
        "{}",
        ran.err
    );
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_proxy_that_would_let_everybody_in_does_not_start() {
    for (arguments, part) in [
        (
            &["--allow", "https://e.example", "--listen", "0.0.0.0:0"][..],
            "this machine alone",
        ),
        (&["--listen", "127.0.0.1:0"], "nothing is allowed yet"),
        (&["--allow", "ecr"], "no AWS region"),
        (&["--allow", "ecr", "--region", "x.evil/"], "region"),
        (&["--allow", "ftp://e.example"], "neither http nor https"),
        (&["--allow", "https://me@e.example"], "user name"),
        (&["--allow", "https://e.example/a/../b"], "dot segments"),
        (
            &["--allow", "https://e.example", "--origin", "*"],
            "--origin *",
        ),
        (
            &[
                "--allow",
                "https://e.example",
                "--origin",
                "https://e.example/x",
            ],
            "--origin",
        ),
        (
            &["--allow", "https://e.example", "--serve", "/nonexistent"],
            "--serve",
        ),
        (&["nonexistent.yaml"], "nonexistent.yaml"),
    ] {
        let ran = run(&[&["proxy"], arguments].concat());
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(part), "{arguments:?}: {}", ran.err);
    }
}
