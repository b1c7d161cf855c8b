//! A row of counts: one value, and the number of devices with it.

/// A row of counts: one value, and the number of devices with it.
#[derive(Debug, Clone, PartialEq, Eq)]
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
