//! A triage as a table, JSON, CSV or Markdown.

use std::fmt::Write as _;

use endstate_analysis::{Difference, Triage, TriageBuilder};
use endstate_model::{Date, MachineSecurityState};

use super::annotation::{self, Annotation};
use super::arrangement::{Arrangement, Reader, TableColumns};
use super::checks::{self, Check, CheckOutput};
use super::counts::{all_counts, counts, revisions};
use super::device_name::name_of;
use super::difference::{self, DifferenceOutput};
use super::document::{Document, Section, Style};
use super::github;
use super::json_document;
use super::junit;
use super::prometheus;
use super::pull_output::PullOutput;
use super::reading::Reading;
use super::sarif;
use super::table::{Cell, Column, ResultTable};
use super::tenants::{self, AttentionSince, Tenant, UrgentDevice};
use super::triage_output::{SelectionOutput, ServicingOutput, TenantOutput, TriageOutput, UrgentOutput};
use super::urgent_table::{TENANT, urgent_columns, urgent_table};
use crate::cli::{By, Sort, TriageFormat, value_name};
use crate::rows::UnreadableCounts;
use crate::store::format::FormulaGuard;
use crate::store::pull_info::PullInfo;
use crate::terminal::number::{counted, grouped, percent};
use crate::terminal::output;

/// A triage, and what belongs to it.
#[derive(Debug)]
pub(crate) struct TriageReport<'v> {
    pub(crate) triage: &'v Triage,
    /// Each of several tenants separately; `triage` is then all of them together.
    pub(crate) tenants: &'v [Tenant],
    /// The first devices that need attention.
    pub(crate) urgent: Vec<UrgentDevice<'v>>,
    pub(crate) by: By,
    pub(crate) sort: Sort,
    pub(crate) arrangement: Arrangement<'v>,
    /// Whether devices behind the newest revision of their build are shown.
    pub(crate) behind: bool,
    /// The date of out-of-support checks.
    pub(crate) day: Date,
    pub(crate) info: &'v PullInfo,
    pub(crate) unreadable: UnreadableCounts,
    /// The condition that devices had to match, and the number of all devices.
    pub(crate) selection: Option<(&'v str, u64)>,
    pub(crate) since: Option<Since<'v>>,
    pub(crate) checks: &'v [Check],
    pub(crate) guard: FormulaGuard,
}

/// The comparison with earlier pulls.
#[derive(Debug)]
pub(crate) struct Since<'v> {
    /// Of each tenant oldest first.
    pub(crate) pulls: &'v [PullInfo],
    /// The last one of each tenant.
    pub(crate) last: &'v [PullInfo],
    pub(crate) difference: &'v Difference,
}

impl Since<'_> {
    /// The last pull that is compared with.
    pub(super) fn title(&self) -> String {
        format!("Since {}", self.pulls.last().map(PullInfo::date_or_name).unwrap_or_default())
    }
}

