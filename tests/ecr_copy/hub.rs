//! A registry of the Distribution protocol, as strict as its kind.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use spola::auth::{Credentials, Secret};
use spola::machine::{Event, FailureReason, Send};
use spola_ecr::{Digest, digest_of};

use super::world::entry;
use crate::harness::{authorize, carried};

/// What a registry wants to see.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Wants {
    #[default]
    Nothing,
    Token,
    /// A token, for which user and password are wanted.
    TokenOfUser,
    Basic,
}

/// A registry with one repository, `registry.example/team/app`.
#[derive(Clone, Debug)]
pub struct Hub {
    manifests: BTreeMap<String, (String, String)>,
    blobs: BTreeMap<String, Vec<u8>>,
    pub wants: Wants,
    /// Where it keeps its layers; itself, unless given.
    pub storage: Option<String>,
    /// Where it sends on to with everything.
    pub mirror: Option<String>,
    /// How often a token is good.
    pub token_uses: usize,
    /// How often a storage URL is good.
    pub url_uses: usize,
    /// Where logins are.
    pub realm: String,
    /// Whether it answers by whole layers only.
    pub no_ranges: bool,
    pub referrers: Option<Value>,
    tokens: BTreeMap<String, usize>,
    urls: BTreeMap<String, usize>,
    made: usize,
    /// What was asked last.
    pub last: String,
    /// Who was told user and password.
    pub told: Vec<String>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            manifests: BTreeMap::new(),
            blobs: BTreeMap::new(),
            wants: Wants::Nothing,
            storage: None,
            mirror: None,
            token_uses: usize::MAX,
            url_uses: usize::MAX,
            realm: "https://auth.registry.example/token".into(),
            no_ranges: false,
            referrers: None,
            tokens: BTreeMap::new(),
            urls: BTreeMap::new(),
            made: 0,
            last: String::new(),
            told: Vec::new(),
        }
    }
}

impl Hub {
    pub fn image(&mut self, layers: &[Vec<u8>], references: &[&str]) -> Digest {
        let config = br#"{"os":"linux","architecture":"arm64","variant":"v8"}"#.to_vec();
        let entries: Vec<Value> = layers.iter().map(|layer| entry(layer, "x/layer")).collect();
        let manifest = json!({
            "schemaVersion": 2,
            "config": entry(&config, "application/vnd.docker.container.image.v1+json"),
            "layers": entries,
        });
        for blob in layers.iter().chain([&config]) {
            self.blobs.insert(digest_of(blob).to_string(), blob.clone());
        }
        let kind = "application/vnd.docker.distribution.manifest.v2+json";
        self.put(&manifest.to_string(), kind, references)
    }

    pub fn put(&mut self, text: &str, kind: &str, references: &[&str]) -> Digest {
        let digest = digest_of(text.as_bytes());
        for reference in references.iter().copied().chain([digest.as_str()]) {
            let kept = (kind.to_owned(), text.to_owned());
            self.manifests.insert(reference.to_owned(), kept);
        }
        digest
    }

    /// The text of a manifest.
    pub fn text(&self, reference: &str) -> String {
        self.manifests[reference].1.clone()
    }

    pub fn blob(&mut self, bytes: &[u8]) {
        self.blobs
            .insert(digest_of(bytes).to_string(), bytes.to_vec());
    }

