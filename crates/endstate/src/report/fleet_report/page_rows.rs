//! The rows of a report's tables, with links to the devices that each number counts.

use endstate_analysis::{MissingKbs, PropertyChange, Tally, Triage};
use endstate_model::{AttentionProperty, Date, ServicingStatus, WindowsRelease};

use super::filter::{Linked, link, needing};
use super::property_name::shown_name;
use crate::report::counts::{support, without_text};
use crate::report::device_name::name_of;
use crate::report::explanation::PropertyExplanation;
use crate::report::table::{Cell, Column, ResultTable};
use crate::report::tenants::{AttentionSince, UrgentDevice};
use crate::report::triage::version;
use crate::terminal::escape::escaped;
use crate::terminal::number::percent;

/// A table of counts.
pub(super) struct Counts {
    pub(super) anchor: &'static str,
    pub(super) title: &'static str,
    pub(super) column: &'static str,
    pub(super) rows: Vec<CountRow>,
    pub(super) has_need: bool,
    pub(super) has_unknown: bool,
    pub(super) has_support: bool,
}

/// A count of devices, and a bar for its share.
pub(super) struct CountRow {
    pub(super) name: String,
    /// What it means and what to do.
    pub(super) help: Vec<String>,
    pub(super) is_heading: bool,
    pub(super) devices: Linked,
    pub(super) need: Linked,
    pub(super) share: String,
    /// From 0 to 100.
    pub(super) width: String,
    pub(super) unknown: Linked,
    pub(super) support: String,
    pub(super) is_out_of_support: bool,
}

impl CountRow {
    fn new(name: &str, devices: Linked, share: f64) -> Self {
        let no_number = || Linked::new(0, String::new());
        Self {
            name: escaped(name).into_owned(),
            help: Vec::new(),
            is_heading: false,
            devices,
            need: no_number(),
            share: percent(share),
            width: format!("{:.1}", share.clamp(0.0, 1.0) * 100.0),
            unknown: no_number(),
            support: String::new(),
            is_out_of_support: false,
        }
    }
}

/// A row for each category, and below it for each of its properties.
pub(super) fn by_property(triage: &Triage) -> Counts {
    let mut rows = Vec::new();
    let is_apart = |property: &AttentionProperty| property.is_informational() && !triage.includes_informational;
    for category in &triage.by_category {
        let name = category.key.as_str();
        let devices = Linked::new(category.devices, needing("category", name));
        rows.push(CountRow { is_heading: true, ..CountRow::new(name, devices, category.share_of(triage.devices)) });
        let own = triage.by_property.iter().filter(|row| row.key.category() == category.key && !is_apart(&row.key));
        rows.extend(own.map(|row| property_row(row, triage)));
    }

    let mut informational = triage.by_property.iter().filter(|row| is_apart(&row.key)).peekable();
    if informational.peek().is_some() {
        let title = "Information (does not need attention)";
        let devices = Linked::new(triage.informational, link("informational", ""));
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
        let share = triage.informational as f64 / triage.devices.max(1) as f64;
        rows.push(CountRow { is_heading: true, ..CountRow::new(title, devices, share) });
    }
    rows.extend(informational.map(|row| property_row(row, triage)));
    let has_unknown = !triage.not_known_by_property.is_empty();
    let (anchor, title, column) = ("properties", "By category and property", "Property");
    Counts { anchor, title, column, rows, has_need: false, has_unknown, has_support: false }
}

fn property_row(row: &Tally<AttentionProperty>, triage: &Triage) -> CountRow {
    let property = &row.key;
    let name = property.as_str();
    let devices = Linked::new(row.devices, link("property", name));
    let unknown = Linked::new(triage.not_known_of(property), link("unknown", name));
    let help = PropertyExplanation::new(property).map(|explanation| {
        let PropertyExplanation { meaning, why, action, .. } = explanation;
        let text = [name.to_owned(), format!("{meaning} {why}"), format!("To do: {action}")];
        let fixes = explanation.fixes().map(|(name, fix)| format!("{name}: {fix}"));
        text.into_iter().chain(fixes).collect()
    });
    let help = help.unwrap_or_default();
    CountRow { help, unknown, ..CountRow::new(property.display_name(), devices, row.share_of(triage.devices)) }
}

pub(super) fn by_group(triage: &Triage) -> Counts {
    let row = |row: &Tally<Option<Box<str>>>| {
        let (filter, name) = row.key.as_deref().map_or(("no-group", ""), |name| ("group", name));
        let devices = Linked::new(row.devices, link(filter, name));
        let need = Linked::new(row.need_attention, needing(filter, name));
        let shown = match row.key.as_deref() {
            None => format!("({})", without_text(triage, "no group")),
            Some("") => "(empty name)".to_owned(),
            Some(name) => name.to_owned(),
        };
        CountRow { need, ..CountRow::new(&shown, devices, row.share_of(triage.devices)) }
    };
    let rows = triage.by_device.iter().map(row).collect();
    let (anchor, title, column) = ("groups", "By device group", "Device group");
    Counts { anchor, title, column, rows, has_need: true, has_unknown: false, has_support: false }
}

