//! Paths beside an output.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::ensure;

use crate::exit::UsageError;

/// A path with a suffix appended to its name.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A path in which `{profile}` is replaced by the name of the profile.
pub(crate) fn with_profile(path: &Path, profile: Option<&str>) -> anyhow::Result<PathBuf> {
    const PLACEHOLDER: &str = "{profile}";
    let Some(text) = path.to_str().filter(|text| text.contains(PLACEHOLDER)) else { return Ok(path.to_owned()) };
    let Some(profile) = profile else {
        let message = format!("{text} has {PLACEHOLDER}, but no profile is set; add --profile NAME");
        return Err(UsageError::new(message).into());
    };
    // The name becomes part of a path, and must not be a path itself.
    let is_plain = !profile.is_empty() && !profile.contains(['/', '\\', ':']) && !profile.starts_with('.');
    ensure!(is_plain, "the name of profile '{profile}' cannot replace {PLACEHOLDER} in a path");
    Ok(text.replace(PLACEHOLDER, profile).into())
}

/// Whether two paths name the same file, also if it does not exist yet or is spelled in another
/// way.
pub(crate) fn is_same(path: &Path, other: &Path) -> bool {
    let whole = |path: &Path| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some((folder.canonicalize().ok()?, path.file_name()?.to_owned()))
    };
    path == other || whole(path).is_some_and(|path| whole(other) == Some(path))
}

/// Endings of the files beside an output, which no output may have.
pub(crate) const RESERVED_ENDINGS: [&str; 4] = [".partial", ".receipt.json", ".checkpoint.json", ".lock"];

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
