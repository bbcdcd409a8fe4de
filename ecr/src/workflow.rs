//! A run whose steps can start operations of the toolkit.

use std::fmt;

use spola::link::Program;
use spola::machine::{Effect, Event, Machine, Outcome, ResumeOptions, Run, RunError, Send};

use crate::place::Options;
use crate::under_way::UnderWay;

/// A run of a workflow, driven as the run itself, whose steps may start operations of the
/// toolkit: a step that has `x-spola-operation: ecr.copy-image` sends no request, but the
/// operation is begun with the request's body as arguments, and its own requests are sent.
///
/// The step is answered with status 200 and the operation's outputs, or with 422 and
/// `code`, `message` and `outputs`. A step's `timeout` bounds its operation as a
/// whole. While no operation is under way, its snapshots are those of the run.
pub struct Workflow {
    run: Run,
    under_way: UnderWay,
}

impl fmt::Debug for Workflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workflow")
            .field("run", &self.run)
            .field("under_way", &self.under_way)
            .finish()
    }
}

impl Workflow {
    /// Hosts a run. The options are for the operations that its steps start; what they
    /// leave open is as the run has it, which its snapshots keep.
    pub fn new(run: Run, options: Options) -> Self {
        let options = settled(&run, options);
        Self {
            run,
            under_way: UnderWay::new(options),
        }
    }

    /// Goes on from a snapshot: of this, or of the run alone.
    ///
    /// # Errors
    /// As [`Program::resume`].
    pub fn resume(
        program: &Program,
        snapshot: &[u8],
        resume: ResumeOptions,
        options: Options,
    ) -> Result<Self, RunError> {
        let Some(kept) = UnderWay::run_in(snapshot)? else {
            return Ok(Self::new(program.resume(snapshot, resume)?, options));
        };
        let run = program.resume(&kept, resume)?;
        if run.outcome().is_some() {
            let reason = "an operation is under way after the end".into();
            return Err(RunError::DamagedSnapshot { reason });
        }
        let options = settled(&run, options);
        let under_way = UnderWay::resume(snapshot, options)?;
        Ok(Self { run, under_way })
    }

    /// The run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The next effect; `None` when answers are owed, or when it is over.
    pub fn poll(&mut self) -> Option<Effect> {
        loop {
            if let Some(effect) = self.under_way.ready() {
                return Some(effect);
            }
            match self.run.poll() {
                Some(Effect::Send(send)) if started(&send) => self.begin(&send),
                // The request that an operation stood for was never sent.
                Some(Effect::Abort { id }) if self.under_way.abort(id) => {}
                Some(effect) => return Some(effect),
                None if self.under_way.advance() => {}
                None => return None,
            }
            self.pass_on();
        }
    }

    fn begin(&mut self, send: &Send) {
        let name = send.operation.as_deref().unwrap_or_default();
        let body = send.request.body();
        self.under_way.begin(send.id, name, body, send.timeout);
    }

    /// Answers the steps whose operations are over.
    fn pass_on(&mut self) {
        while let Some(event) = self.under_way.answer() {
            // The run asked for it, and where it does not want it any more it ignores it.
            let _ = self.run.feed(event);
        }
    }

    /// Takes what the host saw.
    ///
    /// # Errors
    /// `run.unknown-call`, `run.wrong-event`. Nothing has changed then.
    pub fn feed(&mut self, event: Event) -> Result<(), RunError> {
        match &event {
            Event::Cancel { reason } => self.under_way.cancel(*reason),
            Event::Response { id, .. } | Event::Failed { id, .. } | Event::Elapsed { id }
                if self.under_way.takes(*id) =>
            {
                self.under_way.feed(event)?;
                self.pass_on();
                return Ok(());
            }
            _ => {}
        }
        self.run.feed(event)
    }

    /// How it ended; `None` while it goes on.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.run.outcome()
    }

    /// Where it stands, as bytes that any host can go on from.
    pub fn snapshot(&self) -> Vec<u8> {
        self.under_way.snapshot(self.run.snapshot())
    }
}

/// What the operations are given; what is not said is as the run has it.
fn settled(run: &Run, mut options: Options) -> Options {
    let seed = options.run.seed.or(run.options().seed);
    options.run = run.options().clone().overridden_by(options.run);
    options.run.seed = seed;
    options
}

fn started(send: &Send) -> bool {
    send.operation.as_deref().is_some_and(UnderWay::knows)
}

impl Machine for Workflow {
    fn poll(&mut self) -> Option<Effect> {
        Self::poll(self)
    }

    fn feed(&mut self, event: Event) -> Result<(), RunError> {
        Self::feed(self, event)
    }

    fn outcome(&self) -> Option<&Outcome> {
        Self::outcome(self)
    }

    fn snapshot(&self) -> Vec<u8> {
        Self::snapshot(self)
    }
}