impl TriageReport<'_> {
    /// Everything that goes to stdout.
    pub(crate) fn render(&self, format: TriageFormat) -> anyhow::Result<String> {
        Ok(match format {
            TriageFormat::Csv if self.tenants.is_empty() || self.by == By::Tenant => {
                let rows = self.arrangement.apply(self.flat(self.triage), Reader::Program);
                output::for_programs(rows.csv(self.guard)?)
            }
            TriageFormat::Csv => {
                let name = |tenant: &Tenant| Cell::optional(tenant.name.as_ref());
                let tables = self.tenants.iter().map(|tenant| (name(tenant), self.flat(&tenant.triage)));
                let rows = self.arrangement.apply(ResultTable::stacked(TENANT, tables), Reader::Program);
                output::for_programs(rows.csv(self.guard)?)
            }
            TriageFormat::Json => output::for_programs(json_document::text("triage", &self.output())?),
            TriageFormat::Prometheus => {
                let new = self.since.as_ref().map(|since| since.difference.with_new_properties);
                output::for_programs(prometheus::text_with_pulls(&self.readings(), self.day, new))
            }
            TriageFormat::Sarif => {
                let document = sarif::document(&self.annotations(), &self.readings());
                output::for_programs(serde_json::to_string_pretty(&document)? + "\n")
            }
            TriageFormat::Junit => output::for_programs(junit::document(&self.readings(), self.checks)?),
            TriageFormat::Github => output::for_programs(github::commands(&self.annotations())),
            TriageFormat::Table => self.document(Style::Plain),
            TriageFormat::Markdown => self.document(Style::Markdown),
        })
    }

    fn annotations(&self) -> Vec<Annotation> {
        annotation::annotations(&self.readings(), self.checks)
    }

    /// What was read of each tenant.
    fn readings(&self) -> Vec<Reading<'_>> {
        if self.tenants.is_empty() {
            let Self { triage, info, unreadable, .. } = self;
            return vec![Reading { tenant: None, triage: Some(triage), info, unreadable: *unreadable }];
        }
        let readings = self.tenants.iter().map(|tenant| Reading {
            tenant: tenant.name.as_deref(),
            triage: tenant.is_read.then_some(&tenant.triage),
            info: &tenant.info,
            unreadable: tenant.unreadable,
        });
        readings.collect()
    }

    /// The table for csv.
    fn flat(&self, triage: &Triage) -> ResultTable {
        if self.behind { revisions(triage) } else { self.counts(triage) }
    }

    /// The columns that can be named.
    pub(crate) fn columns(by: By, behind: bool, compares: bool, day: Date, reader: Reader) -> TableColumns {
        let nothing = TriageBuilder::new(0).finish();
        let counts = match by {
            _ if behind && reader == Reader::Program => ResultTable::default(),
            By::Tenant => tenants::table(&[]),
            by => all_counts(&nothing, by, day),
        };
        let revisions = if behind { revisions(&nothing) } else { ResultTable::default() };
        let sorted = TableColumns::sorted(counts.columns().iter().chain(revisions.columns()).copied());
        match reader {
            Reader::Program => TableColumns { sorted: [&sorted.sorted[..], &[TENANT]].concat(), ..sorted },
            Reader::Person => TableColumns { others: urgent_columns(true, true, compares).collect(), ..sorted },
        }
    }

    fn counts(&self, triage: &Triage) -> ResultTable {
        if self.by != By::Tenant {
            let counts = if self.arrangement.is_usual() { counts } else { all_counts };
            return counts(triage, self.by, self.day);
        }
        if !self.tenants.is_empty() {
            return tenants::table(self.tenants);
        }
        let name = self.info.profile.as_ref().or(self.info.tenant.as_ref());
        tenants::row_of_only(name, triage, self.info)
    }

    fn document(&self, style: Style) -> String {
        let arranged = |table| self.arrangement.apply(table, Reader::Person);
        let counts = arranged(self.counts(self.triage));
        let revisions = arranged(revisions(self.triage));
        let behind = self.behind_devices();
        let (has_tenants, compares) = (!self.tenants.is_empty(), self.since.is_some());
        // Their order is that of the analysis, which kept only the first.
        let in_order = Arrangement { sort: None, ..self.arrangement };
        let urgent = urgent_table(self.triage, &self.urgent, has_tenants, compares, in_order);
        let urgent = in_order.apply(urgent, Reader::Person);
        let changes = self.since.as_ref().map(|since| difference::properties(since.difference));
        let tenants = tenants::table(self.tenants);
        let tenants = if self.by == By::Tenant { arranged(tenants) } else { tenants };
        let checks = checks::table(self.checks);
        let mut sections = vec![Section::untitled(&tenants)];
        // Otherwise the same table again.
        if self.by != By::Tenant || self.tenants.is_empty() {
            sections.push(Section::untitled(&counts));
        }
        if let (Some(since), Some(changes)) = (&self.since, &changes) {
            sections.push(Section::titled(since.title(), changes));
        }
        if self.behind {
            sections.push(Section::titled("Behind the newest revision of their build in the fleet", &revisions));
            let listed = self.triage.furthest_behind.len() as u64;
            sections.push(Section::first_of("Furthest behind first", &behind, listed, self.triage.behind()));
        }

        let listed = self.triage.most_urgent.len() as u64;
        let title = match self.sort {
            Sort::Urgency => "Most urgent first",
            Sort::Properties => "Most properties first",
            Sort::Version => "Oldest version first",
            Sort::Id => "By device id",
            Sort::Name => "By device name",
        };
        sections.push(Section::first_of(title, &urgent, listed, self.triage.need_attention));
        sections.push(Section::titled("Checks", &checks));
        Document { title: "Device triage", summary: self.summary(), sections, pulls: vec![self.info] }.render(style)
    }

    fn summary(&self) -> Vec<String> {
        let devices = self.triage.devices;
        let mut lines = vec![summary_line(self.triage, self.unreadable)];
        lines.extend(left_out(self.triage));
        if let Some((condition, all)) = self.selection {
            lines.push(format!("where {condition}: {} of {}", grouped(devices), counted(all, "device")));
        }
        let not_known = self.triage.by_device_not_known;
        if not_known > 0 {
            let by = value_name(&self.by);
            lines.push(format!("The source does not say the {by} of {}", counted(not_known, "device")));
        }
        if self.by == By::Release {
            let counts = self.triage.servicing_on(self.day);
            lines.push(format!(
                "on {} UTC: {} out of support, {} out of support in some editions",
                self.day,
                counted(counts.ended, "device"),
                grouped(counts.ended_for_some)
            ));
        }
        if self.behind {
            lines.push(format!(
                "{} behind the newest revision of their build in the fleet",
                counted(self.triage.behind(), "device")
            ));
        }

        if let Some(since) = &self.since {
            lines.extend(difference::summary(since.difference, since.last, self.info));
        }
        lines
    }

    fn behind_devices(&self) -> ResultTable {
        let mut table = ResultTable::new([
            Column::shown("DEVICE"),
            Column::data("id"),
            Column::text("VERSION", "version"),
            Column::number("NEWEST", "newest"),
            Column::number("DISTANCE", "distance").gives_way(1),
        ]);
        for device in &self.triage.furthest_behind {
            let newest = Cell::Named(device.newest.to_string(), device.newest.into());
            let distance = Cell::Count(device.distance().into());
            let id = device.state.id.to_string();
            let name = Cell::text(name_of(device.state.device.as_deref()).unwrap_or(&id));
            table.row([name, Cell::text(&id), Cell::text(version(&device.state)), newest, distance]);
        }
        table
    }

    /// Everything, for programs.
    fn output(&self) -> TriageOutput<'_> {
        let Self { triage, info, tenants, .. } = self;
        let servicing = ServicingOutput { day: self.day, counts: triage.servicing_on(self.day) };
        let mut counts = self.of_json(triage);
        counts.most_urgent.clear();
        let of_tenant = |tenant: &Tenant| tenant.is_read.then(|| self.of_json(&tenant.triage));

        TriageOutput {
            pull: PullOutput::new(info),
            triage: counts,
            ok: triage.ok(),
            behind: triage.behind(),
            most_urgent: self.urgent_output(),
            unreadable: self.unreadable,
            by: value_name(&self.by),
            by_release: triage.by_release(self.day),
            servicing,
            tenants: tenants.iter().map(|tenant| TenantOutput::new(tenant, of_tenant(tenant))).collect(),
            selection: self.selection.map(|(condition, total_devices)| SelectionOutput { condition, total_devices }),
            since: self
                .since
                .as_ref()
                .map(|since| DifferenceOutput::new(since.difference, since.pulls, since.last, info)),
            checks: self.checks.iter().map(CheckOutput::new).collect(),
        }
    }

    /// A triage without the combinations of properties, of which there can be 65,536, unless `--by`
    /// names them.
    fn of_json(&self, triage: &Triage) -> Triage {
        let mut triage = triage.clone();
        if self.by != By::Combination {
            let in_rows: u64 = triage.by_combination.iter().map(|row| row.devices).sum();
            triage.other_combinations += in_rows;
            triage.by_combination.clear();
        }
        triage
    }

    fn urgent_output(&self) -> Vec<UrgentOutput<'_>> {
        let compares = self.since.is_some();
        let has_tenants = !self.tenants.is_empty();
        let mut urgent = self.urgent.iter();
        let output = |state| {
            let known = urgent.next();
            let since = known.and_then(|device: &UrgentDevice<'_>| device.since);
            UrgentOutput {
                state,
                portal_url: known.and_then(|device| device.portal.as_deref()),
                since: compares.then_some(match since {
                    Some(AttentionSince::Pull(pull)) => Some(pull.started_at.as_deref().unwrap_or(&pull.name)),
                    _ => None,
                }),
                not_seen_before: compares.then_some(matches!(since, Some(AttentionSince::NotSeenBefore))),
                tenant: has_tenants.then_some(known.and_then(|device| device.tenant)),
            }
        };
        self.triage.most_urgent.iter().map(output).collect()
    }
}

