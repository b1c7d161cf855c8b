//! Missing updates, as a table, JSON, CSV or Markdown.

use endstate_analysis::{MissingUpdates, SeverityCounts, Version};
use endstate_model::Severity;
use serde_json::{Value, json};

use crate::args::{ReportFormat, UpdatesBy};
use crate::format::Cells;
use crate::pull_facts::PullFacts;
use crate::view::number::{counted, grouped};
use crate::view::report::{Report, Section, Style};
use crate::view::sheet::{Cell, Column, Sheet};

/// What devices lack, and what has to be said with it.
#[derive(Debug)]
pub(crate) struct UpdatesView<'v> {
    pub(crate) missing: &'v MissingUpdates,
    pub(crate) by: UpdatesBy,
    /// The states, the updates and the vulnerabilities.
    pub(crate) facts: [&'v PullFacts; 3],
    /// Updates that no device can be compared with.
    pub(crate) without_version: u64,
    /// Rows that people see at the most.
    pub(crate) limit: usize,
    pub(crate) cells: Cells,
}

impl UpdatesView<'_> {
    /// Everything that goes to stdout.
    pub(crate) fn render(&self, format: ReportFormat) -> anyhow::Result<String> {
        let rows = match self.by {
            UpdatesBy::Update => self.by_update(),
            UpdatesBy::Cve => self.by_cve(),
            UpdatesBy::Device => self.by_device(),
        };
        Ok(match format {
            ReportFormat::Csv => rows.csv(self.cells)?,
            ReportFormat::Json => format!("{:#}\n", self.json()),
            ReportFormat::Table => self.with_report(&rows, Style::Plain),
            ReportFormat::Markdown => self.with_report(&rows, Style::Markdown),
        })
    }

    fn with_report(&self, rows: &Sheet, style: Style) -> String {
        let missing = self.missing;
        let (title, all) = match self.by {
            UpdatesBy::Update => ("Updates, lacked by the most devices first", missing.by_update.len() as u64),
            UpdatesBy::Cve => ("Vulnerabilities, most severe first", missing.by_cve.len() as u64),
            UpdatesBy::Device => ("Devices, most severely exposed first", missing.lacking),
        };
        let sections = vec![Section::first_of(title, rows, all.min(self.limit as u64), all)];
        Report { title: "Missing updates", summary: self.summary(), sections, pulls: self.facts.to_vec() }.render(style)
    }

    fn summary(&self) -> Vec<String> {
        let MissingUpdates { devices, lacking, not_assessed, .. } = *self.missing;
        let mut lines = vec![format!(
            "{}: {} lack an update, {} lack none, {} cannot be assessed",
            counted(devices, "device"),
            grouped(lacking),
            grouped(devices - lacking - not_assessed),
            grouped(not_assessed),
        )];
        if self.without_version > 0 {
            let updates = counted(self.without_version, "update");
            lines.push(format!("{updates} without a version: no device can be compared with them"));
        }
        lines
    }

    fn by_update(&self) -> Sheet {
        let columns = [
            Column::text("UPDATE", "update"),
            Column::text("BUILDS", "builds"),
            Column::text("PUBLISHED", "published"),
            Column::number("DEVICES", "devices"),
        ];
        let mut sheet = Sheet::new(columns.into_iter().chain(SEVERITIES));
        for row in &self.missing.by_update {
            let published = row.published.as_ref();
            // The day is enough for people.
            let day = published.map(|published| published.get(..10).unwrap_or(published).to_owned());
            let cells = [
                Cell::text(&row.name),
                builds(&row.builds),
                day.map_or(Cell::Nothing, |day| Cell::Named(day, published.cloned().into())),
                Cell::Count(row.devices),
            ];
            sheet.row(cells.into_iter().chain(severities(&row.closes)));
        }
        sheet
    }

    fn by_cve(&self) -> Sheet {
        let mut sheet = Sheet::new([
            Column::text("CVE", "cve"),
            Column::text("SEVERITY", "severity"),
            Column::number("DEVICES", "devices"),
            Column::text("CLOSED BY", "updates"),
            Column::text("TITLE", "title"),
        ]);
        for row in &self.missing.by_cve {
            sheet.row([
                Cell::text(&row.name),
                Cell::text(row.severity.as_str()),
                Cell::Count(row.devices),
                Cell::list(&row.updates),
                Cell::optional(row.title.as_ref()),
            ]);
        }
        sheet
    }

    fn by_device(&self) -> Sheet {
        let columns = [
            Column::text("DEVICE", "id"),
            Column::text("VERSION", "version"),
            Column::text("ARCHITECTURE", "architecture"),
            Column::number("UPDATES", "updates"),
        ];
        let mut sheet = Sheet::new(columns.into_iter().chain(SEVERITIES));
        for device in &self.missing.most_exposed {
            let cells = [
                Cell::text(device.state.id.to_string()),
                Cell::text(Version::from_state(&device.state).to_string()),
                Cell::optional(device.state.architecture.as_ref().map(ToString::to_string)),
                Cell::Count(device.updates),
            ];
            sheet.row(cells.into_iter().chain(severities(&device.vulnerabilities)));
        }
        sheet
    }

    fn json(&self) -> Value {
        let missing = self.missing;
        let facts = |facts: &PullFacts| {
            json!({
                "source": facts.name, "outcome": facts.completeness.word(), "verdict": facts.completeness.line(),
            })
        };
        let [states, updates, vulnerabilities] = self.facts.map(facts);
        json!({
            "states": states,
            "kbinfo": updates,
            "cvekbmap": vulnerabilities,
            "devices": missing.devices,
            "lacking": missing.lacking,
            "lacking_none": missing.devices - missing.lacking - missing.not_assessed,
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

/// In the vendor's order; one column for what the vendor rates none or in a way that is not known.
const SEVERITIES: [Column; 5] = [
    Column::number("CRITICAL", "critical"),
    Column::number("IMPORTANT", "important"),
    Column::number("MODERATE", "moderate"),
    Column::number("LOW", "low"),
    Column::number("OTHER", "other"),
];

fn severities(counts: &SeverityCounts) -> [Cell; 5] {
    let [critical, important, moderate, low] =
        [Severity::Critical, Severity::Important, Severity::Moderate, Severity::Low]
            .map(|severity| counts.count(&severity));
    let other = counts.total() - critical - important - moderate - low;
    [critical, important, moderate, low, other].map(Cell::Count)
}
