//! Who asks, and in which region.

use crate::answer::Refusal;
use crate::region;
use crate::signature;
use crate::state::Settings;
use crate::time::Time;

/// What a request's headers tell of its caller.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) account: String,
    pub(crate) region: String,
    /// The service that the signature is for.
    pub(crate) service: Option<String>,
    /// Scheme and authority.
    pub(crate) origin: String,
}

impl Scope {
    pub(crate) fn of(request: &http::Request<Vec<u8>>, settings: &Settings) -> Self {
        let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
        let uri = request.uri();
        let authority = uri
            .authority()
            .map(|authority| authority.as_str())
            .or_else(|| header("host"))
            .unwrap_or("localhost");
        let authority = authority.rsplit('@').next().unwrap_or(authority);
        let host = authority.split(':').next().unwrap_or(authority);
        let credential = header("authorization").and_then(credential);
        let region = credential
            .as_ref()
            .map(|scope| scope.region)
            .filter(|name| crate::text::region(name))
            .or_else(|| region::of_host(host))
            .unwrap_or(&settings.region);
        let account = credential
            .as_ref()
            .and_then(|scope| settings.callers.get(scope.key))
            .unwrap_or(&settings.account);
        let scheme = uri.scheme_str().unwrap_or("http");
        Self {
            account: account.clone(),
            region: region.to_owned(),
            service: credential.map(|scope| scope.service.to_owned()),
            origin: format!("{scheme}://{authority}"),
        }
    }

    /// The host that the caller used, without its port.
    pub(crate) fn host(&self) -> &str {
        let authority = self.origin.split("://").nth(1).unwrap_or_default();
        authority.split(':').next().unwrap_or_default()
    }
}

/// The credential scope of an `Authorization` header.
struct Credential<'h> {
    key: &'h str,
    region: &'h str,
    service: &'h str,
}

fn credential(header: &str) -> Option<Credential<'_>> {
    let (_, rest) = header.split_once("Credential=")?;
    let mut parts = rest.split([',', ' ']).next()?.split('/');
    let key = parts.next()?;
    let _date = parts.next()?;
    Some(Credential {
        key,
        region: parts.next()?,
        service: parts.next()?,
    })
}

/// Refuses callers whom the settings say are not believed.
pub(crate) fn believe(
    request: &http::Request<Vec<u8>>,
    service: &str,
    settings: &Settings,
    now: Time,
) -> Result<(), Refusal> {
    let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    if let Some(token) = header("x-amz-security-token")
        && settings
            .expired_tokens
            .iter()
            .any(|expired| expired == token)
    {
        return Err(expired_token());
    }
    if settings.check_clock
        && let Some(signed) = header("x-amz-date").and_then(Time::from_compact)
        && signed.0.abs_diff(now.0 / 1000 * 1000) > signature::SKEW
    {
        return Err(skewed(signed, now));
    }
    if settings.verify_signatures {
        signature::verify(request, service, settings, now)?;
    }
    Ok(())
}

pub(crate) fn expired_token() -> Refusal {
    Refusal::new(
        "ExpiredTokenException",
        "The security token included in the request is expired",
    )
}

/// The refusal of a signature whose date is too far from the service's clock.
pub(crate) fn skewed(signed: Time, now: Time) -> Refusal {
    let (word, limit, sign) = if signed < now {
        ("expired", Time(now.0.saturating_sub(300_000)), '-')
    } else {
        ("not yet current", now.later(300), '+')
    };
    let relation = if signed < now { "earlier" } else { "later" };
    Refusal::new(
        "InvalidSignatureException",
        format!(
            "Signature {word}: {} is now {relation} than {} ({} {sign} 5 min.)",
            signed.compact(),
            limit.compact(),
            now.compact()
        ),
    )
}
