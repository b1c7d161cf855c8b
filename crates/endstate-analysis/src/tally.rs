//! A row of a count: a value and the devices that have it.

/// A row of a count: a value and the devices that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally<K> {
    /// The value that is counted.
    pub key: K,
    /// Devices with this value.
    pub devices: u64,
    /// Devices with this value that need attention.
    pub need_attention: u64,
}

impl<K> Tally<K> {
    /// The share of `all` devices that this row has, from 0 to 1; 0 if `all` is 0.
    pub fn share_of(&self, all: u64) -> f64 {
        share(self.devices, all)
    }
}

/// A part of a whole, from 0 to 1; 0 of nothing.
pub(crate) fn share(part: u64, all: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
    if all == 0 { 0.0 } else { part as f64 / all as f64 }
}
