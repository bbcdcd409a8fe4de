//! Which credentials a request gets.

use std::collections::BTreeMap;

use spola::auth::{Auth, AwsCredentials, Credentials, Scheme, Secret, check_channel};

use crate::credentials::AwsSettings;
use crate::output;
use crate::run::sentence;

/// Credentials, fetched when they are first needed.
pub struct Wallet {
    settings: AwsSettings,
    aws: Option<AwsCredentials>,
    secrets: BTreeMap<String, Secret>,
    /// Where the user said that requests go; plain http there is their own choice.
    endpoints: Vec<String>,
    warned: bool,
}

impl Wallet {
    /// Credentials from the AWS settings, and secrets by source name.
    pub fn new(
        settings: AwsSettings,
        secrets: BTreeMap<String, Secret>,
        endpoints: Vec<String>,
    ) -> Self {
        Self {
            settings,
            aws: None,
            secrets,
            endpoints,
            warned: false,
        }
    }

    /// The secrets' texts, for what has to mask them.
    pub fn texts(&self) -> Vec<String> {
        let secrets = self
            .secrets
            .values()
            .map(|secret| secret.expose().to_owned());
        let aws = self.aws.iter().flat_map(|aws| {
            let token = aws
                .session_token
                .as_ref()
                .map(|token| token.expose().to_owned());
            token
                .into_iter()
                .chain([aws.secret_access_key.expose().to_owned()])
        });
        secrets.chain(aws).collect()
    }

    /// The credentials for a request; none where it goes without.
    ///
    /// # Errors
    /// Why there are none, and what to do.
    pub fn credentials(
        &mut self,
        auth: &Auth,
        url: &http::Uri,
        sandbox: bool,
    ) -> Result<Option<Credentials>, String> {
        let signed = auth
            .schemes
            .iter()
            .any(|scheme| matches!(scheme, Scheme::SigV4 { .. }));
        let secret = self.secrets.get(&auth.source).cloned();
        if !signed && secret.is_none() {
            // A server that wants to know who is asking will say so.
            return Ok(None);
        }
        let aws = match (signed, sandbox) {
            (false, _) => None,
            (true, true) => Some(any_credentials()),
            (true, false) => Some(self.aws(auth.renew)?),
        };
        let allow_plain_http = self.is_named(url);
        if allow_plain_http && check_channel(url, false).is_err() && !self.warned {
            self.warned = true;
            let host = url.host().unwrap_or_default();
            output::say(&format!(
                "warning: credentials go to {host} without encryption"
            ));
        }
        Ok(Some(Credentials {
            aws,
            secret,
            allow_plain_http,
        }))
    }

    /// Whether a URL is at an endpoint that the user named.
    fn is_named(&self, url: &http::Uri) -> bool {
        self.endpoints
            .iter()
            .filter_map(|endpoint| endpoint.parse::<http::Uri>().ok())
            .any(|named| named.scheme() == url.scheme() && named.authority() == url.authority())
    }

    fn aws(&mut self, renew: bool) -> Result<AwsCredentials, String> {
        if let Some(found) = self.aws.clone().filter(|_| !renew) {
            return Ok(found);
        }
        match self.settings.credentials() {
            Ok(Some(found)) => {
                self.aws = Some(found.clone());
                Ok(found)
            }
            Ok(None) => Err("there are no AWS credentials; set AWS_ACCESS_KEY_ID and \
                             AWS_SECRET_ACCESS_KEY, or name a profile with --profile"
                .into()),
            Err(error) => Err(sentence(&error)),
        }
    }
}

/// The sandbox takes any.
fn any_credentials() -> AwsCredentials {
    AwsCredentials::new("AKIASANDBOX", "sandbox", None)
}
