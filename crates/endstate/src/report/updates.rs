//! Missing updates, as a table, JSON, CSV or Markdown.

use endstate_analysis::{MissingUpdates, SeverityCounts, Version};
use endstate_model::Severity;
use serde::Serialize;

use super::arrangement::{Arrangement, Reader};
use super::checks::{Check, CheckOutput};
use super::device_name::{device_cells, device_columns, name_of};
use super::document::{Document, Section, Style};
use super::json_document;
use super::pull_output::{PullOutput, TenantOutput};
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
    /// Each tenant separately; one without a name if there is only one.
    pub(crate) tenants: &'v [TenantUpdates],
    pub(crate) by: UpdatesBy,
    /// The states, the updates and the vulnerabilities; each of all tenants as one.
    pub(crate) pulls: [&'v PullInfo; 3],
    /// Updates that cannot be compared with any device.
    pub(crate) without_version: u64,
    /// Maximum rows to show to people.
    pub(crate) limit: usize,
    pub(crate) arrangement: Arrangement<'v>,
    pub(crate) checks: &'v [Check],
    pub(crate) guard: FormulaGuard,
}

/// The missing updates of one tenant.
#[derive(Debug)]
pub(crate) struct TenantUpdates {
    /// `None` if there is only one tenant.
    pub(crate) name: Option<String>,
    pub(crate) missing: MissingUpdates,
    /// The states, the updates and the vulnerabilities.
    pub(crate) pulls: [PullInfo; 3],
    pub(crate) without_version: u64,
}

impl TenantUpdates {
    /// `None` if there is only one tenant.
    fn output(&self) -> Option<TenantOutput<'_, MissingUpdates>> {
        let states = PullOutput::new(&self.pulls[0]);
        Some(TenantOutput { name: self.name.as_deref()?, states, found: &self.missing })
    }
}

/// The tenant of a device.
pub(super) const TENANT: Column = Column::text("TENANT", "tenant").gives_way(7);

/// The columns of a list.
pub(crate) fn columns(by: UpdatesBy, has_tenants: bool, has_names: bool) -> Vec<Column> {
    let update = [
        Column::text("UPDATE", "update"),
        Column::text("BUILDS", "builds").gives_way(5),
        Column::text("PUBLISHED", "published").gives_way(4),
        Column::number("DEVICES", "devices"),
    ];
    let vulnerability = [
        Column::text("CVE", "cve"),
        Column::text("SEVERITY", "severity"),
        Column::number("DEVICES", "devices"),
        Column::text("FIXED BY", "updates"),
        Column::text("TITLE", "title").wraps(),
    ];
    let device = [
        Column::text("VERSION", "version").gives_way(6),
        Column::text("ARCHITECTURE", "architecture").gives_way(1),
        Column::number("UPDATES", "updates"),
    ];

    let tenant = has_tenants.then_some(TENANT).into_iter();
    match by {
        UpdatesBy::Update => update.into_iter().chain(SEVERITIES).collect(),
        UpdatesBy::Cve => vulnerability.into(),
        UpdatesBy::Device => tenant.chain(device_columns(has_names)).chain(device).chain(SEVERITIES).collect(),
    }
}

