//! Authorization tokens: made, and read again.

use crate::answer::{from_base64, sha256_hex, to_base64};
use crate::time::Time;
use serde_json::{Value, json};

/// How long a token is good for, in seconds.
const SECONDS: u64 = 12 * 3600;

/// For whom a token was made, and how long it is good.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) account: String,
    pub(crate) region: String,
    /// Seconds since the Unix epoch.
    expires: u64,
}

/// Why a request is not let in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotLetIn {
    /// No user and password, or another user than `AWS`.
    Anonymous,
    /// A password that no token holds.
    Forged,
    /// A token that is good no longer.
    Expired,
}

impl Token {
    /// A token that is made now.
    pub(crate) fn new(account: &str, region: &str, now: Time) -> Self {
        Self {
            account: account.to_owned(),
            region: region.to_owned(),
            expires: now.later(SECONDS).0 / 1000,
        }
    }

    /// The moment after which it is good no longer.
    pub(crate) fn expires(&self) -> Time {
        Time::default().later(self.expires)
    }

    /// As GetAuthorizationToken gives it: user and password in base64.
    pub(crate) fn text(&self) -> String {
        to_base64(format!("AWS:{}", self.password()).as_bytes())
    }

    /// The password, which looks like the service's: base64 of a JSON object.
    fn password(&self) -> String {
        let payload = format!("{} {} {}", self.account, self.region, self.seal());
        let object = json!({
            "payload": to_base64(payload.as_bytes()),
            "version": "2",
            "type": "DATA_KEY",
            "expiration": self.expires,
        });
        to_base64(object.to_string().as_bytes())
    }

    /// No secret; it only tells forged tokens apart.
    fn seal(&self) -> String {
        let (account, region, expires) = (&self.account, &self.region, self.expires);
        sha256_hex(format!("spola token\n{account}\n{region}\n{expires}").as_bytes())
    }

    /// Reads a password.
    fn read(password: &str) -> Option<Self> {
        let object: Value = serde_json::from_slice(&from_base64(password)?).ok()?;
        let payload = from_base64(object.get("payload")?.as_str()?)?;
        let mut parts = std::str::from_utf8(&payload).ok()?.split(' ');
        let token = Self {
            account: parts.next()?.to_owned(),
            region: parts.next()?.to_owned(),
            expires: object.get("expiration")?.as_u64()?,
        };
        (parts.next() == Some(token.seal().as_str()) && parts.next().is_none()).then_some(token)
    }

    /// The token in an `Authorization` header of the Basic scheme.
    pub(crate) fn of_header(header: Option<&str>, now: Time) -> Result<Self, NotLetIn> {
        let (scheme, credentials) = header
            .and_then(|header| header.split_once(' '))
            .ok_or(NotLetIn::Anonymous)?;
        let text = from_base64(credentials.trim())
            .filter(|_| scheme.eq_ignore_ascii_case("basic"))
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or(NotLetIn::Anonymous)?;
        let password = text.strip_prefix("AWS:").ok_or(NotLetIn::Anonymous)?;
        let token = Self::read(password).ok_or(NotLetIn::Forged)?;
        if now > token.expires() {
            return Err(NotLetIn::Expired);
        }
        Ok(token)
    }
}
