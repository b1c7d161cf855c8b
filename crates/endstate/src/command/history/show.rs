//! `endstate history show`: a pull of a history, and its receipt.

use anyhow::Context;

use crate::cli::HistoryShowArgs;
use crate::exit::{Exit, UsageError};
use crate::store::pull_info::PullInfo;
use crate::store::stored_pull::StoredPull;
use crate::terminal::output;

pub(crate) fn show(args: &HistoryShowArgs) -> anyhow::Result<Exit> {
    let shown = args.pull.display();
    let pull = StoredPull::find(&args.pull)?;
    let pull = pull.ok_or_else(|| UsageError::new(format!("{shown} names no pull; write LAKE@2026-11-24")))?;
    let receipt = pull.receipt.with_context(|| {
        format!("the table of pulls does not have the receipt of {shown}; add its file again to repair that")
    })?;
    if args.json {
        output::data(&output::for_programs(serde_json::to_string_pretty(&receipt)? + "\n"))?;
        return Ok(Exit::Done);
    }
    let info = PullInfo { is_from_file: true, ..PullInfo::from_receipt(&receipt) };
    let mut lines = vec![info.completeness.line(), format!("from {}", info.name)];
    lines.extend(info.provenance());
    for line in lines {
        // What another program wrote into a table is not to be trusted.
        output::data(&format!("{}\n", output::safe(&line)))?;
    }
    Ok(Exit::Done)
}
