//! Who may come in: by address, origin and token.

use std::net::SocketAddr;

use http::header::{AUTHORIZATION, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Uri};

use super::refusal::Refusal;
use super::token::Token;

/// Who may come in.
pub struct Gate {
    token: Token,
    origins: Vec<String>,
}

impl Gate {
    /// One for the bearer of the token, and for pages of these origins.
    ///
    /// # Errors
    /// An origin that is none.
    pub fn new(token: Token, origins: &[String]) -> Result<Self, String> {
        let mut known = Vec::new();
        for text in origins {
            let wrong = || format!("`--origin {text}`: write SCHEME://HOST[:PORT]");
            let bare = text.trim_end_matches('/');
            let url: Uri = bare.parse().map_err(|_| wrong())?;
            let whole = url.scheme().is_some() && url.authority().is_some();
            if !whole || url.path().len() > 1 || url.query().is_some() || bare.contains('@') {
                return Err(wrong());
            }
            known.push(bare.to_ascii_lowercase());
        }
        Ok(Self {
            token,
            origins: known,
        })
    }

    /// The origin of the page, where it is one that may come in; none where the
    /// request is from no page. A name that leads to this machine is not enough:
    /// `Host` has to be the address that is listened at.
    ///
    /// # Errors
    /// `proxy.wrong-host`, `proxy.wrong-origin`.
    pub fn origin(&self, parts: &Parts, at: SocketAddr) -> Result<Option<String>, Refusal> {
        let own = |authority: &str| own_names(at).iter().any(|name| name == authority);
        let host = only(&parts.headers, HOST).ok_or(Refusal::Host)?;
        let asked = parts.uri.authority().map(|authority| authority.as_str());
        if !own(&host) || !asked.is_some_and(|asked| own(&asked.to_ascii_lowercase())) {
            return Err(Refusal::Host);
        }
        if !parts.headers.contains_key(ORIGIN) {
            return Ok(None);
        }
        let origin = only(&parts.headers, ORIGIN).unwrap_or_default();
        let is_own = origin.strip_prefix("http://").is_some_and(own);
        if is_own || self.origins.contains(&origin) {
            return Ok(Some(origin));
        }
        Err(Refusal::Origin(origin.chars().take(200).collect()))
    }

    /// Whether the request brings the token.
    ///
    /// # Errors
    /// `proxy.wrong-token`.
    pub fn token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let text = values.next().and_then(|value| value.to_str().ok());
        let token = text.and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        match (token, values.next()) {
            (Some(token), None) if self.token.is(token) => Ok(()),
            _ => Err(Refusal::Token),
        }
    }
}

/// What the address that is listened at may be called.
fn own_names(at: SocketAddr) -> [String; 2] {
    [at.to_string(), format!("localhost:{}", at.port())]
}

/// The value of a header field that is there just once, in small letters.
fn only(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?.to_ascii_lowercase();
    values.next().is_none().then_some(value)
}