/// The counts that matter most, in a line.
pub(super) fn summary_line(triage: &Triage, unreadable: UnreadableCounts) -> String {
    let Triage { devices, need_attention, .. } = *triage;
    let mut summary = format!(
        "{}: {} attention ({}), {} OK",
        counted(devices, "device"),
        if need_attention == 1 { "1 needs".to_owned() } else { format!("{} need", grouped(need_attention)) },
        percent(triage.share_needing_attention()),
        grouped(triage.ok()),
    );
    let not_assessed = triage.not_assessed;
    if triage.not_known > 0 {
        let _ = write!(summary, ", {} not known", grouped(triage.not_known));
    }
    if not_assessed > 0 {
        let _ = write!(summary, "; {} not assessed", grouped(not_assessed));
    }
    if let Some(unreadable) = unreadable.in_words() {
        let _ = write!(summary, "; {unreadable}");
    }
    summary
}

/// The devices that do not count, in a line.
pub(super) fn left_out(triage: &Triage) -> Option<String> {
    let left_out = triage.left_out;
    let reasons = [
        (left_out.stale, "not seen for long"),
        (left_out.not_onboarded, "not onboarded"),
        (left_out.duplicates, "merged into others"),
        (left_out.excluded, "excluded"),
    ];
    let reasons = reasons.into_iter().filter(|(devices, _)| *devices > 0);
    let reasons: Vec<_> = reasons.map(|(devices, why)| format!("{} {why}", grouped(devices))).collect();
    (left_out.total() > 0).then(|| format!("Left out: {}; --all-devices includes them", reasons.join(", ")))
}

pub(super) fn version(state: &MachineSecurityState) -> String {
    endstate_analysis::Version::from_state(state).to_string()
}