pub(super) fn by_release(triage: &Triage, day: Date) -> Counts {
    let mut rows = Vec::new();
    for (row, tally) in triage.by_release(day).into_iter().zip(&triage.by_build) {
        let build = row.build.map(|build| build.to_string()).unwrap_or_default();
        let release = row.build.and_then(WindowsRelease::for_build);
        let (support, is_out_of_support) = match release {
            Some(release) => (support(release, day).0, row.servicing == Some(ServicingStatus::Ended)),
            None => ("not known".to_owned(), false),
        };
        let name = match &row.release {
            Some(name) if build.is_empty() || name.contains(&build) => name.clone(),
            Some(name) => format!("{name} ({build})"),
            None => "(no build)".to_owned(),
        };
        let build = if build.is_empty() { "?" } else { &build };
        let devices = Linked::new(row.devices, link("build", build));
        let need = Linked::new(row.need_attention, needing("build", build));
        let counted = CountRow::new(&name, devices, tally.share_of(triage.devices));
        rows.push(CountRow { need, support, is_out_of_support, ..counted });
    }
    let (anchor, title, column) = ("releases", "By release", "Release");
    Counts { anchor, title, column, rows, has_need: true, has_unknown: false, has_support: true }
}

/// What changed of a property.
pub(super) struct ChangeRow {
    pub(super) name: String,
    pub(super) counts: [Linked; 3],
}

impl ChangeRow {
    pub(super) fn new(row: &PropertyChange) -> Self {
        let name = row.property.as_str();
        let counts = [(row.new, "new"), (row.resolved, "resolved"), (row.persisting, "persisting")];
        let counts = counts.map(|(number, filter)| Linked::new(number, link(filter, name)));
        Self { name: shown_name(&row.property, true), counts }
    }
}

/// A device that needs attention most urgently.
pub(super) struct UrgentRow {
    pub(super) name: String,
    pub(super) portal: String,
    pub(super) tenant: String,
    pub(super) group: String,
    pub(super) owner: String,
    pub(super) last_seen: String,
    pub(super) version: String,
    pub(super) since: String,
    pub(super) reasons: String,
}

impl UrgentRow {
    pub(super) fn new(urgent: &UrgentDevice<'_>, includes_informational: bool) -> Self {
        let UrgentDevice { state, tenant, since, portal } = urgent;
        let device = state.device.as_deref();
        let text = |text: Option<&str>| escaped(text.unwrap_or_default()).into_owned();
        let last_seen = device.and_then(|device| device.last_seen).map(|seen| seen.to_string());
        let counts = |property: &&AttentionProperty| includes_informational || !property.is_informational();
        let mut properties: Vec<_> = state.properties_require_attention.iter().filter(counts).collect();
        properties.sort_by_key(|property| std::cmp::Reverse(property.weight()));
        let name = |property: &AttentionProperty| shown_name(property, includes_informational);
        let reasons: Vec<_> = properties.into_iter().map(name).collect();
        let id = state.id.to_string();

        Self {
            name: text(Some(name_of(device).unwrap_or(&id))),
            portal: portal.clone().unwrap_or_default(),
            tenant: text(*tenant),
            group: text(device.and_then(|device| device.group.as_deref())),
            owner: text(device.map(|device| device.users.join(", ")).as_deref()),
            last_seen: last_seen.map(|seen| seen.get(..10).unwrap_or(&seen).to_owned()).unwrap_or_default(),
            version: version(state),
            since: match since {
                Some(AttentionSince::Pull(pull)) => pull.date_or_name(),
                Some(AttentionSince::NotSeenBefore) | None => "not known".to_owned(),
                Some(AttentionSince::Now) => "now".to_owned(),
            },
            reasons: reasons.join(", "),
        }
    }
}

/// An update that devices lack.
pub(super) struct UpdateRow {
    pub(super) name: String,
    pub(super) devices: Linked,
    pub(super) share: String,
    pub(super) width: String,
    pub(super) newest: Linked,
}

/// The updates that devices lack.
pub(super) fn updates(missing: &MissingKbs) -> Vec<UpdateRow> {
    let row = |row: &endstate_analysis::MissingKb| {
        let devices = Linked::new(row.devices, link("update", &row.name));
        let CountRow { name, devices, share, width, .. } = CountRow::new(&row.name, devices, share_of(row, missing));
        let newest = Linked::new(row.newest_on, link("newest", &row.name));
        UpdateRow { name, devices, share, width, newest }
    };
    missing.by_kb.iter().map(row).collect()
}

/// The same, as a table for people.
pub(super) fn updates_table(missing: &MissingKbs) -> ResultTable {
    let mut table = ResultTable::new([
        Column::text("UPDATE", "update"),
        Column::number("DEVICES", "devices"),
        Column::number("SHARE", "share"),
        Column::number("NEWEST ON", "newest_on"),
    ]);
    for row in &missing.by_kb {
        let share = Cell::Share(share_of(row, missing));
        table.row([Cell::text(&row.name), Cell::Count(row.devices), share, Cell::Count(row.newest_on)]);
    }
    table
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
fn share_of(row: &endstate_analysis::MissingKb, missing: &MissingKbs) -> f64 {
    row.devices as f64 / missing.devices.max(1) as f64
}
