//! What changed between pulls, as a table, JSON, CSV or Markdown.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::rc::Rc;

use endstate_analysis::{Appearance, DeviceChange, Difference};
use endstate_model::{DeviceId, WindowsRelease};
use serde::Serialize;

use super::arrangement::{Arrangement, Reader};
use super::changed_device::ChangedDevice;
use super::checks::{Check, CheckOutput};
use super::device_name::{device_cells, device_columns};
use super::document::{Document, Section, Style};
use super::json_document;
use super::pull_output::PullOutput;
use super::table::{Cell, Column, ResultTable};
use super::table_stream::TableStream;
use crate::cli::ReportFormat;
use crate::store::format::FormulaGuard;
use crate::store::pull_info::PullInfo;
use crate::terminal::number::{counted, grouped};
use crate::terminal::program_output::ProgramOutput;

/// A difference, and the pulls that it compares.
#[derive(Debug)]
pub(crate) struct DifferenceReport<'v> {
    pub(crate) difference: &'v Difference,
    /// The devices that changed, without those that are missing; the largest change first.
    pub(crate) devices: &'v [ChangedDevice],
    /// The devices that are missing, and their tenants.
    pub(crate) not_seen: &'v [(Option<Rc<str>>, DeviceId)],
    /// All older and all newer pulls, each as one.
    pub(crate) old: &'v PullInfo,
    pub(crate) new: &'v PullInfo,
    /// Each pull.
    pub(crate) pulls: Vec<&'v PullInfo>,
    /// Maximum devices to show to people.
    pub(crate) limit: usize,
    pub(crate) arrangement: Arrangement<'v>,
    pub(crate) checks: &'v [Check],
    pub(crate) guard: FormulaGuard,
}

const TENANT: Column = Column::text("TENANT", "tenant").gives_way(4);

/// The columns of devices that changed.
pub(crate) fn columns(has_tenants: bool, has_names: bool) -> impl Iterator<Item = Column> {
    let tenant = has_tenants.then_some(TENANT);
    tenant.into_iter().chain(device_columns(has_names)).chain([
        Column::text("CHANGE", "change").gives_way(3),
        Column::shown("VERSION").gives_way(2),
        Column::data("version_before"),
        Column::data("version"),
        Column::text("NEW", "new"),
        Column::text("RESOLVED", "resolved"),
        Column::text("PERSISTING", "persisting").gives_way(1),
        Column::data("since"),
    ])
}

