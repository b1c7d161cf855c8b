//! The device that a person names, and the states that may be its.

use endstate_model::{DeviceId, MachineSecurityState, UtcTime};

/// Each pull, and the states in it that may be meant.
#[derive(Debug, Default)]
pub(super) struct FoundStates {
    /// The tenant and the profile of the last pull.
    pub(super) tenant: Option<String>,
    pub(super) profile: Option<String>,
    /// When each pull started, and the states in it, oldest first.
    pub(super) pulls: Vec<(UtcTime, Vec<MachineSecurityState>)>,
}

/// What a person calls a device: its id, its name, or the first part of a DNS name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'w>(&'w str);

impl<'w> Wanted<'w> {
    pub(super) fn new(name: &'w str) -> Self {
        Self(name.trim())
    }

    pub(super) fn name(self) -> &'w str {
        self.0
    }

    /// Whether the id or the whole name is meant.
    pub(super) fn is_whole(self, id: &DeviceId, name: Option<&str>) -> bool {
        id.to_string().eq_ignore_ascii_case(self.0) || name.is_some_and(|name| name.eq_ignore_ascii_case(self.0))
    }

    pub(super) fn may_be(self, id: &DeviceId, name: Option<&str>) -> bool {
        let first = name.and_then(|name| name.split('.').next());
        self.is_whole(id, name) || first.is_some_and(|first| first.eq_ignore_ascii_case(self.0))
    }
}
