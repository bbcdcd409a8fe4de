//! Any other registry as a source: the OCI Distribution protocol, for reading.

use core::net::IpAddr;

use serde_json::Value;
use spola::VecMap;
use spola::auth::percent_encoded;
use spola::exchange::{Response, parse_json};

use crate::blob::verify;
use crate::digest::Digest;
use crate::error::EcrError;
use crate::fetch::{Fetch, Target, optional_login};
use crate::kept::kept;
use crate::manifest::{LARGEST_MANIFEST, ManifestType};
use crate::place::{Options, Reference};
use crate::refusal::Refusal;
use crate::script::Ask;
use crate::written::Written;

use super::challenge::Challenge;
use super::source::Got;

/// The source's name, under which the host keeps endpoint, user and password.
pub(super) const SOURCE: &str = "source";
/// How often in a row a login leads to nothing.
const LOGINS: u32 = 3;
/// How often one request is redirected.
const HOPS: u32 = 5;
/// The most bytes of an answer to a login.
const TOKEN_BYTES: u64 = 256 << 10;

/// A repository of a registry that is not ECR.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    /// The registry as it was named: `docker.io`.
    host: String,
    /// Where it is: `https://registry-1.docker.io`.
    base: String,
    repository: String,
    /// What the registry gave for user and password, or for nothing.
    token: Token,
    /// What it asked for, until that is done.
    challenge: Option<Challenge>,
    /// Whether it wants user and password with each request.
    basic: bool,
    logins: u32,
    /// Where requests were redirected to.
    elsewhere: VecMap<String, (String, u32)>,
}

kept! {
    Remote { host, base, repository, basic; skipped token, challenge, logins, elsewhere }
}

/// A bearer token; a snapshot keeps none.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Token(pub(super) Option<String>);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "a token" } else { "none" })
    }
}

impl PartialEq for Remote {
    fn eq(&self, other: &Self) -> bool {
        self.base == other.base && self.repository == other.repository
    }
}

/// What an answer of a registry leads to.
pub(super) enum Step {
    /// It is the answer.
    Answer(Response),
    /// The same is to be asked again, after a login or elsewhere.
    Again,
}

impl Remote {
    /// The repository that is named, where its host is not one of ECR's.
    pub(super) fn of(written: &Written<'_>, options: &Options) -> Result<Self, EcrError> {
        let host = written.host.unwrap_or_default();
        let path = written.path.unwrap_or_default();
        let is_hub = matches!(
            host,
            "docker.io" | "index.docker.io" | "registry-1.docker.io"
        );
        let repository = match is_hub && !path.contains('/') {
            true => format!("library/{path}"),
            false => path.to_owned(),
        };
        if !is_repository(path) {
            return Err(EcrError::InvalidRepositoryName {
                name: crate::text::shown(path),
                reason: "it has lower-case letters and digits, `.`, `_`, `-` and `/` between them",
                nearest: None,
            });
        }
        let name = host_of(host);
        let base = match options.run.endpoints.get(SOURCE) {
            Some(endpoint) => endpoint.trim_end_matches('/').to_owned(),
            None if is_hub => "https://registry-1.docker.io".to_owned(),
            None if is_loopback(name) => format!("http://{host}"),
            None => format!("https://{host}"),
        };
        Ok(Self {
            host: host.to_owned(),
            base,
            repository,
            token: Token::default(),
            challenge: None,
            basic: false,
            logins: 0,
            elsewhere: VecMap::new(),
        })
    }

    /// As messages show it.
    pub(super) fn shown(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }

    /// Asks for one manifest.
    pub(super) fn read(&self, reference: &Reference) -> Ask {
        let accept: Vec<&str> = ManifestType::all().collect();
        self.get(
            "manifest",
            &manifest_path(reference),
            Some(accept.join(", ")),
            LARGEST_MANIFEST as u64,
        )
    }

    /// Asks what refers to an image; an index comes.
    pub(super) fn referrers(&self, digest: &str) -> Ask {
        let accept = ManifestType::OciIndex.as_str().to_owned();
        let most = LARGEST_MANIFEST as u64;
        let path = format!("referrers/{digest}");
        self.get("referrers", &path, Some(accept), most)
    }

