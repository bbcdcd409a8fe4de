//! What every `spola ecr` command needs: options, credentials, carrier.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use spola::auth::Secret;
use spola::machine::{Machine, Outcome, OutcomeKind, Record, RunOptions};
use spola::{Diagnostic, Report};
use spola_ecr::{EcrError, Operation, Options};

use super::args::Common;
use super::bars::Bars;
use super::logins;
use crate::carrier::Carrier;
use crate::credentials::AwsSettings;
use crate::drive::{Host, Watch};
use crate::exit::Exit;
use crate::progress::{Display, Level};
use crate::provider::Native;
use crate::secrets::SecretArgument;
use crate::transport::Transport;
use crate::wallet::{Wallet, on_one_line, sentence};
use crate::{load, output, run};

/// Why a command has no result, told already.
pub type Told<T> = Result<T, Exit>;

/// Where operations are begun and carried out.
pub struct Desk<'a> {
    common: &'a Common,
    /// What environment and files say.
    pub settings: AwsSettings,
    /// What operations begin with.
    pub options: Options,
    transport: Arc<Transport>,
    /// The sources of which another profile has the credentials, and which.
    profiles: BTreeMap<String, String>,
    secrets: BTreeMap<String, Secret>,
    /// What carries the requests of all operations, once there was one.
    carrier: RefCell<Option<Carrier>>,
    /// The credentials of all operations, once there was one.
    wallet: OnceCell<Arc<Wallet>>,
}

impl<'a> Desk<'a> {
    /// Reads environment and files.
    pub fn open(common: &'a Common) -> Told<Self> {
        Self::of_profile(common, common.profile.as_deref(), common.region.as_deref())
    }

    /// The same for another profile and region.
    pub fn of_profile(
        common: &'a Common,
        profile: Option<&str>,
        region: Option<&str>,
    ) -> Told<Self> {
        let settings = AwsSettings::load(profile).map_err(|error| common.refuse(&error))?;
        let settings = settings.with_region(region);
        let transport = Arc::new(run::transport(&settings));
        let options = common.options(&settings)?;
        Ok(Self {
            common,
            settings,
            options,
            transport,
            profiles: BTreeMap::new(),
            secrets: BTreeMap::new(),
            carrier: RefCell::default(),
            wallet: OnceCell::new(),
        })
    }

    /// Lets the calls of one source be made with another profile.
    pub fn with_profile(mut self, source: &str, profile: &str) -> Told<Self> {
        let settings = self.settings.with_profile(profile);
        let settings = settings.map_err(|error| self.common.refuse(&error))?;
        if !self.common.is_sandboxed() && self.common.endpoint.is_empty() {
            let endpoint = settings.endpoint("ecr");
            let endpoint = endpoint.map_err(|error| self.common.refuse(&error))?;
            if let Some(url) = endpoint {
                let endpoints = &mut self.options.run.endpoints;
                endpoints.insert(source.to_owned(), url.to_owned());
            }
        }
        self.profiles.insert(source.to_owned(), profile.to_owned());
        Ok(self)
    }

    /// Lets the requests of one source have the secret in a variable, in a file or on
    /// standard input.
    pub fn with_secret(mut self, source: &str, place: &str) -> Told<Self> {
        let argument: Result<SecretArgument, _> = format!("{source}={place}").parse();
        let secret = argument.and_then(|argument| argument.place.read());
        let secret = secret.map_err(|error| self.common.refuse(&error))?;
        self.secrets.insert(source.to_owned(), secret);
        Ok(self)
    }

    /// Lets the requests to another registry have what container tools have for it. Not
    /// at an endpoint that was named: the login is the registry's own.
    #[must_use]
    pub fn with_login(mut self, source: &str, image: Option<&str>) -> Self {
        let is_elsewhere = self.options.run.endpoints.contains_key(source);
        if self.common.is_sandboxed() || is_elsewhere {
            return self;
        }
        let host = image.and_then(logins::host_of);
        let login = host.and_then(|host| logins::find(host, &|name| std::env::var(name).ok()));
        if let Some(login) = login {
            self.secrets.insert(source.to_owned(), login);
        }
        self
    }

    /// Sends to the endpoint that was named for one side of a copy.
    #[must_use]
    pub fn reaching(mut self, source: &str) -> Self {
        let endpoints = &mut self.options.run.endpoints;
        if let Some(url) = endpoints.get(source).cloned() {
            endpoints.insert(String::new(), url);
        }
        self
    }

    /// Prints a result as JSON, where that is wanted; tells whether it did.
    pub fn prints_json(&self, result: &Value) -> bool {
        if self.common.json {
            output::answer(&output::pretty(result));
        }
        self.common.json
    }

    /// Says something on standard error, unless that is to be quiet.
    pub fn say(&self, text: &str) {
        if !self.common.quiet {
            output::say(text);
        }
    }

    /// Begins an operation.
    pub fn begin(&self, name: &str, arguments: Value) -> Told<Operation> {
        Operation::from_json(name, arguments, self.options.clone())
            .map_err(|error| self.common.refuse(&error))
    }

    /// Goes on with an operation where a snapshot was taken.
    pub fn resume(&self, path: &Path) -> Told<Operation> {
        let told = |reason: &str| Exit::usage(&format!("{}: {reason}", path.display()));
        let bytes = load::read_file(path).map_err(|reason| told(&reason))?;
        Operation::resume(&bytes, self.options.clone()).map_err(|error| told(&sentence(&error)))
    }

    /// Carries out an operation, and gives its outputs.
    pub fn ask(&self, name: &str, arguments: Value) -> Told<Value> {
        let operation = self.begin(name, arguments)?;
        self.carry_out(operation, None)
    }

