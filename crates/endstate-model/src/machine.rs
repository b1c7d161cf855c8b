//! Machines: what Defender calls the record of a device.

use endstate_odata::RawItem;
use serde::Deserialize;

use crate::{Device, DeviceId, Entity, Field, FieldKind, FieldValue, UtcTime};

/// The record of a device: an item of the collection `machines`, of today's Defender (the vendor's
/// page *Machine resource type*) and of the preview family.
///
/// Only the id is guaranteed. Fields that are null, missing or empty are `None`, and so are fields
/// of another type, which [`unreadable_fields`](Self::unreadable_fields) lists. Microsoft's page
/// lists some fields that the service no longer sends, and the service sends nine that the page
/// does not list (firezone/firezone#14768).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Machine {
    /// The device's id.
    pub id: DeviceId,
    /// The DNS name. Phones and the like may have any text.
    pub computer_dns_name: Option<Box<str>>,
    /// Its first full report. A date of year 1 means never, and is `None`.
    pub first_seen: Option<UtcTime>,
    /// Its last full report, which a device sends about once a day.
    pub last_seen: Option<UtcTime>,
    /// The operating system, such as `Windows11`.
    pub os_platform: Option<Box<str>>,
    /// The version of the operating system, which the service no longer sends.
    pub os_version: Option<Box<str>>,
    /// The release, such as `22H2`.
    pub version: Option<Box<str>>,
    /// The build of the operating system, such as 19045.
    pub os_build: Option<u32>,
    /// The processor, such as `x64`.
    pub os_processor: Option<Box<str>>,
    /// `64-bit` or `32-bit`.
    pub os_architecture: Option<Box<str>>,
    /// The health of its sensor: `Active`, `Inactive`, `ImpairedCommunication`, `NoSensorData`,
    /// `NoSensorDataImpairedCommunication` or `Unknown`.
    pub health_status: Option<Box<str>>,
    /// Whether it is onboarded: `Onboarded`, `CanBeOnboarded`, `Unsupported` or `InsufficientInfo`.
    pub onboarding_status: Option<Box<str>>,
    /// The id of its device group. The service sends a number, and its page says text.
    pub rbac_group_id: Option<Box<str>>,
    /// The name of its device group; `None` for a device without a group.
    pub rbac_group_name: Option<Box<str>>,
    /// Its tags.
    pub machine_tags: Vec<Box<str>>,
    /// `None`, `Informational`, `Low`, `Medium` or `High`.
    pub risk_score: Option<Box<str>>,
    /// `None`, `Low`, `Medium` or `High`.
    pub exposure_level: Option<Box<str>>,
    /// `Low`, `Normal` or `High`.
    pub device_value: Option<Box<str>>,
    /// Its device id in Microsoft Entra ID.
    pub aad_device_id: Option<Box<str>>,
    /// What manages its security settings, such as `Intune`.
    pub managed_by: Option<Box<str>>,
    /// The id of the device of which this one is a duplicate.
    pub merged_into_machine_id: Option<Box<str>>,
    /// Whether an administrator has excluded it.
    pub is_excluded: Option<bool>,
    /// The fields that the item has and that cannot be read, by their wire names.
    pub unreadable_fields: Vec<&'static str>,
}

impl Machine {
    /// Creates the record of a device of which nothing else is known.
    pub fn new(id: DeviceId) -> Self {
        Self {
            id,
            computer_dns_name: None,
            first_seen: None,
            last_seen: None,
            os_platform: None,
            os_version: None,
            version: None,
            os_build: None,
            os_processor: None,
            os_architecture: None,
            health_status: None,
            onboarding_status: None,
            rbac_group_id: None,
            rbac_group_name: None,
            machine_tags: Vec::new(),
            risk_score: None,
            exposure_level: None,
            device_value: None,
            aad_device_id: None,
            managed_by: None,
            merged_into_machine_id: None,
            is_excluded: None,
            unreadable_fields: Vec::new(),
        }
    }

