//! The formats of rows and of results.

use clap::ValueEnum;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowFormat {
    /// One item per line, as the service sent it; of today's sources, one state per line
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

/// How a trend is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrendFormat {
    /// Aligned columns for people to read
    Table,
    /// One JSON object with everything
    Json,
    /// Only the rows, flat
    Csv,
    /// For a ticket or a chat
    Markdown,
    /// A picture of the lines with the most devices, at most eight
    Svg,
}

/// How a list of devices is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// Aligned columns for people to read
    Table,
    /// One JSON object with everything
    Json,
    /// One device per line, as JSON
    Ndjson,
    /// Only the rows, flat
    Csv,
    /// For a ticket or a chat
    Markdown,
    /// A page for a browser
    Html,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PageFormat {
    /// A page for a browser, which needs nothing else
    Html,
    /// For a ticket or a chat
    Markdown,
    /// A workbook with a sheet each for the summary, devices, properties and updates
    Xlsx,
}

/// How one device is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShowFormat {
    /// For people to read
    Table,
    /// One JSON object with everything
    Json,
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
    /// Findings for code scanning: SARIF 2.1.0
    Sarif,
    /// Tests for a pipeline: a property that a device has is a failure
    Junit,
    /// Annotations and a step summary of GitHub Actions
    Github,
}
