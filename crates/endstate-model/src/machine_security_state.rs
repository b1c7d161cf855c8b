//! The security state of one device.

use serde::{Deserialize, Serialize};

use crate::{Architecture, AttentionProperties, DeviceId, OsVersion, os_version};

/// The security state of one device: an item of the collection `machinesecuritystates` (the
/// document).
///
/// Only the id is guaranteed. This type ignores properties that this version does not know; the raw
/// item still contains them.
///
/// [`Entity::read`](crate::Entity::read) reads every item whose id can be read, and lists the
/// fields that it could not read. `Deserialize` is strict: a field of a wrong type is an error.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MachineSecurityState {
    /// The device's id.
    pub id: DeviceId,
    /// Build of the operating system, such as 14393: the third part of its version.
    #[serde(default)]
    pub build: Option<u32>,
    /// Revision of that build, such as 2485: the fourth part of its version, raised by each update.
    #[serde(default)]
    pub revision: Option<u32>,
    /// Architecture of the operating system.
    #[serde(default)]
    pub architecture: Option<Architecture>,
    /// Version of the operating system. Null and empty versions occur, and become `None`.
    #[serde(default, deserialize_with = "os_version::text_or_nothing")]
    pub os_version: Option<OsVersion>,
    /// The properties that require attention. If the list is null or missing, they are
    /// [not known](AttentionProperties::is_known).
    #[serde(default = "AttentionProperties::not_known")]
    pub properties_require_attention: AttentionProperties,
    /// The fields that the item has and that cannot be read, by their wire names: their values are
    /// of another type, or differ between two occurrences. What they say is not known.
    #[serde(skip)]
    pub unreadable_fields: Vec<&'static str>,
}

impl MachineSecurityState {
    /// Whether the version text contains another build or revision than the fields `build` and
    /// `revision`. If so, either the text or the field is stale. A text of another form, or a
    /// missing field, never disagrees.
    pub fn version_disagrees(&self) -> bool {
        let Some(parts) = self.os_version.as_ref().and_then(OsVersion::parts) else { return false };
        self.build.is_some_and(|build| build != parts.build)
            || self.revision.is_some_and(|revision| revision != parts.revision)
    }

    /// Creates a state of a device that needs no attention. Build, revision, architecture and
    /// version are not known.
    pub fn new(id: DeviceId) -> Self {
        Self {
            id,
            build: None,
            revision: None,
            architecture: None,
            os_version: None,
            properties_require_attention: AttentionProperties::new(),
            unreadable_fields: Vec::new(),
        }
    }
}
