//! Credentials of IAM Identity Center, by a login that the `aws` command made.

use std::path::PathBuf;
use std::time::Duration;

use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use spola::auth::{AwsCredentials, Secret, percent_encoded};

use super::call::Service;
use super::chain::{Chain, Fetched};
use super::credentials::SettingsError;
use super::error::ProviderError;
use super::transport::Answer;
use super::{files, time};

const PORTAL: Service = Service {
    id: "sso",
    name: "awsssoportal",
};
const OIDC: Service = Service {
    id: "sso-oidc",
    name: "sso-oauth",
};
/// A login that lasts less than this is renewed, where that is possible.
const RENEWAL: Duration = Duration::from_secs(15 * 60);

/// Trades a profile's login for credentials of its account and role.
pub(super) fn fetch(chain: &Chain, profile: &str) -> Result<Option<Fetched>, ProviderError> {
    let Some(sso) = Sso::of(chain, profile)? else {
        return Ok(None);
    };
    let token = sso.token()?;
    sso.credentials(&token).map(Some)
}

/// What a profile says about it.
struct Sso<'t> {
    chain: &'t Chain,
    profile: &'t str,
    start_url: &'t str,
    region: &'t str,
    account: &'t str,
    role: &'t str,
    /// The name of the `sso-session`; none for a profile of the older kind.
    session: Option<&'t str>,
}

