//! A run's state to bytes and back.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::Run;
use super::archive::{Kept, Reader, Writer};
use super::error::RunError;
use super::failure;
use super::options::{InDoubt, MOST_CALLS, RunOptions};
use super::secrets;
use super::state::{Next, OutstandingKind, Role, State};
use crate::exchange::parse_json;
use crate::json_writer::hexadecimal;
use crate::link::{Linked, Program, Target};

/// The version of the format that this code writes and reads.
const VERSION: u64 = 2;

/// How deep a snapshot may be nested: an answer's 512 and what stands around it.
const DEEPEST: usize = 640;

/// What a host settles when a run goes on.
#[derive(Clone, Default)]
pub struct ResumeOptions {
    /// The secret inputs, which no snapshot holds; those of `dependency_inputs` as
    /// `workflowId.name`, unless they are given there again.
    pub secrets: Map<String, Value>,
    /// Options that win over those of the snapshot.
    pub options: RunOptions,
    /// What to do with a request whose answer was never seen: unless given,
    /// it is sent again where that is safe, else its step fails.
    pub in_doubt: Option<InDoubt>,
}

impl fmt::Debug for ResumeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResumeOptions")
            .field("secrets", &self.secrets.keys().collect::<Vec<_>>())
            .field("options", &self.options)
            .field("in_doubt", &self.in_doubt)
            .finish()
    }
}

impl Run {
    /// Where the run stands, as bytes that any host of the same program can resume.
    ///
    /// Secret inputs (`format: password`, `writeOnly`) are left out; step outputs
    /// stay, so it is as confidential as they are.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut out = Writer::new(&self.secrets);
        out.json.begin_object().name("spola").number(VERSION);
        out.json
            .name("program")
            .text(&hexadecimal(&self.program.0.digest));
        out.json.name("secrets").begin_array();
        for name in self.secrets.keys() {
            out.json.text(name);
        }
        out.json.end_array().name("options");
        self.options.write(&mut out);
        out.json.name("state");
        self.state.write(&mut out);
        out.json.end_object();
        out.json.into_bytes()
    }
}

impl Program {
    /// Goes on with a run from where its snapshot was taken.
    ///
    /// What was outstanding is given again by `poll` under the same ids, a wait
    /// with its full length.
    ///
    /// # Errors
    /// `run.damaged-snapshot`, `run.snapshot-version`, `run.foreign-snapshot`,
    /// `run.missing-secrets`, `run.unsupported-operation`.
    pub fn resume(&self, snapshot: &[u8], resume: ResumeOptions) -> Result<Run, RunError> {
        let damaged = |reason: String| RunError::DamagedSnapshot { reason };
        let whole = parse_json(snapshot, DEEPEST).map_err(|error| damaged(error.to_string()))?;
        match whole.get("spola").and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(found) => return Err(RunError::SnapshotVersion { found }),
            None if whole.get("spolaWorkflow").is_some() => {
                return Err(RunError::OperationUnderWay);
            }
            None => return Err(damaged("it does not say its version".into())),
        }
        match whole.get("program").and_then(Value::as_str) {
            Some(program) if program == hexadecimal(&self.0.digest) => {}
            Some(_) => return Err(RunError::ForeignSnapshot),
            None => return Err(damaged("it does not say its program".into())),
        }
        let secrets = secrets::given_again(&whole, &resume)?;
        let mut run = Run::new(self.clone(), resume.options);
        run.secrets = secrets;
        run.read(&whole).map_err(damaged)?;
        check(&self.0, &run.state).map_err(|reason| damaged(reason.into()))?;
        run.revive(resume.in_doubt);
        Ok(run)
    }
}

impl Run {
    /// Reads what [`Run::snapshot`] wrote; the options that it has win.
    fn read(&mut self, whole: &Value) -> Result<(), String> {
        let mut from = Reader::new(whole, &self.secrets);
        from.open();
        from.member("options");
        let kept = RunOptions::read_from(&mut from);
        let later = std::mem::replace(&mut self.options, kept);
        self.options.put_over(later);
        from.member("state");
        self.state.read(&mut from);
        from.finish()
    }

