//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::ecr::args::EcrArgs;

/// Runs Arazzo workflows: against AWS, any HTTP API, or an in-memory AWS.
#[derive(Debug, Parser)]
#[command(name = "spola", version, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a workflow
    Run(Box<RunArgs>),
    /// Show the workflows of a document: inputs, steps, operations
    Show(ShowArgs),
    /// Make one self-contained document: just the operations it uses, as JSON
    ///
    /// Beside the document, a bundle carries its program as it was linked, for the
    /// JavaScript entry `spola/lean`, which links nothing. Everything else reads the
    /// document. Bundle again after every change.
    Bundle(BundleArgs),
    /// Say what is wrong with documents, or could be better
    Lint(LintArgs),
    /// Evaluate an expression, condition or query against a context
    Eval(EvalArgs),
    /// Serve the in-memory AWS over HTTP
    Sandbox(SandboxArgs),
    /// Look at repositories and images of Amazon ECR, and copy them
    Ecr(Box<EcrArgs>),
    /// Sign requests for pages in a browser, which then need no key
    Proxy(Box<ProxyArgs>),
}

/// `spola run`
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The Arazzo document: a file or URL
    pub document: String,
    /// Which workflow; may be left out where there is one
    pub workflow_id: Option<String>,
    /// An input; repeatable. Text for a declared string, else read as JSON
    #[arg(short, long = "input", value_name = "NAME=VALUE")]
    pub input: Vec<String>,
    /// Inputs as a JSON or YAML object; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub inputs: Option<String>,
    /// Run against the in-memory AWS with its sample registry: no account, no network
    #[arg(long)]
    pub sandbox: bool,
    /// The same, its state loaded from this file and written back
    #[arg(long, value_name = "FILE")]
    pub sandbox_state: Option<PathBuf>,
    /// Sources, endpoints and credentials.
    #[command(flatten)]
    pub sources: SourceArgs,
    /// Send to this server instead of the description's; repeatable
    #[arg(long, value_name = "[SOURCE=]URL")]
    pub endpoint: Vec<String>,
    /// Add a header to every request, or to those of one source; repeatable
    #[arg(long, value_name = "[SOURCE=]NAME: VALUE")]
    pub header: Vec<String>,
    /// What a source's security schemes need (basic: user:password); repeatable
    #[arg(long, value_name = "SOURCE=env:VAR|file:PATH|-")]
    pub auth: Vec<String>,
    /// The AWS region
    #[arg(long, value_name = "NAME")]
    pub region: Option<String>,
    /// The AWS profile
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Step entries and retries at most [default: 10000]
    #[arg(long, value_name = "N")]
    pub max_steps: Option<u64>,
    /// The pause before a poll [default: 2s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub poll_interval: Option<Duration>,
    /// No single wait is longer than this
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub max_wait: Option<Duration>,
    /// How much of an answer is read at most [default: 64MiB]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_response: Option<u64>,
    /// How long the run may take as a whole
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// Write the HTTP traffic as HAR 1.2, secrets masked
    #[arg(long, value_name = "FILE")]
    pub har: Option<PathBuf>,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Keep the run's state here, before each request and after each answer
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    /// Go on from such a file
    #[arg(long, value_name = "FILE")]
    pub resume: Option<PathBuf>,
    /// On resuming: what to do with a request whose answer was never seen
    #[arg(long, value_enum)]
    pub in_doubt: Option<InDoubtArg>,
    /// Print every request that can be built without an answer; send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    /// Say more, or less, on standard error.
    #[command(flatten)]
    pub loudness: Loudness,
}

/// Where documents come from, and how strictly they are read.
#[derive(Debug, Args)]
pub struct SourceArgs {
    /// Where a source description really is; repeatable
    #[arg(long = "source", value_name = "NAME=FILE-OR-URL")]
    pub source: Vec<String>,
    /// The specification's letter: no compatible reading of common misspellings
    #[arg(long)]
    pub strict: bool,
}

/// How much to say on standard error.
#[derive(Debug, Args)]
pub struct Loudness {
    /// Say more
    #[arg(short, long)]
    pub verbose: bool,
    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
}

/// What to do with a request in doubt.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum InDoubtArg {
    /// Send it again
    Send,
    /// Let its step fail
    Fail,
    /// Go on as though it had succeeded
    Skip,
}

/// `spola show`
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The Arazzo document: a file or URL
    pub document: String,
    /// Sources.
    #[command(flatten)]
    pub sources: SourceArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// `spola bundle`
#[derive(Debug, Args)]
pub struct BundleArgs {
    /// The Arazzo document: a file or URL
    pub document: String,
    /// Write to this file, not to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Sources.
    #[command(flatten)]
    pub sources: SourceArgs,
}

