//! `spola run`: a workflow from beginning to end.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};
use spola::Report;
use spola::auth::Secret;
use spola::link::{LinkOptions, Program, link};
use spola::machine::{
    ExtraHeader, InDoubt, OutcomeKind, Record, ResumeOptions, RunError, RunOptions,
};
use spola_ecr::{Options, Workflow};

use crate::args::{InDoubtArg, RunArgs};
use crate::carrier::{Carrier, since_epoch};
use crate::credentials::{AwsSettings, SettingsError};
use crate::drive::{Host, HostError};
use crate::exit::Exit;
use crate::har::Har;
use crate::load::{self, load, read_file};
use crate::progress::{Display, Level};
use crate::provider::Native;
use crate::secrets::{SecretArgument, SecretError};
use crate::transport::{Transport, TransportOptions};
use crate::wallet::{Wallet, sentence};
use crate::{files, inputs, junit, output, preview};

/// Runs a workflow.
pub fn run(args: &RunArgs) -> Exit {
    match try_run(args) {
        Ok(exit) => exit,
        Err(Stop::Reports(reports, texts)) => refuse(args, &reports, &texts),
        Err(Stop::Message(message)) => Exit::usage(&message),
    }
}

/// Why a run could not start.
pub enum Stop {
    /// Something is wrong with the document or the inputs.
    Reports(Vec<Report>, BTreeMap<String, String>),
    /// Something is wrong with the command line or the machine.
    Message(String),
}