    /// Carries out what was begun, and gives its outputs; a failure is told.
    pub fn carry_out(&self, mut operation: Operation, snapshot: Option<&Path>) -> Told<Value> {
        let mut host = Host {
            carrier: match self.carrier.take() {
                Some(carrier) => carrier,
                None => self.new_carrier()?,
            },
            wallet: match self.wallet.get() {
                Some(wallet) => Arc::clone(wallet),
                None => {
                    let wallet = self.new_wallet()?;
                    Arc::clone(self.wallet.get_or_init(|| wallet))
                }
            },
            snapshot: snapshot.map(Path::to_owned),
            timeout: self.common.timeout,
            display: self.display(),
            har: None,
            record: Record::default(),
            secrets: Vec::new(),
            unauthorized: None,
        };
        let driven = host.drive(&mut operation);
        driven.map_err(|error| Exit::usage(&error.0))?;
        let saved = host.carrier.save(self.common.sandbox_state.as_deref());
        saved.map_err(|reason| Exit::usage(&reason))?;
        self.carrier.replace(Some(host.carrier));
        let outcome = Machine::outcome(&operation);
        let outcome = outcome.ok_or_else(|| Exit::usage("the operation came to no end"))?;
        match outcome.outcome {
            OutcomeKind::Succeeded => Ok(Value::Object(outcome.outputs.clone())),
            _ => Err(self.common.failed(outcome, host.unauthorized.as_ref())),
        }
    }

    fn new_wallet(&self) -> Told<Arc<Wallet>> {
        let endpoints = self.options.run.endpoints.values();
        let endpoints = endpoints.chain(self.options.run.aws_endpoints.values());
        let world = Arc::new(Native::new(Arc::clone(&self.transport), output::say));
        let mut wallet = Wallet::new(
            self.settings.clone(),
            self.secrets.clone(),
            endpoints.cloned().collect(),
            world,
        );
        if self.common.is_sandboxed() {
            wallet = wallet.for_sandbox();
        }
        for (source, profile) in &self.profiles {
            let with = wallet.with_profile(source, profile);
            wallet = with.map_err(|error| self.common.refuse(&error))?;
        }
        Ok(Arc::new(wallet))
    }

    fn new_carrier(&self) -> Told<Carrier> {
        let state = self.common.sandbox_state.as_deref();
        Carrier::open(self.common.sandbox, state, &self.transport)
            .map_err(|reason| Exit::usage(&reason))
    }

    fn display(&self) -> Box<dyn Watch> {
        match (self.common.quiet, self.common.verbose) {
            (true, _) => Box::new(Display::new(Level::Quiet)),
            (_, true) => Box::new(Display::new(Level::Verbose)),
            _ => Box::new(Bars::new()),
        }
    }
}

impl Common {
    /// Whether the in-memory AWS answers.
    pub fn is_sandboxed(&self) -> bool {
        self.sandbox || self.sandbox_state.is_some()
    }

    /// Tells why a command could not start.
    pub fn refuse<E: Diagnostic>(&self, error: &E) -> Exit {
        if self.json {
            let reports = [Report::of(error)];
            output::answer(&output::pretty(&output::diagnostics_json(&reports)));
        }
        Exit::usage(&sentence(error))
    }

    /// Tells how a command failed: in its own words where it is for want of credentials.
    fn failed(&self, outcome: &Outcome, unauthorized: Option<&Report>) -> Exit {
        let failure = outcome.failure.as_ref();
        let cause = unauthorized.filter(|report| {
            failure.is_some_and(|failure| failure.message.ends_with(&on_one_line(report)))
        });
        match cause {
            Some(report) => output::say(report.render(None).trim_end()),
            None => output::failure(outcome),
        }
        if self.json {
            let failure = match cause {
                Some(it) => {
                    Some(json!({ "code": it.code, "message": it.message, "help": it.help }))
                }
                None => failure.map(|it| json!({ "code": it.code, "message": it.message })),
            };
            let mut told = outcome.outputs.clone();
            told.insert("failure".into(), json!(failure));
            output::answer(&output::pretty(&told.into()));
        }
        match outcome.outcome {
            OutcomeKind::Interrupted => Exit::Interrupted,
            _ => Exit::Failed,
        }
    }

    fn options(&self, settings: &AwsSettings) -> Told<Options> {
        let wrong = |error| self.refuse(&error);
        let hosts = settings.host_options().map_err(wrong)?;
        let mut options = RunOptions {
            region: settings.region().map(str::to_owned),
            max_attempts: settings.max_attempts().map_err(wrong)?,
            use_fips: hosts.fips,
            use_dual_stack: hosts.dual_stack,
            seed: Some(run::seed()),
            ..RunOptions::default()
        };
        if self.is_sandboxed() {
            options.region.get_or_insert_with(|| "us-east-1".into());
        } else {
            for endpoint in &self.endpoint {
                let (source, url) = of_source(endpoint);
                let endpoints = &mut options.endpoints;
                endpoints.insert(source.to_owned(), url.to_owned());
            }
            if let Some(url) = settings.endpoint("ecr").map_err(wrong)? {
                options.aws_endpoints.insert("ecr".into(), url.to_owned());
            }
        }
        let account = self.account.as_deref().map(str::parse).transpose();
        Ok(Options {
            account: account.map_err(|error: EcrError| self.refuse(&error))?,
            run: options,
        })
    }
}

/// Splits `source=URL` and `destination=URL`.
fn of_source(text: &str) -> (&str, &str) {
    match text.split_once('=') {
        Some((name @ ("source" | "destination"), url)) => (name, url),
        _ => ("", text),
    }
}
