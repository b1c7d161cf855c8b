//! Missing updates, as a table, JSON, CSV or Markdown.

use endstate_analysis::{MissingUpdates, SeverityCounts, Version};
use endstate_model::Severity;
use serde_json::{Value, json};

use super::document::{Document, Section, Style};
use super::table::{Cell, Column, ResultTable};
use crate::cli::{ReportFormat, UpdatesBy};
use crate::store::format::FormulaGuard;
use crate::store::pull_info::PullInfo;
use crate::terminal::number::{counted, grouped};
use crate::terminal::output;

/// The missing updates of a fleet, and the pulls that they follow from.
#[derive(Debug)]
pub(crate) struct UpdatesReport<'v> {
    pub(crate) missing: &'v MissingUpdates,
    pub(crate) by: UpdatesBy,
    /// The states, the updates and the vulnerabilities.
    pub(crate) pulls: [&'v PullInfo; 3],
    /// Updates that cannot be compared with any device.
    pub(crate) without_version: u64,
    /// Maximum rows to show to people.
    pub(crate) limit: usize,
    pub(crate) guard: FormulaGuard,
}

impl UpdatesReport<'_> {
    /// Everything that goes to stdout.
    pub(crate) fn render(&self, format: ReportFormat) -> anyhow::Result<String> {
        let rows = match self.by {
            UpdatesBy::Update => self.by_update(),
            UpdatesBy::Cve => self.by_cve(),
            UpdatesBy::Device => self.by_device(),
        };
        Ok(match format {
            ReportFormat::Csv => output::for_programs(rows.csv(self.guard)?),
            ReportFormat::Json => output::for_programs(format!("{:#}\n", self.json())),
            ReportFormat::Table => self.document(&rows, Style::Plain),
            ReportFormat::Markdown => self.document(&rows, Style::Markdown),
        })
    }

    fn document(&self, rows: &ResultTable, style: Style) -> String {
        let missing = self.missing;
        let (title, all) = match self.by {
            UpdatesBy::Update => ("Missing updates, by number of devices", missing.by_update.len() as u64),
            UpdatesBy::Cve => ("Vulnerabilities, most severe first", missing.by_cve.len() as u64),
            UpdatesBy::Device => ("Devices, most exposed first", missing.lacking),
        };
        let sections = vec![Section::first_of(title, rows, all.min(self.limit as u64), all)];
        Document { title: "Missing updates", summary: self.summary(), sections, pulls: self.pulls.to_vec() }
            .render(style)
    }

    fn summary(&self) -> Vec<String> {
        let MissingUpdates { devices, lacking, not_assessed, .. } = *self.missing;
        let mut lines = vec![format!(
            "{}: {} with missing updates, {} up to date, {} not assessed",
            counted(devices, "device"),
            grouped(lacking),
            grouped(devices - lacking - not_assessed),
            grouped(not_assessed),
        )];
        if self.without_version > 0 {
            let updates = counted(self.without_version, "update");
            lines.push(format!("{updates} without a version, which cannot be compared with any device"));
        }
        lines
    }

    fn by_update(&self) -> ResultTable {
        let columns = [
            Column::text("UPDATE", "update"),
            Column::text("BUILDS", "builds").gives_way(5),
            Column::text("PUBLISHED", "published").gives_way(4),
            Column::number("DEVICES", "devices"),
        ];
        let mut table = ResultTable::new(columns.into_iter().chain(SEVERITIES));
        for row in &self.missing.by_update {
            let published = row.published.as_ref();
            // The date is enough for people.
            let date = published.map(|published| published.get(..10).unwrap_or(published).to_owned());
            let cells = [
                Cell::text(&row.name),
                builds(&row.builds),
                date.map_or(Cell::Nothing, |date| Cell::Named(date, published.cloned().into())),
                Cell::Count(row.devices),
            ];
            table.row(cells.into_iter().chain(severities(&row.closes)));
        }
        table
    }

    fn by_cve(&self) -> ResultTable {
        let mut table = ResultTable::new([
            Column::text("CVE", "cve"),
            Column::text("SEVERITY", "severity"),
            Column::number("DEVICES", "devices"),
            Column::text("FIXED BY", "updates"),
            Column::text("TITLE", "title").wraps(),
        ]);
        for row in &self.missing.by_cve {
            table.row([
                Cell::text(&row.name),
                Cell::text(row.severity.as_str()),
                Cell::Count(row.devices),
                Cell::list(&row.updates),
                Cell::optional(row.title.as_ref()),
            ]);
        }
        table
    }

    fn by_device(&self) -> ResultTable {
        let columns = [
            Column::text("DEVICE", "id"),
            Column::text("VERSION", "version").gives_way(6),
            Column::text("ARCHITECTURE", "architecture").gives_way(1),
            Column::number("UPDATES", "updates"),
        ];
        let mut table = ResultTable::new(columns.into_iter().chain(SEVERITIES));
        for device in &self.missing.most_exposed {
            let cells = [
                Cell::text(device.state.id.to_string()),
                Cell::text(Version::from_state(&device.state).to_string()),
                Cell::optional(device.state.architecture.as_ref().map(ToString::to_string)),
                Cell::Count(device.updates),
            ];
            table.row(cells.into_iter().chain(severities(&device.vulnerabilities)));
        }
        table
    }

    fn json(&self) -> Value {
        let missing = self.missing;
        let pull = |pull: &PullInfo| {
            json!({
                "source": pull.name, "outcome": pull.outcome().as_str(), "verdict": pull.completeness.line(),
            })
        };
        let [states, updates, vulnerabilities] = self.pulls.map(pull);
        json!({
            "states": states,
            "kbinfo": updates,
            "cvekbmap": vulnerabilities,
            "devices": missing.devices,
            "with_missing_updates": missing.lacking,
            "up_to_date": missing.devices - missing.lacking - missing.not_assessed,
            "not_assessed": missing.not_assessed,
            "updates_without_version": self.without_version,
            "updates": self.by_update().json(),
            "vulnerabilities": self.by_cve().json(),
            "most_exposed": self.by_device().json(),
        })
    }
}

fn builds(builds: &[u32]) -> Cell {
    let shown: Vec<_> = builds.iter().map(ToString::to_string).collect();
    Cell::Named(shown.join(" "), builds.into())
}

/// In the vendor's order; the last column has what the vendor does not rate, or rates in an unknown
/// way.
const SEVERITIES: [Column; 5] = [
    Column::number("CRITICAL", "critical"),
    Column::number("IMPORTANT", "important").gives_way(5),
    Column::number("MODERATE", "moderate").gives_way(4),
    Column::number("LOW", "low").gives_way(3),
    Column::number("OTHER", "other").gives_way(2),
];

fn severities(counts: &SeverityCounts) -> [Cell; 5] {
    let [critical, important, moderate, low] =
        [Severity::Critical, Severity::Important, Severity::Moderate, Severity::Low]
            .map(|severity| counts.count(&severity));
    let other = counts.total() - critical - important - moderate - low;
    [critical, important, moderate, low, other].map(Cell::Count)
}
