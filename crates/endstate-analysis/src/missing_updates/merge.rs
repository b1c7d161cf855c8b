//! Adds the missing updates of fleets that were assessed separately.

use std::cmp::Reverse;

use super::{MissingUpdate, MissingUpdates, OpenVulnerability, SeverityCounts, keep_most_exposed};

impl MissingUpdates {
    /// Adds the missing updates of another fleet, such as another tenant's. A device of both counts
    /// twice. Updates and vulnerabilities are the same if their names are. `limit` is the number of
    /// most exposed devices to keep.
    pub fn merge(&mut self, other: Self, limit: usize) {
        self.devices += other.devices;
        self.lacking += other.lacking;
        self.not_assessed += other.not_assessed;

        for row in other.by_update {
            match self.by_update.iter_mut().find(|own| own.name == row.name) {
                Some(own) => own.merge(row),
                None => self.by_update.push(row),
            }
        }
        self.by_update.sort_by(|row, other| {
            let devices = other.devices.cmp(&row.devices);
            devices.then_with(|| other.closes.cmp(&row.closes)).then_with(|| row.name.cmp(&other.name))
        });

        for row in other.by_cve {
            match self.by_cve.iter_mut().find(|own| own.name == row.name) {
                Some(own) => own.merge(row),
                None => self.by_cve.push(row),
            }
        }
        self.by_cve.sort_by_key(|row| (row.severity.clone(), Reverse(row.devices), row.name.clone()));

        self.most_exposed.extend(other.most_exposed);
        keep_most_exposed(&mut self.most_exposed, limit);
    }
}

impl MissingUpdate {
    fn merge(&mut self, other: Self) {
        self.devices += other.devices;
        self.builds.extend(other.builds);
        self.builds.sort_unstable();
        self.builds.dedup();
        self.published = self.published.take().into_iter().chain(other.published).min();
        self.closes.keep_larger(&other.closes);
    }
}

impl OpenVulnerability {
    fn merge(&mut self, other: Self) {
        self.devices += other.devices;
        self.severity = self.severity.clone().min(other.severity);
        self.title = self.title.take().or(other.title);
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
