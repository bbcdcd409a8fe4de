//! What a host may settle for a run.

use std::fmt;
use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::archive::{Kept, Reader, Writer};
use crate::exchange::{MAX_DEPTH, parse_json};
use crate::message::{HeaderName, HeaderValue};
use crate::vec_map::VecMap;

/// The most calls that a run may have within each other, whatever a host settles.
pub(super) const MOST_CALLS: u32 = 256;

/// What a host may settle for a run; what it leaves out takes its default.
///
/// `Interfaces` of every host offer these under the same names.
#[derive(Clone, Default, PartialEq)]
pub struct RunOptions {
    /// Where requests go instead of the descriptions' servers, by source name;
    /// under the empty name for every source that is not named.
    pub endpoints: VecMap<String, String>,
    /// Where AWS requests go, by signing name (`ecr`); under the empty name for
    /// every AWS service. `endpoints` win.
    pub aws_endpoints: VecMap<String, String>,
    /// The AWS region; needed as soon as an AWS operation is called.
    pub region: Option<String>,
    /// Uses the FIPS hosts of AWS.
    pub use_fips: bool,
    /// Uses the dual-stack hosts of AWS.
    pub use_dual_stack: bool,
    /// Server variables by name, for descriptions of other APIs.
    pub server_variables: VecMap<String, String>,
    /// Header fields added to every request, or to those of one source. They may
    /// hold secrets, so a snapshot does not keep them.
    pub headers: Vec<ExtraHeader>,
    /// Step entries and retries at most: 10,000 unless given.
    pub max_steps: Option<u64>,
    /// Workflows within workflows at most: 32 unless given, 256 at most.
    pub max_depth: Option<u32>,
    /// The pause before a poll: 2 s unless given.
    pub poll_interval: Option<Duration>,
    /// No single wait is longer than this.
    pub max_wait: Option<Duration>,
    /// How many bytes of an answer are read at most: 64 MiB unless given.
    pub max_response: Option<u64>,
    /// How often an AWS request is sent at most below the workflow: 3 unless given;
    /// 1 switches it off.
    pub max_attempts: Option<u32>,
    /// From which made-up ids and jitter are drawn: 0 unless given.
    pub seed: Option<u64>,
    /// Inputs of workflows that the requested one depends on, by `workflowId`.
    pub dependency_inputs: VecMap<String, Map<String, Value>>,
}

impl fmt::Debug for RunOptions {
    /// Without the values of inputs and headers: they may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |inputs: &Map<String, Value>| inputs.keys().cloned().collect::<Vec<_>>();
        let inputs = self.dependency_inputs.iter();
        let inputs: VecMap<_, _> = inputs.map(|(id, inputs)| (id, names(inputs))).collect();
        f.debug_struct("RunOptions")
            .field("endpoints", &self.endpoints)
            .field("aws_endpoints", &self.aws_endpoints)
            .field("region", &self.region)
            .field("use_fips", &self.use_fips)
            .field("use_dual_stack", &self.use_dual_stack)
            .field("server_variables", &self.server_variables)
            .field("headers", &self.headers)
            .field("max_steps", &self.max_steps)
            .field("max_depth", &self.max_depth)
            .field("poll_interval", &self.poll_interval)
            .field("max_wait", &self.max_wait)
            .field("max_response", &self.max_response)
            .field("max_attempts", &self.max_attempts)
            .field("seed", &self.seed)
            .field("dependency_inputs", &inputs)
            .finish()
    }
}

/// A header field that the host adds.
#[derive(Clone, PartialEq, Eq)]
pub struct ExtraHeader {
    /// For requests of this source only.
    pub source: Option<String>,
    /// The field's name.
    pub name: HeaderName,
    /// Its value.
    pub value: HeaderValue,
}

impl fmt::Debug for ExtraHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: …", self.name)
    }
}

/// What to do on resuming with a request whose answer was never seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InDoubt {
    /// Send it again.
    Send,
    /// Let its step fail.
    Fail,
    /// Go on as though its step had succeeded, without an answer.
    Skip,
}

impl RunOptions {
    /// Reads options in the form in which a snapshot keeps them; what is missing is
    /// left at its default.
    ///
    /// # Errors
    /// Which member cannot be read, and why.
    pub fn from_value(value: Value) -> Result<Self, String> {
        let none = Map::new();
        let mut from = Reader::new(&value, &none);
        let options = Self::read_from(&mut from);
        from.finish()?;
        Ok(options)
    }

    /// The options that a reader has come to.
    pub(super) fn read_from(from: &mut Reader<'_>) -> Self {
        let mut options = Self::default();
        options.read(from);
        options
    }

    /// The options as JSON, in the form in which a snapshot keeps them.
    pub fn to_json(&self) -> String {
        let mut out = Writer::default();
        self.write(&mut out);
        out.json.into_text()
    }

    /// The limit on step entries and retries.
    pub fn max_steps(&self) -> u64 {
        self.max_steps.unwrap_or(10_000)
    }

    /// The limit on workflows within workflows: never above 256.
    pub fn max_depth(&self) -> u32 {
        self.max_depth.unwrap_or(32).min(MOST_CALLS)
    }

    /// The pause before the first poll.
    pub fn poll_interval(&self) -> Duration {
        self.poll_interval.unwrap_or(Duration::from_secs(2))
    }

    /// How many bytes of an answer are read at most.
    pub fn max_response(&self) -> u64 {
        self.max_response.unwrap_or(64 << 20)
    }

    /// How often an AWS request is sent at most.
    pub fn max_attempts(&self) -> u32 {
        self.max_attempts.unwrap_or(3).max(1)
    }

    /// Shortens a wait to what the host allows.
    pub fn capped(&self, delay: Duration) -> Duration {
        self.max_wait.map_or(delay, |most| delay.min(most))
    }

    /// These options, with what `later` gives put over them.
    #[must_use]
    pub fn overridden_by(mut self, later: Self) -> Self {
        self.put_over(later);
        self
    }

    /// Puts over them what `later` gives.
    pub(super) fn put_over(&mut self, later: Self) {
        self.endpoints.extend(later.endpoints);
        self.aws_endpoints.extend(later.aws_endpoints);
        self.server_variables.extend(later.server_variables);
        self.dependency_inputs.extend(later.dependency_inputs);
        self.use_fips |= later.use_fips;
        self.use_dual_stack |= later.use_dual_stack;
        self.headers = later.headers;
        if later.region.is_some() {
            self.region = later.region;
        }
        self.max_steps = later.max_steps.or(self.max_steps);
        self.max_depth = later.max_depth.or(self.max_depth);
        self.poll_interval = later.poll_interval.or(self.poll_interval);
        self.max_wait = later.max_wait.or(self.max_wait);
        self.max_response = later.max_response.or(self.max_response);
        self.max_attempts = later.max_attempts.or(self.max_attempts);
        // The seed stays: ids already made must not change.
    }
}

/// In the form in which a snapshot keeps them.
impl Serialize for RunOptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = parse_json(self.to_json().as_bytes(), MAX_DEPTH + 2);
        written.unwrap_or_default().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RunOptions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
