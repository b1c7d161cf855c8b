//! How many devices each bucket of a query has: the count before the parts, and the proof after
//! them.

use crate::Part;

/// The number of devices in each of a power of two of buckets, by their hash: in Kusto,
/// `summarize by DeviceId | summarize count() by hash(DeviceId, 1024)`. The count must be exact;
/// `dcount(DeviceId)` only estimates.
///
/// ```
/// use endstate_paging::{BucketCounts, Part};
///
/// let counts = BucketCounts::from_pairs(4, [(0, 10), (3, 5)])?;
/// assert_eq!(counts.total(), 15);
/// assert_eq!(Part::new(2, 1).map(|part| counts.devices_in(part)), Some(5));
/// # Ok::<(), endstate_paging::BucketError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketCounts {
    devices: Vec<u64>,
}

/// Why counts cannot be those of buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BucketError {
    /// The number of buckets is not a power of two, or is above 65,536.
    #[error("{0} buckets: the number of buckets must be a power of two, at most 65536")]
    Buckets(u32),
    /// A bucket that does not exist.
    #[error("bucket {0} does not exist")]
    Unknown(u32),
    /// A bucket that has two counts.
    #[error("bucket {0} has two counts")]
    Repeated(u32),
}

impl BucketCounts {
    /// The number of buckets that a [`PartPull`](crate::PartPull) counts: enough for 30 million
    /// devices in parts of 30,000.
    pub const BUCKETS: u32 = 1024;

    /// Counts from pairs of a bucket and its devices, in any order. Buckets that are missing have
    /// no devices.
    ///
    /// # Errors
    /// [`BucketError`] for a number of buckets that is not a power of two, and for a bucket that
    /// does not exist or occurs twice.
    pub fn from_pairs(buckets: u32, pairs: impl IntoIterator<Item = (u32, u64)>) -> Result<Self, BucketError> {
        // The answer to a count has a row for each bucket, and it must be far below the limit.
        if !buckets.is_power_of_two() || buckets > 65_536 {
            return Err(BucketError::Buckets(buckets));
        }

        let mut devices = vec![None; buckets as usize];
        for (bucket, count) in pairs {
            let place = devices.get_mut(bucket as usize).ok_or(BucketError::Unknown(bucket))?;
            if place.replace(count).is_some() {
                return Err(BucketError::Repeated(bucket));
            }
        }
        Ok(Self { devices: devices.into_iter().map(Option::unwrap_or_default).collect() })
    }

    /// The number of buckets; a power of two.
    pub fn buckets(&self) -> u32 {
        // At most 65,536.
        u32::try_from(self.devices.len()).unwrap_or(u32::MAX)
    }

    /// The devices of all buckets.
    pub fn total(&self) -> u64 {
        self.devices_in(Part::WHOLE)
    }

    /// The devices in a part, whose modulus must be at most the number of buckets.
    pub fn devices_in(&self, part: Part) -> u64 {
        let buckets = self.devices.iter().skip(part.index() as usize).step_by(part.modulus() as usize);
        buckets.fold(0, |sum, devices| sum.saturating_add(*devices))
    }

    /// Returns the smallest modulus whose parts all have at most `target` devices. If even single
    /// buckets have more, it is the number of buckets.
    pub(crate) fn modulus_for(&self, target: u64) -> u32 {
        let buckets = self.buckets();
        let mut modulus = 1;
        while modulus < buckets {
            let mut parts = (0..modulus).filter_map(|index| Part::new(modulus, index));
            if parts.all(|part| self.devices_in(part) <= target) {
                break;
            }
            modulus *= 2;
        }
        modulus
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_cannot_be_those_of_buckets_are_refused() {
        let error = |buckets, pairs: &[(u32, u64)]| BucketCounts::from_pairs(buckets, pairs.iter().copied()).err();
        assert_eq!(error(3, &[]), Some(BucketError::Buckets(3)));
        assert_eq!(error(0, &[]), Some(BucketError::Buckets(0)));
        assert_eq!(error(1 << 17, &[]), Some(BucketError::Buckets(1 << 17)));
        assert_eq!(error(4, &[(4, 1)]), Some(BucketError::Unknown(4)));
        assert_eq!(error(4, &[(1, 0), (1, 0)]), Some(BucketError::Repeated(1)));
        assert_eq!(error(4, &[(3, u64::MAX), (1, 9)]), None);
    }

    #[test]
    fn the_modulus_is_the_smallest_whose_parts_all_fit() {
        let counts = BucketCounts::from_pairs(8, [(0, 40), (1, 10), (4, 30), (7, 5)]).unwrap();
        let moduli = [85, 84, 70, 69, 40, 39, 0].map(|target| counts.modulus_for(target));
        assert_eq!(moduli, [1, 2, 2, 8, 8, 8, 8]);
        assert_eq!(BucketCounts::from_pairs(1024, []).unwrap().modulus_for(0), 1, "an empty fleet is one part");
    }
}
