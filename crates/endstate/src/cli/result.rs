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
    pub(crate) format: Option<F>,

    /// Do not escape csv cells that look like formulas
    #[arg(long)]
    pub(crate) csv_raw: bool,
}
