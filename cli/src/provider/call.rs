//! One call of a service that gives credentials.

use std::time::Duration;

use http::Request;
use spola::auth::aws::{Failure, classify, host};
use spola::auth::check_channel;
use spola::message::Url;

use super::chain::Chain;
use super::error::ProviderError;
use super::transport::{Answer, Reason, Refused};

/// How long a service may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The hosts of a service: what its endpoint settings call it, and what its
/// requests are signed for.
pub(super) struct Service {
    /// As in `AWS_ENDPOINT_URL_…`.
    pub(super) id: &'static str,
    /// Its signing name.
    pub(super) name: &'static str,
}

impl Chain {
    /// Where a service is: the endpoint that the user named, or its own host.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub(super) fn url_of(
        &self,
        service: &Service,
        region: &str,
    ) -> Result<Result<String, String>, ProviderError> {
        if let Some(url) = self.settings.endpoint(service.id)? {
            return Ok(Ok(url.to_owned()));
        }
        let options = self.settings.host_options()?;
        let host = host(service.name, region, options);
        Ok(host
            .map(|host| format!("https://{host}"))
            .map_err(|error| error.to_string()))
    }

    /// Sends a request, and again where another attempt may help; every attempt
    /// is made anew. An error's code is looked for by `code_of`.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(super) fn call(
        &self,
        make: &dyn Fn() -> Result<Request<Vec<u8>>, String>,
        code_of: fn(&Answer) -> Option<String>,
    ) -> Result<Result<Answer, String>, ProviderError> {
        let attempts = self.settings.max_attempts()?.unwrap_or(3);
        let mut attempt = 1;
        loop {
            let request = match make() {
                Ok(request) => request,
                Err(reason) => return Ok(Err(reason)),
            };
            self.warn_of_plain(&request);
            let answer = self.world.send(request, TIMEOUT);
            if attempt >= attempts || !may_pass(&answer, code_of) {
                return Ok(answer.map_err(|refused| refused.message));
            }
            self.world
                .pause(Duration::from_millis(250 << attempt.min(6)));
            attempt += 1;
        }
    }

    /// Only an endpoint that the user named can be one without encryption.
    fn warn_of_plain(&self, request: &Request<Vec<u8>>) {
        let url = Url::parse(request.uri().to_string());
        if url.is_ok_and(|url| check_channel(&url, false).is_err()) {
            let host = request.uri().host().unwrap_or_default();
            self.world.warn(&format!(
                "warning: credentials go to {host} without encryption"
            ));
        }
    }
}

fn may_pass(answer: &Result<Answer, Refused>, code_of: fn(&Answer) -> Option<String>) -> bool {
    match answer {
        Ok(answer) if answer.status < 400 => false,
        Ok(answer) => {
            let code = code_of(answer);
            code.as_deref() == Some("IDPCommunicationError")
                || matches!(
                    classify(code.as_deref(), answer.status),
                    Failure::Throttling | Failure::Transient
                )
        }
        Err(refused) => matches!(
            refused.reason,
            Reason::Connect | Reason::Timeout | Reason::Reset | Reason::Truncated
        ),
    }
}
