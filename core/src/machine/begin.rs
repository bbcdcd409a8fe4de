//! How runs, calls and steps begin.

use serde_json::{Map, Value};

use super::Run;
use super::at::At;
use super::effect::Progress;
use super::error::RunError;
use super::failure::{self, Fault};
use super::options::RunOptions;
use super::pacing;
use super::random;
use super::secrets;
use super::size;
use super::state::{Completed, Ended, Frame, Next, Repeated, Role, Via, Visit, count};
use super::visits::Visits;
use crate::document::Violation;
use crate::json_writer::JsonWriter;
use crate::link::{Argument, Linked, Program, StepIndex, Workflow, WorkflowIndex};
use crate::pointer::Pointer;

impl Program {
    /// Begins a run of a workflow; the id may be left out where there is one workflow.
    ///
    /// The inputs are completed by the defaults of the workflow's schema and checked
    /// against it: Arazzo, Workflow Object, `inputs`.
    ///
    /// # Errors
    /// `run.workflow-not-named`, `run.unknown-workflow`, `run.invalid-inputs`.
    pub fn start(
        &self,
        workflow_id: Option<&str>,
        inputs: Map<String, Value>,
        options: RunOptions,
    ) -> Result<Run, RunError> {
        let index = self.find(workflow_id)?;
        let mut run = Run::new(self.clone(), options);
        let completed = complete(&self.0, index, inputs, &run.options, &mut run.state.draws)?;
        run.secrets = secrets::of(&self.0, index, &completed.inputs, &run.options);
        run.state.frames.reserve_exact(1);
        run.state
            .frames
            .push(Frame::new(index, Role::Main, completed));
        Ok(run)
    }

    fn find(&self, workflow_id: Option<&str>) -> Result<WorkflowIndex, RunError> {
        let own = &self.0.workflows[..self.0.own_workflows];
        let found = match workflow_id {
            Some(id) => own.iter().position(|workflow| *workflow.id == *id),
            None => (own.len() == 1).then_some(0),
        };
        if let Some(position) = found {
            return Ok(WorkflowIndex(position as u32));
        }
        let known = own.iter().map(|workflow| workflow.id.to_string()).collect();
        Err(match workflow_id {
            None => RunError::WorkflowNotNamed { known },
            Some(id) => RunError::UnknownWorkflow {
                workflow_id: id.into(),
                known,
            },
        })
    }
}

/// Completes inputs by defaults and made-up values, and checks them.
///
/// # Errors
/// `run.invalid-inputs`.
fn complete(
    program: &Linked,
    index: WorkflowIndex,
    inputs: Map<String, Value>,
    options: &RunOptions,
    draws: &mut u64,
) -> Result<Completed, RunError> {
    let workflow = program.workflow(index);
    let mut inputs = Value::Object(inputs);
    let (given, violations) = match size::check(&inputs, options) {
        Ok(()) => fill(workflow, &mut inputs, options.seed.unwrap_or(0), draws),
        Err(excess) => {
            let violation = Violation {
                instance: Pointer::default(),
                keyword: Pointer::default(),
                message: excess.to_string(),
            };
            (None, vec![violation])
        }
    };
    match inputs {
        Value::Object(inputs) if violations.is_empty() => Ok(Completed { inputs, given }),
        _ => Err(RunError::InvalidInputs {
            workflow_id: workflow.id.to_string(),
            violations,
            place: workflow.place.clone(),
        }),
    }
}

/// Puts in what a workflow's schema adds, and says what is wrong then; tells the
/// inputs without what was made up, where something was.
fn fill(
    workflow: &Workflow,
    inputs: &mut Value,
    seed: u64,
    draws: &mut u64,
) -> (Option<u128>, Vec<Violation>) {
    let schema = workflow.inputs.as_ref();
    if let Some(schema) = schema {
        schema.apply_defaults(inputs);
    }
    let mut given = None;
    if let Value::Object(map) = inputs
        && !workflow.made_inputs.is_empty()
    {
        given = Some(fingerprint_of(map));
        for name in &workflow.made_inputs {
            if !map.contains_key(&**name) {
                let id = random::uuid(seed, *draws);
                *draws = draws.saturating_add(2);
                map.insert(name.to_string(), Value::String(id));
            }
        }
    }
    let violations = schema.map(|schema| schema.validate(inputs));
    (given, violations.unwrap_or_default())
}

impl Run {
    /// The inputs of a call with all that its workflow's schema adds.
    fn complete(
        &mut self,
        program: &Linked,
        workflow: WorkflowIndex,
        inputs: Map<String, Value>,
    ) -> Result<Completed, Fault> {
        let draws = &mut self.state.draws;
        complete(program, workflow, inputs, &self.options, draws)
            .map_err(|error| failure::told(&error))
    }

