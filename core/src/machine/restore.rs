//! A run's state from the values that a snapshot holds.
//!
//! What derived code for `Deserialize` does here takes a tenth of what a web page
//! loads; this takes a hundredth. It reads what `Serialize` writes.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::again::Resend;
use super::effect::{CallId, Failure, Outcome, OutcomeKind};
use super::options::RunOptions;
use super::left::Left;
use super::outputs::Outputs;
use super::state::{
    Ended, Executions, FailedAttempt, Frame, KeptAnswer, Next, Outstanding, OutstandingKind,
    Repeated, Role, State, StepState, Via, Visit,
};
use crate::link::{StepIndex, WorkflowIndex};

/// No workflow has more steps: a snapshot that says so is damaged.
const MOST_STEPS: usize = 1 << 20;

/// Where a snapshot is damaged: the names that lead there, and what is wrong.
#[derive(Debug)]
pub(super) struct Damage(String);

impl Damage {
    fn expected(what: &str) -> Self {
        Self(format!("{what} is missing"))
    }

    fn at(self, name: &str) -> Self {
        Self(format!("{name}: {}", self.0))
    }

    /// The same for people.
    pub fn into_reason(self) -> String {
        self.0
    }
}

/// What can be read back from a value.
pub(super) trait Restore: Sized {
    /// Reads it.
    fn restore(value: Value) -> Result<Self, Damage>;
}

/// A member of an object; one that is missing is null.
pub(super) fn member<T: Restore>(
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<T, Damage> {
    let value = members.get_mut(name).map(Value::take);
    T::restore(value.unwrap_or_default()).map_err(|damage| damage.at(name))
}

/// A member of an object, or its default where it is missing.
fn member_or_default<T: Restore + Default>(
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<T, Damage> {
    if members.contains_key(name) {
        member(members, name)
    } else {
        Ok(T::default())
    }
}

pub(super) fn object(value: Value) -> Result<Map<String, Value>, Damage> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(Damage::expected("an object")),
    }
}

/// Structs by the names of their members, and which of these may be missing.
macro_rules! structs {
    (@read $members:ident $name:literal default) => { member_or_default(&mut $members, $name)? };
    (@read $members:ident $name:literal) => { member(&mut $members, $name)? };
    ($($Type:ident { $($field:ident: $name:literal $(or $default:ident)?),+ $(,)? })+) => {
        $(impl Restore for $Type {
            fn restore(value: Value) -> Result<Self, Damage> {
                let mut members = object(value)?;
                Ok(Self { $($field: structs!(@read members $name $($default)?),)+ })
            }
        })+
    };
}

structs! {
    State {
        next_call: "nextCall", draws: "draws", entries: "entries", frames: "frames",
        ended: "ended", executions: "executions", outstanding: "outstanding",
        outcome: "outcome",
    }
    Outstanding { id: "id", announced: "announced" or default, handed_out: "handed_out", kind: "kind" }
    Ended { inputs: "inputs", outputs: "outputs", succeeded: "succeeded", failure: "failure" }
    Visit {
        step: "step", via: "via", execution: "execution", attempt: "attempt",
        retries: "retries", resend: "resend", budget: "budget", failed: "failed",
    }
    FailedAttempt { failure: "failure", answer: "answer" }
    StepState {
        outputs: "outputs" or default, succeeded: "succeeded" or default, last: "last" or default,
        remembered: "remembered" or default, answered: "answered" or default,
    }
    Resend { sent: "sent" or default, renewed: "renewed" or default, server_time: "serverTime" or default }
    Outcome { outcome: "outcome", outputs: "outputs", failure: "failure" }
    Failure { code: "code", step_id: "stepId", message: "message" }
}

impl Restore for Frame {
    fn restore(value: Value) -> Result<Self, Damage> {
        let mut members = object(value)?;
        let given: Option<String> = member_or_default(&mut members, "given")?;
        let steps: BTreeMap<u32, StepState> = member(&mut members, "steps")?;
        Ok(Self {
            workflow: member(&mut members, "workflow")?,
            called: member(&mut members, "called")?,
            role: member(&mut members, "role")?,
            inputs: member(&mut members, "inputs")?,
            given: given.as_deref().map(hexadecimal).transpose()?,
            steps: sparse(steps)?,
            visits: member(&mut members, "visits")?,
            next: member(&mut members, "next")?,
            budget: member(&mut members, "budget")?,
            gone_to: member(&mut members, "goneTo")?,
        })
    }
}

