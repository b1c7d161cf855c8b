//! What is known of a device beside its security state: its name, its group, when it was seen.

use serde::{Deserialize, Serialize};

use crate::{FieldValue, UtcTime};

/// A device as people know it. Every field may be unknown: `None`, or an empty list.
///
/// Its wire form is the member `device` of a state from today's sources. A field that is not known
/// is absent, and null is read as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Device {
    /// The DNS name, or whatever the device calls itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
    /// The name of its device group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<Box<str>>,
    /// Its tags, in the order of the service.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "list_or_nothing")]
    pub tags: Vec<Box<str>>,
    /// The operating system, such as `Windows11` or `RedHatEnterpriseLinux`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<Box<str>>,
    /// Its last full report, which a device sends about once a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<UtcTime>,
    /// Whether it is onboarded: `Onboarded`, `CanBeOnboarded`, `Unsupported` or `InsufficientInfo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onboarding: Option<Box<str>>,
    /// The health of its sensor: `Active`, `Inactive`, `ImpairedCommunication` and others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub health: Option<Box<str>>,
    /// Its risk score: `None`, `Informational`, `Low`, `Medium` or `High`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Box<str>>,
    /// Its exposure level: `None`, `Low`, `Medium` or `High`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure: Option<Box<str>>,
    /// Its value: `Low`, `Normal` or `High`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Box<str>>,
    /// Its device id in Microsoft Entra ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entra_device_id: Option<Box<str>>,
    /// What manages its security settings, such as `Intune`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<Box<str>>,
    /// The users who are signed in.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "list_or_nothing")]
    pub users: Vec<Box<str>>,
    /// The id of the device of which this is a duplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<Box<str>>,
    /// Whether an administrator has excluded it from assessments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<bool>,
}

/// Reads a list, or null, which is an empty one.
fn list_or_nothing<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Box<str>>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Device {
    /// Whether nothing is known of the device.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the value of a field by its wire name, or [`FieldValue::Missing`] if it is not
    /// known.
    pub fn field(&self, name: &str) -> FieldValue<'_> {
        match name {
            "name" => FieldValue::text(self.name.as_deref()),
            "group" => FieldValue::text(self.group.as_deref()),
            "tags" | "tag" => FieldValue::list(&self.tags),
            "platform" => FieldValue::text(self.platform.as_deref()),
            "lastSeen" => FieldValue::time(self.last_seen),
            "onboarding" => FieldValue::text(self.onboarding.as_deref()),
            "health" => FieldValue::text(self.health.as_deref()),
            "risk" => FieldValue::text(self.risk.as_deref()),
            "exposure" => FieldValue::text(self.exposure.as_deref()),
            "value" => FieldValue::text(self.value.as_deref()),
            "entraDeviceId" => FieldValue::text(self.entra_device_id.as_deref()),
            "managedBy" => FieldValue::text(self.managed_by.as_deref()),
            "users" => FieldValue::list(&self.users),
            "mergedInto" => FieldValue::text(self.merged_into.as_deref()),
            "excluded" => self.excluded.map_or(FieldValue::Missing, FieldValue::Boolean),
            _ => FieldValue::Missing,
        }
    }

    /// Whether the device is onboarded; `None` if that is not known.
    pub fn is_onboarded(&self) -> Option<bool> {
        self.onboarding.as_ref().map(|status| status.eq_ignore_ascii_case("Onboarded"))
    }
}
