//! A triage as a table, JSON, CSV or Markdown.

use std::fmt::Write as _;

use endstate_analysis::{Difference, Triage};
use endstate_model::{Architecture, Date, MachineSecurityState};
use serde_json::{Value, json};

use crate::args::{By, TriageFormat};
use crate::format::Cells;
use crate::pull_facts::PullFacts;
use crate::view::counts::{counts, revisions};
use crate::view::difference;
use crate::view::number::{counted, grouped, percent};
use crate::view::prometheus;
use crate::view::report::{Report, Section, Style};
use crate::view::sheet::{Cell, Column, Sheet};
use crate::view::tenants::{self, Tenant};

/// A triage, and what has to be said with it.
#[derive(Debug)]
pub(crate) struct TriageView<'v> {
    pub(crate) triage: &'v Triage,
    /// Where there are several, each by itself; `triage` is the whole then.
    pub(crate) tenants: &'v [Tenant],
    pub(crate) by: By,
    /// Whether devices behind their build's newest revision are shown.
    pub(crate) behind: bool,
    /// The day by which releases have ended or not.
    pub(crate) day: Date,
    pub(crate) facts: &'v PullFacts,
    pub(crate) invalid_items: u64,
    /// The condition that devices had to meet, and how many devices there are in all.
    pub(crate) selection: Option<(&'v str, u64)>,
    pub(crate) since: Option<Since<'v>>,
    pub(crate) cells: Cells,
}

/// What earlier pulls say.
#[derive(Debug)]
pub(crate) struct Since<'v> {
    /// The oldest first.
    pub(crate) pulls: &'v [PullFacts],
    pub(crate) difference: &'v Difference,
    /// For each of the most urgent devices the pull since which it needs attention, if it did before now.
    pub(crate) of_urgent: Vec<Option<u32>>,
}

