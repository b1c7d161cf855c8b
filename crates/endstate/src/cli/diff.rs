//! The arguments of `endstate diff`.

use std::path::PathBuf;

use clap::Args;

use super::formats::ReportFormat;

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// Older pull: a file that `endstate pull` wrote (ndjson, json or csv)
    #[arg(value_name = "OLD", requires = "new", required_unless_present = "demo")]
    pub(crate) old: Option<PathBuf>,

    /// Newer pull
    #[arg(value_name = "NEW")]
    pub(crate) new: Option<PathBuf>,

    /// Compare two days of the emulated tenant
    #[arg(long, conflicts_with = "old")]
    pub(crate) demo: bool,

    /// Maximum changed devices to show; csv and json have all of them
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) limit: usize,

    /// Format of the result
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: ReportFormat,

    /// Do not escape csv cells that look like formulas
    #[arg(long)]
    pub(crate) csv_raw: bool,
}