/// Steps that never ran are not in a snapshot.
fn sparse(present: BTreeMap<u32, StepState>) -> Result<Left, Damage> {
    let mut steps = Left::default();
    for (at, step) in present {
        let at = at as usize;
        if at >= MOST_STEPS {
            return Err(Damage::expected("a step index in range"));
        }
        *steps.get_or_default(at) = step;
    }
    Ok(steps)
}

impl Restore for Repeated {
    fn restore(value: Value) -> Result<Self, Damage> {
        let mut members = object(value)?;
        let fingerprint: String = member(&mut members, "fingerprint")?;
        Ok(Self {
            fingerprint: hexadecimal(&fingerprint)?,
            polls: member(&mut members, "polls")?,
        })
    }
}

fn hexadecimal(text: &str) -> Result<u128, Damage> {
    u128::from_str_radix(text, 16).map_err(|_| Damage::expected("a hexadecimal number"))
}

impl Restore for KeptAnswer {
    fn restore(value: Value) -> Result<Self, Damage> {
        let mut members = object(value)?;
        let body = match members.get_mut("body").map(Value::take) {
            Some(Value::String(text)) => text.into_bytes(),
            other => Vec::restore(other.unwrap_or_default()).map_err(|damage| damage.at("body"))?,
        };
        Ok(Self {
            status: member(&mut members, "status")?,
            headers: member(&mut members, "headers")?,
            body,
        })
    }
}

impl RunOptions {
    /// Reads options in the form in which a snapshot keeps them: what `Serialize`
    /// writes, and what is missing is left at its default.
    ///
    /// # Errors
    /// Which member cannot be read, and why.
    pub fn from_value(value: Value) -> Result<Self, String> {
        Self::restore(value).map_err(Damage::into_reason)
    }
}

impl Restore for RunOptions {
    fn restore(value: Value) -> Result<Self, Damage> {
        let mut members = object(value)?;
        let m = &mut members;
        Ok(Self {
            endpoints: member_or_default(m, "endpoints")?,
            aws_endpoints: member_or_default(m, "aws_endpoints")?,
            region: member(m, "region")?,
            use_fips: member_or_default(m, "use_fips")?,
            use_dual_stack: member_or_default(m, "use_dual_stack")?,
            server_variables: member_or_default(m, "server_variables")?,
            headers: Vec::new(),
            max_steps: member(m, "max_steps")?,
            max_depth: member(m, "max_depth")?,
            poll_interval: member(m, "poll_interval")?,
            max_wait: member(m, "max_wait")?,
            max_response: member(m, "max_response")?,
            max_attempts: member(m, "max_attempts")?,
            seed: member(m, "seed")?,
            dependency_inputs: member_or_default(m, "dependency_inputs")?,
        })
    }
}

/// Reads a variant: its name, and what it holds.
fn variant(value: Value) -> Result<(String, Value), Damage> {
    match value {
        Value::String(name) => Ok((name, Value::Null)),
        Value::Object(members) => members
            .into_iter()
            .next()
            .ok_or_else(|| Damage::expected("a variant")),
        _ => Err(Damage::expected("a variant")),
    }
}

impl Restore for Next {
    fn restore(value: Value) -> Result<Self, Damage> {
        let (name, held) = variant(value)?;
        Ok(match name.as_str() {
            "dependencies" => Self::Dependencies,
            "enter" => {
                let (step, via) = Restore::restore(held)?;
                Self::Enter(step, via)
            }
            "attempt" => Self::Attempt,
            "send" => Self::Send,
            "first" => Self::First(u32::restore(held)?),
            "returned" => {
                let (workflow, role) = Restore::restore(held)?;
                Self::Returned(workflow, role)
            }
            "called" => Self::Called,
            _ => return Err(Damage::expected("a known next")),
        })
    }
}

impl Restore for OutstandingKind {
    fn restore(value: Value) -> Result<Self, Damage> {
        let (name, held) = variant(value)?;
        match name.as_str() {
            "send" => Ok(Self::Send),
            "wait" => Ok(Self::Wait(Duration::restore(held)?)),
            _ => Err(Damage::expected("a known effect")),
        }
    }
}