    /// Runs the workflows that the innermost one depends on, then its first step:
    /// Arazzo, Workflow Object, `dependsOn`.
    ///
    /// Unspecified: one that has run in this run is not run again; its inputs are
    /// those the host gave for it, else those of the same names.
    pub(super) fn see_to_dependencies(&mut self, program: &Linked) {
        let Some(frame) = self.state.frames.last() else {
            return;
        };
        for &needed in &program.workflow(frame.workflow).depends_on {
            let workflow = program.workflow(needed);
            match self.state.ended.get(&needed.0) {
                Some(ended) if ended.succeeded => {}
                Some(ended) => {
                    let failed = failed_dependency(workflow, ended.failure.as_ref());
                    return self.end_call(program, Some(failed));
                }
                None => {
                    let inputs = match self.options.dependency_inputs.get(&*workflow.id) {
                        Some(inputs) => inputs.clone(),
                        None => same_named(workflow, &frame.inputs),
                    };
                    return self.call(program, needed, Role::Dependency, inputs);
                }
            }
        }
        self.set_next(Next::Enter(StepIndex(0), Via::Order));
    }

    /// Calls a workflow on top of the innermost one.
    pub(super) fn call(
        &mut self,
        program: &Linked,
        workflow: WorkflowIndex,
        role: Role,
        inputs: Map<String, Value>,
    ) {
        let most = self.options.max_depth();
        if self.state.frames.len() as u64 >= u64::from(most) {
            let deep = failure::of(&failure::MAX_DEPTH, &[&most.to_string()]);
            return self.fail_run(program, deep);
        }
        match self.complete(program, workflow, inputs) {
            Ok(completed) => {
                let mut frame = Frame::new(workflow, role, completed);
                frame.budget = self.budget();
                self.set_next(Next::Called);
                self.state.frames.push(frame);
            }
            Err(cause) => self.refuse_call(program, workflow, role, cause),
        }
    }

    /// A call could not begin: whoever asked for it fails.
    fn refuse_call(&mut self, program: &Linked, workflow: WorkflowIndex, role: Role, cause: Fault) {
        match (role, self.at(program)) {
            (Role::Call, Some(at)) => self.conclude(&at, None, Some(cause)),
            (Role::First, _) => self.first_done(program, Some(cause)),
            (Role::Dependency, _) => {
                let failed = failed_dependency(program.workflow(workflow), Some(&cause));
                self.end_call(program, Some(failed));
            }
            _ => self.fail_run(program, cause),
        }
    }

    /// Enters a step; past the last one the workflow ends in success.
    pub(super) fn enter(&mut self, program: &Linked, step: StepIndex, via: Via) {
        let Some(frame) = self.state.frames.last() else {
            return;
        };
        let steps = program.workflow(frame.workflow).steps.len();
        if step.0 as usize >= steps {
            return self.end_call(program, None);
        }
        if let Some(visit) = self.begin_visit(program, step, via)
            && let Some(frame) = self.state.frames.last_mut()
        {
            frame.visits = Visits::only(visit);
        }
    }

    /// Begins a step that runs once, before another is tried again; its own
    /// actions are not followed.
    pub(super) fn enter_first(&mut self, program: &Linked, step: StepIndex) {
        if let Some(visit) = self.begin_visit(program, step, Via::Order)
            && let Some(frame) = self.state.frames.last_mut()
        {
            frame.visits.push(visit);
        }
    }

    /// A new stay at a step of the innermost call; none where the run fails instead.
    fn begin_visit(&mut self, program: &Linked, step: StepIndex, via: Via) -> Option<Visit> {
        if !self.count_entry(program) {
            return None;
        }
        self.exchange = None;
        let frame = self.state.frames.last_mut()?;
        frame.next = Next::Attempt;
        let workflow = program.workflow(frame.workflow);
        let counts = self.state.executions.of(frame.workflow.0);
        let execution = count(counts, step.0 as usize);
        self.tell(Progress::StepStarted {
            workflow_id: workflow.id.clone(),
            step_id: workflow.step(step).id.clone(),
            execution,
        });
        Some(Visit::new(step, via, execution))
    }

    /// Counts a step entry or retry; past the limit the run fails.
    pub(super) fn count_entry(&mut self, program: &Linked) -> bool {
        self.state.entries = self.state.entries.saturating_add(1);
        let most = self.options.max_steps();
        if self.state.entries > most {
            let many = failure::of(&failure::MAX_STEPS, &[&most.to_string()]);
            self.fail_run(program, many);
            return false;
        }
        true
    }