impl TriageView<'_> {
    /// Everything that goes to stdout.
    pub(crate) fn render(&self, format: TriageFormat) -> anyhow::Result<String> {
        let counts = counts(self.triage, self.by, self.day);
        Ok(match format {
            TriageFormat::Csv if self.tenants.is_empty() => self.flat(self.triage).csv(self.cells)?,
            TriageFormat::Csv => {
                let sheets = self.tenants.iter().map(|tenant| (Cell::text(&tenant.name), self.flat(&tenant.triage)));
                Sheet::stacked(Column::text("TENANT", "tenant"), sheets).csv(self.cells)?
            }
            TriageFormat::Json => format!("{:#}\n", self.json(&counts)?),
            TriageFormat::Prometheus => prometheus::text(self),
            TriageFormat::Table => self.with_report(&counts, Style::Plain),
            TriageFormat::Markdown => self.with_report(&counts, Style::Markdown),
        })
    }

    /// The table that csv is of.
    fn flat(&self, triage: &Triage) -> Sheet {
        if self.behind { revisions(triage) } else { counts(triage, self.by, self.day) }
    }

    fn with_report(&self, counts: &Sheet, style: Style) -> String {
        let (revisions, behind, urgent) = (revisions(self.triage), self.behind_devices(), self.urgent());
        let changes = self.since.as_ref().map(|since| difference::properties(since.difference));
        let tenants = tenants::sheet(self.tenants);
        let mut sections = vec![Section::untitled(&tenants), Section::untitled(counts)];
        if let (Some(since), Some(changes)) = (&self.since, &changes) {
            let title = format!("Since {}", since.pulls.last().map(PullFacts::when).unwrap_or_default());
            sections.push(Section { title: Some(title), sheet: changes, limit: usize::MAX });
        }
        if self.behind {
            let title = "Behind the newest revision of their build in the fleet".to_owned();
            sections.push(Section { title: Some(title), sheet: &revisions, limit: usize::MAX });
            let listed = self.triage.furthest_behind.len() as u64;
            sections.push(Section::first_of("Furthest behind first", &behind, listed, self.triage.behind()));
        }
        let listed = self.triage.most_urgent.len() as u64;
        sections.push(Section::first_of("Most urgent first", &urgent, listed, self.triage.need_attention));
        Report { title: "Device triage", summary: self.summary(), sections, pulls: vec![self.facts] }.render(style)
    }

    fn summary(&self) -> Vec<String> {
        let Triage { devices, need_attention, .. } = *self.triage;
        let share = if devices == 0 { 0.0 } else { ratio(need_attention, devices) };
        let mut summary = format!(
            "{}: {} need attention ({}), {} need none",
            counted(devices, "device"),
            grouped(need_attention),
            percent(share),
            grouped(self.triage.ok()),
        );
        if self.invalid_items > 0 {
            let _ = write!(summary, "; {} could not be read", counted(self.invalid_items, "item"));
        }
        let mut lines = vec![summary];
        if let Some((condition, all)) = self.selection {
            lines.push(format!("where {condition}: {} of {}", grouped(devices), counted(all, "device")));
        }
        if self.by == By::Release {
            let counts = self.triage.servicing_on(self.day);
            lines.push(format!(
                "on {}: {} on a release past its end of servicing, {} on one that has ended for some editions",
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
            lines.extend(difference::summary(since.difference, since.pulls.last(), self.facts));
        }
        lines
    }

    fn urgent(&self) -> Sheet {
        let since = self.since.as_ref().map(|_| Column::text("SINCE", "since"));
        let tenant = (!self.tenants.is_empty()).then_some(Column::shown("TENANT"));
        let mut sheet = Sheet::new(
            tenant
                .into_iter()
                .chain([Column::shown("DEVICE"), Column::shown("VERSION"), Column::shown("ARCHITECTURE")])
                .chain(since)
                .chain([Column::shown("REQUIRES ATTENTION")]),
        );
        for (place, state) in self.triage.most_urgent.iter().enumerate() {
            let architecture = state.architecture.as_ref().map_or("?", Architecture::as_str);
            let since = self.since.as_ref().map(|since| Cell::text(since.when(place).unwrap_or("now".to_owned())));
            let properties = Cell::list(state.properties_require_attention.iter());
            let device = [Cell::text(state.id.to_string()), Cell::text(version(state)), Cell::text(architecture)];
            let tenant = tenant.map(|_| Cell::optional(tenants::whose(self.tenants, &state.id)));
            sheet.row(tenant.into_iter().chain(device).chain(since).chain([properties]));
        }
        sheet
    }

    fn behind_devices(&self) -> Sheet {
        let mut sheet = Sheet::new([
            Column::text("DEVICE", "id"),
            Column::text("VERSION", "version"),
            Column::number("NEWEST", "newest"),
            Column::number("DISTANCE", "distance"),
        ]);
        for device in &self.triage.furthest_behind {
            let newest = Cell::Named(device.newest.to_string(), device.newest.into());
            let distance = Cell::Count(device.distance().into());
            sheet.row([Cell::text(device.state.id.to_string()), Cell::text(version(&device.state)), newest, distance]);
        }
        sheet
    }

    fn json(&self, counts: &Sheet) -> anyhow::Result<Value> {
        let Self { triage, facts, .. } = self;
        let mut urgent = serde_json::to_value(&triage.most_urgent)?;
        if let (Some(since), Some(devices)) = (&self.since, urgent.as_array_mut()) {
            for (place, device) in devices.iter_mut().enumerate() {
                device["since"] = since.when_exactly(place).into();
            }
        }
        if let (false, Some(devices)) = (self.tenants.is_empty(), urgent.as_array_mut()) {
            for (device, state) in devices.iter_mut().zip(&triage.most_urgent) {
                device["tenant"] = tenants::whose(self.tenants, &state.id).into();
            }
        }
        let mut json = json!({
            "outcome": facts.completeness.word(),
            "reason": facts.completeness.reason(),
            "verdict": facts.completeness.line(),
            "source": facts.name,
            "devices": triage.devices,
            "need_attention": triage.need_attention,
            "need_none": triage.ok(),
            "invalid_items": self.invalid_items,
            "by": self.by.name(),
            "rows": counts.json(),
            "most_urgent": urgent,
        });
        if !self.tenants.is_empty() {
            json["tenants"] = tenants::sheet(self.tenants).json();
        }
        if let Some((condition, all)) = self.selection {
            json["where"] = json!({ "condition": condition, "devices_in_all": all });
        }
        if self.by == By::Release {
            let counts = triage.servicing_on(self.day);
            json["servicing"] = json!({
                "day": self.day.to_string(), "serviced": counts.serviced, "ended_for_some": counts.ended_for_some,
                "ended": counts.ended, "unknown": counts.unknown,
            });
        }
        if self.by == By::Combination {
            json["other_combinations"] = triage.other_combinations.into();
        }
        if self.behind {
            json["behind"] = triage.behind().into();
            json["revisions"] = revisions(triage).json();
            json["furthest_behind"] = self.behind_devices().json();
        }
        if let Some(since) = &self.since {
            json["since"] = difference::json(since.difference, since.pulls, facts);
        }
        Ok(json)
    }
}

impl Since<'_> {
    /// Since when one of the most urgent devices needs attention; `None` for only now.
    fn when(&self, place: usize) -> Option<String> {
        self.pull_of(place).map(PullFacts::when)
    }

    fn when_exactly(&self, place: usize) -> Option<String> {
        self.pull_of(place).map(|pull| pull.started_at.clone().unwrap_or_else(|| pull.name.clone()))
    }

    fn pull_of(&self, place: usize) -> Option<&PullFacts> {
        let pull = self.of_urgent.get(place).copied().flatten()?;
        self.pulls.get(pull as usize)
    }
}

fn version(state: &MachineSecurityState) -> String {
    endstate_analysis::Version::from_state(state).to_string()
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
fn ratio(part: u64, all: u64) -> f64 {
    part as f64 / all as f64
}