/// Enums without contents, by the names of their variants.
macro_rules! words {
    ($($Type:ident { $($name:literal => $Variant:ident),+ })+) => {
        $(impl Restore for $Type {
            fn restore(value: Value) -> Result<Self, Damage> {
                match value.as_str() {
                    $(Some($name) => Ok(Self::$Variant),)+
                    _ => Err(Damage::expected("a known word")),
                }
            }
        })+
    };
}

words! {
    Role { "main" => Main, "call" => Call, "dependency" => Dependency, "first" => First }
    Via { "order" => Order, "goto" => Goto }
    OutcomeKind { "succeeded" => Succeeded, "failed" => Failed, "interrupted" => Interrupted }
}

/// Types that hold one value, and are written as it.
macro_rules! newtypes {
    ($($Type:ident)+) => {
        $(impl Restore for $Type {
            fn restore(value: Value) -> Result<Self, Damage> {
                Restore::restore(value).map(Self)
            }
        })+
    };
}

newtypes! { CallId StepIndex WorkflowIndex Executions }

/// Whole numbers, from 0.
macro_rules! numbers {
    ($($Type:ty)+) => {
        $(impl Restore for $Type {
            fn restore(value: Value) -> Result<Self, Damage> {
                let number = value.as_u64().and_then(|number| number.try_into().ok());
                number.ok_or_else(|| Damage::expected("a number"))
            }
        })+
    };
}

numbers! { u8 u16 u32 u64 }

impl Restore for bool {
    fn restore(value: Value) -> Result<Self, Damage> {
        value.as_bool().ok_or_else(|| Damage::expected("a truth"))
    }
}

impl Restore for String {
    fn restore(value: Value) -> Result<Self, Damage> {
        match value {
            Value::String(text) => Ok(text),
            _ => Err(Damage::expected("a text")),
        }
    }
}

impl Restore for Outputs {
    fn restore(value: Value) -> Result<Self, Damage> {
        object(value).map(Into::into)
    }
}

impl Restore for Value {
    fn restore(value: Value) -> Result<Self, Damage> {
        Ok(value)
    }
}

impl Restore for Map<String, Value> {
    fn restore(value: Value) -> Result<Self, Damage> {
        object(value)
    }
}

impl Restore for Duration {
    fn restore(value: Value) -> Result<Self, Damage> {
        let mut members = object(value)?;
        let nanos: u32 = member(&mut members, "nanos")?;
        if nanos >= 1_000_000_000 {
            return Err(Damage::expected("less than a second"));
        }
        Ok(Self::new(member(&mut members, "secs")?, nanos))
    }
}

impl<T: Restore> Restore for Option<T> {
    fn restore(value: Value) -> Result<Self, Damage> {
        match value {
            Value::Null => Ok(None),
            value => T::restore(value).map(Some),
        }
    }
}

impl<T: Restore> Restore for Box<T> {
    fn restore(value: Value) -> Result<Self, Damage> {
        T::restore(value).map(Box::new)
    }
}

impl<T: Restore> Restore for Vec<T> {
    fn restore(value: Value) -> Result<Self, Damage> {
        match value {
            Value::Array(items) => items.into_iter().map(T::restore).collect(),
            _ => Err(Damage::expected("an array")),
        }
    }
}

impl<A: Restore, B: Restore> Restore for (A, B) {
    fn restore(value: Value) -> Result<Self, Damage> {
        let Value::Array(items) = value else {
            return Err(Damage::expected("a pair"));
        };
        let Ok([first, second]) = <[Value; 2]>::try_from(items) else {
            return Err(Damage::expected("a pair"));
        };
        Ok((A::restore(first)?, B::restore(second)?))
    }
}

/// What a key of an object stands for.
trait Key: Sized + Ord {
    fn read(name: String) -> Result<Self, Damage>;
}

impl Key for String {
    fn read(name: String) -> Result<Self, Damage> {
        Ok(name)
    }
}

impl Key for u32 {
    fn read(name: String) -> Result<Self, Damage> {
        name.parse().map_err(|_| Damage::expected("a number"))
    }
}

impl<K: Key, T: Restore> Restore for BTreeMap<K, T> {
    fn restore(value: Value) -> Result<Self, Damage> {
        let members = object(value)?.into_iter();
        members
            .map(|(name, value)| Ok((K::read(name)?, T::restore(value)?)))
            .collect()
    }
}
