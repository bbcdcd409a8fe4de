//! The registry protocol: what a client that pulls images sees.

use super::call::{Answer, INDEX, NOW, OCI, control, ecr, ecr_at, manifest, put, send, trusting};
use serde_json::{Value, json};
use spola_sandbox::Sandbox;

const HOST: &str = "https://123456789012.dkr.ecr.us-east-1.amazonaws.com";
const LOOPBACK: &str = "http://127.0.0.1:4510";

/// The header of a caller with a token of this moment.
fn basic(sandbox: &mut Sandbox, now: u64) -> String {
    let body = ecr_at(sandbox, "GetAuthorizationToken", &json!({}), now).ok();
    let token = &body["authorizationData"][0]["authorizationToken"];
    format!("Basic {}", token.as_str().unwrap())
}

fn call(sandbox: &mut Sandbox, method: &str, url: &str, authorization: &str) -> Answer {
    let request = http::Request::builder()
        .method(method)
        .uri(url)
        .header("authorization", authorization)
        .body(Vec::new())
        .unwrap();
    send(sandbox, request, NOW)
}

/// One request with a good token.
fn get(sandbox: &mut Sandbox, path: &str) -> Answer {
    let token = basic(sandbox, NOW);
    call(sandbox, "GET", &format!("{HOST}/v2/{path}"), &token)
}

fn head(sandbox: &mut Sandbox, path: &str) -> Answer {
    let token = basic(sandbox, NOW);
    call(sandbox, "HEAD", &format!("{HOST}/v2/{path}"), &token)
}

/// Status and code of a refusal.
fn told(answer: &Answer) -> (u16, &str) {
    let code = answer.body["errors"][0]["code"].as_str();
    (answer.status, code.unwrap_or_default())
}

#[test]
fn only_a_token_that_is_good_opens_the_registry() {
    let mut sandbox = Sandbox::sample();
    for header in ["", "Basic", "Basic !", "Basic eDp5", "Bearer QVdTOng="] {
        let answer = call(&mut sandbox, "GET", &format!("{HOST}/v2/"), header);
        assert_eq!(told(&answer), (401, "UNAUTHORIZED"), "{header}");
        assert_eq!(
            answer.header("www-authenticate"),
            format!("Basic realm=\"{HOST}/\",service=\"ecr.amazonaws.com\"")
        );
    }
    let url = format!("{HOST}/v2/app/manifests/latest");
    let forged = call(&mut sandbox, "GET", &url, "Basic QVdTOng=");
    assert_eq!(told(&forged), (400, "DENIED"));
    let old = basic(&mut sandbox, NOW - 12 * 3600 - 1);
    assert_eq!(
        told(&call(&mut sandbox, "GET", &url, &old)),
        (403, "DENIED")
    );
    let token = basic(&mut sandbox, NOW - 12 * 3600);
    for path in ["/v2", "/v2/"] {
        let answer = call(&mut sandbox, "GET", &format!("{HOST}{path}"), &token);
        assert_eq!(answer.status, 200);
        let version = answer.header("docker-distribution-api-version");
        assert_eq!(version, "registry/2.0");
    }
}

#[test]
fn a_manifest_is_read_by_tag_and_by_digest_as_it_was_put() {
    let mut sandbox = trusting();
    let text = manifest("one");
    let digest = put(&mut sandbox, &text, Some("v1"));
    for reference in ["v1", &digest, &digest.replace(':', "%3A")] {
        let path = format!("app/manifests/{reference}");
        let answer = get(&mut sandbox, &path);
        assert_eq!((answer.status, answer.bytes), (200, text.as_bytes().into()));
        let answer = head(&mut sandbox, &path);
        assert!(answer.bytes.is_empty());
        assert_eq!(answer.header("content-type"), OCI);
        assert_eq!(answer.header("docker-content-digest"), digest);
        assert_eq!(answer.header("content-length"), text.len().to_string());
    }
    let body = json!({ "repositoryName": "app" });
    let details = ecr(&mut sandbox, "DescribeImages", body).ok();
    let pulled = &details["imageDetails"][0]["lastRecordedPullTime"];
    assert!(pulled.is_number(), "{pulled}");
}

