//! Missing updates from today's sources, as a table, JSON, CSV or Markdown.

use endstate_analysis::{MissingKbs, SeverityCounts};
use serde::Serialize;

use super::arrangement::{Arrangement, Reader};
use super::checks::{Check, CheckOutput};
use super::device_name::{device_cells, device_columns};
use super::document::{Document, Section, Style};
use super::json_document;
use super::pull_output::{PullOutput, TenantOutput};
use super::table::{Cell, Column, ResultTable};
use super::updates::{SEVERITIES, TENANT, severities, severity};
use crate::cli::{ReportFormat, UpdatesBy};
use crate::store::format::FormulaGuard;
use crate::store::pull_info::PullInfo;
use crate::terminal::number::{counted, grouped};
use crate::terminal::output;

/// The updates that a fleet lacks, and the pulls that they follow from.
#[derive(Debug)]
pub(crate) struct CurrentUpdatesReport<'v> {
    pub(crate) missing: &'v MissingKbs,
    /// Each of several tenants separately.
    pub(crate) tenants: &'v [TenantKbs<'v>],
    pub(crate) by: UpdatesBy,
    /// The states, and the vulnerabilities if they were read; each of all tenants as one.
    pub(crate) pulls: &'v [PullInfo],
    /// Maximum rows to show to people.
    pub(crate) limit: usize,
    pub(crate) arrangement: Arrangement<'v>,
    pub(crate) checks: &'v [Check],
    pub(crate) guard: FormulaGuard,
}

/// The updates that one of several tenants lacks.
#[derive(Debug)]
pub(crate) struct TenantKbs<'v> {
    pub(crate) name: String,
    pub(crate) missing: MissingKbs,
    pub(crate) states: &'v PullInfo,
}

impl TenantKbs<'_> {
    fn output(&self) -> TenantOutput<'_, MissingKbs> {
        TenantOutput { name: &self.name, states: PullOutput::new(self.states), found: &self.missing }
    }
}

/// The columns of a list.
pub(crate) fn columns(by: UpdatesBy, has_tenants: bool, has_names: bool, has_severities: bool) -> Vec<Column> {
    let update = [
        Column::text("UPDATE", "update"),
        Column::number("DEVICES", "devices"),
        Column::number("SHARE", "share").gives_way(6),
        Column::number("NEWEST ON", "newest_on"),
    ];
    let vulnerability = [
        Column::text("CVE", "cve"),
        Column::text("SEVERITY", "severity"),
        Column::number("DEVICES", "devices"),
        Column::text("FIXED BY", "updates").wraps(),
    ];
    let device = [
        Column::text("VERSION", "version").gives_way(1),
        Column::text("NEWEST", "newest").gives_way(8),
        Column::number("UPDATES", "updates"),
    ];

    let tenant = has_tenants.then_some(TENANT).into_iter();
    let severities = has_severities.then_some(SEVERITIES).into_iter().flatten();
    match by {
        UpdatesBy::Update => update.into_iter().chain(severities).collect(),
        UpdatesBy::Cve => vulnerability.into(),
        UpdatesBy::Device => tenant.chain(device_columns(has_names)).chain(device).chain(severities).collect(),
    }
}