impl From<String> for Stop {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

impl From<HostError> for Stop {
    fn from(error: HostError) -> Self {
        Self::Message(error.0)
    }
}

fn refuse(args: &RunArgs, reports: &[Report], texts: &BTreeMap<String, String>) -> Exit {
    if args.json {
        output::answer(&output::pretty(&output::diagnostics_json(reports)));
    } else {
        for report in reports {
            output::say(load::render(report, texts).trim_end());
        }
    }
    Exit::NotStarted
}

fn try_run(args: &RunArgs) -> Result<Exit, Stop> {
    let settings = AwsSettings::load(args.profile.as_deref())
        .map_err(|error| sentence(&error))?
        .with_region(args.region.as_deref());
    let transport = Arc::new(transport(&settings));
    let loaded = load(&args.document, &args.sources, &transport)?;
    let (documents, texts) = loaded.split();
    let options = LinkOptions {
        strict: args.sources.strict,
    };
    let program = link(documents, options)
        .map_err(|errors| Stop::Reports(errors.reports(), texts.clone()))?;
    let stop = |error: RunError| Stop::Reports(vec![Report::of(&error)], texts.clone());
    let workflow_id = chosen(&program, args.workflow_id.as_deref()).map_err(stop)?;
    let given = inputs::read(&program, &workflow_id, args)?;
    let hidden = secret_texts(&program, &workflow_id, &given);
    let sandbox = args.sandbox || args.sandbox_state.is_some();
    let options = run_options(args, &program, &settings, sandbox)?;
    let endpoints = options
        .endpoints
        .values()
        .chain(options.aws_endpoints.values())
        .cloned()
        .collect();
    if args.dry_run {
        let previews = program
            .preview(&workflow_id, given, options)
            .map_err(stop)?;
        preview::print(&previews, args.json);
        return Ok(Exit::Succeeded);
    }
    let mut run =
        begin(args, &program, &workflow_id, given, options).map_err(|refused| match refused {
            Refused::Run(error) => stop(error),
            Refused::Message(message) => Stop::Message(message),
        })?;
    let level = level(args);
    if level > Level::Quiet && !program.findings().is_empty() {
        output::say(&warned(program.findings().len(), &args.document));
    }
    let mut host = Host {
        carrier: Carrier::open(args.sandbox, args.sandbox_state.as_deref(), &transport)?,
        wallet: wallet(args, settings, endpoints, &transport)?,
        snapshot: args.snapshot.clone(),
        timeout: args.timeout,
        display: Box::new(Display::new(if args.json {
            level.min(Level::Normal)
        } else {
            level
        })),
        har: args.har.as_ref().map(|_| Har::default()),
        record: Record::default(),
        secrets: hidden,
        unauthorized: None,
    };
    host.drive(&mut run)?;
    finish(args, &workflow_id, &run, host)
}

fn warned(count: usize, document: &str) -> String {
    let warnings = if count == 1 {
        "1 warning".to_owned()
    } else {
        format!("{count} warnings")
    };
    format!("{warnings}; `spola lint {document}` shows them")
}

fn level(args: &RunArgs) -> Level {
    match (args.loudness.quiet, args.loudness.verbose) {
        (true, _) => Level::Quiet,
        (_, true) => Level::Verbose,
        _ => Level::Normal,
    }
}

/// The network as environment and profile describe it.
pub fn transport(settings: &AwsSettings) -> Transport {
    let mut options = TransportOptions::from_environment(|name| std::env::var(name).ok());
    options.ca_bundle = settings.ca_bundle().or(options.ca_bundle);
    Transport::new(options)
}

/// The workflow that is meant: the one named, or the only one.
fn chosen(program: &Program, named: Option<&str>) -> Result<String, RunError> {
    let known: Vec<String> = program
        .workflows()
        .iter()
        .map(|workflow| workflow.id.to_owned())
        .collect();
    match (named, known.as_slice()) {
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(RunError::WorkflowNotNamed { known }),
        (Some(id), _) if known.iter().any(|other| other == id) => Ok(id.to_owned()),
        (Some(id), _) => Err(RunError::UnknownWorkflow {
            workflow_id: id.to_owned(),
            known,
        }),
    }
}

/// The texts of secret inputs.
fn secret_texts(program: &Program, workflow_id: &str, given: &Map<String, Value>) -> Vec<String> {
    let named = program
        .inputs(workflow_id)
        .into_iter()
        .filter(|input| input.secret);
    named
        .filter_map(|input| Some(given.get(&input.name)?.as_str()?.to_owned()))
        .collect()
}

enum Refused {
    Run(RunError),
    Message(String),
}

fn begin(
    args: &RunArgs,
    program: &Program,
    workflow_id: &str,
    given: Map<String, Value>,
    options: RunOptions,
) -> Result<Workflow, Refused> {
    let started = Options {
        run: options.clone(),
        ..Options::default()
    };
    let Some(path) = &args.resume else {
        let run = program.start(Some(workflow_id), given, options);
        let run = run.map_err(Refused::Run)?;
        return Ok(Workflow::new(run, started));
    };
    let snapshot = read_file(path)
        .map_err(|reason| Refused::Message(format!("{}: {reason}", path.display())))?;
    let in_doubt = args.in_doubt.map(|choice| match choice {
        InDoubtArg::Send => InDoubt::Send,
        InDoubtArg::Fail => InDoubt::Fail,
        InDoubtArg::Skip => InDoubt::Skip,
    });
    let resume = ResumeOptions {
        secrets: given,
        options,
        in_doubt,
    };
    Workflow::resume(program, &snapshot, resume, started).map_err(Refused::Run)
}

fn run_options(
    args: &RunArgs,
    program: &Program,
    settings: &AwsSettings,
    sandbox: bool,
) -> Result<RunOptions, String> {
    let wrong = |error: SettingsError| sentence(&error);
    let sources: Vec<String> = program.sources().map(str::to_owned).collect();
    let hosts = settings.host_options().map_err(wrong)?;
    let mut options = RunOptions {
        region: settings.region().map(str::to_owned),
        max_steps: args.max_steps,
        poll_interval: args.poll_interval,
        max_wait: args.max_wait,
        max_response: args.max_response,
        max_attempts: settings.max_attempts().map_err(wrong)?,
        use_fips: hosts.fips,
        use_dual_stack: hosts.dual_stack,
        seed: args.resume.is_none().then(seed),
        ..RunOptions::default()
    };
    for header in &args.header {
        options.headers.push(read_header(header, &sources)?);
    }
    if sandbox {
        options.region.get_or_insert_with(|| "us-east-1".into());
        return Ok(options);
    }
    for endpoint in &args.endpoint {
        let (source, url) = for_source(endpoint, &sources);
        options
            .endpoints
            .insert(source.unwrap_or_default().to_owned(), url.to_owned());
    }
    for service in program.aws_services() {
        if let Some(url) = settings.endpoint(&service).map_err(wrong)? {
            options.aws_endpoints.insert(service, url.to_owned());
        }
    }
    Ok(options)
}

/// A seed that differs from run to run.
pub fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(since_epoch())
}

