//! The module `spola._spola`: the machine for Python.
//!
//! Values are converted, the engine is called, values are converted back. What
//! sends requests and waits is Python, in `python/spola`.

mod convert;
mod ecr;
mod effect;
mod error;
mod event;
mod load;
mod machine;
mod options;
mod outcome;
mod program;
mod sandbox;
mod sign;

use pyo3::prelude::{Bound, PyModule, PyModuleMethods, PyResult, pymodule};
use pyo3::wrap_pyfunction;

/// The engine.
#[pymodule(gil_used = false)]
fn _spola(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<load::Loader>()?;
    module.add_class::<program::Program>()?;
    module.add_class::<machine::Machine>()?;
    module.add_class::<outcome::Outcome>()?;
    module.add_class::<sandbox::Sandbox>()?;
    module.add_function(wrap_pyfunction!(sign::authorize, module)?)?;
    module.add_function(wrap_pyfunction!(load::read_value, module)?)?;
    module.add_function(wrap_pyfunction!(ecr::ecr_start, module)?)?;
    module.add_function(wrap_pyfunction!(ecr::ecr_resume, module)?)?;
    module.add_function(wrap_pyfunction!(ecr::ecr_name, module)?)?;
    module.add("ECR_OPERATIONS", spola_ecr::Request::NAMES.to_vec())
}
