//! What changed between pulls, as a table, JSON, CSV or Markdown.

use endstate_analysis::{DeviceChange, Difference};
use endstate_model::WindowsRelease;
use serde_json::{Value, json};

use crate::args::ReportFormat;
use crate::format::Cells;
use crate::pull_facts::PullFacts;
use crate::view::number::{counted, grouped};
use crate::view::report::{Report, Section, Style};
use crate::view::sheet::{Cell, Column, Sheet};

/// A difference, and what has to be said with it.
#[derive(Debug)]
pub(crate) struct DifferenceView<'v> {
    pub(crate) difference: &'v Difference,
    /// The devices that changed, those that were not seen left out.
    pub(crate) changes: &'v [DeviceChange],
    pub(crate) old: &'v PullFacts,
    pub(crate) new: &'v PullFacts,
    /// Devices that people see at the most.
    pub(crate) limit: usize,
    pub(crate) cells: Cells,
}

impl DifferenceView<'_> {
    /// Everything that goes to stdout.
    pub(crate) fn render(&self, format: ReportFormat) -> anyhow::Result<String> {
        let is_for_people = matches!(format, ReportFormat::Table | ReportFormat::Markdown);
        let changes = self.changes(if is_for_people { self.limit } else { usize::MAX });
        Ok(match format {
            ReportFormat::Csv => changes.csv(self.cells)?,
            ReportFormat::Json => {
                let mut json = json(self.difference, std::slice::from_ref(self.old), self.new);
                json["changes"] = changes.json();
                format!("{json:#}\n")
            }
            ReportFormat::Table => self.with_report(&changes, Style::Plain),
            ReportFormat::Markdown => self.with_report(&changes, Style::Markdown),
        })
    }

    fn with_report(&self, changes: &Sheet, style: Style) -> String {
        let (properties, moves) = (properties(self.difference), moves(self.difference));
        let all = (self.changes.len() + self.difference.not_seen.len()) as u64;
        let titled = |title: &str, sheet| Section { title: Some(title.to_owned()), sheet, limit: usize::MAX };
        let sections = vec![
            titled("Properties", &properties),
            titled("Moves to another build", &moves),
            Section::first_of("Devices, most new properties first", changes, all.min(self.limit as u64), all),
        ];
        Report {
            title: "Difference between two pulls",
            summary: summary(self.difference, Some(self.old), self.new),
            sections,
            pulls: vec![self.old, self.new],
        }
        .render(style)
    }

    /// The first of the devices that changed or were not seen.
    fn changes(&self, limit: usize) -> Sheet {
        let mut sheet = Sheet::new([
            Column::text("DEVICE", "id"),
            Column::text("CHANGE", "change"),
            Column::shown("VERSION"),
            Column::data("version_before"),
            Column::data("version"),
            Column::text("NEW", "new"),
            Column::text("RESOLVED", "resolved"),
            Column::text("PERSISTING", "persisting"),
            Column::data("since"),
        ]);
        let mut changes: Vec<_> = self.changes.iter().collect();
        changes.sort_unstable_by(|change, other| {
            let of = |change: &DeviceChange| (change.new.len(), change.resolved.len());
            of(other).cmp(&of(change)).then_with(|| change.id.cmp(&other.id))
        });
        for change in changes.iter().take(limit) {
            let (before, now) = (change.version_before.to_string(), change.version.to_string());
            let moved = if change.is_new || before == now { now.clone() } else { format!("{before} -> {now}") };
            let before = (!change.is_new).then_some(before);
            sheet.row([
                Cell::text(change.id.to_string()),
                Cell::text(if change.is_new { appearance(self.old).replace('_', " ") } else { "changed".to_owned() }),
                Cell::text(moved),
                Cell::optional(before),
                Cell::text(now),
                Cell::list(change.new.iter()),
                Cell::list(change.resolved.iter()),
                Cell::list(change.persisting.iter()),
                Cell::optional(change.since.map(|_| self.old.started_at.as_ref().unwrap_or(&self.old.name))),
            ]);
        }
        let (_, word) = absence(self.old, self.new);
        let left = limit.saturating_sub(changes.len());
        for id in self.difference.not_seen.iter().take(left) {
            let (id, word) = (Cell::text(id.to_string()), Cell::text(word.replace('_', " ")));
            sheet.row([id, word].into_iter().chain(std::iter::repeat_n(Cell::Nothing, 7)));
        }
        sheet
    }
}

