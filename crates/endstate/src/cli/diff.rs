//! The arguments of `endstate diff`.

use std::path::PathBuf;

use clap::Args;

use super::columns::ColumnArgs;
use super::gate::AgeArgs;
use super::result::ResultArgs;
use super::source::StatesFrom;
use super::values;

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

    /// Source of the demo's states; files are of the source that they were pulled from
    ///
    /// One of auto, preview, hunting, assessments and export.
    #[arg(
        long = "source",
        value_name = "SOURCE",
        default_value = "auto",
        hide_possible_values = true,
        conflicts_with = "old"
    )]
    pub(crate) states_from: StatesFrom,

    /// Maximum changed devices to show; csv and json have all of them
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = values::whole_number::<usize>)]
    pub(crate) limit: usize,

    /// Accept an OLD that is newer than NEW
    #[arg(long)]
    pub(crate) allow_swapped: bool,

    #[command(flatten)]
    pub(crate) age: AgeArgs,

    /// Name that replaces `{profile}` in OLD and NEW; repeat for several tenants
    #[arg(long, value_name = "NAME", requires = "old")]
    pub(crate) profile: Vec<String>,

    #[command(flatten)]
    pub(crate) columns: ColumnArgs,

    #[command(flatten)]
    pub(crate) result: ResultArgs,
}