impl UpdatesReport<'_> {
    /// Everything that goes to stdout.
    pub(crate) fn render(&self, format: ReportFormat) -> anyhow::Result<String> {
        let reader = if format == ReportFormat::Csv { Reader::Program } else { Reader::Person };
        let rows = self.arrangement.apply(self.rows(), reader);
        Ok(match format {
            ReportFormat::Csv if self.by == UpdatesBy::Device => {
                output::for_programs(rows.cut(self.limit).csv(self.guard)?)
            }
            ReportFormat::Csv => output::for_programs(rows.csv(self.guard)?),
            ReportFormat::Json => output::for_programs(json_document::text("updates", &self.output())?),
            ReportFormat::Table => self.document(&rows, Style::Plain),
            ReportFormat::Markdown => self.document(&rows, Style::Markdown),
        })
    }

    /// All rows in the usual order.
    fn rows(&self) -> ResultTable {
        match self.by {
            UpdatesBy::Update => self.by_update(),
            UpdatesBy::Cve => self.by_cve(),
            UpdatesBy::Device => self.by_device(),
        }
    }

    fn document(&self, rows: &ResultTable, style: Style) -> String {
        let missing = self.missing;
        let (title, all) = match self.by {
            UpdatesBy::Update => ("Missing updates, by number of devices", missing.by_update.len() as u64),
            UpdatesBy::Cve => ("Vulnerabilities, most severe first", missing.by_cve.len() as u64),
            UpdatesBy::Device => ("Devices, most exposed first", missing.lacking),
        };
        let tenants = self.by_tenant();
        let sections = vec![
            Section::untitled(&tenants),
            Section::first_of(&self.arrangement.title(title), rows, all.min(self.limit as u64), all),
        ];
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
        let mut table = ResultTable::new(columns(UpdatesBy::Update, false, false));
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
        let mut table = ResultTable::new(columns(UpdatesBy::Cve, false, false));
        for row in &self.missing.by_cve {
            table.row([
                Cell::text(&row.name),
                severity(&row.severity),
                Cell::Count(row.devices),
                Cell::list(&row.updates),
                Cell::optional(row.title.as_ref()),
            ]);
        }
        table
    }

    /// A line for each of several tenants.
    fn by_tenant(&self) -> ResultTable {
        let mut table = ResultTable::new([
            Column::text("TENANT", "tenant"),
            Column::number("DEVICES", "devices"),
            Column::number("MISSING UPDATES", "with_missing_updates"),
            Column::number("NOT ASSESSED", "not_assessed"),
            Column::text("OUTCOME", "verdict").wraps(),
        ]);
        for TenantUpdates { name, missing, pulls, .. } in self.tenants {
            let Some(name) = name else { continue };
            let counts = [missing.devices, missing.lacking, missing.not_assessed].map(Cell::Count);
            let outcome = Cell::text(pulls[0].completeness.line());
            table.row([Cell::text(name)].into_iter().chain(counts).chain([outcome]));
        }
        table
    }

    fn by_device(&self) -> ResultTable {
        let has_tenants = self.tenants.iter().any(|tenant| tenant.name.is_some()) || self.arrangement.names(TENANT);
        let has_names =
            self.missing.most_exposed.iter().any(|device| name_of(device.state.device.as_deref()).is_some());
        let mut table = ResultTable::new(columns(UpdatesBy::Device, has_tenants, has_names));

        for device in &self.missing.most_exposed {
            let cells = [
                Cell::text(Version::from_state(&device.state).to_string()),
                Cell::optional(device.state.architecture.as_ref().map(ToString::to_string)),
                Cell::Count(device.updates),
            ];
            let tenant = has_tenants.then(|| Cell::optional(device.tenant.as_deref()));
            table.row(
                tenant
                    .into_iter()
                    .chain(device_cells(&device.state.id, name_of(device.state.device.as_deref())))
                    .chain(cells)
                    .chain(severities(&device.vulnerabilities)),
            );
        }
        table
    }

    fn output(&self) -> UpdatesOutput<'_> {
        let missing = self.missing;
        let [states, updates, vulnerabilities] = self.pulls.map(PullOutput::new);
        UpdatesOutput {
            states,
            kbinfo: updates,
            cvekbmap: vulnerabilities,
            missing,
            up_to_date: missing.devices - missing.lacking - missing.not_assessed,
            updates_without_version: self.without_version,
            checks: self.checks.iter().map(CheckOutput::new).collect(),
            tenants: self.tenants.iter().filter_map(TenantUpdates::output).collect(),
        }
    }
}

/// Missing updates by the documented collections, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UpdatesOutput<'u> {
    states: PullOutput<'u>,
    kbinfo: PullOutput<'u>,
    cvekbmap: PullOutput<'u>,
    #[serde(flatten)]
    missing: &'u MissingUpdates,
    /// Devices that lack no update.
    up_to_date: u64,
    /// Updates that cannot be compared with any device.
    updates_without_version: u64,
    /// The checks, such as that of `--max-age`.
    checks: Vec<CheckOutput<'u>>,
    /// Each of several tenants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    tenants: Vec<TenantOutput<'u, MissingUpdates>>,
}

fn builds(builds: &[u32]) -> Cell {
    let shown: Vec<_> = builds.iter().map(ToString::to_string).collect();
    Cell::Named(shown.join(" "), builds.into())
}

/// In the vendor's order; the last column has what the vendor does not rate, or rates in an unknown
/// way.
pub(super) const SEVERITIES: [Column; 5] = [
    Column::number("CRITICAL", "critical"),
    Column::number("IMPORTANT", "important").gives_way(5),
    Column::number("MODERATE", "moderate").gives_way(4),
    Column::number("LOW", "low").gives_way(3),
    Column::number("OTHER", "other").gives_way(2),
];

/// A severity, in the vendor's order.
pub(super) fn severity(severity: &Severity) -> Cell {
    let rank = match severity {
        Severity::Critical => 4,
        Severity::Important => 3,
        Severity::Moderate => 2,
        Severity::Low => 1,
        _ => 0,
    };
    Cell::Ranked(severity.as_str().to_owned(), rank)
}

pub(super) fn severities(counts: &SeverityCounts) -> [Cell; 5] {
    let [critical, important, moderate, low] =
        [Severity::Critical, Severity::Important, Severity::Moderate, Severity::Low]
            .map(|severity| counts.count(&severity));
    let other = counts.total() - critical - important - moderate - low;
    [critical, important, moderate, low, other].map(Cell::Count)
}
