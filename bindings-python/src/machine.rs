//! The machine: poll it for effects, feed it events.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::{Bound, Py, PyAny, PyResult, Python, pyclass, pymethods};
use pyo3::types::PyBytes;
use serde_json::Value;
use spola::machine::{Effect, Event, Machine as Core, Record};
use spola_ecr::Workflow;

use crate::convert::to_python;
use crate::effect::{to_done, to_effect};
use crate::error::raised;
use crate::event::to_event;
use crate::outcome::Outcome;

/// One execution: a run of a workflow, or an operation of the toolkit.
#[pyclass(frozen, module = "spola")]
pub struct Machine {
    /// The workflow that was asked for.
    name: Option<String>,
    state: Mutex<State>,
}

struct State {
    core: Box<dyn Core + Send>,
    /// What was told, for results.
    record: Record,
    /// How it ended, once it has and somebody asked.
    outcome: Option<Py<Outcome>>,
}

impl Machine {
    /// Takes a run of a workflow, and what its steps may start.
    pub fn of_workflow(workflow: Workflow) -> Self {
        let name = workflow.run().workflow_id().map(str::to_owned);
        Self::new(name, Box::new(workflow))
    }

    /// Takes any machine of the engine, and what it is called.
    pub fn new(name: Option<String>, core: Box<dyn Core + Send>) -> Self {
        Self {
            name,
            state: Mutex::new(State {
                core,
                record: Record::default(),
                outcome: None,
            }),
        }
    }

    /// Nothing that is held here is left half done by a panic, and the engine
    /// does not panic.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, py: Python<'_>, quiet: bool) -> Option<Effect> {
        py.detach(|| {
            let mut state = self.state();
            loop {
                let effect = state.core.poll()?;
                let Effect::Progress(told) = &effect else {
                    return Some(effect);
                };
                state.record.take(told);
                if !quiet {
                    return Some(effect);
                }
            }
        })
    }
}

#[pymethods]
impl Machine {
    /// The workflow that was asked for; `None` where that is not known any more.
    #[getter]
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The next effect; `None` when answers are owed, or when it is over.
    fn poll<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.told(py, false)
    }

    /// The next effect that is no progress.
    fn poll_quietly<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.told(py, true)
    }

    /// Takes what the host saw.
    fn feed(&self, py: Python<'_>, event: &Bound<'_, PyAny>) -> PyResult<()> {
        let event = to_event(event)?;
        self.take(py, event)
    }

    /// How it ended; `None` while it goes on.
    fn outcome(&self, py: Python<'_>) -> PyResult<Option<Py<Outcome>>> {
        let known = self.state().outcome.as_ref().map(|one| one.clone_ref(py));
        if known.is_some() {
            return Ok(known);
        }
        let Some(outcome) = self.state().core.outcome().cloned() else {
            return Ok(None);
        };
        let made = Py::new(py, Outcome::new(outcome))?;
        self.state().outcome = Some(made.clone_ref(py));
        Ok(Some(made))
    }

    /// Where it stands, as bytes that any host can go on from.
    fn snapshot<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| self.state().core.snapshot());
        PyBytes::new(py, &bytes)
    }

    /// What it did, request by request, as plain values.
    fn steps<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let steps = py.detach(|| serde_json::from_str(&self.state().record.to_json()));
        to_python(py, &steps.unwrap_or(Value::Null))
    }
}

impl Machine {
    fn told<'py>(&self, py: Python<'py>, quiet: bool) -> PyResult<Option<Bound<'py, PyAny>>> {
        match self.next(py, quiet) {
            // The values of the outcome are made once, whoever asks for them.
            Some(Effect::Done(_)) => {
                let outcome = self.outcome(py)?;
                outcome.map(|outcome| to_done(py, outcome)).transpose()
            }
            effect => effect.map(|effect| to_effect(py, effect)).transpose(),
        }
    }

    fn take(&self, py: Python<'_>, event: Event) -> PyResult<()> {
        let fed = py.detach(|| self.state().core.feed(event));
        fed.map_err(|error| raised(py, &error))
    }
}