    fn get(&self, name: &'static str, path: &str, accept: Option<String>, most: u64) -> Ask {
        let mut target = match self.elsewhere.get(path) {
            Some((url, _)) => Target::of(url.clone(), most),
            None => self.target(path, most),
        };
        target.accept = accept;
        Ask::Fetch(Fetch::new(name, target))
    }

    /// A request to the registry itself, with what it asked for.
    fn target(&self, path: &str, most: u64) -> Target {
        let url = format!("{}/v2/{}/{path}", self.base, self.repository);
        Target {
            bearer: self.token.0.clone(),
            login: self.basic.then(|| optional_login(SOURCE)),
            ..Target::of(url, most)
        }
    }

    /// Asks for a config.
    pub(super) fn config(&self, digest: &str) -> Ask {
        let most = LARGEST_MANIFEST as u64;
        self.get("config", &format!("blobs/{digest}"), None, most)
    }

    /// A request for a layer, with what the registry asked for.
    pub(super) fn blob(&self, digest: &str, most: u64) -> Target {
        self.target(&format!("blobs/{digest}"), most)
    }

    /// Judges an answer to what was asked at a path.
    pub(super) fn judge(&mut self, path: &str, response: Response) -> Result<Step, EcrError> {
        match response.status() {
            401 if !self.elsewhere.contains_key(path) => {
                // Of several at once the first says it all.
                if !self.wants_login() {
                    self.challenged(&response)?;
                }
                Ok(Step::Again)
            }
            301 | 302 | 303 | 307 | 308 => {
                let from = match self.elsewhere.get(path) {
                    Some((url, hops)) => (url.clone(), *hops),
                    None => (self.target(path, 0).url, 0),
                };
                let to = self.redirected(&from.0, &response, from.1)?;
                self.elsewhere.insert(path.to_owned(), (to, from.1 + 1));
                Ok(Step::Again)
            }
            _ => {
                self.answered();
                Ok(Step::Answer(response))
            }
        }
    }

    /// Takes down what the registry asks for before it answers.
    pub(super) fn challenged(&mut self, response: &Response) -> Result<(), EcrError> {
        let refused = || EcrError::from(Refusal::of(&format!("`{}`", self.host), response));
        self.logins += 1;
        if self.logins > LOGINS {
            return Err(refused());
        }
        match Challenge::of(response) {
            Some(Challenge::Basic) if !self.basic => self.basic = true,
            Some(challenge @ Challenge::Bearer { .. }) => self.challenge = Some(challenge),
            _ => return Err(refused()),
        }
        Ok(())
    }

    /// What the registry is given now: what was asked with something else was asked
    /// before a login.
    pub(super) fn given(&self) -> (Token, bool) {
        (self.token.clone(), self.basic)
    }

    /// Takes down that it answered.
    pub(super) fn answered(&mut self) {
        self.logins = 0;
    }

    pub(super) fn wants_login(&self) -> bool {
        self.challenge.is_some()
    }

    /// Asks for a token. User and password go along only where the place belongs to the
    /// registry: an answer must not choose who is told them.
    pub(super) fn log_in(&self) -> Result<Ask, EcrError> {
        let Some(Challenge::Bearer { realm, service }) = &self.challenge else {
            return Err(self.unusable("it asks for no login"));
        };
        let plain = self.base.starts_with("http://");
        if !(realm.starts_with("https://") || plain && realm.starts_with("http://")) {
            return Err(self.unusable("its place for logins is not https"));
        }
        let joint = if realm.contains('?') { '&' } else { '?' };
        let mut url = format!(
            "{realm}{joint}scope=repository%3A{}%3Apull",
            self.repository
        );
        if let Some(service) = service {
            url.push_str("&service=");
            url.push_str(&percent_encoded(service));
        }
        let trusted = belongs(authority(realm), authority(&self.base));
        let target = Target {
            login: trusted.then(|| optional_login(SOURCE)),
            ..Target::of(url, TOKEN_BYTES)
        };
        Ok(Ask::Fetch(Fetch::new("login", target)))
    }

