//! The counts of a triage, by what `--by` names.

use super::table::{Cell, Column, ResultTable};
use crate::cli::By;
use endstate_analysis::{Tally, Triage};
use endstate_model::{AttentionProperty, Date, ServicingStatus, WindowsRelease};
use serde_json::Value;

const DEVICES: Column = Column::number("DEVICES", "devices");
const SHARE: Column = Column::number("SHARE", "share").gives_way(2);
/// Devices of which the property is not known.
const NOT_KNOWN: Column = Column::number("NOT KNOWN", "not_known").gives_way(1);
const NEED_ATTENTION: Column = Column::number("NEED ATTENTION", "need_attention");

/// The rows, in order. What is not known of each property has a column if it is so of any.
pub(crate) fn counts(triage: &Triage, by: By, day: Date) -> ResultTable {
    let mut counts = all_counts(triage, by, day);
    if triage.not_known_by_property.is_empty() {
        counts.remove_column(NOT_KNOWN);
    }
    counts
}

/// The rows, in order, with every column.
pub(crate) fn all_counts(triage: &Triage, by: By, day: Date) -> ResultTable {
    let all = triage.devices;
    match by {
        By::Property => by_property(triage),
        By::Category => {
            let mut table = ResultTable::new([Column::text("CATEGORY", "category"), DEVICES, SHARE]);
            for row in &triage.by_category {
                table.row([Cell::text(row.key.as_str()), Cell::Count(row.devices), share(row, all)]);
            }
            table
        }

        By::Build => {
            let mut table = ResultTable::new([Column::text("BUILD", "build"), DEVICES, NEED_ATTENTION, SHARE]);
            for row in &triage.by_build {
                table.row([number_or_none(row.key), Cell::Count(row.devices), needing(row), share(row, all)]);
            }
            table
        }

        By::Release => by_release(triage, day),
        By::Architecture => {
            let architecture = Column::text("ARCHITECTURE", "architecture");
            let mut table = ResultTable::new([architecture, DEVICES, NEED_ATTENTION, SHARE]);
            for row in &triage.by_architecture {
                let name = row.key.as_ref().map(ToString::to_string);
                table.row([Cell::named(name.clone(), name), Cell::Count(row.devices), needing(row), share(row, all)]);
            }
            table
        }

        By::Group => by_device(triage, Column::text("DEVICE GROUP", "group")),
        By::Tag => by_device(triage, Column::text("TAG", "tag")),
        By::Platform => by_device(triage, Column::text("PLATFORM", "platform")),
        By::Owner => by_device(triage, Column::text("USER", "owner")),

        // The caller has the tenants.
        By::Tenant => ResultTable::default(),
        By::Combination => {
            let mut table = ResultTable::new([DEVICES, SHARE, Column::text("PROPERTIES TOGETHER", "properties")]);
            for row in &triage.by_combination {
                table.row([Cell::Count(row.devices), share(row, all), Cell::list(row.key.iter())]);
            }
            table
        }
    }
}

/// What devices without a text are called: `none` only as far as the source says that they have
/// none.
pub(super) fn without_text(triage: &Triage, none: &str) -> String {
    let devices = triage.by_device.iter().find(|row| row.key.is_none()).map_or(0, |row| row.devices);
    match triage.by_device_not_known {
        0 => none.to_owned(),
        not_known if not_known == devices => "not known".to_owned(),
        _ => format!("{none}, or not known"),
    }
}

/// The rows of a text of devices, which a device may lack.
fn by_device(triage: &Triage, column: Column) -> ResultTable {
    let mut table = ResultTable::new([column, DEVICES, NEED_ATTENTION, SHARE]);
    for row in &triage.by_device {
        let name = match &row.key {
            Some(name) => Cell::text(&**name),
            None if triage.by_device_not_known == row.devices => Cell::UnknownList("(not known)"),
            None => Cell::Named(format!("({})", without_text(triage, "none")), Value::Null),
        };
        table.row([name, Cell::Count(row.devices), needing(row), share(row, triage.devices)]);
    }
    table
}

/// The revisions of each build that has devices behind.
pub(crate) fn revisions(triage: &Triage) -> ResultTable {
    let mut table = ResultTable::new([
        Column::text("BUILD", "build"),
        Column::text("RELEASE", "release").wraps(),
        Column::number("NEWEST", "newest_revision"),
        Column::number("OLDEST", "oldest_revision").gives_way(1),
        Column::number("ON NEWEST", "on_newest"),
        Column::number("BEHIND", "behind"),
    ]);
    for row in &triage.revisions {
        let number = |number: u32| Cell::Named(number.to_string(), number.into());
        table.row([
            number(row.build),
            Cell::text(WindowsRelease::name_of_build(row.build)),
            number(row.newest),
            number(row.oldest),
            Cell::Count(row.on_newest),
            Cell::Count(row.behind),
        ]);
    }
    table
}

