//! Adds the missing updates of fleets that were assessed separately.

use std::cmp::Reverse;

use hashbrown::HashMap;

use super::{MissingUpdate, MissingUpdates, OpenVulnerability, SeverityCounts, first_of, keep_most_exposed};

impl MissingUpdates {
    /// Adds the missing updates of another fleet, such as another tenant's. A device of both counts
    /// twice. Updates and vulnerabilities are the same if their names are. `limit` is the number of
    /// most exposed devices to keep.
    pub fn merge(&mut self, other: Self, limit: usize) {
        self.devices += other.devices;
        self.lacking += other.lacking;
        self.not_assessed += other.not_assessed;

        merge_by_name(&mut self.by_update, other.by_update, |row| &row.name, MissingUpdate::merge);
        self.by_update.sort_by(|row, other| {
            let devices = other.devices.cmp(&row.devices);
            devices.then_with(|| other.closes.cmp(&row.closes)).then_with(|| row.name.cmp(&other.name))
        });

        merge_by_name(&mut self.by_cve, other.by_cve, |row| &row.name, OpenVulnerability::merge);
        self.by_cve.sort_by_key(|row| (row.severity.clone(), Reverse(row.devices), row.name.clone()));

        self.most_exposed.extend(other.most_exposed);
        keep_most_exposed(&mut self.most_exposed, limit);
    }
}

/// Merges rows with the same name, and adds the others.
fn merge_by_name<T>(rows: &mut Vec<T>, others: Vec<T>, name: fn(&T) -> &String, merge: fn(&mut T, T)) {
    let places: HashMap<String, usize> = rows.iter().map(name).cloned().zip(0..).collect();
    for row in others {
        match places.get(name(&row)) {
            Some(place) => merge(&mut rows[*place], row),
            None => rows.push(row),
        }
    }
}

impl MissingUpdate {
    fn merge(&mut self, other: Self) {
        self.devices += other.devices;
        self.builds.extend(other.builds);
        self.builds.sort_unstable();
        self.builds.dedup();
        first_of(&mut self.published, other.published.as_ref());
        self.closes.keep_larger(&other.closes);
    }
}

impl OpenVulnerability {
    fn merge(&mut self, other: Self) {
        self.devices += other.devices;
        self.severity = self.severity.clone().min(other.severity);
        first_of(&mut self.title, other.title.as_ref());
        self.updates.extend(other.updates);
        self.updates.sort_unstable();
        self.updates.dedup();
    }
}

impl SeverityCounts {
    /// Keeps the larger count of each severity: two catalogs may list an update's vulnerabilities
    /// in part.
    fn keep_larger(&mut self, other: &Self) {
        for (severity, count) in other.iter() {
            let own = self.0.entry(severity.clone()).or_default();
            *own = count.max(*own);
        }
    }
}