#[test]
fn what_is_not_there_is_told_in_the_protocols_words() {
    let mut sandbox = Sandbox::sample();
    let none = format!("sha256:{}", "0".repeat(64));
    for (path, status, code) in [
        ("none/manifests/latest".to_owned(), 404, "NAME_UNKNOWN"),
        ("none/tags/list".to_owned(), 404, "NAME_UNKNOWN"),
        (format!("none/blobs/{none}"), 404, "NAME_UNKNOWN"),
        (format!("none/referrers/{none}"), 404, "NAME_UNKNOWN"),
        ("app/manifests/none".to_owned(), 404, "MANIFEST_UNKNOWN"),
        (format!("app/manifests/{none}"), 404, "MANIFEST_UNKNOWN"),
        (format!("app/blobs/{none}"), 404, "BLOB_UNKNOWN"),
        ("app/blobs/none".to_owned(), 405, "UNSUPPORTED"),
        ("app/manifests/-".to_owned(), 404, "MANIFEST_UNKNOWN"),
        ("App/manifests/1".to_owned(), 405, "UNSUPPORTED"),
        ("app/tags/list?n=1001".to_owned(), 405, "UNSUPPORTED"),
        ("app/tags/list?n=0".to_owned(), 405, "UNSUPPORTED"),
        ("app/tags/list?n=x".to_owned(), 405, "UNSUPPORTED"),
        ("app/other/x".to_owned(), 404, "UNSUPPORTED"),
        ("app".to_owned(), 404, "UNSUPPORTED"),
    ] {
        let answer = get(&mut sandbox, &path);
        assert_eq!(told(&answer), (status, code), "{path}");
        let text = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(!text.is_empty(), "{path}");
        let answer = head(&mut sandbox, &path);
        assert!(answer.status >= 400 && answer.bytes.is_empty(), "{path}");
    }
    let answer = get(&mut sandbox, "app/tags/list?n=1001");
    assert_eq!(
        answer.body["errors"][0]["message"],
        "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value \
         less than or equal to 1000'"
    );
}

#[test]
fn every_write_is_refused_clearly() {
    let mut sandbox = Sandbox::sample();
    let token = basic(&mut sandbox, NOW);
    for (method, path) in [
        ("POST", "app/blobs/uploads/"),
        ("PATCH", "app/blobs/uploads/1"),
        ("PUT", "app/manifests/new"),
        ("DELETE", "app/manifests/latest"),
    ] {
        let answer = call(&mut sandbox, method, &format!("{HOST}/v2/{path}"), &token);
        assert_eq!(told(&answer), (405, "UNSUPPORTED"));
        assert!(answer.body.to_string().contains("PutImage"));
    }
}

/// The digest of the first layer of `app:1.0.0`, and its size.
fn layer(sandbox: &mut Sandbox) -> (String, u64) {
    let manifest = get(sandbox, "app/manifests/1.0.0").ok();
    let layer = &manifest["layers"][0];
    let digest = layer["digest"].as_str().unwrap().to_owned();
    (digest, layer["size"].as_u64().unwrap())
}

#[test]
fn a_blob_is_where_the_answer_leads() {
    let mut sandbox = Sandbox::sample();
    let (digest, size) = layer(&mut sandbox);
    let there = head(&mut sandbox, &format!("app/blobs/{digest}"));
    assert_eq!(there.status, 200);
    assert_eq!(there.header("content-length"), size.to_string());
    let answer = get(&mut sandbox, &format!("app/blobs/{digest}"));
    assert_eq!(answer.status, 307);
    let url = answer.header("location").to_owned();
    assert!(url.starts_with("https://prod-us-east-1-starport-layer-bucket.s3."));
    let request = http::Request::get(&url).body(Vec::new()).unwrap();
    let whole = send(&mut sandbox, request, NOW);
    assert_eq!((whole.status, whole.bytes.len() as u64), (200, size));
    let request = http::Request::get(&url).header("range", "bytes=1-4");
    let part = send(&mut sandbox, request.body(Vec::new()).unwrap(), NOW);
    assert_eq!((part.status, part.bytes), (206, whole.bytes[1..5].to_vec()));
    // a layer that no image names
    let orphan = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    let make = r#"{"repositoryName":"made","count":0}"#;
    control(&mut sandbox, "POST", "images", make).ok();
    let path = format!("made/blobs/{orphan}");
    assert_eq!(head(&mut sandbox, &path).status, 200);
    assert_eq!(told(&get(&mut sandbox, &path)), (404, "BLOB_UNKNOWN"));
}

