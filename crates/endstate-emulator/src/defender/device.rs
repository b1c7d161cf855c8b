//! A device of the fleet as today's APIs know it: beside its state, its name, its group, and when
//! it was seen.

use std::time::Duration;

use endstate_model::{Architecture, AttentionProperty, MachineSecurityState};
use jiff::Timestamp;

use super::draw::Draw;
use super::platform::Platform;
use super::situation::DeviceSituation;
use super::times::{DAY, before};
use crate::Fleet;
use crate::machine_groups::{KIOSKS, MachineGroup, SERVERS, WORKSTATIONS};
use crate::update_catalog::newer_updates;

/// The devices of a fleet at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Devices {
    pub(crate) fleet: Fleet,
    /// The time from which the times of devices are computed.
    pub(crate) now: Timestamp,
}

/// A device. Everything about it follows from the seed and its position.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) devices: Devices,
    pub(crate) position: u64,
    pub(crate) state: MachineSecurityState,
    pub(crate) situation: DeviceSituation,
    pub(crate) platform: Platform,
    pub(crate) draw: Draw,
}

impl Devices {
    pub(crate) fn len(&self) -> u64 {
        self.fleet.len()
    }

    /// Returns the device at a position, which must be below the length.
    pub(crate) fn device(&self, position: u64) -> Device {
        let draw = Draw::for_device(self.fleet.seed(), position);
        let state = self.fleet.device(position);
        let build = state.build.unwrap_or_default();
        let of_servers = if build < 20000 { 75 } else { 25 };
        let prefers_server = position > 0
            && state.architecture == Some(Architecture::Amd64)
            && draw.about("server").below(100) < of_servers;
        let platform = Platform::for_build(build, prefers_server);
        Device { devices: *self, position, situation: self.fleet.situation(position), state, platform, draw }
    }
}

impl Device {
    pub(crate) fn id(&self) -> String {
        self.state.id.to_string()
    }

    pub(crate) fn build(&self) -> u32 {
        self.state.build.unwrap_or_default()
    }

    pub(crate) fn requires(&self, property: &AttentionProperty) -> bool {
        self.state.properties_require_attention.contains(property)
    }

    /// Returns the DNS name. For a few devices it is empty or missing, as in the real service.
    pub(crate) fn name(&self) -> Option<String> {
        match self.draw.about("name").below(250) {
            0 if self.position > 0 => None,
            1 if self.position > 0 => Some(String::new()),
            _ => {
                let kind = if self.platform.is_server { "srv" } else { "ws" };
                Some(format!("{kind}-{:04}.contoso.example", self.position))
            }
        }
    }

    /// Returns the device group, or `None` if the device is in no group.
    pub(crate) fn group(&self) -> Option<&'static MachineGroup> {
        match self.draw.about("group").below(100) {
            0..7 if self.position > 0 => None,
            _ if self.platform.is_server => Some(&SERVERS),
            7..11 if self.position > 0 => Some(&KIOSKS),
            _ => Some(&WORKSTATIONS),
        }
    }

    /// Returns how long ago the device was seen. No device that reports was seen more than a week
    /// ago.
    pub(crate) fn age(&self) -> Duration {
        let draw = self.draw.about("age");
        let seconds = match self.situation {
            DeviceSituation::Stale => 31 * DAY + draw.below(59 * DAY),
            _ if draw.at(1).one_in(10) => draw.below(6 * DAY),
            _ => draw.below(DAY),
        };
        let ticks = u32::try_from(draw.at(2).below(10_000_000)).unwrap_or(0);
        Duration::new(seconds, ticks * 100)
    }

    pub(crate) fn last_seen(&self) -> Timestamp {
        before(self.devices.now, self.age())
    }

    /// Returns when the device was seen first. The service does not know it for a few devices.
    pub(crate) fn first_seen(&self) -> Option<Timestamp> {
        let draw = self.draw.about("first seen");
        if draw.at(1).one_in(200) && self.position > 0 {
            return None;
        }
        Some(before(self.last_seen(), Duration::from_secs(DAY + draw.below(900 * DAY))))
    }

    /// Returns the health of the sensor. The state decides it: a device with faulty communications
    /// has them in every API.
    pub(crate) fn health(&self) -> &'static str {
        if self.situation == DeviceSituation::Stale {
            return "Inactive";
        }
        let has_no_data = self.requires(&AttentionProperty::EdrNoSensorData);
        match (has_no_data, self.requires(&AttentionProperty::EdrImpairedCommunications)) {
            (true, true) => "NoSensorDataImpairedCommunication",
            (true, false) => "NoSensorData",
            (false, true) => "ImpairedCommunication",
            (false, false) => "Active",
        }
    }

    /// Returns the id of the device into which this one was merged.
    pub(crate) fn merged_into(&self) -> Option<String> {
        if self.situation != DeviceSituation::Merged {
            return None;
        }
        let Devices { fleet, .. } = self.devices;
        let candidates = (1..=64).map(|step| (self.position + step) % fleet.len().max(1));
        let mut ordinary = candidates.filter(|position| fleet.situation(*position) == DeviceSituation::Ordinary);
        // The first device is always ordinary.
        Some(fleet.device(ordinary.next().unwrap_or(0)).id.to_string())
    }

    /// Returns the numbers of the updates that the device misses. The list has one exactly if the
    /// device is assessed and its state says that it misses any.
    pub(crate) fn missing_updates(&self) -> Vec<usize> {
        if !self.situation.is_assessed() || !self.requires(&AttentionProperty::SecurityUpdatesMissing) {
            return Vec::new();
        }
        newer_updates(self.build(), self.state.revision.unwrap_or_default()).collect()
    }

    /// Returns the version of the operating system with its build and revision.
    pub(crate) fn full_version(&self) -> String {
        format!("10.0.{}.{}", self.build(), self.state.revision.unwrap_or_default())
    }
}