    /// Reads one member. Returns its wire name if the value cannot be read.
    fn read_member(&mut self, name: &str, value: RawItem<'_>) -> Option<&'static str> {
        let (known_name, is_read) = match name {
            "computerDnsName" => ("computerDnsName", text(value, &mut self.computer_dns_name)),
            "firstSeen" => ("firstSeen", time(value, &mut self.first_seen)),
            "lastSeen" => ("lastSeen", time(value, &mut self.last_seen)),
            "osPlatform" => ("osPlatform", text(value, &mut self.os_platform)),
            "osVersion" => ("osVersion", text(value, &mut self.os_version)),
            "version" => ("version", text(value, &mut self.version)),
            "osBuild" => ("osBuild", number(value, &mut self.os_build)),
            "osProcessor" => ("osProcessor", text(value, &mut self.os_processor)),
            "osArchitecture" => ("osArchitecture", text(value, &mut self.os_architecture)),
            "healthStatus" => ("healthStatus", text(value, &mut self.health_status)),

            // The page's table spells it in the second way.
            "onboardingStatus" | "onboardingstatus" => ("onboardingStatus", text(value, &mut self.onboarding_status)),
            "rbacGroupId" => ("rbacGroupId", text_or_number(value, &mut self.rbac_group_id)),
            "rbacGroupName" => ("rbacGroupName", text(value, &mut self.rbac_group_name)),
            "machineTags" => ("machineTags", list(value, &mut self.machine_tags)),

            "riskScore" => ("riskScore", text(value, &mut self.risk_score)),
            "exposureLevel" => ("exposureLevel", text(value, &mut self.exposure_level)),
            "deviceValue" => ("deviceValue", text(value, &mut self.device_value)),
            "aadDeviceId" => ("aadDeviceId", text_or_number(value, &mut self.aad_device_id)),
            "managedBy" => ("managedBy", text(value, &mut self.managed_by)),
            "mergedIntoMachineId" => ("mergedIntoMachineId", text_or_number(value, &mut self.merged_into_machine_id)),
            "isExcluded" => ("isExcluded", boolean(value, &mut self.is_excluded)),
            _ => return None,
        };
        (!is_read).then_some(known_name)
    }
}

impl Entity for Machine {
    const ENTITY_SET: &'static str = "machines";
    const KEY: &'static str = "id";
    const NOUN: &'static str = "machine";
    const FIELDS: &'static [Field] = &[
        Field::new("id", FieldKind::Text),
        Field::new("computerDnsName", FieldKind::Text),
        Field::new("rbacGroupName", FieldKind::Text),
        Field::new("machineTags", FieldKind::List),
        Field::new("osPlatform", FieldKind::Text),
        Field::new("version", FieldKind::Text),
        Field::new("osBuild", FieldKind::Number),
        Field::new("osProcessor", FieldKind::Text),
        Field::new("firstSeen", FieldKind::Time),
        Field::new("lastSeen", FieldKind::Time),
        Field::new("onboardingStatus", FieldKind::Text),
        Field::new("healthStatus", FieldKind::Text),
        Field::new("riskScore", FieldKind::Text),
        Field::new("exposureLevel", FieldKind::Text),
        Field::new("deviceValue", FieldKind::Text),
        Field::new("aadDeviceId", FieldKind::Text),
        Field::new("managedBy", FieldKind::Text),
        Field::new("mergedIntoMachineId", FieldKind::Text),
        Field::new("isExcluded", FieldKind::Boolean),
    ];

    fn read(item: RawItem<'_>) -> endstate_odata::Result<Self> {
        let Identified { id } = item.decode()?;
        let mut machine = Self::new(id);
        for (name, value) in item.members() {
            let unreadable = machine.read_member(&name, value);
            machine.unreadable_fields.extend(unreadable);
        }
        Ok(machine)
    }

    fn unreadable_fields(&self) -> &[&'static str] {
        &self.unreadable_fields
    }