/// Each category has a row of its own, above its properties.
fn by_property(triage: &Triage) -> ResultTable {
    let all = triage.devices;
    let mut table = ResultTable::new([
        Column::shown("CATEGORY / PROPERTY"),
        Column::data("category"),
        Column::data("property"),
        Column::data("display_name"),
        DEVICES,
        SHARE,
        NOT_KNOWN,
    ]);

    let is_apart = |property: &AttentionProperty| property.is_informational() && !triage.includes_informational;
    for category in &triage.by_category {
        let name = category.key.as_str();
        let blank = || Cell::Nothing;
        table.heading([
            Cell::text(name),
            blank(),
            blank(),
            blank(),
            Cell::Count(category.devices),
            share(category, all),
            blank(),
        ]);
        // Unknown properties join their category. Within a category, the vendor's order stays.
        let its_own = |row: &&Tally<AttentionProperty>| row.key.category() == category.key && !is_apart(&row.key);
        for row in triage.by_property.iter().filter(its_own) {
            table.row(property_row(row, triage));
        }
    }

    let mut informational = triage.by_property.iter().filter(|row| is_apart(&row.key)).peekable();
    if informational.peek().is_some() {
        let blank = || Cell::Nothing;
        let title = Cell::text("Information (does not need attention)");
        let informational_share = Cell::Share(share_of(triage.informational, all));
        let count = Cell::Count(triage.informational);
        table.heading([title, blank(), blank(), blank(), count, informational_share, blank()]);
    }
    informational.for_each(|row| table.row(property_row(row, triage)));
    table
}

fn property_row(row: &Tally<AttentionProperty>, triage: &Triage) -> [Cell; 7] {
    let property = &row.key;
    [
        Cell::text(property.display_name()),
        Cell::text(property.category().as_str()),
        Cell::text(property.as_str()),
        Cell::text(property.display_name()),
        Cell::Count(row.devices),
        share(row, triage.devices),
        Cell::Count(triage.not_known_of(property)),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
fn share_of(part: u64, all: u64) -> f64 {
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}

fn by_release(triage: &Triage, day: Date) -> ResultTable {
    let all = triage.devices;
    let mut table = ResultTable::new([
        Column::text("RELEASE", "release").wraps(),
        Column::text("BUILD", "build"),
        DEVICES,
        NEED_ATTENTION,
        SHARE,
        Column::shown("SUPPORT").wraps(),
        Column::data("servicing"),
        Column::data("end_of_servicing"),
    ]);

    for (row, tally) in triage.by_release(day).into_iter().zip(&triage.by_build) {
        let release = row.build.and_then(WindowsRelease::for_build);
        let (support, word) = release.map_or(("unknown".to_owned(), "unknown"), |release| support(release, day));
        table.row([
            Cell::named(row.release.clone(), row.release),
            number_or_none(row.build),
            Cell::Count(row.devices),
            Cell::Count(row.need_attention),
            share(tally, all),
            Cell::text(support),
            Cell::text(word),
            Cell::optional(row.end_of_servicing.map(|date| date.to_string())),
        ]);
    }
    table
}

/// Whether a release is in support on a day, for people and for programs.
pub(super) fn support(release: &WindowsRelease, day: Date) -> (String, &'static str) {
    let last = release.last_end().map(|end| end.to_string()).unwrap_or_default();
    match release.servicing_on(day) {
        ServicingStatus::Serviced => {
            let first = release.servicing.iter().map(|servicing| servicing.ends).min();
            let first = first.map(|end| end.to_string()).unwrap_or_default();
            let text = if first == last { format!("until {last}") } else { format!("until {first} to {last}") };
            (text, "serviced")
        }
        ServicingStatus::EndedForSome => {
            let left = release.servicing.iter().filter(|servicing| servicing.ends >= day);
            let left: Vec<_> = left.map(|servicing| servicing.editions).collect();
            (format!("until {last}, only {}", left.join(", ")), "ended_for_some")
        }
        _ => (format!("out of support since {last}"), "ended"),
    }
}

fn needing<K>(row: &Tally<K>) -> Cell {
    Cell::Count(row.need_attention)
}

fn share<K>(row: &Tally<K>, all: u64) -> Cell {
    Cell::Share(row.share_of(all))
}

fn number_or_none(number: Option<u32>) -> Cell {
    Cell::named(number.map(|number| number.to_string()), number)
}
