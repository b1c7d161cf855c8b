//! One pull at a time writes an output: an exclusive lock on a file beside it, for as long as the
//! output, its partial file, its receipt or its checkpoint may be written. A receipt that was
//! chosen has a lock of its own, because another output may have the same.
//!
//! Why a file of its own: the partial file is renamed in the middle, and a lock on it would be gone
//! while the receipt is still to be written. The system releases the lock of a killed process.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use same_file::Handle;

use super::path::with_suffix;
use super::regular_file;
use crate::terminal::output;

/// Held until it is dropped.
#[derive(Debug)]
pub(crate) struct OutputLock {
    path: PathBuf,
    _file: File,
}

/// Another process may remove the file between two steps, but not again and again.
const MAX_ATTEMPTS: u32 = 20;

impl OutputLock {
    /// Locks a file, or fails at once if another process is writing it. The error names the option
    /// that chooses another file.
    pub(crate) fn acquire(output: &Path, option: &str) -> anyhow::Result<Option<Self>> {
        let path = with_suffix(output, ".lock");
        for _ in 0..MAX_ATTEMPTS {
            let mut file = regular_file::open(&path, OpenOptions::new().read(true).write(true))
                .with_context(|| format!("cannot lock {}", output.display()))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(is_locked(output, option, &mut file)),
                // Some network file systems.
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                    output::warn(format_args!(
                        "the file system of {} has no locks; do not write it twice at once",
                        output.display()
                    ));
                    return Ok(None);
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("cannot lock {}", output.display()));
                }
            }

            // The process that had the lock may have removed the file after it was opened here.
            if is_at(&file, &path) {
                write_process_id(&mut file).with_context(|| format!("cannot write {}", path.display()))?;
                return Ok(Some(Self { path, _file: file }));
            }
        }
        bail!("cannot lock {}: other processes lock it again and again; try again later", output.display())
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let handles = file.try_clone().and_then(Handle::from_file).and_then(|file| Ok((file, Handle::from_path(path)?)));
    handles.is_ok_and(|(file, at_path)| file == at_path)
}

fn write_process_id(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn is_locked(output: &Path, option: &str, file: &mut File) -> anyhow::Error {
    let mut text = String::new();
    // Some systems do not let other processes read a locked file.
    let id: Option<u32> = file.take(32).read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
    let id = id.map(|id| format!(" (pid {id})")).unwrap_or_default();
    let output = output.display();
    anyhow!("another endstate{id} is writing {output}; wait until it ends, or choose another file with {option}")
}

impl Drop for OutputLock {
    fn drop(&mut self) {
        // While the lock is held. If it fails, the next process finds an unlocked file.
        let _ = fs::remove_file(&self.path);
    }
}