impl CurrentUpdatesReport<'_> {
    /// Everything that goes to stdout.
    pub(crate) fn render(&self, format: ReportFormat) -> anyhow::Result<String> {
        let reader = if format == ReportFormat::Csv { Reader::Program } else { Reader::Person };
        let rows = self.arrangement.apply(self.rows(), reader);
        Ok(match format {
            ReportFormat::Csv if self.by == UpdatesBy::Device => {
                output::for_programs(rows.cut(self.limit).csv(self.guard)?)
            }
            ReportFormat::Csv => output::for_programs(rows.csv(self.guard)?),
            ReportFormat::Json => output::for_programs(json_document::text("updates-today", &self.output())?),
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
            UpdatesBy::Update => ("Missing updates, by number of devices", missing.by_kb.len() as u64),
            UpdatesBy::Cve => {
                ("Vulnerabilities, most severe first", missing.by_cve.as_ref().map_or(0, Vec::len) as u64)
            }
            UpdatesBy::Device => ("Devices, most exposed first", missing.lacking),
        };
        let tenants = self.by_tenant();
        let sections = vec![
            Section::untitled(&tenants),
            Section::first_of(&self.arrangement.title(title), rows, all.min(self.limit as u64), all),
        ];
        let pulls = self.pulls.iter().collect();
        Document { title: "Missing updates", summary: self.summary(), sections, pulls }.render(style)
    }

    fn summary(&self) -> Vec<String> {
        let MissingKbs { devices, lacking, not_known, .. } = *self.missing;
        let mut lines = vec![format!(
            "{}: {} with missing updates, {} up to date, {} not known",
            counted(devices, "device"),
            grouped(lacking),
            grouped(devices - lacking - not_known),
            grouped(not_known),
        )];

        let updates = self.missing.by_kb.len() as u64;
        let newest = self.missing.by_kb.iter().filter(|row| row.newest_on > 0).count() as u64;
        if newest > 0 {
            lines.push(format!(
                "Updates are cumulative, so each device needs only the newest that it lacks: {} of {}",
                grouped(newest),
                counted(updates, "missing update"),
            ));
        }
        if self.missing.by_cve.is_none() {
            lines.push("The file does not say which vulnerabilities the updates fix; a live source does".to_owned());
        }
        lines
    }

    fn by_update(&self) -> ResultTable {
        let mut table = ResultTable::new(columns(UpdatesBy::Update, false, false, self.has_severities()));
        for row in &self.missing.by_kb {
            // Counts of devices are exact in a float.
            #[expect(clippy::cast_precision_loss, reason = "a fleet has far fewer than 2^52 devices")]
            let share = row.devices as f64 / self.missing.devices as f64;
            let cells =
                [Cell::text(&row.name), Cell::Count(row.devices), Cell::Share(share), Cell::Count(row.newest_on)];
            table.row(cells.into_iter().chain(self.severity_cells(row.fixes.as_ref())));
        }
        table
    }

    fn by_cve(&self) -> ResultTable {
        let mut table = ResultTable::new(columns(UpdatesBy::Cve, false, false, false));
        for row in self.missing.by_cve.iter().flatten() {
            table.row([
                Cell::text(&row.name),
                severity(&row.severity),
                Cell::Count(row.devices),
                Cell::list(&row.updates),
            ]);
        }
        table
    }

    fn by_device(&self) -> ResultTable {
        let has_tenants = !self.tenants.is_empty() || self.arrangement.names(TENANT);
        let has_names = self.missing.most_exposed.iter().any(|device| device.name.is_some());
        let has_severities = self.has_severities();
        let mut table = ResultTable::new(columns(UpdatesBy::Device, has_tenants, has_names, has_severities));

        for device in &self.missing.most_exposed {
            let cells =
                [Cell::text(device.version.to_string()), Cell::text(&device.newest), Cell::Count(device.updates)];
            let tenant = has_tenants.then(|| Cell::optional(device.tenant.as_deref()));
            let severities = self.severity_cells(device.vulnerabilities.as_ref());
            table.row(
                tenant
                    .into_iter()
                    .chain(device_cells(&device.id, device.name.as_deref()))
                    .chain(cells)
                    .chain(severities),
            );
        }
        table
    }

    /// A line for each of several tenants.
    fn by_tenant(&self) -> ResultTable {
        let mut table = ResultTable::new([
            Column::text("TENANT", "tenant"),
            Column::number("DEVICES", "devices"),
            Column::number("MISSING UPDATES", "with_missing_updates"),
            Column::number("NOT KNOWN", "not_known"),
            Column::text("OUTCOME", "verdict").wraps(),
        ]);
        for TenantKbs { name, missing, states } in self.tenants {
            let counts = [missing.devices, missing.lacking, missing.not_known].map(Cell::Count);
            let outcome = Cell::text(states.completeness.line());
            table.row([Cell::text(name)].into_iter().chain(counts).chain([outcome]));
        }
        table
    }

    /// Whether rows have the severities of what updates fix: if they are known, or are named.
    fn has_severities(&self) -> bool {
        self.missing.by_cve.is_some() || SEVERITIES.into_iter().any(|column| self.arrangement.names(column))
    }

    fn severity_cells(&self, counts: Option<&SeverityCounts>) -> impl Iterator<Item = Cell> + use<> {
        let not_known = || self.has_severities().then_some([const { Cell::Nothing }; 5]);
        counts.map(severities).or_else(not_known).into_iter().flatten()
    }

    fn output(&self) -> CurrentUpdatesOutput<'_> {
        let missing = self.missing;
        CurrentUpdatesOutput {
            states: self.pulls.first().map(PullOutput::new),
            vulnerabilities: self.pulls.get(1).map(PullOutput::new),
            missing,
            up_to_date: missing.devices - missing.lacking - missing.not_known,
            checks: self.checks.iter().map(CheckOutput::new).collect(),
            tenants: self.tenants.iter().map(TenantKbs::output).collect(),
        }
    }
}

/// Missing updates by one of today's sources, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct CurrentUpdatesOutput<'u> {
    states: Option<PullOutput<'u>>,
    /// Null if the vulnerabilities were not read.
    vulnerabilities: Option<PullOutput<'u>>,
    #[serde(flatten)]
    missing: &'u MissingKbs,
    /// Devices that lack no update.
    up_to_date: u64,
    /// The checks, such as that of `--max-age`.
    checks: Vec<CheckOutput<'u>>,
    /// Each of several tenants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(default))]
    tenants: Vec<TenantOutput<'u, MissingKbs>>,
}
