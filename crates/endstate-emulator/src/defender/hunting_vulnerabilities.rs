//! The rows of the hunting queries for the vulnerabilities that updates fix.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::device::Devices;
use super::draw::part as part_of;
use super::hunting_rows::is_seen;
use super::vulnerability_rows::level;
use crate::update_catalog::{Closed, closed_by};

/// Returns the pairs of an update that a device of these days misses, and a vulnerability that it
/// closes.
fn pairs(devices: &Devices, days: i64) -> impl Iterator<Item = (usize, &'static Closed)> {
    let seen = (0..devices.len()).map(|position| devices.device(position)).filter(|device| is_seen(device, days));
    let updates: BTreeSet<_> = seen.flat_map(|device| device.missing_updates()).collect();
    updates.into_iter().flat_map(|number| closed_by(number).iter().map(move |closed| (number, closed)))
}

/// Returns how many pairs each part has. Parts without pairs have no row.
pub(crate) fn vulnerabilities_in_parts(devices: &Devices, days: i64, parts: u64) -> Vec<String> {
    let mut numbers: BTreeMap<u64, u64> = BTreeMap::new();
    for (_, closed) in pairs(devices, days) {
        *numbers.entry(part_of(&closed.cve, parts)).or_default() += 1;
    }
    let row = |(part, number)| format!("{{\"Part\":{part},\"Vulnerabilities\":{number}}}");
    numbers.into_iter().map(row).collect()
}

/// Returns the pairs of a part.
pub(crate) fn vulnerabilities_of_updates(devices: &Devices, days: i64, (parts, part): (u64, u64)) -> Vec<String> {
    let of_part = pairs(devices, days).filter(|(_, closed)| part_of(&closed.cve, parts) == part);
    of_part
        .map(|(number, Closed { cve, severity, .. })| {
            let (cve, severity) = (Value::from(cve.as_str()), Value::from(level(severity)));
            format!("{{\"Kb\":\"{number}\",\"CveId\":{cve},\"Severity\":{severity}}}")
        })
        .collect()
}