    /// What a request meets; user and password are added where they are asked for.
    pub fn answer(&mut self, send: &Send) -> Event {
        let mut request = carried(&send.request);
        let uri = request.uri().clone();
        let host = uri.host().unwrap_or_default().to_owned();
        if let Some(auth) = &send.auth {
            assert_eq!(auth.source, "source");
            let credentials = Credentials {
                secret: Some(Secret::new("me:hunter2")),
                ..Credentials::default()
            };
            request = authorize(request, auth, &credentials, Duration::ZERO).expect("authorized");
            self.told.push(host.clone());
        }
        let header = |name: &str| {
            let value = request.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let (status, headers, body) =
            self.respond(&uri, &host, header("authorization"), header("range"));
        if body.len() as u64 > send.max_response {
            return Event::Failed {
                id: send.id,
                reason: FailureReason::TooLarge,
                message: "it is larger than it may be".into(),
                elapsed: Duration::ZERO,
            };
        }
        Event::Response {
            id: send.id,
            status,
            headers,
            body,
            elapsed: Duration::ZERO,
        }
    }

    fn respond(
        &mut self,
        uri: &http::Uri,
        host: &str,
        authorization: Option<String>,
        range: Option<String>,
    ) -> Answer {
        let path = uri.path();
        let basic = authorization.as_deref() == Some("Basic bWU6aHVudGVyMg==");
        if host.starts_with("auth.") || host.starts_with("evil.") {
            self.last = "login".into();
            let query = uri.query().unwrap_or_default();
            assert!(
                query.contains("scope=repository%3Ateam%2Fapp%3Apull")
                    || query.contains("scope=repository%3Ateam/app%3Apull"),
                "{query}"
            );
            assert!(query.contains("service=the%20registry"), "{query}");
            if self.wants == Wants::TokenOfUser && !basic {
                return plain(401, "who are you?");
            }
            self.made += 1;
            let token = format!("token-{}", self.made);
            self.tokens.insert(token.clone(), 0);
            return plain(200, &json!({"token": token, "expires_in": 300}).to_string());
        }
        if Some(host) == self.storage.as_deref() {
            self.last = "storage".into();
            assert_eq!(authorization, None, "credentials reach the storage");
            let uses = self.urls.entry(uri.to_string()).or_default();
            *uses += 1;
            if *uses > self.url_uses {
                return plain(403, "<Error><Code>AccessDenied</Code></Error>");
            }
            let digest = path.trim_start_matches('/').to_owned();
            return self.bytes(&digest, range);
        }
        if let Some(mirror) = self.mirror.clone().filter(|mirror| mirror != host) {
            self.last = "mirror".into();
            let to = format!("https://{mirror}{path}");
            return (307, vec![("Location".to_owned(), to)], Vec::new());
        }
        if self.mirror.is_none() {
            assert_eq!(host, "registry.example");
        }
        if let Some(refusal) = self.refusal(authorization, basic) {
            self.last = "refusal".into();
            return refusal;
        }
        let rest = path
            .strip_prefix("/v2/team/app/")
            .unwrap_or_else(|| panic!("{path}"));
        let (kind, name) = rest.split_once('/').expect("two parts");
        self.last = kind.into();
        match kind {
            "manifests" => match self.manifests.get(name) {
                Some((media_type, text)) => {
                    let digest = digest_of(text.as_bytes()).to_string();
                    let headers = vec![
                        ("Content-Type".to_owned(), media_type.clone()),
                        ("Docker-Content-Digest".to_owned(), digest),
                    ];
                    (200, headers, text.clone().into_bytes())
                }
                None => plain(404, r#"{"errors":[{"code":"MANIFEST_UNKNOWN"}]}"#),
            },
            "referrers" => match &self.referrers {
                Some(manifests) => plain(200, &json!({"manifests": manifests}).to_string()),
                None => plain(404, "404 page not found"),
            },
            "blobs" => match &self.storage {
                Some(storage) => {
                    self.made += 1;
                    let to = format!("https://{storage}/{name}?sig={}", self.made);
                    (307, vec![("Location".to_owned(), to)], Vec::new())
                }
                None => self.bytes(name, range),
            },
            other => panic!("{other}"),
        }
    }

    fn refusal(&mut self, authorization: Option<String>, basic: bool) -> Option<Answer> {
        let bearer = authorization
            .as_deref()
            .and_then(|it| it.strip_prefix("Bearer "));
        let challenge = match self.wants {
            Wants::Nothing => return None,
            Wants::Basic if basic => return None,
            Wants::Basic => "Basic realm=\"registry\"".to_owned(),
            Wants::Token | Wants::TokenOfUser => {
                if let Some(uses) = bearer.and_then(|token| self.tokens.get_mut(token)) {
                    *uses += 1;
                    if *uses <= self.token_uses {
                        return None;
                    }
                }
                format!("Bearer realm=\"{}\",service=\"the registry\"", self.realm)
            }
        };
        Some((
            401,
            vec![("WWW-Authenticate".to_owned(), challenge)],
            Vec::new(),
        ))
    }

    fn bytes(&self, digest: &str, range: Option<String>) -> Answer {
        let blob = self.blobs.get(digest).expect("a blob");
        let range = range.filter(|_| !self.no_ranges);
        let Some(range) = range else {
            return (200, Vec::new(), blob.clone());
        };
        let (first, last) = range
            .strip_prefix("bytes=")
            .and_then(|it| it.split_once('-'))
            .unwrap();
        let first: usize = first.parse().unwrap();
        let last = last.parse::<usize>().unwrap().min(blob.len() - 1);
        let told = format!("bytes {first}-{last}/{}", blob.len());
        let headers = vec![("Content-Range".to_owned(), told)];
        (206, headers, blob[first..=last].to_vec())
    }
}

type Answer = (u16, Vec<(String, String)>, Vec<u8>);

fn plain(status: u16, text: &str) -> Answer {
    let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
    (status, headers, text.as_bytes().to_vec())
}
