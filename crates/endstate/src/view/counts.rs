//! The counts of a triage by what was asked for, as rows that every format shares.

use endstate_analysis::{Tally, Triage};

use crate::args::By;

/// A row of counts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Count {
    /// The category, where the row is of a property.
    pub(crate) category: Option<&'static str>,
    /// The wire form: a property, a build, an architecture; the name of a category.
    pub(crate) value: String,
    /// What a person reads.
    pub(crate) name: String,
    pub(crate) devices: u64,
    pub(crate) need_attention: u64,
    /// Of all devices, from 0 to 1.
    pub(crate) share: f64,
}

/// The rows, in order.
pub(crate) fn counts(triage: &Triage, by: By) -> Vec<Count> {
    let all = triage.devices;
    match by {
        By::Property => {
            let mut rows: Vec<_> = triage.by_property.iter().collect();
            // Unknown properties join their category; within one, the vendor's order stays.
            rows.sort_by_key(|row| row.key.category());
            let row = |row: &Tally<_>| {
                let property: &endstate_model::AttentionProperty = &row.key;
                let category = Some(property.category().as_str());
                count(row, all, category, property.to_string(), property.display_name().to_owned())
            };
            rows.into_iter().map(row).collect()
        }
        By::Category => {
            let named =
                |row: &Tally<endstate_model::Category>| count(row, all, None, row.key.to_string(), row.key.to_string());
            triage.by_category.iter().map(named).collect()
        }
        By::Build => {
            let named = |row: &Tally<Option<u32>>| {
                let build = row.key.map(|build| build.to_string());
                count(row, all, None, build.clone().unwrap_or_default(), build.unwrap_or_else(|| "(none)".to_owned()))
            };
            triage.by_build.iter().map(named).collect()
        }
        By::Architecture => {
            let named = |row: &Tally<Option<endstate_model::Architecture>>| {
                let architecture = row.key.as_ref().map(ToString::to_string);
                let name = architecture.clone().unwrap_or_else(|| "(none)".to_owned());
                count(row, all, None, architecture.unwrap_or_default(), name)
            };
            triage.by_architecture.iter().map(named).collect()
        }
    }
}

fn count<K>(row: &Tally<K>, all: u64, category: Option<&'static str>, value: String, name: String) -> Count {
    let share = row.share_of(all);
    Count { category, value, name, devices: row.devices, need_attention: row.need_attention, share }
}
