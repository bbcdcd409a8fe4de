//! How runs, calls and steps begin.

use std::collections::VecDeque;

use serde_json::{Map, Value};

use super::Run;
use super::actions::Verdict;
use super::effect::{Failure, Progress};
use super::error::RunError;
use super::failure;
use super::options::RunOptions;
use super::pacing::{self, Pace};
use super::random;
use super::scope::RunScope;
use super::secrets;
use super::size;
use super::state::{Completed, Ended, Frame, Next, Repeated, Role, State, Via, Visit};
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
        let mut state = State {
            frames: Vec::with_capacity(1),
            ..State::default()
        };
        let completed = complete(&self.0, index, inputs, &options, &mut state.draws)?;
        let secrets = secrets::of(&self.0, index, &completed.inputs, &options);
        state.frames.push(Frame::new(index, Role::Main, completed));
        Ok(Run {
            program: self.clone(),
            options,
            state,
            // What one answer leads to, mostly.
            ready: VecDeque::with_capacity(8),
            exchange: None,
            told: false,
            again: false,
            secrets,
        })
    }

    fn find(&self, workflow_id: Option<&str>) -> Result<WorkflowIndex, RunError> {
        let own = &self.0.workflows[..self.0.own_workflows];
        let known = || own.iter().map(|workflow| workflow.id.to_string()).collect();
        let position = match workflow_id {
            None if own.len() == 1 => Some(0),
            None => return Err(RunError::WorkflowNotNamed { known: known() }),
            Some(id) => own.iter().position(|workflow| *workflow.id == *id),
        };
        match position {
            Some(position) => Ok(WorkflowIndex(position as u32)),
            None => Err(RunError::UnknownWorkflow {
                workflow_id: workflow_id.unwrap_or_default().into(),
                known: known(),
            }),
        }
    }
}

/// Completes inputs by defaults and made-up values, and checks them.
///
/// # Errors
/// `run.invalid-inputs`.
pub(super) fn complete(
    program: &Linked,
    index: WorkflowIndex,
    inputs: Map<String, Value>,
    options: &RunOptions,
    draws: &mut u64,
) -> Result<Completed, RunError> {
    let workflow = program.workflow(index);
    let mut inputs = Value::Object(inputs);
    let refused = |violations| RunError::InvalidInputs {
        workflow_id: workflow.id.to_string(),
        violations,
        place: workflow.place.clone(),
    };
    size::check(&inputs, options).map_err(|excess| {
        refused(vec![Violation {
            instance: Pointer::default(),
            keyword: Pointer::default(),
            message: excess.to_string(),
        }])
    })?;
    if let Some(schema) = &workflow.inputs {
        schema.apply_defaults(&mut inputs);
    }
    let mut given = None;
    if let Value::Object(map) = &mut inputs
        && !workflow.made_inputs.is_empty()
    {
        given = Some(fingerprint_of(map));
        for name in &workflow.made_inputs {
            if !map.contains_key(&**name) {
                let id = random::uuid(options.seed.unwrap_or(0), *draws);
                *draws = draws.saturating_add(2);
                map.insert(name.to_string(), Value::String(id));
            }
        }
    }
    let violations = match &workflow.inputs {
        Some(schema) => schema.validate(&inputs),
        None => Vec::new(),
    };
    match inputs {
        Value::Object(inputs) if violations.is_empty() => Ok(Completed { inputs, given }),
        _ => Err(refused(violations)),
    }
}

