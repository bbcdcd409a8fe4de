//! The suites and hostile documents as WebAssembly functions.
//!
//! Bytes go in and out one by one, so that no pointer crosses the border.

mod digest;
mod hostile;
mod suites;

use std::sync::Mutex;

use serde_json::Value;

static GIVEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static TOLD: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Takes the next byte of what a function is to read.
#[unsafe(no_mangle)]
pub extern "C" fn put(byte: u32) {
    if let Ok(mut given) = GIVEN.lock() {
        given.push(byte.to_le_bytes()[0]);
    }
}

/// Gives a byte of what the last function told; -1 after the last.
#[unsafe(no_mangle)]
pub extern "C" fn take(index: u32) -> i32 {
    let told = TOLD.lock().ok();
    let byte = told.and_then(|told| told.get(index as usize).copied());
    byte.map_or(-1, i32::from)
}

/// Makes panics tell what they are; to be called first.
#[unsafe(no_mangle)]
pub extern "C" fn begin() {
    std::panic::set_hook(Box::new(|panic| tell(&panic.to_string())));
}

/// Runs JSONPath's compliance suite; gives how many cases pass.
#[unsafe(no_mangle)]
pub extern "C" fn jsonpath() -> u32 {
    passed(&suites::jsonpath(&given()))
}

/// Runs JSON Schema's suite; gives how many tests pass.
#[unsafe(no_mangle)]
pub extern "C" fn schema() -> u32 {
    passed(&suites::schema(&given()))
}

/// Meets a hostile document; gives 1 if it was met well, 0 if not, 2 after the last.
#[unsafe(no_mangle)]
pub extern "C" fn hostile(index: u32) -> u32 {
    let Some((name, meet)) = hostile::ALL.get(index as usize) else {
        return 2;
    };
    tell(name);
    match meet() {
        Ok(()) => 1,
        Err(why) => {
            tell(&format!(": {why}"));
            0
        }
    }
}

fn given() -> Value {
    let bytes = GIVEN.lock().map(|mut given| std::mem::take(&mut *given));
    serde_json::from_slice(&bytes.unwrap_or_default()).unwrap_or_default()
}

fn tell(text: &str) {
    if let Ok(mut told) = TOLD.lock() {
        told.extend_from_slice(text.as_bytes());
    }
}

/// Counts what passes, and tells of the rest.
fn passed(verdicts: &[Result<(), String>]) -> u32 {
    let failures = verdicts.iter().filter_map(|verdict| verdict.as_ref().err());
    failures.for_each(|why| tell(&format!("{why}\n")));
    let passed = verdicts.iter().filter(|verdict| verdict.is_ok());
    u32::try_from(passed.count()).unwrap_or_default()
}
