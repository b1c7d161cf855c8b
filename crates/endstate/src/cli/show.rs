//! The arguments of `endstate show`.

use std::path::PathBuf;

use clap::Args;

use super::formats::ShowFormat;
use super::source::{SettingsArgs, SourceArgs};

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Id or name of the device; the first part of a DNS name is enough
    #[arg(value_name = "DEVICE")]
    pub(crate) device: String,

    /// Files that `endstate pull` wrote, one for each tenant; `-` is stdin
    ///
    /// The file is ndjson, json or csv, also compressed, or a page that the service sent. A pattern
    /// such as '*.ndjson' names several files. Each is one tenant, named as its profile, else as
    /// the file.
    #[arg(value_name = "FILE", conflicts_with_all = ["demo", "demo_day", "ProfileArgs", "ServiceArgs", "SignInArgs", "PullLimits"])]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) source: SourceArgs,

    /// Format of the result
    #[arg(id = "result_format", long = "format", value_name = "FORMAT", default_value = "table", ignore_case = true)]
    format: ShowFormat,

    /// Write JSON, as with --format json
    #[arg(long, conflicts_with = "result_format")]
    json: bool,

    #[command(flatten)]
    pub(crate) settings: SettingsArgs,
}

impl ShowArgs {
    /// The chosen format.
    pub(crate) fn format(&self) -> ShowFormat {
        if self.json { ShowFormat::Json } else { self.format }
    }
}
