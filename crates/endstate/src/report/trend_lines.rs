//! How the devices of each value change from day to day: a line for each property, group or tenant.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use endstate_analysis::{PullCounts, Tally};
use endstate_model::WindowsRelease;
use jiff::civil::Date;

use super::pull_days::{all_days, by_day};
use super::sparkline::sparkline;
use super::table::{Cell, Column, ResultTable};
use crate::cli::TrendBy;

const NEED_ATTENTION: &str = "Devices that need attention";

/// The pulls of a tenant.
#[derive(Debug)]
pub(crate) struct TenantPulls {
    /// `None` for pulls that name no tenant.
    pub(crate) tenant: Option<String>,
    /// Oldest first.
    pub(crate) pulls: Vec<PullCounts>,
}

/// A number for each day; `None` on a day without a pull.
#[derive(Debug)]
pub(super) struct TrendLine {
    pub(super) name: String,
    pub(super) days: Vec<Option<u64>>,
}

impl TrendLine {
    /// The last number that is known.
    pub(super) fn now(&self) -> u64 {
        self.days.iter().rev().flatten().next().copied().unwrap_or_default()
    }

    /// The first number that is known.
    fn before(&self) -> u64 {
        self.days.iter().flatten().next().copied().unwrap_or_default()
    }
}

/// Lines over the same days.
#[derive(Debug)]
pub(super) struct TrendLines {
    /// What is counted.
    pub(super) title: &'static str,
    pub(super) days: Vec<Date>,
    /// Whether there is a pull of each day.
    pub(super) has_pull: Vec<bool>,
    /// Whether the lines need their names.
    pub(super) has_names: bool,
    /// By name.
    pub(super) lines: Vec<TrendLine>,
    name: Column,
}

impl TrendLines {
    /// The devices that need attention.
    pub(super) fn of_pulls(pulls: &[PullCounts]) -> Self {
        let days = by_day(pulls);
        let counts = days.values().map(|pull| pull.map(|pull| pull.need_attention)).collect();
        let lines = vec![TrendLine { name: "Need attention".to_owned(), days: counts }];
        let has_pull = days.values().map(Option::is_some).collect();
        let name = Column::text("COUNT", "count");
        Self { title: NEED_ATTENTION, days: days.into_keys().collect(), has_pull, has_names: false, lines, name }
    }

    /// The devices of each value.
    pub(super) fn of_values(pulls: &[PullCounts], by: TrendBy) -> Self {
        let days = by_day(pulls);
        let mut values: BTreeMap<(bool, String), Vec<Option<u64>>> = BTreeMap::new();
        for (place, pull) in days.values().enumerate() {
            for (value, devices) in pull.iter().flat_map(|pull| counts(pull, by)) {
                values.entry(value).or_insert_with(|| days.values().map(|day| day.map(|_| 0)).collect())[place] =
                    Some(devices);
            }
        }

        let name = match by {
            TrendBy::Category => Column::text("CATEGORY", "category"),
            TrendBy::Group => Column::text("DEVICE GROUP", "group"),
            TrendBy::Release => Column::text("RELEASE", "release").wraps(),
            TrendBy::Property | TrendBy::Pull | TrendBy::Tenant => Column::text("PROPERTY", "property"),
        };
        let lines = values.into_iter().map(|((_, name), days)| TrendLine { name, days }).collect();
        let has_pull = days.values().map(Option::is_some).collect();
        let title = match by {
            TrendBy::Category => "Devices by category",
            TrendBy::Property => "Devices by property",
            TrendBy::Group => "Devices that need attention, by group",
            TrendBy::Release => "Devices that need attention, by release",
            TrendBy::Pull | TrendBy::Tenant => NEED_ATTENTION,
        };
        Self { title, days: days.into_keys().collect(), has_pull, has_names: true, lines, name }
    }

