//! The rules of the house, checked: each rule is a function from facts to violations, so that a test can show it failing.

mod crates;
mod files;
mod layers;
mod optional;

use std::fs;
use std::process::Command;

use anyhow::{Context, ensure};
use cargo_metadata::MetadataCommand;

use self::crates::CrateFacts;
use self::layers::Graph;

/// One broken rule, as it is shown.
type Violation = String;

/// Checks the workspace that this program was built in.
pub(crate) fn check_workspace() -> anyhow::Result<Vec<Violation>> {
    let metadata = MetadataCommand::new().exec().context("cargo metadata")?;
    let root = metadata.workspace_root.as_std_path();
    let mut violations = layers::check(&Graph::of(&metadata));

    violations.extend(optional::check(root)?);
    let output =
        Command::new("git").args(["ls-files", "--", "*.rs"]).current_dir(root).output().context("git ls-files")?;
    ensure!(output.status.success(), "git ls-files failed: {}", String::from_utf8_lossy(&output.stderr));
    let listed = String::from_utf8(output.stdout)?;
    ensure!(!listed.is_empty(), "git lists no Rust file: a check of nothing holds nothing");
    // A file that was deleted and not yet committed is listed, and is not there.
    for path in listed.lines().filter(|path| root.join(path).exists()) {
        let text = fs::read_to_string(root.join(path)).with_context(|| path.to_owned())?;
        violations.extend(files::check(path, &text));
    }

    for package in metadata.workspace_packages() {
        violations.extend(crates::check(&CrateFacts::of(package)?));
    }
    Ok(violations)
}
