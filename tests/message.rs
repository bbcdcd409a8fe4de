//! Requests as the engine speaks them, held against the `http` crate.

use std::path::Path;

use http::header::AUTHORIZATION;
use spola::Report;
use spola::message::{HeaderName, HeaderValue, MessageError, Method, Request, Url};

/// Texts put together from pieces that mean something, and from any character.
struct Texts {
    state: u64,
}

impl Texts {
    fn new() -> Self {
        Self { state: 7 }
    }

    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state % limit as u64) as usize
    }

    fn next(&mut self, pieces: &[&str]) -> String {
        let mut text = String::new();
        for _ in 0..=self.below(8) {
            match self.below(12) {
                0 => text.push(char::from(self.below(256) as u8)),
                1 => text.push(char::from_u32(self.below(0xD800) as u32).unwrap()),
                _ => text.push_str(pieces[self.below(pieces.len())]),
            }
        }
        text
    }
}

const PIECES: [&str; 40] = [
    "http://",
    "https://",
    "HTTP://",
    "Https://",
    "ftp://",
    "a+b-c.~://",
    "://",
    ":",
    "/",
    "//",
    "?",
    "#",
    "@",
    "[",
    "]",
    "[::1]",
    "%",
    "%20",
    "*",
    "h.example",
    "LOCALHOST",
    "127.0.0.1",
    ":80",
    ":0",
    ":65536",
    ":+1",
    "a:b@",
    "a",
    "b=c",
    "&",
    "=",
    "\"",
    "<",
    ">",
    "{",
    "}",
    "|",
    "\\",
    "^",
    "`",
];

/// All there is to know of a URL, from both.
fn compare(text: &str) {
    let ours = Url::parse(text.to_owned());
    let theirs = http::Uri::try_from(text);
    let (Ok(ours), Ok(theirs)) = (&ours, &theirs) else {
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{text:?}: {theirs:?}");
        return;
    };
    assert_eq!(ours.as_str(), theirs.to_string(), "{text:?}");
    assert_eq!(ours.scheme(), theirs.scheme_str(), "{text:?}");
    let authority = theirs.authority().map_or("", |it| it.as_str());
    assert_eq!(ours.authority(), authority, "{text:?}");
    assert_eq!(ours.host(), theirs.host(), "{text:?}");
    assert_eq!(ours.port(), theirs.port_u16(), "{text:?}");
    assert_eq!(ours.path(), theirs.path(), "{text:?}");
    assert_eq!(ours.query(), theirs.query(), "{text:?}");
    // A path may have been added to the longest there is.
    if ours.as_str().len() < 65_535 {
        assert!(
            Url::parse(ours.to_string()).as_ref() == Ok(ours),
            "{text:?}"
        );
    }
}

#[test]
fn urls_are_those_of_the_http_crate() {
    let mut texts = Texts::new();
    for _ in 0..100_000 {
        let text = texts.next(&PIECES);
        compare(&text);
        compare(&format!("https://h.example{text}"));
        compare(&format!("https://{text}/p"));
    }
    for byte in (0..=255).map(char::from) {
        for text in [
            "",
            "/",
            "https://h/",
            "https://h/?",
            "https://h",
            "https://",
            "a",
        ] {
            compare(&format!("{text}{byte}"));
            compare(&format!("{text}{byte}b"));
        }
    }
    for length in 65_500..65_560 {
        compare(&format!("https://h/{}", "x".repeat(length)));
        compare(&format!("https://h?{}", "x".repeat(length)));
        compare(&format!("/?{}#y", "x".repeat(length)));
    }
    for length in 60..70 {
        compare(&format!("{}://h/", "s".repeat(length)));
    }
}

#[test]
fn a_query_is_put_in_the_place_of_another() {
    let url = |text: &str| text.parse::<Url>().unwrap();
    for text in [
        "https://h",
        "https://h/#f",
        "https://h/?",
        "https://h/?b=2#f",
    ] {
        assert_eq!(url(text).with_query("a=1").unwrap(), *"https://h/?a=1");
    }
    assert_eq!(
        url("https://h/").with_query("a b"),
        Err(MessageError::BadUrl)
    );
}