    fn field(&self, name: &str) -> FieldValue<'_> {
        match name {
            "id" => FieldValue::Text(self.id.to_string().into()),
            "computerDnsName" => FieldValue::text(self.computer_dns_name.as_deref()),
            "rbacGroupName" => FieldValue::text(self.rbac_group_name.as_deref()),
            "machineTags" => FieldValue::list(&self.machine_tags),
            "osPlatform" => FieldValue::text(self.os_platform.as_deref()),
            "version" => FieldValue::text(self.version.as_deref()),
            "osBuild" => FieldValue::number(self.os_build),
            "osProcessor" => FieldValue::text(self.os_processor.as_deref()),
            "firstSeen" => FieldValue::time(self.first_seen),
            "lastSeen" => FieldValue::time(self.last_seen),
            "onboardingStatus" => FieldValue::text(self.onboarding_status.as_deref()),
            "healthStatus" => FieldValue::text(self.health_status.as_deref()),
            "riskScore" => FieldValue::text(self.risk_score.as_deref()),
            "exposureLevel" => FieldValue::text(self.exposure_level.as_deref()),
            "deviceValue" => FieldValue::text(self.device_value.as_deref()),
            "aadDeviceId" => FieldValue::text(self.aad_device_id.as_deref()),
            "managedBy" => FieldValue::text(self.managed_by.as_deref()),
            "mergedIntoMachineId" => FieldValue::text(self.merged_into_machine_id.as_deref()),
            "isExcluded" => self.is_excluded.map_or(FieldValue::Missing, FieldValue::Boolean),
            _ => FieldValue::Missing,
        }
    }
}

impl From<&Machine> for Device {
    fn from(machine: &Machine) -> Self {
        Self {
            name: machine.computer_dns_name.clone(),
            group: machine.rbac_group_name.clone(),
            tags: machine.machine_tags.clone(),
            platform: machine.os_platform.clone(),
            last_seen: machine.last_seen,
            onboarding: machine.onboarding_status.clone(),
            health: machine.health_status.clone(),
            risk: machine.risk_score.clone(),
            exposure: machine.exposure_level.clone(),
            value: machine.device_value.clone(),
            entra_device_id: machine.aad_device_id.clone(),
            managed_by: machine.managed_by.clone(),
            users: Vec::new(),
            merged_into: machine.merged_into_machine_id.clone(),
            excluded: machine.is_excluded,
        }
    }
}

/// What every record has.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct Identified {
    id: DeviceId,
}

/// Reads a text that is not empty, or null. Returns whether it is one of them.
fn text(value: RawItem<'_>, place: &mut Option<Box<str>>) -> bool {
    let Ok(text) = value.decode::<Option<Box<str>>>() else { return false };
    *place = text.filter(|text| !text.is_empty());
    true
}

fn text_or_number(value: RawItem<'_>, place: &mut Option<Box<str>>) -> bool {
    // A text of digits stays as it is written.
    let number = Some(value).filter(|value| !value.as_str().starts_with('"'));
    if let Some(number) = number.and_then(|value| value.as_whole_number()) {
        *place = Some(number.to_string().into());
        return true;
    }
    text(value, place)
}

fn number(value: RawItem<'_>, place: &mut Option<u32>) -> bool {
    *place = value.as_whole_number().and_then(|number| u32::try_from(number).ok());
    place.is_some() || value.as_str() == "null"
}

fn boolean(value: RawItem<'_>, place: &mut Option<bool>) -> bool {
    value.decode().map(|truth| *place = truth).is_ok()
}

/// Reads a moment. One that never was, of year 1, is read as none.
fn time(value: RawItem<'_>, place: &mut Option<UtcTime>) -> bool {
    let mut written = None;
    if !text(value, &mut written) {
        return false;
    }
    *place = written.as_ref().and_then(|written| written.parse().ok());
    place.is_some() || written.is_none_or(|written| written.starts_with("0001-"))
}

fn list(value: RawItem<'_>, place: &mut Vec<Box<str>>) -> bool {
    let Ok(texts) = value.decode::<Option<Vec<Option<Box<str>>>>>() else { return false };
    *place = texts.into_iter().flatten().flatten().filter(|text| !text.is_empty()).collect();
    true
}
