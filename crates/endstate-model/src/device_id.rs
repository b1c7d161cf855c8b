//! The id of a device.

use std::fmt;

use endstate_odata::EntityKey;
use serde::{Deserialize, Serialize};

/// The id of a device, equal to the id in devices info (the document).
///
/// Forty lower-case hexadecimal digits take 20 bytes and no allocation. The vendor's documents also
/// show ids such as `121688558380765161_2136280442`, so any other text is a valid id too and is
/// kept unchanged.
///
/// ```
/// use endstate_model::DeviceId;
///
/// let id = DeviceId::from("000050e1b4afeee3742489ede9ad7a3e16bbd9c4");
/// assert_eq!(id.to_string(), "000050e1b4afeee3742489ede9ad7a3e16bbd9c4");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(EntityKey);

impl DeviceId {
    /// The id as the key of its entity.
    pub fn as_key(&self) -> &EntityKey {
        &self.0
    }
}

impl From<&str> for DeviceId {
    fn from(id: &str) -> Self {
        Self(EntityKey::from(id))
    }
}

impl From<EntityKey> for DeviceId {
    fn from(key: EntityKey) -> Self {
        Self(key)
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeviceId({})", self.0)
    }
}
