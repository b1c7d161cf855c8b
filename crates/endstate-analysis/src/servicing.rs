//! Counts devices by the support of their Windows release.

use endstate_model::{Date, ServicingStatus, WindowsRelease};
use serde::{Deserialize, Serialize};

use crate::{Tally, Triage};

/// Devices by the servicing of their Windows release on a day. The counts add up to all devices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
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

/// Devices of one release of Windows, and its support on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ReleaseTally {
    /// The build, which is that of the release; `None` if the devices do not say it.
    pub build: Option<u32>,
    /// The name of the release, or `build 30000` if this version does not know the build.
    pub release: Option<String>,
    /// Devices on the release.
    pub devices: u64,
    /// Devices on the release that need attention.
    pub need_attention: u64,
    /// Whether the release is in support; `None` if that is not known.
    pub servicing: Option<ServicingStatus>,
    /// The last day of its support, of the edition that has the longest.
    pub end_of_servicing: Option<Date>,
}

impl Triage {
    /// The releases of Windows, oldest first, with their support on a day. Devices without a build
    /// come last.
    ///
    /// ```
    /// use endstate_analysis::TriageBuilder;
    /// use endstate_model::{Date, DeviceId, MachineSecurityState, ServicingStatus};
    ///
    /// let mut state = MachineSecurityState::new(DeviceId::from("0001"));
    /// state.build = Some(19045);
    /// let mut builder = TriageBuilder::new(5);
    /// builder.add(&state);
    /// let releases = builder.finish().by_release(Date::new(2020, 1, 1).ok_or("no such day")?);
    /// assert_eq!(releases[0].release.as_deref(), Some("Windows 10, version 22H2"));
    /// assert_eq!(releases[0].servicing, Some(ServicingStatus::Serviced));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn by_release(&self, day: Date) -> Vec<ReleaseTally> {
        let row = |row: &Tally<Option<u32>>| {
            let release = row.key.and_then(WindowsRelease::for_build);
            ReleaseTally {
                build: row.key,
                release: row.key.map(WindowsRelease::name_of_build).map(Into::into),
                devices: row.devices,
                need_attention: row.need_attention,
                servicing: release.map(|release| release.servicing_on(day)),
                end_of_servicing: release.and_then(WindowsRelease::last_end),
            }
        };
        self.by_build.iter().map(row).collect()
    }

    /// Counts the devices by the servicing of their release on a day.
    pub fn servicing_on(&self, day: Date) -> ServicingCounts {
        let mut counts = ServicingCounts::default();
        for row in self.by_release(day) {
            let count = match row.servicing {
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