/// `spola lint`
#[derive(Debug, Args)]
pub struct LintArgs {
    /// Files or directories
    #[arg(required = true)]
    pub paths: Vec<String>,
    /// How to print findings
    #[arg(long, value_enum, default_value_t = LintFormat::Text)]
    pub format: LintFormat,
    /// Sources.
    #[command(flatten)]
    pub sources: SourceArgs,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LintFormat {
    /// For people
    Text,
    /// One JSON object
    Json,
}

/// `spola eval`
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// The expression, condition or query
    pub text: String,
    /// What it sees: a JSON object
    #[arg(long, value_name = "FILE")]
    pub context: String,
    /// What the text is
    #[arg(long = "as", value_enum, default_value_t = EvalAs::Expression)]
    pub kind: EvalAs,
    /// The specification's letter
    #[arg(long)]
    pub strict: bool,
}

/// What an evaluated text is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum EvalAs {
    /// A runtime expression: its value
    Expression,
    /// A text with embedded expressions
    String,
    /// A simple condition
    Simple,
    /// A regular expression, judged on `context`
    Regex,
    /// A JSONPath criterion, judged on `context`
    Jsonpath,
    /// An XPath criterion, judged on `context`
    Xpath,
    /// A JSONPath query: what it selects from `context`
    Query,
}

/// `spola sandbox`
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:4510")]
    pub listen: std::net::SocketAddr,
    /// The state's file: loaded at the start, written at the end; layers over 64 KiB are files in the
    /// folder FILE.layers
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Do not serve: print what changed from this state to the one of `--state`, as JSON; the exit
    /// status is 1 where something did
    #[arg(
        long,
        value_name = "BEFORE",
        requires = "state",
        conflicts_with = "listen"
    )]
    pub diff: Option<PathBuf>,
    /// Begin without the sample registry
    #[arg(long)]
    pub empty: bool,
}

/// `spola proxy`
#[derive(Debug, Args)]
pub struct ProxyArgs {
    /// Arazzo documents: wherever their requests go is allowed
    pub documents: Vec<String>,
    /// Where to listen: on this machine alone
    #[arg(long, value_name = "127.0.0.1:PORT", default_value = "127.0.0.1:4520")]
    pub listen: std::net::SocketAddr,
    /// Allow an AWS service, or a server; NAME is whose `--auth` it gets; repeatable
    #[arg(long, value_name = "SERVICE|[NAME=]URL")]
    pub allow: Vec<String>,
    /// Allow pages of this origin, besides the proxy's own; repeatable
    #[arg(long, value_name = "URL")]
    pub origin: Vec<String>,
    /// Serve the pages in this folder
    #[arg(long, value_name = "DIR")]
    pub serve: Option<PathBuf>,
    /// Take the token from this file, or put a new one there, and do not print it
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Send the requests of an AWS service, or of all, there; repeatable
    #[arg(long, value_name = "[SERVICE=]URL")]
    pub endpoint: Vec<String>,
    /// What a source's security schemes need (basic: user:password); repeatable
    #[arg(long, value_name = "NAME=env:VAR|file:PATH|-")]
    pub auth: Vec<String>,
    /// The AWS region; repeatable
    #[arg(long, value_name = "NAME")]
    pub region: Vec<String>,
    /// The AWS profile
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// How large a request may be
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "64MiB")]
    pub max_request: u64,
    /// How much of an answer is read at most
    #[arg(long, value_name = "SIZE", value_parser = size, default_value = "64MiB")]
    pub max_response: u64,
    /// How long a request may take at most
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "5m")]
    pub timeout: Duration,
    /// Sources of the documents.
    #[command(flatten)]
    pub sources: SourceArgs,
    /// Say nothing about requests
    #[arg(short, long)]
    pub quiet: bool,
}

/// Reads `1.5s`, `500ms`, `2m`, `1h`, or seconds without a unit.
pub fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let factor = match unit {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("`{unit}` is no unit of time; write ms, s, m or h")),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| "write a number with a unit, as in 2s".to_owned())?;
    Duration::try_from_secs_f64(number * factor).map_err(|error| error.to_string())
}

/// Reads `64MiB`, `1MB`, `500kB`, or bytes without a unit.
fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let factor: u64 = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "kib" => 1 << 10,
        "m" | "mb" => 1_000_000,
        "mib" => 1 << 20,
        "g" | "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        _ => {
            return Err(format!(
                "`{unit}` is no unit of size; write kB, MB, GB, KiB, MiB or GiB"
            ));
        }
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "write a whole number with a unit, as in 64MiB".to_owned())?;
    number
        .checked_mul(factor)
        .ok_or_else(|| "the size is too large".to_owned())
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let at = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    (number, unit.trim())
}

#[cfg(test)]
mod tests {
    use super::{duration, size};
    use std::time::Duration;

    #[test]
    fn durations_and_sizes_are_read_with_their_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert!(
            duration("-1s").is_err() && duration("soon").is_err() && duration("1e400").is_err()
        );
        assert_eq!(size("64MiB"), Ok(64 << 20));
        assert_eq!(size("10"), Ok(10));
        assert!(size("10 apples").is_err() && size("99999999999GiB").is_err());
    }
}
