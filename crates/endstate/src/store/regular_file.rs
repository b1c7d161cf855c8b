//! Files beside an output, which are only written if they are regular files: another user of the
//! folder could have put a symbolic link or a device at their names.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use same_file::Handle;

use super::path::with_suffix;

/// Opens a regular file, or creates it. Fails for a symbolic link, a folder or a device.
pub(crate) fn open(path: &Path, options: &OpenOptions) -> io::Result<File> {
    match fs::symlink_metadata(path) {
        // Creates without following a link.
        Err(error) if error.kind() == ErrorKind::NotFound => options.clone().create_new(true).open(path),
        Err(error) => Err(error),
        Ok(metadata) if metadata.is_file() => {
            let file = options.open(path)?;
            // The name could have been replaced before the file was opened.
            let is_same = Handle::from_file(file.try_clone()?)? == Handle::from_path(path)?;
            if is_same && fs::symlink_metadata(path)?.is_file() { Ok(file) } else { Err(not_regular(path)) }
        }
        Ok(_) => Err(not_regular(path)),
    }
}

/// Options for a file that only its owner can read: it has a secret.
pub(crate) fn private() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has the mode"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn not_regular(path: &Path) -> io::Error {
    let why = format!("{} is not a regular file; remove it, or choose another file", path.display());
    io::Error::new(ErrorKind::InvalidInput, why)
}

/// Replaces a file whole or not at all: a killed process leaves the one before. What is at the path
/// is replaced and never written through. `suffix` names the file in between, which this process
/// must be alone to use.
pub(crate) fn replace(path: &Path, suffix: &str, options: &OpenOptions, content: &[u8]) -> io::Result<()> {
    replace_with(path, suffix, options, |mut file| file.write_all(content))
}

/// Replaces a file as [`replace`] does, with what `write` writes.
pub(crate) fn replace_with(
    path: &Path,
    suffix: &str,
    options: &OpenOptions,
    write: impl FnOnce(File) -> io::Result<()>,
) -> io::Result<()> {
    let new = with_suffix(path, suffix);
    remove_if_exists(&new)?;
    let file = options.clone().write(true).create_new(true).open(&new)?;
    *unfinished() = Some(new.clone());
    let written = write(file).and_then(|()| fs::rename(&new, path));
    *unfinished() = None;
    if written.is_err() {
        // The error that matters is the first one.
        let _ = fs::remove_file(&new);
    }
    written
}

/// The file that is being written in the place of another.
fn unfinished() -> MutexGuard<'static, Option<PathBuf>> {
    static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the file that is being written in the place of another, before the program ends early.
pub(crate) fn remove_unfinished() {
    if let Some(path) = unfinished().take() {
        let _ = fs::remove_file(path);
    }
}

pub(crate) fn remove_if_exists(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
