//! Counts the devices on Windows releases that are out of support.

use endstate_model::{Date, ServicingStatus, WindowsRelease};
use serde::Serialize;

use crate::Triage;

/// Devices by the servicing of their Windows release on a day. The counts add up to all devices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ServicingCounts {
    /// Devices on a release that is in support for all its editions.
    pub serviced: u64,
    /// Devices on a release that is out of support for some editions only.
    pub ended_for_some: u64,
    /// Devices on a release that is out of support for all its editions.
    pub ended: u64,
    /// Devices without a build, or on a build that is not in the table of releases.
    pub unknown: u64,
}

impl Triage {
    /// Counts the devices by the servicing of their release on a day.
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
