//! Documents to a program.

use spola::link::{LinkOptions, link};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::thrown_with;
use crate::program::Program;

/// Says which documents are needed, and is given them.
#[wasm_bindgen]
pub struct Loader(spola::document::Loader);

#[wasm_bindgen]
impl Loader {
    /// Begins with the URL of the entry document.
    #[wasm_bindgen(constructor)]
    pub fn new(url: &str) -> Self {
        Self(spola::document::Loader::new(url))
    }

    /// Says where a source description really is.
    pub fn source(&mut self, name: &str, url: &str) {
        self.0.source(name, url);
    }

    /// The URL that is needed next.
    pub fn needs(&mut self) -> Option<String> {
        self.0.needs()
    }

    /// Hands over a document.
    pub fn supply(&mut self, url: &str, bytes: &[u8], final_url: &str) {
        self.0.supply(url, bytes, final_url);
    }

    /// Says that a document cannot be had, and why.
    pub fn failed(&mut self, url: &str, reason: &str) {
        self.0.failed(url, reason);
    }

    /// Links what was read; the loader is used up.
    ///
    /// # Errors
    /// The first error, with all findings.
    pub fn link(self, strict: bool) -> Result<Program, JsValue> {
        match link(self.0.finish(), LinkOptions { strict }) {
            Ok(program) => Ok(Program(program)),
            Err(errors) => Err(thrown_with(&errors, &errors.reports())),
        }
    }
}