    /// Arazzo 1.1, Step Object, `dependsOn`.
    pub(super) fn unmet_dependency(&self, at: &At<'_>) -> Option<Fault> {
        let frame = self.state.frames.last()?;
        let done = |needed: &StepIndex| frame.step(*needed).is_some_and(|left| left.succeeded);
        let unmet = at.step.depends_on.iter().find(|needed| !done(needed))?;
        let id = &at.workflow.step(*unmet).id;
        Some(failure::of(&failure::DEPENDENCY_NOT_COMPLETED, &[id]))
    }

    /// The inputs that a step or action gives to a workflow.
    ///
    /// Unspecified: what does not resolve is left out, so that defaults apply.
    pub(super) fn call_inputs(
        &self,
        at: &At<'_>,
        arguments: &[Argument],
    ) -> Result<Map<String, Value>, Fault> {
        let scope = self.scope(at.program);
        let mut inputs = Map::new();
        for argument in arguments {
            let value = argument.value.evaluate(&scope);
            let value = value.map_err(|error| failure::at_place(&error, &argument.place))?;
            if let Some(value) = value {
                inputs.insert(str::to_owned(&argument.name), value);
            }
        }
        Ok(inputs)
    }

    /// The inputs that an action hands on to a workflow.
    ///
    /// Unspecified: without `parameters` (Arazzo 1.0 has none) those of the same
    /// names are passed on.
    pub(super) fn handed_on(
        &self,
        at: &At<'_>,
        workflow: WorkflowIndex,
        arguments: &[Argument],
    ) -> Result<Map<String, Value>, Fault> {
        match self.state.frames.last() {
            Some(frame) if arguments.is_empty() => {
                Ok(same_named(at.program.workflow(workflow), &frame.inputs))
            }
            _ => self.call_inputs(at, arguments),
        }
    }

    /// Goes on to a workflow without coming back: its result is the caller's.
    pub(super) fn leave_for(
        &mut self,
        at: &At<'_>,
        workflow: WorkflowIndex,
        arguments: &[Argument],
    ) {
        let inputs = self.handed_on(at, workflow, arguments);
        match inputs.and_then(|inputs| self.complete(at.program, workflow, inputs)) {
            Ok(completed) => self.replace_call(at, workflow, completed),
            Err(failure) => {
                let failure = self.failed_at(Some(at), failure);
                self.end_call(at.program, Some(failure));
            }
        }
    }

    /// Puts a workflow in the place of the one that leaves for it.
    fn replace_call(&mut self, at: &At<'_>, workflow: WorkflowIndex, completed: Completed) {
        let top = self.state.frames.len().saturating_sub(1);
        let outputs = self.outputs_of(at.program, top);
        let Some(frame) = self.state.frames.last_mut() else {
            return;
        };
        let mut gone_to = std::mem::take(&mut frame.gone_to);
        // The workflow that is left was itself called with inputs.
        let left = Repeated::first(told_by(frame.given, &frame.inputs));
        gone_to.get_or_insert(frame.workflow.0, left);
        let last = gone_to.get(&workflow.0).copied();
        let given = told_by(completed.given, &completed.inputs);
        let (pause, repeated) = pacing::pace(&self.options, last, given, true);
        gone_to.insert(workflow.0, repeated);
        let next = Frame {
            called: frame.called,
            budget: frame.budget,
            gone_to,
            ..Frame::new(workflow, frame.role, completed)
        };
        let left = std::mem::replace(frame, next);
        self.exchange = None;
        let ended = Ended {
            inputs: left.inputs,
            outputs,
            succeeded: true,
            failure: None,
        };
        self.state.ended.insert(left.workflow.0, Box::new(ended));
        let pause = pause.unwrap_or_default();
        self.tell_waiting(at, "poll", pause);
        self.wait(pause, Next::Dependencies);
    }
}

/// A workflow that another depends on failed.
fn failed_dependency(workflow: &Workflow, cause: Option<&Fault>) -> Fault {
    let cause = cause.map_or("", |cause| &cause.message);
    failure::of(&failure::DEPENDENCY_FAILED, &[&workflow.id, cause])
}

/// Tells the inputs of a call from others: what is made up differs each time.
fn told_by(given: Option<u128>, inputs: &Map<String, Value>) -> u128 {
    given.unwrap_or_else(|| fingerprint_of(inputs))
}

/// Tells one set of inputs from another.
pub(super) fn fingerprint_of(inputs: &Map<String, Value>) -> u128 {
    let mut json = JsonWriter::default();
    json.members(inputs);
    crate::exchange::fingerprint_bytes(&json.into_bytes())
}

/// Those inputs that a workflow's schema names.
fn same_named(workflow: &Workflow, inputs: &Map<String, Value>) -> Map<String, Value> {
    let Some(schema) = &workflow.inputs else {
        return Map::new();
    };
    let mut same = Map::new();
    for name in schema.member_names() {
        if let Some(value) = inputs.get(name) {
            same.insert(name.to_owned(), value.clone());
        }
    }
    same
}
