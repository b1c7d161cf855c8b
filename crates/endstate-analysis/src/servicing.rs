//! How many devices are on releases that are serviced no more.

use endstate_model::{Date, ServicingStatus, WindowsRelease};

use crate::Triage;

/// Devices by what is known of the servicing of their release on a day. They add up to all devices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServicingCounts {
    /// On a release that is serviced in all its editions.
    pub serviced: u64,
    /// On a release that has ended for some editions, and not for others.
    pub ended_for_some: u64,
    /// On a release that no edition of is serviced.
    pub ended: u64,
    /// On a build that is not in the table, or without a build.
    pub unknown: u64,
}

impl Triage {
    /// The devices by the servicing of their release on a day.
    pub fn servicing_on(&self, day: Date) -> ServicingCounts {
        let mut counts = ServicingCounts::default();
        for row in &self.by_build {
            let status = row.key.and_then(WindowsRelease::for_build).map(|release| release.servicing_on(day));
            let count = match status {
                Some(ServicingStatus::Serviced) => &mut counts.serviced,
                Some(ServicingStatus::EndedForSome) => &mut counts.ended_for_some,
                Some(ServicingStatus::Ended) => &mut counts.ended,
                _ => &mut counts.unknown,
            };
            *count += row.devices;
        }
        counts
    }
}