#[test]
fn on_a_loopback_address_a_client_may_send_its_token_on_to_the_layer() {
    let mut sandbox = Sandbox::sample();
    let (digest, _) = layer(&mut sandbox);
    let token = basic(&mut sandbox, NOW);
    let url = format!("{LOOPBACK}/v2/app/blobs/{digest}");
    let answer = call(&mut sandbox, "GET", &url, &token);
    let url = answer.header("location").to_owned();
    assert!(url.starts_with(LOOPBACK), "{url}");
    assert_eq!(call(&mut sandbox, "GET", &url, &token).status, 200);
    let signed = "AWS4-HMAC-SHA256 Credential=A/20270115/us-east-1/ecr/aws4_request";
    assert_eq!(call(&mut sandbox, "GET", &url, signed).status, 400);
}

/// All pages from a path on, by following the links.
fn pages(sandbox: &mut Sandbox, path: &str, member: &str) -> (Vec<String>, usize) {
    let mut found: Vec<String> = Vec::new();
    let mut path = path.to_owned();
    for count in 1..50 {
        let answer = get(sandbox, &path);
        let link = answer.header("link").to_owned();
        let body = answer.ok();
        let names = body[member].as_array().unwrap().iter();
        found.extend(names.map(|name| name.as_str().unwrap().to_owned()));
        let Some(next) = link.strip_suffix(">; rel=\"next\"") else {
            assert_eq!(link, "");
            return (found, count);
        };
        path = next.strip_prefix("</v2/").unwrap().to_owned();
    }
    panic!("the pages do not end");
}

#[test]
fn tags_and_repositories_come_in_pages_with_links() {
    let mut sandbox = Sandbox::sample();
    let tags = ["1.0.0", "1.1.0", "2.0.0", "latest", "stable"];
    let names = ["app", "team/api", "team/worker"];
    for paging in ["full", "short"] {
        let settings = json!({ "paging": paging }).to_string();
        control(&mut sandbox, "POST", "settings", &settings).ok();
        let (found, count) = pages(&mut sandbox, "app/tags/list?n=2", "tags");
        assert_eq!(found, tags);
        assert!(count >= 3);
        let (found, _) = pages(&mut sandbox, "app/tags/list", "tags");
        assert_eq!(found, tags);
        let (found, _) = pages(&mut sandbox, "app/tags/list?last=2.0.0", "tags");
        assert_eq!(found, tags[3..]);
        let (found, _) = pages(&mut sandbox, "_catalog?n=1", "repositories");
        assert_eq!(found, names);
    }
    let body = get(&mut sandbox, "team/worker/tags/list").ok();
    assert_eq!(body, json!({ "name": "team/worker", "tags": [] }));
}

#[test]
fn referrers_come_as_one_index() {
    let mut sandbox = trusting();
    let subject = put(&mut sandbox, &manifest("subject"), Some("v1"));
    for number in 0..60 {
        let mut text: Value = serde_json::from_str(&manifest("referrer")).unwrap();
        let kind = if number < 55 { "a/b" } else { "c/d" };
        text["artifactType"] = kind.into();
        text["subject"] = json!({ "mediaType": OCI, "digest": subject, "size": 1 });
        text["annotations"]["number"] = number.to_string().into();
        put(&mut sandbox, &text.to_string(), None);
    }
    let answer = get(&mut sandbox, &format!("app/referrers/{subject}"));
    assert_eq!(answer.header("content-type"), INDEX);
    let index = answer.ok();
    let manifests = index["manifests"].as_array().unwrap();
    assert_eq!(manifests.len(), 60);
    assert!(manifests[0].get("artifactStatus").is_none());
    let path = format!("app/referrers/{subject}?artifactType=c%2Fd");
    let answer = get(&mut sandbox, &path);
    assert_eq!(answer.header("oci-filters-applied"), "artifactType");
    assert_eq!(answer.ok()["manifests"].as_array().unwrap().len(), 5);
    let none = format!("app/referrers/sha256:{}", "0".repeat(64));
    assert_eq!(get(&mut sandbox, &none).ok()["manifests"], json!([]));
}

