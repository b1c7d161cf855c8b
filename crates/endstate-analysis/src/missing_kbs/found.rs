//! The updates that lists of devices have in common, and the vulnerabilities that they fix.

use std::cmp::Reverse;

use endstate_model::{Severity, compare_kb_numbers};
use hashbrown::HashMap;

use super::{Fixes, MissingKb};
use crate::{OpenVulnerability, SeverityCounts};

/// The name of an update by its number.
pub(super) fn name(number: &str) -> String {
    format!("KB{number}")
}

/// The updates that were found so far, and the vulnerabilities that they fix.
pub(super) struct Found<'b> {
    updates: HashMap<&'b str, FoundUpdate>,
    cves: Vec<FoundCve<'b>>,
    are_fixes_known: bool,
    /// The number of the current list, by which a vulnerability counts once in it.
    list: u64,
}

#[derive(Default)]
struct FoundUpdate {
    /// Devices that lack it, and those that lack no newer one.
    devices: (u64, u64),
    /// Places in the list of vulnerabilities.
    fixes: Vec<usize>,
}

struct FoundCve<'b> {
    name: &'b str,
    severity: Severity,
    devices: u64,
    /// The list in which it was last counted.
    last_list: u64,
}

impl<'b> Found<'b> {
    pub(super) fn new(fixes: Option<&'b Fixes>) -> Self {
        let mut found = Self { updates: HashMap::new(), cves: Vec::new(), are_fixes_known: fixes.is_some(), list: 0 };
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (number, cves) in fixes.into_iter().flatten() {
            let update = found.updates.entry(number).or_default();
            for (cve, severity) in cves {
                let place = *places.entry(cve).or_insert(found.cves.len());
                match found.cves.get_mut(place) {
                    Some(known) if *severity < known.severity => known.severity = severity.clone(),
                    Some(_) => {}
                    None => {
                        let severity = severity.clone();
                        found.cves.push(FoundCve { name: cve, severity, devices: 0, last_list: 0 });
                    }
                }
                update.fixes.push(place);
            }
        }
        found
    }

    /// Adds devices that lack these updates. Returns the vulnerabilities that all of them fix.
    pub(super) fn add(&mut self, list: &'b [Box<str>], devices: u64) -> Option<SeverityCounts> {
        self.list += 1;
        let Self { updates, cves, list: current, .. } = self;
        let mut open = Vec::new();
        for (place, number) in list.iter().enumerate() {
            let update = updates.entry(number).or_default();
            update.devices.0 += devices;
            update.devices.1 += if place == 0 { devices } else { 0 };
            for fixed in &update.fixes {
                let cve = &mut cves[*fixed];
                if std::mem::replace(&mut cve.last_list, *current) != *current {
                    cve.devices += devices;
                    open.push(cve.severity.clone());
                }
            }
        }
        self.are_fixes_known.then(|| SeverityCounts::from_severities(open.into_iter()))
    }

    pub(super) fn by_kb(&self) -> Vec<MissingKb> {
        let severities = |update: &FoundUpdate| {
            let severities = update.fixes.iter().map(|place| self.cves[*place].severity.clone());
            self.are_fixes_known.then(|| SeverityCounts::from_severities(severities))
        };
        let lacking = self.updates.iter().filter(|(_, update)| update.devices.0 > 0);
        let mut rows: Vec<_> = lacking.map(|(number, update)| (*number, update, severities(update))).collect();
        rows.sort_by(|(number, update, fixes), (other_number, other, other_fixes)| {
            let devices = other.devices.0.cmp(&update.devices.0);
            devices.then_with(|| other_fixes.cmp(fixes)).then_with(|| compare_kb_numbers(number, other_number))
        });
        let row = |(number, update, fixes): (&str, &FoundUpdate, _)| MissingKb {
            name: name(number),
            devices: update.devices.0,
            newest_on: update.devices.1,
            fixes,
        };
        rows.into_iter().map(row).collect()
    }

    pub(super) fn by_cve(&self) -> Vec<OpenVulnerability> {
        let mut updates: Vec<Vec<&str>> = vec![Vec::new(); self.cves.len()];
        for (number, update) in self.updates.iter().filter(|(_, update)| update.devices.0 > 0) {
            update.fixes.iter().for_each(|place| updates[*place].push(number));
        }

        let open = self.cves.iter().zip(updates).filter(|(cve, _)| cve.devices > 0);
        let mut rows: Vec<_> = open
            .map(|(cve, mut numbers)| {
                numbers.sort_unstable_by(|number, other| compare_kb_numbers(number, other));
                OpenVulnerability {
                    name: cve.name.to_owned(),
                    title: None,
                    severity: cve.severity.clone(),
                    devices: cve.devices,
                    updates: numbers.into_iter().map(name).collect(),
                }
            })
            .collect();
        rows.sort_by_cached_key(|row| (row.severity.clone(), Reverse(row.devices), row.name.clone()));
        rows
    }
}