    /// The devices of each tenant that need attention. A tenant has a gap on a day on which others
    /// have a pull.
    pub(super) fn of_tenants(tenants: &[TenantPulls]) -> Self {
        let by_tenant: Vec<_> = tenants.iter().map(|tenant| by_day(&tenant.pulls)).collect();
        let mut days: BTreeSet<Date> = by_tenant.iter().flat_map(|days| days.keys().copied()).collect();
        if let (Some(first), Some(last)) = (days.first().copied(), days.last().copied()) {
            days.extend(all_days(first, last));
        }
        let line = |(tenant, pulls): (&TenantPulls, &BTreeMap<Date, Option<&PullCounts>>)| {
            let need = |day: &Date| pulls.get(day).copied().flatten().map(|pull| pull.need_attention);
            let name = tenant.tenant.clone().unwrap_or_else(|| "(no tenant)".to_owned());
            TrendLine { name, days: days.iter().map(need).collect() }
        };
        let lines: Vec<_> = tenants.iter().zip(&by_tenant).map(line).collect();
        let has_pull = |day: usize| lines.iter().any(|line| line.days[day].is_some());
        let has_pull = (0..days.len()).map(has_pull).collect();
        let (title, name) = ("Devices that need attention, by tenant", Column::text("TENANT", "tenant"));
        Self { title, days: days.into_iter().collect(), has_pull, has_names: true, lines, name }
    }

    /// The lines with the most devices first.
    pub(super) fn largest_first(&self) -> Vec<&TrendLine> {
        let mut lines: Vec<_> = self.lines.iter().collect();
        lines.sort_by_key(|line| Reverse(line.now()));
        lines
    }

    /// A row for each value and day.
    pub(super) fn for_programs(&self) -> ResultTable {
        let columns = [Column::text("DAY", "day"), self.name, Column::number("DEVICES", "devices")];
        let mut table = ResultTable::new(columns);
        for line in &self.lines {
            for (day, devices) in self.days.iter().zip(&line.days) {
                let devices = devices.map_or(Cell::Nothing, Cell::Count);
                table.row([Cell::text(day.to_string()), Cell::text(&line.name), devices]);
            }
        }
        table
    }

    /// A row for each value, with a line of its days.
    pub(super) fn for_people(&self) -> ResultTable {
        let mut table = ResultTable::new([
            self.name,
            Column::number("BEFORE", "before"),
            Column::number("NOW", "now"),
            Column::shown("TREND").gives_way(1),
        ]);
        for line in self.largest_first() {
            let bars = sparkline(line.days.iter().copied());
            let counts = [Cell::Count(line.before()), Cell::Count(line.now())];
            table.row([Cell::text(&line.name)].into_iter().chain(counts).chain([Cell::text(bars)]));
        }
        table
    }
}

/// The devices of each value in a pull, and whether it is that of devices without one, which may
/// have the same text as another.
fn counts(pull: &PullCounts, by: TrendBy) -> Vec<((bool, String), u64)> {
    match by {
        TrendBy::Pull | TrendBy::Tenant => Vec::new(),
        TrendBy::Property => {
            pull.by_property.iter().map(|row| ((false, row.key.as_str().to_owned()), row.devices)).collect()
        }
        TrendBy::Category => {
            pull.by_category.iter().map(|row| ((false, row.key.as_str().to_owned()), row.devices)).collect()
        }
        TrendBy::Group => {
            let name = |row: &Tally<Option<Box<str>>>| match &row.key {
                Some(group) => (false, group.to_string()),
                None => (true, "(no group)".to_owned()),
            };
            pull.by_group.iter().map(|row| (name(row), row.need_attention)).collect()
        }
        TrendBy::Release => {
            let name = |row: &Tally<Option<u32>>| match row.key {
                Some(build) => (false, WindowsRelease::name_of_build(build).into_owned()),
                None => (true, "(no build)".to_owned()),
            };
            pull.by_build.iter().map(|row| (name(row), row.need_attention)).collect()
        }
    }
}