#[test]
fn methods_and_header_names_and_values_are_those_of_the_http_crate() {
    let check = |text: &str| {
        let method = text.parse::<Method>().ok();
        let theirs = http::Method::from_bytes(text.as_bytes()).ok();
        assert_eq!(
            method.as_ref().map(Method::as_str),
            theirs.as_ref().map(http::Method::as_str),
            "{text:?}"
        );
        let name = text.parse::<HeaderName>().ok();
        let theirs = http::HeaderName::from_bytes(text.as_bytes()).ok();
        assert_eq!(
            name.as_ref().map(HeaderName::as_str),
            theirs.as_ref().map(http::HeaderName::as_str),
            "{text:?}"
        );
        let value = text.parse::<HeaderValue>().ok();
        let theirs = http::HeaderValue::from_str(text).ok();
        assert_eq!(
            value.as_ref().map(HeaderValue::as_bytes),
            theirs.as_ref().map(http::HeaderValue::as_bytes),
            "{text:?}"
        );
        assert_eq!(
            value.as_ref().and_then(HeaderValue::to_str),
            theirs.as_ref().and_then(|it| it.to_str().ok()),
            "{text:?}"
        );
    };
    let mut texts = Texts::new();
    let pieces = [
        "GET",
        "X-",
        "Content-Type",
        "\t",
        " ",
        "é",
        "a",
        "1",
        "_",
        "%",
        ":",
    ];
    for _ in 0..50_000 {
        check(&texts.next(&pieces));
    }
    for character in (0..=255).map(char::from) {
        check(&character.to_string());
        check(&format!("a{character}b"));
    }
    for length in [0, 63, 64, 65, 65_535, 65_536] {
        check(&"X".repeat(length));
        check(&format!("{} ", "X".repeat(length)));
    }
    for bytes in (0..=255).map(|byte| [b'a', byte]) {
        let ours = HeaderValue::from_bytes(&bytes).ok();
        let theirs = http::HeaderValue::from_bytes(&bytes).ok();
        assert_eq!(ours.is_some(), theirs.is_some(), "{bytes:?}");
        let ours = ours.as_ref().and_then(HeaderValue::to_str);
        let theirs = theirs.as_ref().and_then(|it| it.to_str().ok());
        assert_eq!(ours, theirs, "{bytes:?}");
    }
}

#[test]
fn fields_are_kept_in_the_order_of_a_header_map() {
    let mut texts = Texts::new();
    for _ in 0..2_000 {
        let mut ours = Request::new("GET", "https://h/", Vec::new()).unwrap();
        let mut theirs = http::Request::get("https://h/").body(Vec::new()).unwrap();
        for at in 0..texts.below(12) {
            let name = ["a", "B", "Cookie", "d"][texts.below(4)];
            let value = at.to_string();
            let own: (HeaderName, HeaderValue) = (name.parse().unwrap(), value.parse().unwrap());
            let name: http::HeaderName = name.parse().unwrap();
            if texts.below(2) == 0 {
                ours.headers_mut().set(own.0, own.1);
                theirs.headers_mut().insert(name, value.parse().unwrap());
            } else {
                ours.headers_mut().add(own.0, own.1);
                theirs.headers_mut().append(name, value.parse().unwrap());
            }
        }
        let taken = Request::try_from(theirs.clone()).unwrap();
        assert_eq!(ours, taken);
        let given = http::Request::try_from(ours).unwrap();
        let fields: Vec<_> = given.headers().iter().collect();
        assert_eq!(fields, theirs.headers().iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_request_becomes_one_of_the_http_crate_and_comes_back() {
    let mut request = Request::new("QUERY", "HTTPS://h.example:8443?a=b#c", vec![0, 1]).unwrap();
    request.set_header("X-One", "1").unwrap();
    let secret: HeaderValue = "Bearer s3cret".parse().unwrap();
    let name: HeaderName = "Authorization".parse().unwrap();
    request.headers_mut().set(name, secret.sensitive());
    let there = http::Request::try_from(request.clone()).unwrap();
    assert_eq!(there.method(), "QUERY");
    assert_eq!(there.uri(), "https://h.example:8443/?a=b");
    assert_eq!(there.headers()["x-one"], "1");
    assert!(there.headers()[AUTHORIZATION].is_sensitive());
    assert!(!there.headers()["x-one"].is_sensitive());
    assert_eq!(Request::try_from(there).unwrap(), request);
    let shown = format!("{request:?} {:?}", request.headers());
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn every_error_says_what_is_wrong_and_what_to_do() {
    let mut request = Request::new("GET", "https://h/", Vec::new()).unwrap();
    let errors = [
        Request::new("get it", "https://h/", Vec::new()).unwrap_err(),
        Request::new("GET", "https://", Vec::new()).unwrap_err(),
        request.set_header("a b", "c").unwrap_err(),
        request.set_header("a", "b\r\nc: d").unwrap_err(),
    ];
    let rendered: String = errors
        .iter()
        .map(|error| Report::of(error).render(None))
        .collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/message.txt");
    if std::env::var_os("SPOLA_SNAPSHOTS").is_some() {
        std::fs::write(&file, &rendered).unwrap();
    }
    assert_eq!(rendered, std::fs::read_to_string(&file).unwrap_or_default());
}
