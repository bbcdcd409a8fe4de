//! Which credentials a request gets.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use spola::auth::{Auth, AwsCredentials, Credentials, Scheme, Secret, authorize, check_channel};
use spola::message::{MessageError, Request, Url};
use spola::{Diagnostic, Report};

use super::credentials::{AwsSettings, SettingsError};
use super::provider::{Chain, Fetched, ProviderError, World};

/// Fresh credentials are fetched when the old ones last less than this.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// Credentials of every kind, fetched when they are first needed and again before
/// they expire; may be shared by threads, of which one fetches for all.
pub struct Wallet {
    world: Arc<dyn World>,
    settings: AwsSettings,
    /// None where any will do: for the in-memory AWS.
    aws: Option<Purse>,
    /// Those of other profiles, by source name.
    others: BTreeMap<String, Purse>,
    secrets: BTreeMap<String, Secret>,
    /// Where the user said that requests go; plain http there is their own choice.
    endpoints: Vec<String>,
    warned: AtomicBool,
}

impl Wallet {
    /// Credentials from the AWS settings, and secrets by source name.
    pub fn new(
        settings: AwsSettings,
        secrets: BTreeMap<String, Secret>,
        endpoints: Vec<String>,
        world: Arc<dyn World>,
    ) -> Self {
        Self {
            aws: Some(Purse::new(settings.clone(), &world)),
            world,
            settings,
            others: BTreeMap::new(),
            secrets,
            endpoints,
            warned: AtomicBool::new(false),
        }
    }

    /// For the in-memory AWS, which takes any: no source is asked.
    #[must_use]
    pub fn for_sandbox(self) -> Self {
        Self {
            aws: None,
            others: BTreeMap::new(),
            ..self
        }
    }

    /// Lets the requests of one source have the credentials of another profile.
    ///
    /// # Errors
    /// `credentials.no-such-profile`.
    pub fn with_profile(mut self, source: &str, profile: &str) -> Result<Self, SettingsError> {
        if self.aws.is_some() {
            let settings = self.settings.with_profile(profile)?;
            let purse = Purse::new(settings, &self.world);
            self.others.insert(source.to_owned(), purse);
        }
        Ok(self)
    }

    /// The secrets' texts, for what has to mask them.
    pub fn texts(&self) -> Vec<String> {
        let secrets = self.secrets.values().cloned();
        let purses = self.aws.iter().chain(self.others.values());
        let secrets = secrets.chain(purses.flat_map(Purse::secrets));
        secrets.map(|secret| secret.expose().to_owned()).collect()
    }

    /// Makes a request ready to be sent: puts on it what it needs; none of it where
    /// the user has nothing for its source, as a server that wants to know who is
    /// asking will say so.
    ///
    /// # Errors
    /// Why it cannot be, and what to do.
    pub fn authorize(
        &self,
        mut request: Request,
        auth: Option<&Auth>,
        now: Duration,
    ) -> Result<http::Request<Vec<u8>>, Report> {
        if let Some(auth) = auth
            && let Some(mut credentials) = self.credentials_for(auth, auth.renew)?
        {
            credentials.allow_plain_http = self.may_be_plain(request.url());
            request =
                authorize(request, auth, &credentials, now).map_err(|error| Report::of(&error))?;
        }
        let sent = request.try_into();
        sent.map_err(|error: MessageError| Report::of(&error))
    }

    /// The credentials that an authorization wants; none where a request goes
    /// without. `renew` fetches fresh ones. They may go over plain http to
    /// loopback hosts only: see [`Wallet::may_be_plain`].
    ///
    /// # Errors
    /// Why there are none, and what to do.
    pub fn credentials_for(&self, auth: &Auth, renew: bool) -> Result<Option<Credentials>, Report> {
        let is_signature = |scheme: &Scheme| matches!(scheme, Scheme::SigV4 { .. });
        let signed = auth.schemes.iter().any(is_signature);
        let secret = self.secrets.get(&auth.source).cloned();
        if !signed && secret.is_none() {
            return Ok(None);
        }
        let aws = match (signed, self.others.get(&auth.source).or(self.aws.as_ref())) {
            (false, _) => None,
            (true, None) => Some(AwsCredentials::new("AKIASANDBOX", "sandbox", None)),
            (true, Some(purse)) => match purse.take(renew) {
                Ok(found) => Some(found),
                Err(ProviderError::None { .. }) if auth.optional => None,
                Err(error) => return Err(Report::of(&error)),
            },
        };
        Ok(Some(Credentials {
            aws,
            secret,
            allow_plain_http: false,
        }))
    }