    /// Makes what was outstanding ready to be given again.
    fn revive(&mut self, in_doubt: Option<InDoubt>) {
        let program = Arc::clone(&self.program.0);
        let Some(owed) = &self.state.outstanding else {
            return;
        };
        let (id, seen) = (owed.id, owed.handed_out);
        self.again = seen;
        // Who was told of the request and took a snapshot then is not told twice.
        let announce = seen || !owed.announced;
        let at = self
            .at(&program)
            .filter(|_| owed.kind == OutstandingKind::Send);
        let Some(at) = at else {
            return;
        };
        let prepared = self.prepare(&at);
        let safe = match &prepared {
            Ok(prepared) => prepared.safe,
            Err(_) => at.is_repeatable(),
        };
        let failure = match (in_doubt, prepared) {
            (Some(InDoubt::Skip), _) if seen => None,
            (Some(InDoubt::Fail), _) if seen => Some(failure::of(&failure::IN_DOUBT, &[])),
            (None, _) if seen && !safe => Some(failure::of(&failure::IN_DOUBT, &[])),
            (_, Err(failure)) => Some(failure),
            (_, Ok(prepared)) => return self.make_ready(&at, id, prepared, announce),
        };
        self.settle();
        self.conclude(&at, Some(id), failure);
    }
}

/// Checks that a state can be one of this program: a damaged or hostile snapshot
/// is refused here, so that the machine never meets an index out of range.
fn check(program: &Linked, state: &State) -> Result<(), &'static str> {
    let top = state.frames.len();
    if top > MOST_CALLS as usize {
        return Err("it has too many calls");
    }
    if (top == 0) != state.outcome.is_some() {
        return Err("it is neither at a step nor at the end");
    }
    if state
        .outstanding
        .as_ref()
        .is_some_and(|owed| owed.id.0 >= state.next_call)
    {
        return Err("an id is out of range");
    }
    let known = |index: u32| (index as usize) < program.workflows.len();
    let ended = state.ended.keys().copied();
    if !ended.chain(state.executions.workflows()).all(known) {
        return Err("a workflow is out of range");
    }
    for (depth, frame) in state.frames.iter().enumerate() {
        if !known(frame.workflow.0)
            || !known(frame.called.0)
            || (frame.role == Role::Main) != (depth == 0)
        {
            return Err("a workflow call is out of range");
        }
        let workflow = program.workflow(frame.workflow);
        let steps = workflow.steps.len();
        let in_range = frame
            .visits
            .iter()
            .all(|visit| (visit.step.0 as usize) < steps);
        if !in_range || frame.steps.len() > steps {
            return Err("a step is out of range");
        }
        let innermost = depth + 1 == top;
        if innermost == (frame.next == Next::Called) {
            return Err("a workflow call is out of order");
        }
        let at_step = match frame.next {
            Next::Attempt | Next::Send | Next::First(_) => true,
            Next::Returned(workflow, _) if !known(workflow.0) => {
                return Err("a workflow is out of range");
            }
            Next::Returned(..) => true,
            _ => false,
        };
        let called_by_step = state
            .frames
            .get(depth + 1)
            .is_some_and(|above| matches!(above.role, Role::Call | Role::First));
        if (at_step || called_by_step) && frame.visits.last().is_none() {
            return Err("a workflow call is at no step");
        }
    }
    check_outstanding(program, state)
}

fn check_outstanding(program: &Linked, state: &State) -> Result<(), &'static str> {
    let Some(owed) = &state.outstanding else {
        return Ok(());
    };
    if state.outcome.is_some() {
        return Err("something is outstanding after the end");
    }
    if owed.kind != OutstandingKind::Send {
        return Ok(());
    }
    let step = state.frames.last().and_then(|frame| {
        Some(
            program
                .workflow(frame.workflow)
                .step(frame.visits.last()?.step),
        )
    });
    match step.map(|step| &step.target) {
        Some(Target::Operation(_)) => Ok(()),
        _ => Err("a request is outstanding at no operation"),
    }
}
