//! The summary of a step of GitHub Actions, which GitHub shows on the page of the run.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::Context;

use crate::store::regular_file;
use crate::terminal::output;

/// The variable with the path of the file, to which a step appends Markdown.
const VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// The size of all summaries of a step, in bytes; GitHub drops a larger one whole.
const LIMIT: usize = 1024 * 1024;

/// Appends a text to the summary, if GitHub runs this step. Returns whether nothing is missing: the
/// result itself is elsewhere, so a summary that cannot be written ends nothing.
pub(super) fn append(markdown: &str) -> bool {
    let Some(path) = env::var_os(VARIABLE).filter(|path| !path.is_empty()) else { return true };
    if markdown.len() > LIMIT {
        output::warn(format_args!("the summary is larger than the 1 MiB that GitHub accepts; lower --limit"));
        return true;
    }
    let written = regular_file::open(Path::new(&path), OpenOptions::new().append(true))
        .and_then(|mut file| file.write_all(markdown.as_bytes()));
    let why = || format!("cannot append the summary to the file that {VARIABLE} names");
    written.with_context(why).inspect_err(output::error).is_ok()
}
