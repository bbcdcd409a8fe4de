//! The in-memory AWS, with a clock that only waits move.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::{Bound, PyAny, PyResult, Python, pyclass, pymethods};
use pyo3::types::PyBytes;
use spola::message::Url;
use spola_sandbox::Sandbox as Core;

use crate::convert::to_bytes;
use crate::error::misuse;
use crate::options::seconds;
use crate::sign::{from_request, not_a_request};

/// An in-memory Amazon ECR and EC2 Image Builder.
#[pyclass(frozen, module = "spola")]
pub struct Sandbox {
    state: Mutex<(Core, Duration)>,
}

impl Sandbox {
    fn state(&self) -> MutexGuard<'_, (Core, Duration)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Status, header fields and body.
type Answer<'py> = (u16, Vec<(String, String)>, Bound<'py, PyBytes>);

#[pymethods]
impl Sandbox {
    #[new]
    fn new(
        py: Python<'_>,
        empty: bool,
        state: Option<&Bound<'_, PyAny>>,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let now = seconds(now, "`now`")?;
        let core = match state {
            None if empty => Core::empty(),
            None => Core::sample(),
            Some(state) => Core::from_bytes(&to_bytes(state, "`state`")?).map_err(|error| {
                let help = "give what `Sandbox.state()` gave, or leave `state` out";
                misuse(py, "sandbox.unreadable-state", error.to_string(), help)
            })?,
        };
        Ok(Self {
            state: Mutex::new((core, now)),
        })
    }

    /// Answers one request.
    fn handle<'py>(&self, py: Python<'py>, request: &Bound<'py, PyAny>) -> PyResult<Answer<'py>> {
        let request = from_request(request)?;
        let request = request
            .try_into()
            .map_err(|error| not_a_request(py, error))?;
        let (parts, body) = py
            .detach(|| {
                let (sandbox, clock) = &mut *self.state();
                sandbox.handle(&request, *clock)
            })
            .into_parts();
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let body = PyBytes::new(py, &body);
        Ok((parts.status.as_u16(), headers.collect(), body))
    }

    /// Whether a URL is at a host that the sandbox answers for.
    #[staticmethod]
    fn answers_for(url: &str) -> bool {
        let url = url.parse::<Url>();
        url.is_ok_and(|url| spola::auth::aws::is_aws_host(url.host().unwrap_or_default()))
    }

    /// Lets time pass.
    fn elapse(&self, delay: &Bound<'_, PyAny>) -> PyResult<()> {
        let delay = seconds(delay, "a delay")?;
        let (_, clock) = &mut *self.state();
        *clock = clock.saturating_add(delay);
        Ok(())
    }

    /// What its clock shows, in seconds since the Unix epoch.
    fn now(&self) -> f64 {
        self.state().1.as_secs_f64()
    }

    /// The whole state.
    fn state_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| self.state().0.to_bytes());
        PyBytes::new(py, &bytes)
    }
}