    pub(super) fn logged_in(&mut self, response: &Response) -> Result<(), EcrError> {
        if response.status() != 200 {
            let operation = format!("the login at `{}`", self.host);
            return Err(Refusal::of(&operation, response).into());
        }
        let body = parse_json(response.body(), 16).unwrap_or_default();
        let token = ["token", "access_token"].iter().find_map(|name| {
            let token = body.get(name)?.as_str()?;
            (!token.is_empty()).then(|| token.to_owned())
        });
        let Some(token) = token else {
            return Err(self.unusable("its answer to the login has no token"));
        };
        self.challenge = None;
        self.token = Token(Some(token));
        Ok(())
    }

    /// Where an answer sends on to; nobody's credentials go there.
    pub(super) fn redirected(
        &self,
        from: &str,
        response: &Response,
        hops: u32,
    ) -> Result<String, EcrError> {
        let location = response.header("location").unwrap_or_default();
        let to = absolute(from, location.trim());
        let safe = to.starts_with("https://")
            || to.starts_with("http://") && self.base.starts_with("http://");
        if hops >= HOPS || !safe {
            return Err(self.unusable("it redirects too often, or from https to something else"));
        }
        // A registry outside must not make this machine ask its own neighbours.
        let host = host_of(authority(&to));
        if is_inside(host) && !is_inside(host_of(authority(&self.base))) {
            return Err(self.unusable("it redirects into a private network"));
        }
        Ok(to)
    }

    fn unusable(&self, reason: &str) -> EcrError {
        EcrError::UnreadableAnswer {
            operation: format!("`{}`", self.host),
            reason: reason.to_owned(),
        }
    }
}

/// The path of a manifest.
pub(super) fn manifest_path(reference: &Reference) -> String {
    let name = reference.digest.as_ref().or(reference.tag.as_ref());
    format!("manifests/{}", name.map_or("latest", String::as_str))
}

/// The manifest of an answer; none where the registry has none.
pub(super) fn manifest_of(
    response: Response,
    reference: &Reference,
) -> Result<Option<Got>, EcrError> {
    match response.status() {
        200 => {}
        404 => return Ok(None),
        _ => return Err(Refusal::of("manifest", &response).into()),
    }
    let media_type = response.media_type().map(str::to_owned);
    // Anything else says nothing: JSON in general, text.
    let media_type = media_type.filter(|it| ManifestType::of(it).is_some());
    let digest = response.header("docker-content-digest");
    let digest = reference
        .digest
        .clone()
        .or(digest.map(|it| it.into_owned()));
    let (_, _, body) = response.into_parts();
    let text = String::from_utf8(body).map_err(|_| EcrError::InvalidManifest {
        fault: crate::manifest::ManifestFault::NotAnObject,
    })?;
    let tag = reference.tag.clone();
    Ok(Some(Got::new(digest, tag, text, media_type)))
}

/// The config of an answer, if it is what its digest says.
pub(super) fn config_of(digest: &Digest, response: Response) -> Result<Vec<u8>, EcrError> {
    if response.status() != 200 {
        return Err(Refusal::of("config", &response).into());
    }
    let (_, _, body) = response.into_parts();
    verify("the config", digest, &body)?;
    Ok(body)
}

/// What refers to an image; nothing where the registry does not know of such things.
pub(super) fn referrers_of(response: &Response) -> Vec<Value> {
    let index = parse_json(response.body(), 64).unwrap_or_default();
    match index.get("manifests") {
        Some(Value::Array(manifests)) if response.status() == 200 => manifests.clone(),
        _ => Vec::new(),
    }
}

fn is_repository(path: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    path.len() <= 255
        && path.split('/').all(|part| {
            !part.is_empty()
                && part.bytes().all(is_part)
                && !part.starts_with(['.', '-', '_'])
                && !part.ends_with(['.', '-', '_'])
        })
}

/// Host and port of a URL.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host)
}

/// The host without its port.
fn host_of(authority: &str) -> &str {
    match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    }
}

