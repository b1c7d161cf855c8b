//! Paths beside an output.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A path with a suffix appended to its name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Whether a path means standard input or output.
pub(crate) fn is_standard_stream(path: &Path) -> bool {
    path == Path::new("-")
}

/// Whether a path, as the user named it, is a device or a pipe, such as `/dev/null`. It is written
/// in place: a rename would replace the device by a file.
pub(crate) fn is_special(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// `/dev/stdout` as `-`: it can be a file that others write too, and must not be replaced.
pub(crate) fn standardized(path: PathBuf) -> PathBuf {
    let is_stdout = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name));
    if is_stdout { PathBuf::from("-") } else { path }
}
