//! Where a result goes, and how it is written.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::formats::ReportFormat;

/// Where a result goes, and in which of its formats.
#[derive(Debug, Args)]
pub(crate) struct ResultArgs<F: ValueEnum + Clone + Send + Sync + 'static = ReportFormat> {
    /// File for the result, replaced whole; `-` is stdout
    #[arg(id = "result_output", short = 'o', long = "output", value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Format of the result [default: from the file name extension, else table]
    #[arg(id = "result_format", long = "format", value_name = "FORMAT", ignore_case = true)]
    format: Option<F>,

    /// Write JSON, as with --format json
    #[arg(long, conflicts_with = "result_format")]
    json: bool,

    /// Do not escape csv cells that look like formulas
    #[arg(long, hide_short_help = true)]
    pub(crate) csv_raw: bool,
}

impl<F: ValueEnum + Clone + Send + Sync + 'static> ResultArgs<F> {
    /// The format that the command line names; `None` if it names none.
    pub(crate) fn format(&self) -> Option<F> {
        let json = || F::from_str("json", false).ok();
        self.format.clone().or_else(|| self.json.then(json).flatten())
    }
}
