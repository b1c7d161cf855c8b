//! The arguments of `endstate pull`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::formats::RowFormat;
use super::source::{SettingsArgs, SourceArgs};
use super::values;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent switch")]
pub(crate) struct PullArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// Rename FILE.partial to FILE even if the pull is incomplete
    ///
    /// The receipt and the exit code still say that it is incomplete.
    #[arg(long, hide_short_help = true)]
    pub(crate) allow_incomplete: bool,

    /// Continue an earlier pull to the same FILE from its checkpoint
    ///
    /// Without a checkpoint, the pull begins at the first page.
    #[arg(long, conflicts_with = "demo")]
    pub(crate) resume: bool,

    /// Maximum age of a pull that --resume continues, such as 36h
    ///
    /// The age counts from the first page: the rows of one pull must not be of different days.
    #[arg(long, value_name = "AGE", default_value = "24h", value_parser = values::age, hide_short_help = true)]
    pub(crate) max_checkpoint_age: Duration,

    /// Add the pull to a history; without -o, the rows go only there
    ///
    /// The folder is created if it does not exist, and `{profile}` is the name of the profile. An
    /// incomplete pull is only noted. `endstate history` asks the history.
    #[arg(long, value_name = "LAKE", conflicts_with_all = ["condition", "keep_duplicates"])]
    pub(crate) into: Option<PathBuf>,

    /// Write a device each time that it arrives, not only the first time
    #[arg(long, hide_short_help = true)]
    pub(crate) keep_duplicates: bool,

    /// Collection to pull
    #[arg(long, value_name = "NAME", default_value = "machinesecuritystates")]
    pub(crate) collection: Collection,

    /// Write only rows that match, such as `build lt 19045`
    ///
    /// `endstate help conditions` describes conditions, such as `build lt 19045 and property has
    /// FirewallOff`.
    #[arg(long = "where", value_name = "CONDITION", conflicts_with = "resume")]
    pub(crate) condition: Option<String>,

    /// Write JSON, as with --format json
    #[arg(long, conflicts_with = "row_format")]
    pub(crate) json: bool,

    /// Do not escape csv cells that look like formulas
    #[arg(long, hide_short_help = true)]
    pub(crate) csv_raw: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

/// Where the rows of a pull go.
#[derive(Debug, Clone, Args)]
pub(crate) struct OutputArgs {
    /// Output file; `-` is stdout, `{profile}` is the name of the profile
    ///
    /// Rows are written to FILE.partial, which is renamed once the pull is complete. The extension
    /// sets the format: .ndjson, .json, .csv or .txt. With .gz or .zst after it, the file is
    /// compressed.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,

    /// Format of the rows [default: from the file name extension, else ndjson]
    #[arg(id = "row_format", long = "format", value_name = "FORMAT", ignore_case = true)]
    pub(crate) format: Option<RowFormat>,

    /// Receipt file [default: FILE.receipt.json beside FILE]
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub(crate) receipt: Option<PathBuf>,
}

/// A collection of the service, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Collection {
    /// The security state of each device
    Machinesecuritystates,
    /// The device groups
    Machinegroups,
    /// The updates of the operating system
    Kbinfo,
    /// Which update fixes which vulnerability
    Cvekbmap,
}
