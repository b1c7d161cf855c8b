//! Packages for Python that `.ci/run` installs.

use std::path::{Path, PathBuf};

/// The folder of these packages, or `None` if they are not installed. To install them:
/// `python3 -m pip install --no-deps --target target/tools/NAME -r
/// crates/endstate/tests/NAME/requirements.txt`
pub(crate) fn installed(name: &str, packages: &[&str]) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools").join(name);
    let is_installed = packages.iter().all(|package| folder.join(package).exists());
    // On a build machine, a skipped test would go unnoticed.
    assert!(is_installed || std::env::var_os("CI").is_none(), "{name} is not installed");
    is_installed.then_some(folder)
}
