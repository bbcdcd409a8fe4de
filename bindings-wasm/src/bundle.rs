//! A bundle to the program that stands in it.

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::thrown;
use crate::program::Program;

/// Takes the linked program out of a bundle that was read from a URL.
///
/// # Errors
/// `linked.missing`, `linked.stale`, `linked.version`, `linked.damaged`.
#[wasm_bindgen]
pub fn open(text: &[u8], url: &str) -> Result<Program, JsValue> {
    spola::bundle::open(text, url)
        .map(Program)
        .map_err(|error| thrown(&error))
}
