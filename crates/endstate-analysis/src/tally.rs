//! A row of counts: one value, and the number of devices with it.

use serde::{Deserialize, Serialize};

/// A row of counts: one value, and the number of devices with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema), schemars(rename = "TallyOf{K}"))]
#[non_exhaustive]
pub struct Tally<K> {
    /// The value.
    pub key: K,
    /// Devices with this value.
    pub devices: u64,
    /// Devices with this value that need attention.
    pub need_attention: u64,
}

impl<K> Tally<K> {
    /// Returns this row's share of `all` devices, from 0 to 1. If `all` is 0, returns 0.
    pub fn share_of(&self, all: u64) -> f64 {
        share(self.devices, all)
    }
}

/// Returns a part as a share of a whole, from 0 to 1. If the whole is 0, returns 0.
pub(crate) fn share(part: u64, all: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}

/// Returns a row for each value that a device has. Every device with such a value needs attention.
pub(crate) fn all_need_attention<K: Ord>(counts: impl IntoIterator<Item = (K, u64)>) -> Vec<Tally<K>> {
    in_order(counts.into_iter().map(|(key, devices)| (key, (devices, devices))))
}

/// Returns a row for each value that a device has, with how many devices need attention.
pub(crate) fn in_order<K: Ord>(counts: impl IntoIterator<Item = (K, (u64, u64))>) -> Vec<Tally<K>> {
    let rows = counts.into_iter().filter(|(_, (devices, _))| *devices > 0);
    let rows = rows.map(|(key, (devices, need_attention))| Tally { key, devices, need_attention });
    sorted(rows, |row, other| row.key.cmp(&other.key))
}

/// Returns the rows in order, the one without a value last.
pub(crate) fn nones_last<K: Ord>(counts: impl IntoIterator<Item = (Option<K>, (u64, u64))>) -> Vec<Tally<Option<K>>> {
    let rows = counts.into_iter().filter(|(_, (devices, _))| *devices > 0);
    let rows = rows.map(|(key, (devices, need_attention))| Tally { key, devices, need_attention });
    sorted(rows, |row, other| (row.key.is_none(), &row.key).cmp(&(other.key.is_none(), &other.key)))
}

fn sorted<T>(rows: impl Iterator<Item = T>, order: impl FnMut(&T, &T) -> std::cmp::Ordering) -> Vec<T> {
    let mut rows: Vec<T> = rows.collect();
    rows.sort_unstable_by(order);
    rows
}
