//! `endstate history verify`: every file of a history against what was added.

use anyhow::anyhow;

use crate::cli::HistoryVerifyArgs;
use crate::exit::Exit;
use crate::store::lake;
use crate::terminal::number::{counted, grouped};
use crate::terminal::output;

pub(crate) fn verify(args: &HistoryVerifyArgs) -> anyhow::Result<Exit> {
    let result = lake::open(&args.lake)?.verify()?;
    let (pulls, states) = (counted(result.pulls, "pull"), counted(result.states, "state"));
    let files = counted(result.files, "file");
    let unchanged = grouped(result.unchanged_files);
    output::say(format_args!("{pulls} with {states} in {files}, {unchanged} of them as endstate wrote them"));
    for setting in &result.raising_settings {
        output::warn(format_args!(
            "the table has the setting {setting}, so another engine may raise its protocol, and endstate cannot read it then"
        ));
    }
    for finding in &result.findings {
        output::error(&anyhow!("{finding}"));
    }
    if result.findings.is_empty() {
        output::say("All checks passed");
        return Ok(Exit::Done);
    }
    Ok(Exit::Failed)
}