/// Why devices that were not seen cannot be called gone, if they cannot; and the word for them. A device is gone only where
/// both pulls have every device.
fn absence(old: &PullFacts, new: &PullFacts) -> (Option<String>, &'static str) {
    match new.why_not_whole().or_else(|| old.why_not_whole()) {
        Some(why) => (Some(why), "not_seen"),
        None => (None, "gone"),
    }
}

/// The word for devices that the older pull does not have.
fn appearance(old: &PullFacts) -> &'static str {
    if old.is_whole() { "new" } else { "not_seen_before" }
}

/// What a difference comes to, a line each; `old` is the last of the earlier pulls.
pub(crate) fn summary(difference: &Difference, old: Option<&PullFacts>, new: &PullFacts) -> Vec<String> {
    let Some(old) = old else { return Vec::new() };
    let (why_not, word) = absence(old, new);
    let not_seen = difference.not_seen.len() as u64;
    let mut lines = vec![
        format!(
            "{} on {}, {} now: {} {}, {} {}",
            counted(difference.devices_before, "device"),
            old.when(),
            grouped(difference.devices),
            grouped(difference.new_devices),
            appearance(old).replace('_', " "),
            grouped(not_seen),
            word.replace('_', " "),
        ),
        format!(
            "{} newly need attention, {} need it no more, {} still do",
            grouped(difference.newly_need_attention),
            grouped(difference.resolved),
            grouped(difference.still_need_attention),
        ),
        format!(
            "{} updated, {} moved to another build, {} went back to an older revision",
            counted(difference.updated, "device"),
            grouped(difference.build_moves.iter().map(|row| row.devices).sum()),
            grouped(difference.downgraded),
        ),
    ];
    if let Some(why) = why_not.filter(|_| not_seen > 0) {
        lines.push(format!("whether a device that was not seen is gone cannot be said: {why}"));
    }
    lines
}

/// What became of each property.
pub(crate) fn properties(difference: &Difference) -> Sheet {
    let mut sheet = Sheet::new([
        Column::text("PROPERTY", "property"),
        Column::number("NEW", "new"),
        Column::number("RESOLVED", "resolved"),
        Column::number("PERSISTING", "persisting"),
    ]);
    for row in &difference.by_property {
        let counts = [row.new, row.resolved, row.persisting].map(Cell::Count);
        sheet.row([Cell::text(row.property.as_str())].into_iter().chain(counts));
    }
    sheet
}

fn moves(difference: &Difference) -> Sheet {
    let mut sheet =
        Sheet::new([Column::text("FROM", "from"), Column::text("TO", "to"), Column::number("DEVICES", "devices")]);
    let build = |build: Option<u32>| {
        let shown = build.map_or("(none)".into(), WindowsRelease::name_of_build);
        Cell::Named(shown.into_owned(), build.into())
    };
    for row in &difference.build_moves {
        sheet.row([build(row.from), build(row.to), Cell::Count(row.devices)]);
    }
    sheet
}

/// What changed in all, without the devices.
pub(crate) fn json(difference: &Difference, old: &[PullFacts], new: &PullFacts) -> Value {
    let facts = |pull: &PullFacts| {
        json!({
            "source": pull.name,
            "started_at": pull.started_at,
            "outcome": pull.completeness.word(),
            "verdict": pull.completeness.line(),
            "where": pull.condition,
        })
    };
    let (why_not, word) = old.last().map_or((None, "not_seen"), |old| absence(old, new));
    json!({
        "old": old.iter().map(facts).collect::<Vec<_>>(),
        "new": facts(new),
        "devices_before": difference.devices_before,
        "devices": difference.devices,
        "new_devices": difference.new_devices,
        word: difference.not_seen,
        "why_not_gone": why_not,
        "newly_need_attention": difference.newly_need_attention,
        "resolved": difference.resolved,
        "still_need_attention": difference.still_need_attention,
        "with_new_properties": difference.with_new_properties,
        "properties": properties(difference).json(),
        "moves": moves(difference).json(),
        "updated": difference.updated,
        "downgraded": difference.downgraded,
    })
}