impl Run {
    /// Runs the workflows that the innermost one depends on, then its first step:
    /// Arazzo, Workflow Object, `dependsOn`.
    ///
    /// Unspecified: one that has run in this run is not run again; its inputs are
    /// those the host gave for it, else those of the same names.
    pub(super) fn see_to_dependencies(&mut self, program: &Linked) {
        let Some(frame) = self.state.frames.last() else {
            return;
        };
        let workflow = program.workflow(frame.workflow);
        for &needed in &workflow.depends_on {
            match self.state.ended.get(&needed.0) {
                Some(ended) if ended.succeeded => {}
                Some(ended) => {
                    let id = &program.workflow(needed).id;
                    let failure = failure::dependency_failed(id, ended.failure.as_ref());
                    self.end_call(program, Some(failure));
                    return;
                }
                None => {
                    let id = &*program.workflow(needed).id;
                    let inputs = match self.options.dependency_inputs.get(id) {
                        Some(inputs) => inputs.clone(),
                        None => same_named(program.workflow(needed), &frame.inputs),
                    };
                    self.call(program, needed, Role::Dependency, inputs);
                    return;
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
            self.fail_run(program, failure::max_depth(most));
            return;
        }
        match complete(
            program,
            workflow,
            inputs,
            &self.options,
            &mut self.state.draws,
        ) {
            Ok(completed) => {
                let budget = self.budget();
                self.set_next(Next::Called);
                let mut frame = Frame::new(workflow, role, completed);
                frame.budget = budget;
                self.state.frames.push(frame);
            }
            Err(error) => self.refuse_call(program, workflow, role, failure::wrong_inputs(&error)),
        }
    }

    /// A call could not begin: whoever asked for it fails.
    fn refuse_call(
        &mut self,
        program: &Linked,
        workflow: WorkflowIndex,
        role: Role,
        cause: Failure,
    ) {
        match role {
            Role::Call => self.conclude(program, None, Verdict::failed(cause)),
            Role::First => self.first_done(program, Some(cause)),
            Role::Main => self.fail_run(program, cause),
            Role::Dependency => {
                let id = &program.workflow(workflow).id;
                let failure = failure::dependency_failed(id, Some(&cause));
                self.end_call(program, Some(failure));
            }
        }
    }

    /// Enters a step; past the last one the workflow ends in success.
    pub(super) fn enter(&mut self, program: &Linked, step: StepIndex, via: Via) {
        let Some(frame) = self.state.frames.last() else {
            return;
        };
        let workflow = program.workflow(frame.workflow);
        let Some(entered) = workflow.steps.get(step.0 as usize) else {
            self.end_call(program, None);
            return;
        };
        if !self.count_entry(program) {
            return;
        }
        self.exchange = None;
        let execution = self.count_execution(workflow, step);
        let visit = Visit::new(step, via, execution);
        if let Some(frame) = self.state.frames.last_mut() {
            frame.visits = Visits::only(visit);
            frame.next = Next::Attempt;
        }
        self.tell(Progress::StepStarted {
            workflow_id: workflow.id.clone(),
            step_id: entered.id.clone(),
            execution,
        });
    }

    /// Counts a step entry or retry; past the limit the run fails.
    pub(super) fn count_entry(&mut self, program: &Linked) -> bool {
        self.state.entries = self.state.entries.saturating_add(1);
        let most = self.options.max_steps();
        if self.state.entries > most {
            self.fail_run(program, failure::max_steps(most));
            return false;
        }
        true
    }

    /// Arazzo 1.1, Step Object, `dependsOn`.
    pub(super) fn unmet_dependency(&self, workflow: &Workflow, step: StepIndex) -> Option<Failure> {
        let frame = self.state.frames.last()?;
        workflow.step(step).depends_on.iter().find_map(|&needed| {
            let done = frame.step(needed).is_some_and(|state| state.succeeded);
            (!done).then(|| failure::dependency_not_completed(&workflow.step(needed).id))
        })
    }

    fn count_execution(&mut self, workflow: &Workflow, step: StepIndex) -> u64 {
        let Some(frame) = self.state.frames.last() else {
            return 1;
        };
        let counts = self.state.executions.of(frame.workflow.0);
        if counts.len() < workflow.steps.len() {
            counts.resize(workflow.steps.len(), 0);
        }
        let count = &mut counts[step.0 as usize];
        *count = count.saturating_add(1);
        *count
    }

    /// Begins a step that runs once, before another is tried again; its own
    /// actions are not followed.
    pub(super) fn enter_first(&mut self, program: &Linked, step: StepIndex) {
        if !self.count_entry(program) {
            return;
        }
        let Some(frame) = self.state.frames.last() else {
            return;
        };
        let workflow = program.workflow(frame.workflow);
        let execution = self.count_execution(workflow, step);
        let visit = Visit::new(step, Via::Order, execution);
        if let Some(frame) = self.state.frames.last_mut() {
            frame.visits.push(visit);
            frame.next = Next::Attempt;
        }
        self.tell(Progress::StepStarted {
            workflow_id: workflow.id.clone(),
            step_id: workflow.step(step).id.clone(),
            execution,
        });
    }

    /// The inputs that a step or action gives to a workflow.
    ///
    /// Unspecified: what does not resolve is left out, so that defaults apply.
    pub(super) fn call_inputs(
        &self,
        program: &Linked,
        arguments: &[Argument],
    ) -> Result<Map<String, Value>, Failure> {
        let top = self.state.frames.len().saturating_sub(1);
        let scope = RunScope::new(program, &self.state, top, self.exchange.as_deref());
        let mut inputs = Map::new();
        for argument in arguments {
            match argument.value.evaluate(&scope) {
                Ok(Some(value)) => {
                    inputs.insert(str::to_owned(&argument.name), value);
                }
                Ok(None) => {}
                Err(error) => return Err(failure::expression(&error, &argument.place)),
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
        program: &Linked,
        workflow: WorkflowIndex,
        arguments: &[Argument],
    ) -> Result<Map<String, Value>, Failure> {
        if !arguments.is_empty() {
            return self.call_inputs(program, arguments);
        }
        let frame = self.state.frames.last();
        Ok(frame.map_or_else(Map::new, |frame| {
            same_named(program.workflow(workflow), &frame.inputs)
        }))
    }

    /// Goes on to a workflow without coming back: its result is the caller's.
    pub(super) fn leave_for(
        &mut self,
        program: &Linked,
        workflow: WorkflowIndex,
        arguments: &[Argument],
    ) {
        let step_id = self.step_id(program);
        let inputs = match self.handed_on(program, workflow, arguments) {
            Ok(inputs) => inputs,
            Err(failure) => return self.end_at_step(program, failure),
        };
        let completed = complete(
            program,
            workflow,
            inputs,
            &self.options,
            &mut self.state.draws,
        );
        let completed = match completed {
            Ok(completed) => completed,
            Err(error) => return self.end_at_step(program, failure::wrong_inputs(&error)),
        };
        let Some(frame) = self.state.frames.last_mut() else {
            return;
        };
        // The workflow that is left was itself called with inputs.
        let left = Repeated::first(told_by(frame.given, &frame.inputs));
        frame.gone_to.get_or_insert(frame.workflow.0, left);
        let last = frame.gone_to.get(&workflow.0).copied();
        let given = told_by(completed.given, &completed.inputs);
        let (pace, repeated) = pacing::pace(&self.options, last, given, true);
        self.replace_call(program, workflow, completed, repeated);
        match pace {
            Pace::Fresh => self.set_next(Next::Dependencies),
            Pace::Poll(delay) => {
                if !delay.is_zero() {
                    self.tell(Progress::Waiting {
                        step_id,
                        why: "poll",
                        delay,
                    });
                }
                self.wait(delay, Next::Dependencies);
            }
        }
    }

    /// Ends the innermost call in failure at its step.
    fn end_at_step(&mut self, program: &Linked, mut failure: Failure) {
        failure.message = self.without_secrets(failure.message);
        failure.step_id = Some(self.step_id(program).to_string());
        self.end_call(program, Some(failure));
    }

    /// Puts a workflow in the place of the one that leaves for it.
    fn replace_call(
        &mut self,
        program: &Linked,
        workflow: WorkflowIndex,
        completed: Completed,
        repeated: Repeated,
    ) {
        let top = self.state.frames.len().saturating_sub(1);
        let outputs = self.outputs_of(program, top);
        let Some(frame) = self.state.frames.last_mut() else {
            return;
        };
        let mut next = Frame::new(workflow, frame.role, completed);
        next.called = frame.called;
        next.budget = frame.budget;
        next.gone_to = std::mem::take(&mut frame.gone_to);
        next.gone_to.insert(workflow.0, repeated);
        let left = std::mem::replace(frame, next);
        self.exchange = None;
        let ended = Ended {
            inputs: left.inputs,
            outputs,
            succeeded: true,
            failure: None,
        };
        self.state.ended.insert(left.workflow.0, ended);
    }
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
