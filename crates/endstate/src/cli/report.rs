//! The arguments of `endstate report`.

use std::path::PathBuf;

use clap::Args;

use super::fleet::FleetArgs;
use super::formats::PageFormat;
use super::source::SettingsArgs;
use super::values;

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) fleet: FleetArgs,

    /// History that shows how the number of devices that need attention changes
    ///
    /// It must have pulls of the same tenant. With --demo, the report has thirty days of its own.
    #[arg(long, value_name = "LAKE", conflicts_with = "demo")]
    pub(crate) history: Option<PathBuf>,

    /// Maximum devices to list as most urgent
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = values::whole_number::<usize>)]
    pub(crate) limit: usize,

    /// File for the report, replaced whole; `-` is stdout
    #[arg(id = "result_output", short = 'o', long = "output", value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Format of the report [default: from the file name extension, else html]
    #[arg(id = "result_format", long = "format", value_name = "FORMAT", ignore_case = true)]
    pub(crate) format: Option<PageFormat>,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}
