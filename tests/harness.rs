//! What the tests share.

use std::path::{Path, PathBuf};

/// A folder of the material that lies beside the repository; nothing, with a
/// note, where it is absent.
pub fn shared(folder: &str) -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = here
        .ancestors()
        .skip(2)
        .map(|above| above.join("shared").join(folder))
        .find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: shared/{folder} is not there");
    }
    found
}

/// Every file under a folder, sorted.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