/// Whether a place for logins belongs to a registry: the same host, one below it, its
/// parent (`gitlab.com` of `registry.gitlab.com`) or a sibling (`auth.docker.io`).
fn belongs(place: &str, registry: &str) -> bool {
    if place.eq_ignore_ascii_case(registry) {
        return true;
    }
    let place = host_of(place).to_ascii_lowercase();
    let registry = host_of(registry).to_ascii_lowercase();
    let is_ip = |host: &str| host.parse::<IpAddr>().is_ok();
    if is_ip(&place) || is_ip(&registry) {
        return false;
    }
    let below = place.strip_suffix(registry.as_str());
    if registry.contains('.') && below.is_some_and(|name| name.ends_with('.')) {
        return true;
    }
    let parent = |host: &str| host.split_once('.').map(|(_, parent)| parent.to_owned());
    let Some(of_registry) = parent(&registry) else {
        return false;
    };
    // `co.uk` and its like belong to nobody.
    let labels: Vec<&str> = of_registry.split('.').collect();
    let shared = match labels[..] {
        [_] => true,
        [second, top] => top.len() == 2 && second.len() <= 3,
        _ => false,
    };
    !shared && (place == of_registry || parent(&place).is_some_and(|it| it == of_registry))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// Whether a host is inside: this machine, or what only it can reach.
fn is_inside(host: &str) -> bool {
    if is_loopback(host) {
        return true;
    }
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(it)) => {
            it.is_loopback() || it.is_private() || it.is_link_local() || it.is_unspecified()
        }
        Ok(IpAddr::V6(it)) => {
            let first = it.segments()[0];
            it.is_loopback()
                || it.is_unspecified()
                || first & 0xffc0 == 0xfe80
                || first & 0xfe00 == 0xfc00
                || it
                    .to_ipv4_mapped()
                    .is_some_and(|it| it.is_loopback() || it.is_private() || it.is_link_local())
        }
        Err(_) => false,
    }
}

/// A location as a URL of its own.
fn absolute(from: &str, location: &str) -> String {
    if location.contains("://") {
        return location.to_owned();
    }
    let (scheme, _) = from.split_once("://").unwrap_or(("https", ""));
    if location.starts_with("//") {
        return format!("{scheme}:{location}");
    }
    let origin = format!("{scheme}://{}", authority(from));
    match location.starts_with('/') {
        true => format!("{origin}{location}"),
        false => {
            let path = from.split(['?', '#']).next().unwrap_or_default();
            let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
            format!("{folder}/{location}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{absolute, belongs, is_inside};

    #[test]
    fn a_login_belongs_to_the_registry_its_parent_or_a_sibling() {
        for (place, registry, whole) in [
            ("ghcr.io", "ghcr.io", true),
            ("auth.ghcr.io", "ghcr.io", true),
            ("evilghcr.io", "ghcr.io", false),
            ("evil.localhost", "localhost", false),
            ("auth.docker.io", "registry-1.docker.io", true),
            ("gitlab.com", "registry.gitlab.com", true),
            ("auth.example.co.uk", "registry.example.co.uk", true),
            ("evil.co.uk", "registry.co.uk", false),
            ("evil.com", "registry.com", false),
            ("evil.example", "registry.docker.io", false),
            ("docker.io.evil.example", "registry.docker.io", false),
            ("127.0.0.1:5001", "127.0.0.1:5000", false),
            ("localhost:5000", "localhost:5000", true),
        ] {
            assert_eq!(belongs(place, registry), whole, "{place} {registry}");
        }
    }

    #[test]
    fn a_location_may_be_relative() {
        let from = "https://a.example:8/v2/x/blobs/1?y";
        assert_eq!(absolute(from, "https://b.example/z"), "https://b.example/z");
        assert_eq!(absolute(from, "//b.example/z"), "https://b.example/z");
        assert_eq!(absolute(from, "/z?q"), "https://a.example:8/z?q");
        assert_eq!(absolute(from, "2"), "https://a.example:8/v2/x/blobs/2");
    }

    #[test]
    fn addresses_inside_are_told_from_those_outside() {
        for host in [
            "localhost",
            "127.9.9.9",
            "169.254.169.254",
            "10.0.0.1",
            "fe80::1",
            "::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
        ] {
            assert!(is_inside(host), "{host}");
        }
        for host in ["docker.io", "8.8.8.8", "2001:db8::1"] {
            assert!(!is_inside(host), "{host}");
        }
    }
}
