//! How a run ended; its values are made when they are asked for.

use pyo3::prelude::{Bound, Py, PyAny, PyResult, Python, pyclass, pymethods};
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use spola::machine::{Outcome as Core, OutcomeKind};

use crate::convert::{Class, object_to_python};

static FAILURE: Class = Class::new("Failure");

/// How a run ended.
#[pyclass(frozen, module = "spola")]
pub struct Outcome {
    core: Core,
    outputs: PyOnceLock<Py<PyDict>>,
}

impl Outcome {
    /// Takes an outcome of the engine.
    pub fn new(core: Core) -> Self {
        Self {
            core,
            outputs: PyOnceLock::new(),
        }
    }

    fn word(&self) -> &'static str {
        match self.core.outcome {
            OutcomeKind::Succeeded => "succeeded",
            OutcomeKind::Failed => "failed",
            OutcomeKind::Interrupted => "interrupted",
        }
    }
}

#[pymethods]
impl Outcome {
    /// What `match` takes apart.
    #[classattr]
    fn __match_args__() -> (&'static str, &'static str, &'static str) {
        ("outcome", "outputs", "failure")
    }

    /// `succeeded`, `failed` or `interrupted`.
    #[getter]
    fn outcome(&self) -> &'static str {
        self.word()
    }

    /// The workflow's outputs, as far as they resolve: made once, on first use.
    #[getter]
    fn outputs(&self, py: Python<'_>) -> PyResult<Py<PyDict>> {
        let made = self.outputs.get_or_try_init(py, || {
            object_to_python(py, &self.core.outputs).map(Bound::unbind)
        })?;
        Ok(made.clone_ref(py))
    }

    /// Why it failed or was interrupted.
    #[getter]
    fn failure<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        use pyo3::prelude::PyAnyMethods;
        let Some(failure) = &self.core.failure else {
            return Ok(None);
        };
        let (code, step) = (failure.code.as_str(), failure.step_id.as_deref());
        let made = FAILURE.get(py)?.call1((code, step, &failure.message))?;
        Ok(Some(made))
    }

    fn __repr__(&self) -> String {
        match &self.core.failure {
            Some(failure) => format!("<Outcome {}: {}>", self.word(), failure.code),
            None => format!("<Outcome {}>", self.word()),
        }
    }
}
