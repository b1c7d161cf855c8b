//! The situation of a device: whether it still reports, and what the APIs know about it.

use super::draw::Draw;
use crate::Fleet;

/// The situation of a device in the tenant. The first device of a fleet is always ordinary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeviceSituation {
    /// Onboarded, seen in the last week, and assessed.
    Ordinary,
    /// Last seen 31 to 90 days ago. About 3 % of a fleet. Its last assessment remains.
    Stale,
    /// Known to the service but not onboarded. About 2 % of a fleet. Nothing is assessed.
    NotOnboarded,
    /// Another record of an ordinary device, into which it was merged. About 1 % of a fleet.
    Merged,
    /// Excluded from vulnerability management. About 0.5 % of a fleet.
    Excluded,
    /// Onboarded and active, but without any assessment. About 1 % of a fleet.
    NotAssessed,
}

impl DeviceSituation {
    /// Returns whether the device has rows in the assessment of configurations.
    pub fn is_assessed(self) -> bool {
        !matches!(self, Self::NotOnboarded | Self::NotAssessed)
    }
}

impl Fleet {
    /// Returns the situation of the device at a position, which counts from 0 and must be below
    /// [`len`](Self::len). It depends only on seed and position, and on no clock.
    ///
    /// ```
    /// use endstate_emulator::{DeviceSituation, Fleet};
    ///
    /// assert_eq!(Fleet::new(7, 444).situation(0), DeviceSituation::Ordinary);
    /// ```
    pub fn situation(&self, position: u64) -> DeviceSituation {
        if position == 0 {
            return DeviceSituation::Ordinary;
        }
        match Draw::for_device(self.seed(), position).about("situation").below(1000) {
            0..30 => DeviceSituation::Stale,
            30..50 => DeviceSituation::NotOnboarded,
            50..60 => DeviceSituation::Merged,
            60..65 => DeviceSituation::Excluded,
            65..75 => DeviceSituation::NotAssessed,
            _ => DeviceSituation::Ordinary,
        }
    }
}
