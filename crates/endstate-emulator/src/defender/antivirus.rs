//! The health of the antivirus of a device, for every API that shows it.

use std::time::Duration;

use endstate_model::AttentionProperty;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::device::Device;
use super::draw::Draw;
use super::situation::DeviceSituation;
use super::times::{DAY, before};
use crate::Fleet;

/// The health of the antivirus.
#[derive(Debug)]
pub(crate) struct AntivirusHealth {
    /// `0` active, `1` passive, `2` off.
    pub(crate) mode: &'static str,
    /// `True`, `False` or `Unknown`.
    pub(crate) is_up_to_date: &'static str,
    pub(crate) signature_version: String,
    pub(crate) signature_updated: Timestamp,
}

pub(crate) const ENGINE_VERSION: &str = "1.1.25100.9002";
pub(crate) const PLATFORM_VERSION: &str = "4.18.25100.9008";

impl AntivirusHealth {
    /// Returns the health. The mode is off exactly if the state says so, and likewise for the
    /// definitions.
    pub(crate) fn for_device(device: &Device) -> Self {
        let draw = device.draw.about("antivirus");
        let is_old = device.requires(&AttentionProperty::AntivirusDefinitionsAreOutOfDate);
        let may_be_odd = device.position > 0;
        let mode = match draw.at(1).below(40) {
            _ if device.requires(&AttentionProperty::AntivirusOff) => "2",
            0 if may_be_odd => "1",
            _ => "0",
        };
        let is_up_to_date = match draw.at(2).below(60) {
            _ if is_old => "False",
            0 if may_be_odd => "Unknown",
            _ => "True",
        };

        let days = if is_old { 8 + draw.at(3).below(30) } else { 0 };
        let age = Duration::from_secs(days * DAY + draw.at(4).below(DAY / 2));
        Self {
            mode,
            is_up_to_date,
            signature_version: format!("1.{}.{}.0", 441 - days / 7, 100 + draw.at(5).below(800)),
            signature_updated: before(device.last_seen(), age),
        }
    }

    /// Returns the versions as the assessment of the definitions has them.
    pub(crate) fn definitions(&self) -> Value {
        json!([[self.signature_version, ENGINE_VERSION, format!("{:.0}", self.signature_updated), PLATFORM_VERSION]])
    }
}

/// Returns how many rows of antivirus health the device at a position has. A few devices have two,
/// and devices that are not onboarded have none. It needs no state, because a page skips many rows.
pub(crate) fn rows_of(fleet: &Fleet, position: u64) -> u64 {
    if fleet.situation(position) == DeviceSituation::NotOnboarded {
        return 0;
    }
    let is_twice = position > 0 && Draw::for_device(fleet.seed(), position).about("antivirus rows").one_in(80);
    if is_twice { 2 } else { 1 }
}