impl<'t> Sso<'t> {
    fn of(chain: &'t Chain, profile: &'t str) -> Result<Option<Self>, ProviderError> {
        let setting = |name| chain.setting(profile, name);
        if setting("sso_account_id").is_none() && setting("sso_role_name").is_none() {
            return Ok(None);
        }
        let session = setting("sso_session");
        let section = match session {
            None => None,
            Some(name) => Some(chain.settings.profiles().sso_session(name).ok_or_else(|| {
                SettingsError::NoSuchSection {
                    kind: "sso-session",
                    name: name.to_owned(),
                    profile: profile.to_owned(),
                }
            })?),
        };
        let value = |name: &'static str| {
            let of_session = section.and_then(|section| section.value(name));
            match (of_session, setting(name)) {
                (Some(one), Some(other)) if one != other => Err(ProviderError::SsoFailed {
                    profile: profile.to_owned(),
                    reason: format!("`{name}` differs between the profile and its `sso-session`"),
                }),
                (one, other) => one.or(other).ok_or_else(|| {
                    ProviderError::Settings(SettingsError::Incomplete {
                        present: format!("profile {profile}"),
                        missing: name.to_owned(),
                    })
                }),
            }
        };
        Ok(Some(Self {
            chain,
            profile,
            start_url: value("sso_start_url")?,
            region: value("sso_region")?,
            account: value("sso_account_id")?,
            role: value("sso_role_name")?,
            session,
        }))
    }

    /// The login's token, renewed where that is due and possible.
    fn token(&self) -> Result<Secret, ProviderError> {
        let path = self.cache().ok_or(self.login("cannot be looked for"))?;
        let text = std::fs::read(&path).map_err(|_| self.login("is not there"))?;
        let mut cached: Value =
            serde_json::from_slice(&text).map_err(|_| self.login("cannot be read"))?;
        let expires = cached["expiresAt"].as_str().and_then(time::parse);
        let (Some(_), Some(expires)) = (cached["accessToken"].as_str(), expires) else {
            return Err(self.login("cannot be read"));
        };
        let now = self.chain.world.now();
        let mut is_over = expires <= now;
        let is_due = self.session.is_some() && expires < now + RENEWAL;
        if is_due && self.renew(&mut cached)? {
            is_over = false;
            let text = serde_json::to_vec(&cached).unwrap_or_default();
            if let Err(error) = files::write_whole(&path, &text) {
                self.chain.world.warn(&format!(
                    "warning: the renewed login cannot be kept in `{}`: {error}",
                    path.display()
                ));
            }
        }
        if is_over {
            return Err(self.login("has expired"));
        }
        Ok(cached["accessToken"].as_str().unwrap_or_default().into())
    }

    /// Where the `aws` command keeps a login: named by the SHA-1 of what it is for.
    fn cache(&self) -> Option<PathBuf> {
        let name = self.session.unwrap_or(self.start_url);
        let digest: String = Sha1::digest(name.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let home = self.chain.settings.home()?;
        Some(home.join(".aws/sso/cache").join(format!("{digest}.json")))
    }

    /// Renews a login in place; tells whether it could be.
    fn renew(&self, cached: &mut Value) -> Result<bool, ProviderError> {
        let text = |name: &str| cached[name].as_str();
        let (Some(refresh), Some(id), Some(secret), Some(until)) = (
            text("refreshToken"),
            text("clientId"),
            text("clientSecret"),
            text("registrationExpiresAt").and_then(time::parse),
        ) else {
            return Ok(false);
        };
        let now = self.chain.world.now();
        if until <= now {
            return Ok(false);
        }
        let body = json!({
            "clientId": id,
            "clientSecret": secret,
            "grantType": "refresh_token",
            "refreshToken": refresh,
        });
        let url = self.chain.url_of(&OIDC, self.region)?;
        let url = url.map_err(|reason| self.failed(reason))?;
        let make = || {
            Request::post(format!("{url}/token"))
                .header(CONTENT_TYPE, "application/json")
                .body(body.to_string().into_bytes())
                .map_err(|error| error.to_string())
        };
        // The login may be good for a while: only then is a failure one.
        let Ok(answer) = self.chain.call(&make, code_of)? else {
            return Ok(false);
        };
        let given: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let (200, Some(token), Some(seconds)) = (
            answer.status,
            given["accessToken"].as_str(),
            given["expiresIn"].as_u64(),
        ) else {
            return Ok(false);
        };
        cached["accessToken"] = token.into();
        cached["expiresAt"] = time::format(now + Duration::from_secs(seconds)).into();
        if given["refreshToken"].is_string() {
            cached["refreshToken"] = given["refreshToken"].clone();
        }
        Ok(true)
    }

    fn credentials(&self, token: &Secret) -> Result<Fetched, ProviderError> {
        let url = self.chain.url_of(&PORTAL, self.region)?;
        let url = url.map_err(|reason| self.failed(reason))?;
        let url = format!(
            "{url}/federation/credentials?role_name={}&account_id={}",
            percent_encoded(self.role),
            percent_encoded(self.account)
        );
        let make = || {
            Request::get(&url)
                .header("x-amz-sso_bearer_token", token.expose())
                .body(Vec::new())
                .map_err(|error| error.to_string())
        };
        let answer = self.chain.call(&make, code_of)?;
        let answer = answer.map_err(|reason| self.failed(reason))?;
        match answer.status {
            200 => {}
            401 => return Err(self.login("is not valid any more")),
            status => {
                let given: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                let code = code_of(&answer).unwrap_or_else(|| format!("status {status}"));
                let message = given["message"].as_str().unwrap_or("no message");
                return Err(self.failed(format!("{code}: {message}")));
            }
        }
        read(&answer.body)
            .map(|(credentials, expires)| Fetched {
                credentials,
                expires: Some(expires),
                source: format!("the login of profile `{}`", self.profile),
            })
            .ok_or_else(|| self.failed("the answer holds no credentials".into()))
    }

    fn login(&self, reason: &'static str) -> ProviderError {
        ProviderError::LoginNeeded {
            profile: self.profile.to_owned(),
            reason,
        }
    }

    fn failed(&self, reason: String) -> ProviderError {
        ProviderError::SsoFailed {
            profile: self.profile.to_owned(),
            reason,
        }
    }
}

fn read(body: &[u8]) -> Option<(AwsCredentials, Duration)> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let value = &value["roleCredentials"];
    let text = |name: &str| value[name].as_str().filter(|text| !text.is_empty());
    let token = Secret::from(text("sessionToken")?);
    let expires = Duration::from_millis(value["expiration"].as_u64()?);
    let found = AwsCredentials::new(text("accessKeyId")?, text("secretAccessKey")?, Some(token));
    Some((found, expires))
}

/// The error's code, which stands in a header.
fn code_of(answer: &Answer) -> Option<String> {
    let mut headers = answer.headers.iter();
    let (_, code) = headers.find(|(name, _)| name == "x-amzn-errortype")?;
    code.split(':').next().map(str::to_owned)
}