#[test]
fn the_host_names_the_registry_and_on_other_hosts_the_token() {
    let mut sandbox = Sandbox::empty();
    let make = r#"{"repositoryName":"app","count":1,"region":"eu-west-1"}"#;
    control(&mut sandbox, "POST", "images", make).ok();
    let mut tags = |host: &str, region: &str| {
        let request = http::Request::post(format!("https://api.ecr.{region}.amazonaws.com/"))
            .header(
                "x-amz-target",
                "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
            )
            .body(b"{}".to_vec())
            .unwrap();
        let body = send(&mut sandbox, request, NOW).ok();
        let token = &body["authorizationData"][0]["authorizationToken"];
        let token = format!("Basic {}", token.as_str().unwrap());
        let url = format!("{host}/v2/app/tags/list");
        call(&mut sandbox, "GET", &url, &token).status
    };
    let europe = HOST.replace("us-east-1", "eu-west-1");
    assert_eq!(tags(&europe, "us-east-1"), 200);
    assert_eq!(tags(HOST, "eu-west-1"), 404);
    assert_eq!(tags(LOOPBACK, "eu-west-1"), 200);
    assert_eq!(tags(LOOPBACK, "us-east-1"), 404);
    let other = europe.replace("123456789012", "999999999999");
    assert_eq!(tags(&other, "eu-west-1"), 404);
}

#[test]
fn the_settings_name_the_region_of_requests_that_name_none() {
    let mut sandbox = Sandbox::empty();
    let settings = r#"{"region":"eu-west-1","account":"999999999999"}"#;
    control(&mut sandbox, "POST", "settings", settings).ok();
    let request = http::Request::post(LOOPBACK)
        .header(
            "x-amz-target",
            "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
        )
        .body(b"{}".to_vec())
        .unwrap();
    let body = send(&mut sandbox, request, NOW).ok();
    assert_eq!(
        body["authorizationData"][0]["proxyEndpoint"],
        "https://999999999999.dkr.ecr.eu-west-1.amazonaws.com"
    );
    let wrong = control(&mut sandbox, "POST", "settings", r#"{"region":"?"}"#);
    assert_eq!(wrong.status, 400);
}

#[test]
fn faults_strike_reads_too() {
    let mut sandbox = Sandbox::sample();
    let token = basic(&mut sandbox, NOW);
    for (kind, status, code) in [
        ("throttling", 429, "TOOMANYREQUESTS"),
        ("access-denied", 403, "DENIED"),
        ("server-error", 500, "UNKNOWN"),
        ("service-unavailable", 503, "UNAVAILABLE"),
    ] {
        let fault = json!([{ "kind": kind, "operation": "BatchGetImage", "retryAfter": 1 }]);
        control(&mut sandbox, "POST", "faults", &fault.to_string()).ok();
        let url = format!("{HOST}/v2/app/manifests/latest");
        let answer = call(&mut sandbox, "GET", &url, &token);
        assert_eq!(told(&answer), (status, code));
        assert_eq!(answer.header("retry-after"), "1");
        let url = format!("{HOST}/v2/app/tags/list");
        assert_eq!(call(&mut sandbox, "GET", &url, &token).status, 200);
    }
    let fault = json!([{ "kind": "truncated-body" }]).to_string();
    control(&mut sandbox, "POST", "faults", &fault).ok();
    let url = format!("{HOST}/v2/app/manifests/latest");
    let answer = call(&mut sandbox, "GET", &url, &token);
    let length: usize = answer.header("content-length").parse().unwrap();
    assert_eq!(answer.bytes.len(), length / 2);
}