    /// Whether credentials may go to a URL without encryption: it is at an
    /// endpoint that the user named. The first time, the user is warned.
    pub fn may_be_plain(&self, url: &Url) -> bool {
        let place = |url: &Url| {
            (
                url.scheme().map(str::to_owned),
                url.authority().to_lowercase(),
            )
        };
        let is_named = self
            .endpoints
            .iter()
            .filter_map(|endpoint| endpoint.parse::<Url>().ok())
            .any(|named| place(&named) == place(url));
        let is_open = is_named && check_channel(url, false).is_err();
        if is_open && !self.warned.swap(true, Ordering::Relaxed) {
            let host = url.host().unwrap_or_default();
            self.world.warn(&format!(
                "warning: credentials go to {host} without encryption"
            ));
        }
        is_named
    }
}

/// The credentials of one profile, as long as they are good.
struct Purse {
    chain: Chain,
    world: Arc<dyn World>,
    held: Mutex<Option<Held>>,
    /// How often they were fetched.
    fetches: AtomicU64,
}

struct Held {
    fetched: Fetched,
    /// When fresh ones are to be fetched.
    due: Option<Duration>,
}

impl Purse {
    fn new(settings: AwsSettings, world: &Arc<dyn World>) -> Self {
        Self {
            chain: Chain::new(settings, Arc::clone(world)),
            world: Arc::clone(world),
            held: Mutex::new(None),
            fetches: AtomicU64::new(0),
        }
    }

    /// Those that are held, or fresh ones. Whoever waited while another thread
    /// fetched takes what that one got.
    fn take(&self, renew: bool) -> Result<AwsCredentials, ProviderError> {
        let before = self.fetches.load(Ordering::Acquire);
        let mut held = self.lock();
        let renew = renew && before == self.fetches.load(Ordering::Acquire);
        let now = self.world.now();
        if let Some(held) = held.as_ref()
            && !renew
            && held.due.is_none_or(|due| now < due)
        {
            return Ok(held.fetched.credentials.clone());
        }
        let fetched = match self.chain.fetch() {
            Ok(fetched) if fetched.expires.is_some_and(|expires| expires <= now) => {
                Err(ProviderError::Expired {
                    source: fetched.source,
                })
            }
            other => other,
        };
        let fetched = match (fetched, held.take()) {
            (Ok(fetched), _) => fetched,
            // Those that are held are good for a while yet.
            (Err(_), Some(old)) if !renew && old.fetched.expires.is_some_and(|at| now < at) => {
                old.fetched
            }
            (Err(error), _) => return Err(error),
        };
        self.fetches.fetch_add(1, Ordering::Release);
        let credentials = fetched.credentials.clone();
        *held = Some(Held {
            due: fetched.expires.map(|expires| due(now, expires)),
            fetched,
        });
        Ok(credentials)
    }

    fn secrets(&self) -> Vec<Secret> {
        let held = self.lock();
        let aws = held.as_ref().map(|held| &held.fetched.credentials);
        aws.into_iter()
            .flat_map(|aws| {
                [
                    Some(aws.secret_access_key.clone()),
                    aws.session_token.clone(),
                ]
            })
            .flatten()
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When to fetch again: five minutes before the end, or half way to a nearer one.
fn due(now: Duration, expires: Duration) -> Duration {
    let left = expires.saturating_sub(now);
    if left > AHEAD {
        expires.saturating_sub(AHEAD)
    } else {
        now + left / 2
    }
}

/// What a diagnostic says, with its help, on one line.
pub fn sentence<E: Diagnostic>(error: &E) -> String {
    on_one_line(&Report::of(error))
}

/// What a report says, with its help, on one line.
pub fn on_one_line(report: &Report) -> String {
    match &report.help {
        Some(help) => format!("{}; {help}", report.message),
        None => report.message.clone(),
    }
}