impl DifferenceReport<'_> {
    /// Writes everything that goes to stdout. For programs, rows are made while they are written.
    pub(crate) fn write(&self, format: ReportFormat, out: &mut dyn Write) -> io::Result<()> {
        let style = match format {
            ReportFormat::Csv | ReportFormat::Json => return self.write_for_programs(format, out),
            ReportFormat::Table => Style::Plain,
            ReportFormat::Markdown => Style::Markdown,
        };
        // Which rows come first in another order is known once all are there.
        let kept = if self.arrangement.sort.is_some() { usize::MAX } else { self.limit };
        let changes = self.arrangement.apply(self.changes(kept), Reader::Person);
        out.write_all(self.document(&changes, style).as_bytes())
    }

    fn write_for_programs(&self, format: ReportFormat, out: &mut dyn Write) -> io::Result<()> {
        let mut out = ProgramOutput::new(out);
        if format == ReportFormat::Csv {
            if self.arrangement.is_usual() {
                TableStream::new(self.columns(), self.rows()).csv(self.guard, &mut out)?;
            } else {
                let rows = self.arrangement.apply(self.changes(usize::MAX), Reader::Program);
                out.write_all(rows.csv(self.guard).map_err(io::Error::other)?.as_bytes())?;
            }
        } else {
            let old = std::slice::from_ref(self.old);
            let result = DifferenceOutput::new(self.difference, old, old, self.new);
            json_document::write("diff", &result.with_devices(self), &mut out)?;
        }
        out.finish()
    }

    fn document(&self, changes: &ResultTable, style: Style) -> String {
        let properties = properties(self.difference);
        let moves = moves(self.difference);
        let all = (self.devices.len() + self.not_seen.len()) as u64;
        let sections = vec![
            Section::titled("Properties", &properties),
            Section::titled("Moves to another build", &moves),
            Section::first_of(
                &self.arrangement.title("Devices, most new properties first"),
                changes,
                all.min(self.limit as u64),
                all,
            ),
        ];
        Document {
            title: "Difference between two pulls",
            summary: summary(self.difference, std::slice::from_ref(self.old), self.new),
            sections,
            pulls: self.pulls.clone(),
        }
        .render(style)
    }

    /// The first rows of the devices that changed.
    fn changes(&self, limit: usize) -> ResultTable {
        let mut changes = ResultTable::new(self.columns());
        self.rows().take(limit).for_each(|cells| changes.row(cells));
        changes
    }

    fn has_tenants(&self) -> bool {
        if self.arrangement.names(TENANT) {
            return true;
        }
        let tenants = self.devices.iter().map(|device| &device.tenant);
        tenants.chain(self.not_seen.iter().map(|(tenant, _)| tenant)).any(Option::is_some)
    }

    fn columns(&self) -> impl Iterator<Item = Column> + use<> {
        columns(self.has_tenants(), self.devices.iter().any(|device| device.name.is_some()))
    }

    /// The devices that changed, and then those that are missing.
    fn rows(&self) -> impl Iterator<Item = Vec<Cell>> {
        let has_tenants = self.has_tenants();
        let tenant_cell = move |tenant: &Option<Rc<str>>| has_tenants.then(|| Cell::optional(tenant.as_deref()));
        let changed = self.devices.iter().map(move |ChangedDevice { id, tenant, name, change }| {
            let device = device_cells(id, name.as_deref());
            tenant_cell(tenant).into_iter().chain(device).chain(self.change(change)).collect()
        });

        let (_, word) = absence(std::slice::from_ref(self.old), self.new);
        let missing = self.not_seen.iter().map(move |(tenant, id)| {
            let word = Cell::text(word.replace('_', " "));
            let cells = std::iter::once(word).chain(std::iter::repeat_n(Cell::Nothing, 7));
            tenant_cell(tenant).into_iter().chain(device_cells(id, None)).chain(cells).collect()
        });
        changed.chain(missing)
    }

    fn change(&self, change: &DeviceChange) -> [Cell; 8] {
        let is_known = change.appearance == Appearance::Known;
        let before = change.version_before.to_string();
        let now = change.version.to_string();
        let moved = if !is_known || before == now { now.clone() } else { format!("{before} -> {now}") };
        [
            Cell::text(match change.appearance {
                Appearance::New => "added",
                Appearance::NotSeenBefore => "not seen before",
                _ => "changed",
            }),
            Cell::text(moved),
            Cell::optional(is_known.then_some(before)),
            Cell::text(now),
            Cell::list(change.new.iter()),
            Cell::list(change.resolved.iter()),
            Cell::list(change.persisting.iter()),
            Cell::optional(change.since.map(|_| self.old.started_at.as_ref().unwrap_or(&self.old.name))),
        ]
    }
}

/// Why devices that are missing may still exist, if they may, and the word for them. A device is
/// removed only if both pulls have every device; `old` has the last older pull of each tenant.
fn absence(old: &[PullInfo], new: &PullInfo) -> (Option<String>, &'static str) {
    let old = old.iter().find_map(PullInfo::why_not_every_device);
    match new.why_not_every_device().or(old) {
        Some(why) => (Some(why), "not_seen"),
        None => (None, "removed"),
    }
}

/// The devices that the older pull does not have.
fn appearances(difference: &Difference) -> String {
    let added = format!("{} added", grouped(difference.new_devices));
    let not_seen_before = format!("{} not seen before", grouped(difference.not_seen_before));
    match (difference.new_devices, difference.not_seen_before) {
        (_, 0) => added,
        (0, _) => not_seen_before,
        _ => format!("{added}, {not_seen_before}"),
    }
}

