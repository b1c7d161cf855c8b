//! The summary of a step of GitHub Actions, which GitHub shows on the page of the run.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;

use anyhow::Context;

use crate::terminal::output;

/// The variable with the path of the file, to which a step appends Markdown.
const VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// The size of all summaries of a step, in bytes; GitHub drops a larger one whole.
const LIMIT: usize = 1024 * 1024;

/// Appends a text to the summary, if GitHub runs this step.
pub(super) fn append(markdown: &str) -> anyhow::Result<()> {
    let Some(path) = env::var_os(VARIABLE).filter(|path| !path.is_empty()) else { return Ok(()) };
    if markdown.len() > LIMIT {
        output::warn(format_args!("the summary is larger than the 1 MiB that GitHub accepts; lower --limit"));
        return Ok(());
    }
    let write = || OpenOptions::new().create(true).append(true).open(&path)?.write_all(markdown.as_bytes());
    write().with_context(|| format!("cannot append the summary to the file that {VARIABLE} names"))
}
