//! The sandbox's state in a file, its large layers beside.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use spola_sandbox::{Sandbox, Store, StoreError};

use crate::{files, load};

/// A folder of blobs, one file each.
///
/// What the saved state names stays until the next state is saved, so that state and folder fit
/// together whenever the process ends.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    /// What the saved state may name.
    saved: BTreeSet<String>,
    /// What is deleted, but is among the saved.
    doomed: BTreeSet<String>,
}

/// Opens the state in a file: as it was saved, or as `fresh` begins where there is no file.
///
/// # Errors
/// What is wrong with the file, its state or the layers beside it.
pub fn open(file: &Path, fresh: fn() -> Sandbox) -> Result<(Sandbox, Shelf), String> {
    let told = |error: &io::Error| format!("{}: {}", file.display(), load::plain(error));
    let shelf = Shelf::beside(file).map_err(|error| told(&error))?;
    let store = Box::new(shelf.clone());
    let opened = match fs::read(file) {
        Ok(bytes) => Sandbox::from_bytes_with(&bytes, store),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fresh().keep_in(store),
        Err(error) => return Err(told(&error)),
    };
    match opened {
        Ok(sandbox) => Ok((sandbox, shelf)),
        Err(error) => Err(format!("{}: {error}; {}", file.display(), error.help())),
    }
}

/// Saves the state in its file, and removes from the folder what it does not name.
///
/// # Errors
/// What the operating system says.
pub fn save(file: &Path, sandbox: &Sandbox, shelf: &Shelf) -> io::Result<()> {
    files::write_whole(file, &sandbox.to_bytes())?;
    shelf.settle();
    Ok(())
}

impl Shelf {
    /// The folder that belongs to a state's file; it is made when it is needed.
    fn beside(file: &Path) -> io::Result<Self> {
        let mut folder = file.as_os_str().to_owned();
        folder.push(".layers");
        let shelf = Self {
            folder: folder.into(),
            kept: Arc::default(),
        };
        match fs::read_dir(&shelf.folder) {
            Ok(entries) => {
                let mut kept = shelf.kept();
                for entry in entries {
                    let name = entry?.file_name();
                    let key = name.to_str().and_then(key);
                    kept.saved.extend(key);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(shelf)
    }

    /// A blob's file, open for reading.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn open(&self, key: &str) -> io::Result<File> {
        File::open(self.path(key))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(key.replace(':', "-"))
    }

    /// After a state was saved.
    fn settle(&self) {
        let names = self.keys();
        let mut kept = self.kept();
        for key in std::mem::take(&mut kept.doomed) {
            // A file that cannot be removed is removed when the state is opened again.
            let _ = fs::remove_file(self.path(&key));
        }
        kept.saved = names.into_iter().collect();
        // Only an empty folder goes.
        let _ = fs::remove_dir(&self.folder);
    }

    fn write_at(&self, key: &str, at: u64, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let mut file = options.open(self.path(key))?;
        file.set_len(at)?;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(bytes)
    }
}

/// The key of a file; other files in the folder are none of ours.
fn key(name: &str) -> Option<String> {
    let hexadecimal = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    match name.strip_prefix("sha256-") {
        Some(digits) if digits.len() == 64 && hexadecimal(digits) => {
            Some(format!("sha256:{digits}"))
        }
        None if name.len() == 36 && hexadecimal(name) => Some(name.to_owned()),
        _ => None,
    }
}

fn failed(error: io::Error) -> StoreError {
    StoreError::new(error.to_string())
}

impl Store for Shelf {
    fn size(&self, key: &str) -> Option<u64> {
        if self.kept().doomed.contains(key) {
            return None;
        }
        let metadata = fs::metadata(self.path(key)).ok()?;
        Some(metadata.len())
    }

    fn read(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        let length = range.end - range.start;
        let mut file = self.open(key).map_err(failed)?;
        file.seek(SeekFrom::Start(range.start)).map_err(failed)?;
        let mut bytes = Vec::new();
        let read = file.take(length).read_to_end(&mut bytes).map_err(failed)?;
        if read as u64 == length {
            Ok(bytes)
        } else {
            Err(StoreError::new(format!("`{key}` is too short")))
        }
    }

    fn write(&mut self, key: &str, at: u64, bytes: &[u8]) -> Result<(), StoreError> {
        self.kept().doomed.remove(key);
        self.write_at(key, at, bytes).map_err(failed)
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        self.kept().doomed.remove(to);
        fs::rename(self.path(from), self.path(to)).map_err(failed)
    }

    fn delete(&mut self, key: &str) {
        let mut kept = self.kept();
        if kept.saved.contains(key) {
            kept.doomed.insert(key.to_owned());
        } else {
            // A file that cannot be removed is removed when the state is opened again.
            let _ = fs::remove_file(self.path(key));
        }
    }

    fn keys(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let kept = self.kept();
        entries
            .flatten()
            .filter_map(|entry| key(entry.file_name().to_str()?))
            .filter(|key| !kept.doomed.contains(key))
            .collect()
    }
}