/// A difference in short, a line each; `old` has the last older pull of each tenant.
pub(crate) fn summary(difference: &Difference, old: &[PullInfo], new: &PullInfo) -> Vec<String> {
    let (why_unknown, word) = absence(old, new);
    let Some(old) = old.last() else { return Vec::new() };
    let not_seen = difference.not_seen.len() as u64;

    let mut lines = vec![
        format!(
            "Before: {} ({}). After: {}. {}, {} {}",
            counted(difference.devices_before, "device"),
            old.time_or_name(),
            grouped(difference.devices),
            appearances(difference),
            grouped(not_seen),
            word.replace('_', " "),
        ),
        format!(
            "{} newly need attention, {} resolved, {} unchanged",
            grouped(difference.newly_need_attention),
            grouped(difference.resolved),
            grouped(difference.still_need_attention),
        ),
        format!(
            "{} updated, {} moved to another build, {} downgraded",
            counted(difference.updated, "device"),
            grouped(difference.build_moves.iter().map(|row| row.devices).sum()),
            grouped(difference.downgraded),
        ),
    ];

    if difference.not_known > 0 {
        let devices = counted(difference.not_known, "device");
        lines.push(format!("cannot tell all changes of {devices}: their properties are not known"));
    }
    if let Some(why) = why_unknown.filter(|_| not_seen > 0) {
        lines.push(format!("cannot tell whether missing devices were removed: {why}"));
    }
    lines
}

/// The changes of each property.
pub(crate) fn properties(difference: &Difference) -> ResultTable {
    let mut table = ResultTable::new([
        Column::text("PROPERTY", "property"),
        Column::number("NEW", "new"),
        Column::number("RESOLVED", "resolved"),
        Column::number("PERSISTING", "persisting").gives_way(1),
    ]);
    for row in &difference.by_property {
        let counts = [row.new, row.resolved, row.persisting].map(Cell::Count);
        table.row([Cell::text(row.property.as_str())].into_iter().chain(counts));
    }
    table
}

fn moves(difference: &Difference) -> ResultTable {
    let mut table = ResultTable::new([
        Column::text("FROM", "from").wraps(),
        Column::text("TO", "to").wraps(),
        Column::number("DEVICES", "devices"),
    ]);
    let build = |build: Option<u32>| Cell::named(build.map(|build| WindowsRelease::name_of_build(build).into()), build);
    for row in &difference.build_moves {
        table.row([build(row.from), build(row.to), Cell::Count(row.devices)]);
    }
    table
}

/// The whole change, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DifferenceOutput<'d> {
    /// The older pulls, of each tenant oldest first. In `diff`, `since` of a change is a place in
    /// this list.
    old: Vec<PullOutput<'d>>,
    new: PullOutput<'d>,
    #[serde(flatten)]
    difference: &'d Difference,
    /// Why nothing shows that the devices of `not_seen` were removed; null if they were.
    removed_unknown_because: Option<String>,
    /// The devices of `not_seen` of each of several tenants; only in `diff`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Vec<DeviceId>>", default))]
    not_seen_by_tenant: BTreeMap<&'d str, Vec<&'d DeviceId>>,
    /// Each device that changed, the largest change first; only in `diff`.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<&'d [ChangedDevice]>,
    /// The checks, such as that of `--max-age`; only in `diff`.
    #[serde(skip_serializing_if = "Option::is_none")]
    checks: Option<Vec<CheckOutput<'d>>>,
}

impl<'d> DifferenceOutput<'d> {
    /// `last` has the last older pull of each tenant.
    pub(crate) fn new(difference: &'d Difference, old: &'d [PullInfo], last: &[PullInfo], new: &'d PullInfo) -> Self {
        let (why_unknown, _) = absence(last, new);
        Self {
            old: old.iter().map(PullOutput::new).collect(),
            new: PullOutput::new(new),
            difference,
            removed_unknown_because: why_unknown,
            not_seen_by_tenant: BTreeMap::new(),
            changes: None,
            checks: None,
        }
    }

    /// With everything that `diff` shows.
    fn with_devices(mut self, report: &'d DifferenceReport<'_>) -> Self {
        self.changes = Some(report.devices);
        self.checks = Some(report.checks.iter().map(CheckOutput::new).collect());
        for (tenant, id) in report.not_seen {
            if let Some(tenant) = tenant {
                self.not_seen_by_tenant.entry(tenant).or_default().push(id);
            }
        }
        self
    }
}
