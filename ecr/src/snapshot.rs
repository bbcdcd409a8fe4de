//! An operation's state to bytes and back.

use serde_json::Value;
use spola::JsonWriter;
use spola::exchange::parse_json;

use crate::error::EcrError;
use crate::kept::{Damage, Kept};
use crate::operation::{Operation, State};
use crate::place::Options;
use crate::request::Task;
use crate::values::put_into;

/// The version of the format that this code writes and reads.
const VERSION: u64 = 1;

/// How many calls an operation that is resumed may have made: more than any makes.
const MOST_CALLS: u64 = u32::MAX as u64;

/// How deep a snapshot may be nested: an answer's 512 and what stands around it.
const DEEPEST: usize = 640;

impl Operation {
    /// Where it stands, as bytes that any host can go on from.
    ///
    /// Neither credentials nor presigned URLs are in it, nor a registry's password:
    /// an operation that gave one is done again when its snapshot is resumed.
    pub fn snapshot(&self) -> Vec<u8> {
        let secret = self.outcome().is_some() && self.task.ends_in_secrets();
        let anew = secret.then(|| Self::beginning(self.options.clone(), self.task.clone()));
        let anew = anew.and_then(Result::ok);
        let from = anew.as_ref().unwrap_or(self);
        let mut out = JsonWriter::default();
        out.begin_object().name("spolaEcr").number(VERSION);
        from.options.write(out.name("options"));
        from.task.write(out.name("task"));
        from.state.write(out.name("state"));
        out.end_object();
        out.into_bytes()
    }

    /// Goes on with an operation from where its snapshot was taken; options that are
    /// given win over those in it.
    ///
    /// What was outstanding is given again by `poll` under the same ids, a wait with
    /// its full length.
    ///
    /// # Errors
    /// `ecr.damaged-snapshot`, `ecr.snapshot-version`.
    pub fn resume(snapshot: &[u8], options: Options) -> Result<Self, EcrError> {
        let damaged = |reason: String| EcrError::DamagedSnapshot { reason };
        let whole = parse_json(snapshot, DEEPEST).map_err(|error| damaged(error.to_string()))?;
        match whole.get("spolaEcr").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(found) => return Err(EcrError::SnapshotVersion { found }),
            None => return Err(damaged("it does not say its version".into())),
        }
        let mut damage = Damage::default();
        let kept: Options = damage.member(&whole, "options");
        let mut state: State = damage.member(&whole, "state");
        let task = Task::read(&whole["task"], &mut damage);
        damage.finish().map_err(damaged)?;
        let task = task.ok_or_else(|| damaged("its operation is not known".into()))?;
        check(&state).map_err(|reason| damaged(reason.into()))?;
        task.check().map_err(|reason| damaged(reason.into()))?;
        let options = Options {
            account: options.account.or(kept.account),
            run: kept.run.overridden_by(options.run),
        };
        state.put_in_doubt();
        Ok(Self::standing(options, task, state))
    }
}

/// Checks that a state can be one: a damaged or hostile snapshot is refused here.
fn check(state: &State) -> Result<(), &'static str> {
    let mut ids: Vec<u64> = Vec::new();
    for pending in &state.outstanding {
        if !put_into(&mut ids, pending.id) {
            return Err("an id is there twice");
        }
    }
    let known = ids.last().is_none_or(|last| *last < state.next_call);
    if !known || state.next_call > MOST_CALLS {
        return Err("an id is out of range");
    }
    let idle = state.outstanding.is_empty() && state.waiting.is_empty();
    if idle != state.outcome.is_some() {
        return Err("it is neither under way nor at its end");
    }
    Ok(())
}