/// Splits `SOURCE=rest`, where that names a source.
fn for_source<'t>(text: &'t str, sources: &[String]) -> (Option<&'t str>, &'t str) {
    match text.split_once('=') {
        Some((name, rest)) if sources.iter().any(|source| source == name) => (Some(name), rest),
        _ => (None, text),
    }
}

fn read_header(text: &str, sources: &[String]) -> Result<ExtraHeader, String> {
    let (source, header) = for_source(text, sources);
    // The value may be a secret, so it is not repeated.
    let wrong = || "`--header`: write 'NAME: VALUE'".to_owned();
    let (name, value) = header.split_once(':').ok_or_else(wrong)?;
    Ok(ExtraHeader {
        source: source.map(str::to_owned),
        name: name.trim().parse().map_err(|_| wrong())?,
        value: value.trim().parse().map_err(|_| wrong())?,
    })
}

/// The secrets that `--auth` names.
pub fn secrets(given: &[String]) -> Result<BTreeMap<String, Secret>, String> {
    let mut secrets = BTreeMap::new();
    for text in given {
        let argument: SecretArgument = text
            .parse()
            .map_err(|error| format!("`--auth`: {}", sentence::<SecretError>(&error)))?;
        let secret = argument
            .place
            .read()
            .map_err(|error| format!("`--auth`: {error}"))?;
        secrets.insert(argument.source, secret);
    }
    Ok(secrets)
}

/// The credentials of a run.
fn wallet(
    args: &RunArgs,
    settings: AwsSettings,
    endpoints: Vec<String>,
    transport: &Arc<Transport>,
) -> Result<Arc<Wallet>, String> {
    let world = Arc::new(Native::new(Arc::clone(transport), output::say));
    let wallet = Wallet::new(settings, secrets(&args.auth)?, endpoints, world);
    let sandbox = args.sandbox || args.sandbox_state.is_some();
    Ok(Arc::new(if sandbox {
        wallet.for_sandbox()
    } else {
        wallet
    }))
}

fn finish(args: &RunArgs, workflow_id: &str, run: &Workflow, mut host: Host) -> Result<Exit, Stop> {
    let Some(outcome) = run.outcome() else {
        return Err(Stop::Message("the run came to no end".into()));
    };
    let write = |path: &Path, bytes: &[u8]| {
        files::write_whole(path, bytes)
            .map_err(|error| format!("{}: {}", path.display(), load::plain(&error)))
    };
    host.carrier.save(args.sandbox_state.as_deref())?;
    if let Some(har) = &mut host.har {
        har.hide(host.wallet.texts());
        har.hide(host.secrets);
    }
    if let (Some(path), Some(har)) = (&args.har, &host.har) {
        write(path, output::pretty(&har.to_json()).as_bytes())?;
    }
    if let Some(path) = &args.junit {
        write(
            path,
            junit::report(workflow_id, outcome, host.record.steps()).as_bytes(),
        )?;
    }
    if args.json {
        let result = output::result_json(workflow_id, outcome, &host.record);
        output::failure(outcome);
        output::answer(&output::pretty(&result));
    } else {
        output::failure(outcome);
        if !args.loudness.quiet {
            output::ending(workflow_id, outcome, host.record.steps());
        }
        output::outputs(&outcome.outputs);
    }
    Ok(match outcome.outcome {
        OutcomeKind::Succeeded => Exit::Succeeded,
        OutcomeKind::Failed => Exit::Failed,
        OutcomeKind::Interrupted => Exit::Interrupted,
    })
}
