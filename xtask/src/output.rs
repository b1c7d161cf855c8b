//! Runs another program for what it prints.

use std::process::Command;

use anyhow::{Context, ensure};

/// Returns what a program prints on stdout.
///
/// # Errors
/// If the program cannot be run, or fails (with what it printed on stderr), or if stdout is not
/// UTF-8.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed with {}:\n{said}", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("{command:?} printed what is not UTF-8"))
}
