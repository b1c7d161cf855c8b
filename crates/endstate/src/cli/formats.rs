//! The formats of rows and of results.

use clap::ValueEnum;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// One item per line, exactly as the service sent it
    Ndjson,
    /// One JSON array
    Json,
    /// A flat table; cells that look like formulas are escaped
    Csv,
    /// Aligned columns for people to read
    Table,
}

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Aligned columns for people to read
    Table,
    /// One JSON object with everything
    Json,
    /// Only the rows, flat
    Csv,
    /// For a ticket or a chat
    Markdown,
}

/// How triage is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TriageFormat {
    /// Aligned columns for people to read
    Table,
    /// One JSON object with everything
    Json,
    /// Only the counts, flat
    Csv,
    /// For a ticket or a chat
    Markdown,
    /// Metrics for the Prometheus textfile collector
    Prometheus,
}
