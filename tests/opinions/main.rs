//! What others say of the same queries, schemas and requests.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::{Path, PathBuf};

mod jsonpath;
mod made;
mod schema;
mod sigv4;
mod yaml;

/// A file or folder of the material beside the project; without it, nothing is asked.
fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared").join(path))
        .find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: {path} is not here");
    }
    found
}
