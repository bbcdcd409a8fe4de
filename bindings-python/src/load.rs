//! Documents in; which one is needed next, out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::{Bound, PyAny, PyErr, PyResult, Python, pyclass, pyfunction, pymethods};
use pyo3::types::PyList;
use spola::Report;
use spola::document::{Documents, Loader as Core, Tree, TreeLimits};
use spola::link::{LinkOptions, check, link};

use crate::convert::{to_bytes, to_python, to_text};
use crate::error::{diagnostics, misuse, raised_reports};
use crate::program::Program;

/// Says which documents are needed, and is given them.
#[pyclass(frozen, module = "spola")]
pub struct Loader {
    state: Mutex<Option<(Core, BTreeMap<String, String>)>>,
}

/// The documents of a program, and their texts to quote from.
pub struct Library {
    /// The documents.
    pub documents: Documents,
    /// Texts by the name that diagnostics give.
    texts: BTreeMap<String, String>,
}

impl Library {
    /// Links the documents.
    ///
    /// # Errors
    /// Everything that is wrong with them, as one exception.
    pub fn link(self: &Arc<Self>, py: Python<'_>, strict: bool) -> PyResult<Program> {
        let linked = py.detach(|| link(&self.documents, LinkOptions { strict }));
        match linked {
            Ok(program) => Ok(Program::new(program, Arc::clone(self))),
            Err(errors) => Err(raised_reports(py, &errors.reports(), &|name| {
                self.text(name)
            })),
        }
    }

    /// All that is wrong or could be better, as a list of `spola.Diagnostic`.
    ///
    /// # Errors
    /// None but Python's own.
    pub fn lint<'py>(&self, py: Python<'py>, strict: bool) -> PyResult<Bound<'py, PyList>> {
        let reports = py.detach(|| check(&self.documents, LinkOptions { strict }));
        diagnostics(py, &reports, &|name| self.text(name))
    }

    fn text(&self, name: &str) -> Option<String> {
        self.texts.get(name).cloned()
    }
}

impl Loader {
    fn with<T>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Core, &mut BTreeMap<String, String>) -> T + Send,
    ) -> PyResult<T>
    where
        T: Send,
    {
        let done = py.detach(|| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let (loader, texts) = state.as_mut()?;
            Some(act(loader, texts))
        });
        done.ok_or_else(|| finished(py))
    }
}

fn finished(py: Python<'_>) -> PyErr {
    let message = "the loader has been used up".to_owned();
    misuse(py, "host.loader-used", message, "make another `Loader`")
}

/// Reads YAML or JSON as a plain value.
#[pyfunction]
pub fn read_value<'py>(
    py: Python<'py>,
    name: &Bound<'py, PyAny>,
    text: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let name = to_text(name, "a document's name")?;
    let text = to_bytes(text, "a document")?;
    match Tree::parse(&name, &text, &TreeLimits::default()) {
        Ok(tree) => to_python(py, &tree.root().to_value()),
        Err(errors) => {
            let reports: Vec<_> = errors.iter().map(|error| Report::of(error)).collect();
            let text = String::from_utf8_lossy(&text).into_owned();
            Err(raised_reports(py, &reports, &|_| Some(text.clone())))
        }
    }
}

#[pymethods]
impl Loader {
    /// Begins with the entry document: a URL, or the path of a file.
    #[new]
    fn new(url: &Bound<'_, PyAny>) -> PyResult<Self> {
        let url = to_text(url, "the document's URL")?;
        Ok(Self {
            state: Mutex::new(Some((Core::new(&url), BTreeMap::new()))),
        })
    }

    /// Says where the source description of that name really is.
    fn source(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyAny>,
        url: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (name, url) = (
            to_text(name, "a source's name")?,
            to_text(url, "a source's URL")?,
        );
        self.with(py, |loader, _| loader.source(&name, &url))
    }

    /// The URL or path of a document that is needed, each one once; `None` where
    /// nothing is, or not before one that was asked for is there.
    fn needs(&self, py: Python<'_>) -> PyResult<Option<String>> {
        self.with(py, |loader, _| loader.needs())
    }

    /// Hands over a document: the URL as `needs` gave it, its bytes, and where it
    /// was in the end, redirects followed.
    #[pyo3(signature = (url, text, final_url=None))]
    fn supply(
        &self,
        py: Python<'_>,
        url: &Bound<'_, PyAny>,
        text: &Bound<'_, PyAny>,
        final_url: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let url = to_text(url, "a document's URL")?;
        let text = to_bytes(text, "a document")?;
        let found = match final_url {
            Some(found) => to_text(found, "a document's URL")?,
            None => url.clone(),
        };
        self.with(py, |loader, texts| {
            loader.supply(&url, &text, &found);
            texts.insert(url, String::from_utf8_lossy(&text).into_owned());
        })
    }

    /// Says that a document cannot be had, and why.
    fn failed(
        &self,
        py: Python<'_>,
        url: &Bound<'_, PyAny>,
        reason: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let (url, reason) = (
            to_text(url, "a document's URL")?,
            to_text(reason, "a reason")?,
        );
        self.with(py, |loader, _| loader.failed(&url, &reason))
    }

    /// Links what was read, and is used up by it.
    #[pyo3(signature = (strict=false))]
    fn link(&self, py: Python<'_>, strict: bool) -> PyResult<Program> {
        self.library(py)?.link(py, strict)
    }

    /// All that is wrong with what was read, or could be better; uses it up.
    #[pyo3(signature = (strict=false))]
    fn lint<'py>(&self, py: Python<'py>, strict: bool) -> PyResult<Bound<'py, PyList>> {
        self.library(py)?.lint(py, strict)
    }
}

impl Loader {
    fn library(&self, py: Python<'_>) -> PyResult<Arc<Library>> {
        let taken = py.detach(|| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let (loader, texts) = state.take()?;
            Some(Arc::new(Library {
                documents: loader.finish(),
                texts,
            }))
        });
        taken.ok_or_else(|| finished(py))
    }
}
