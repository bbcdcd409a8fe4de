//! Files written whole or not at all.

use std::io::Write;
use std::path::Path;

/// Writes a file so that a reader finds the old text or the new one, never a
/// part; only its owner may read it.
///
/// # Errors
/// What the operating system says.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    write(path, bytes, true)
}

/// The same, for a file that others may read.
///
/// # Errors
/// What the operating system says.
pub fn write_open(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    write(path, bytes, false)
}

fn write(path: &Path, bytes: &[u8], private: bool) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = Path::new(&beside);
    #[cfg(not(unix))]
    let _ = private;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if private {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let written = options.open(beside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_data()
    });
    written
        .and_then(|()| std::fs::rename(beside, path))
        .inspect_err(|_| {
            // What could not be put in place is of no use.
            let _ = std::fs::remove_file(beside);
        })
}
