//! The pulls of a history, as a table, JSON, CSV or Markdown.

use endstate_model::UtcTime;
use serde::Serialize;

use super::arrangement::{Arrangement, Reader};
use super::document::{Document, Section, Style};
use super::history_verdict::HistoryVerdict;
use super::json_document;
use super::table::{Cell, Column, ResultTable};
use crate::cli::ReportFormat;
use crate::store::format::FormulaGuard;
use crate::terminal::number::counted;
use crate::terminal::output;

/// The pulls of a history, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct HistoryListOutput<'p> {
    /// The folder of the history.
    source: &'p str,
    #[serde(flatten)]
    verdict: HistoryVerdict,
    /// The newest first.
    pulls: Vec<&'p ListedPull<'p>>,
}

/// A pull of a history.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct ListedPull<'p> {
    pub(crate) tenant: Option<&'p str>,
    /// The profile that pulled it; null if the table of pulls has none.
    pub(crate) profile: Option<String>,
    /// When it started.
    pub(crate) started_at: UtcTime,
    pub(crate) devices: u64,
    /// What tells it from every other.
    pub(crate) pull_id: &'p str,
}

/// A row for each pull.
pub(crate) const COLUMNS: [Column; 4] = [
    Column::text("TENANT", "tenant"),
    Column::text("STARTED", "started_at"),
    Column::number("DEVICES", "devices"),
    Column::text("PULL", "pull_id").gives_way(1),
];

/// Everything that goes to stdout.
#[cfg_attr(not(feature = "history"), expect(dead_code, reason = "a history needs the feature"))]
pub(crate) fn render(
    source: &str,
    pulls: &[ListedPull<'_>],
    format: ReportFormat,
    arrangement: Arrangement<'_>,
    limit: usize,
    guard: FormulaGuard,
) -> anyhow::Result<String> {
    let mut table = ResultTable::new(COLUMNS);

    // The newest first, for people and programs.
    for pull in pulls.iter().rev() {
        table.row([
            Cell::optional(pull.tenant),
            Cell::text(pull.started_at.to_string()),
            Cell::Count(pull.devices),
            Cell::text(pull.pull_id),
        ]);
    }

    let style = match format {
        ReportFormat::Csv => return Ok(output::for_programs(arrangement.apply(table, Reader::Program).csv(guard)?)),
        ReportFormat::Json => {
            return Ok(output::for_programs(json_document::text(
                "history-list",
                &HistoryListOutput {
                    source,
                    verdict: HistoryVerdict::new(pulls.len(), pulls.last().and_then(|pull| pull.profile.clone())),
                    pulls: pulls.iter().rev().collect(),
                },
            )?));
        }
        ReportFormat::Table => Style::Plain,
        ReportFormat::Markdown => Style::Markdown,
    };
    let table = arrangement.apply(table, Reader::Person);
    let all = pulls.len() as u64;
    let sections = vec![Section::first_of(&arrangement.title("Newest first"), &table, all.min(limit as u64), all)];
    let summary = vec![counted(all, "complete pull")];
    Ok(Document { title: "Pulls", summary, sections, pulls: Vec::new() }.render(style))
}
