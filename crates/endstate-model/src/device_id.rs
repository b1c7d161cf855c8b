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

    /// Creates the id by which rows of one device are joined: without white space around it, and in
    /// lower case if it is forty hexadecimal digits, because two APIs may write the same id
    /// differently. Any other id keeps its letter case, which may matter.
    ///
    /// ```
    /// use endstate_model::DeviceId;
    ///
    /// let id = DeviceId::for_join(" 000050E1B4AFEEE3742489EDE9AD7A3E16BBD9C4");
    /// assert_eq!(id, DeviceId::from("000050e1b4afeee3742489ede9ad7a3e16bbd9c4"));
    /// assert_eq!(DeviceId::for_join("Ws-1"), DeviceId::from("Ws-1"));
    /// ```
    pub fn for_join(id: &str) -> Self {
        let id = id.trim();
        let is_digest = id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_digest && id.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Self::from(id.to_ascii_lowercase().as_str());
        }
        Self::from(id)
    }

    /// Returns [the id by which rows of the device are joined](Self::for_join).
    #[must_use = "the id itself stays as it is"]
    pub fn to_join(&self) -> Self {
        match self.0.as_digest() {
            Some(_) => self.clone(),
            None => Self::for_join(&self.0.to_string()),
        }
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
