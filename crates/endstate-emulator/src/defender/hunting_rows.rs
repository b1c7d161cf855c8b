//! The rows of the hunting queries, with the oddities of the wire.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::antivirus::{AntivirusHealth, rows_of};
use super::assessment_rows::assessed_at;
use super::configuration::CONFIGURATIONS;
use super::device::{Device, Devices};
use super::draw::part as part_of;
use super::findings::{Finding, findings};
use super::times::{DAY, with_seven_digits};

/// The columns of a row for a device, in the order of the query.
pub(crate) const COLUMNS: [&str; 27] = [
    "DeviceId",
    "DeviceName",
    "OSPlatform",
    "OSArchitecture",
    "Build",
    "Revision",
    "FullOsVersion",
    "SensorHealthState",
    "OnboardingStatus",
    "MachineGroup",
    "DeviceManualTags",
    "DeviceDynamicTags",
    "RegistryDeviceTag",
    "LoggedOnUsers",
    "ExposureLevel",
    "AssetValue",
    "AadDeviceId",
    "IsExcluded",
    "MergedToDeviceId",
    "LastSeen",
    "Assessed",
    "Fail",
    "Pass",
    "NotApplicable",
    "AvMode",
    "AvSignatureUpToDate",
    "MissingKbs",
];

/// Returns how many of the devices of these days are in each part. Parts without devices have no
/// row.
pub(crate) fn devices_in_parts(devices: &Devices, days: i64, parts: u64) -> Vec<String> {
    let mut numbers: BTreeMap<u64, u64> = BTreeMap::new();
    let seen = (0..devices.len()).map(|position| devices.device(position)).filter(|device| is_seen(device, days));
    for device in seen {
        *numbers.entry(part_of(&device.id(), parts)).or_default() += 1;
    }

    let row = |(part, number): (u64, u64)| {
        let kind = if part % 3 == 1 { "\"Devices@odata.type\":\"#Int64\"," } else { "" };
        format!("{{\"Part\":{part},{kind}\"Devices\":{number}}}")
    };
    numbers.into_iter().map(row).collect()
}

/// Returns the row of the device at a position, or `None` if the device is not among those of the
/// query.
pub(crate) fn device_row(
    devices: &Devices,
    position: u64,
    days: i64,
    (parts, part): (u64, u64),
    is_chosen: &[bool],
) -> Option<String> {
    let device = devices.device(position);
    if !is_seen(&device, days) || part_of(&device.id(), parts) != part {
        return None;
    }
    let values = values(&device, is_chosen);
    let draw = device.draw.about("wire");
    let has_empty_nulls = draw.at(1).one_in(30);
    let has_other_case = draw.at(2).one_in(50);
    let has_type = draw.at(3).one_in(40);

    let mut row = String::with_capacity(2048);
    for (name, value) in COLUMNS.iter().zip(values) {
        row.push(if row.is_empty() { '{' } else { ',' });
        if *name == "Build" && has_type {
            row.push_str("\"Build@odata.type\":\"#Int64\",");
        }
        let name = if *name == "DeviceName" && has_other_case { "deviceName" } else { name };
        // The service writes a null as an empty object.
        let value = if value.is_empty() && has_empty_nulls { json!({}) } else { Value::from(value) };
        // Writing to a string cannot fail.
        let _ = write!(row, "\"{name}\":{value}");
    }
    row.push('}');
    Some(row)
}

pub(crate) fn is_seen(device: &Device, days: i64) -> bool {
    device.age() <= Duration::from_secs(u64::try_from(days).unwrap_or(0) * DAY)
}

/// Returns the values in the order of [`COLUMNS`].
fn values(device: &Device, is_chosen: &[bool]) -> [String; 27] {
    let [fail, pass, not_applicable, assessed] = assessment(device, is_chosen);
    let (_, architecture) = device.processor();
    let has_antivirus = rows_of(&device.devices.fleet, device.position) > 0;
    let antivirus = has_antivirus.then(|| AntivirusHealth::for_device(device));
    let updates: Vec<_> = device.missing_updates().iter().map(ToString::to_string).collect();
    let updates = updates.join(" ");
    let onboarding = if device.is_onboarded() { "Onboarded" } else { "Can be onboarded" };

    [
        device.id(),
        device.name().unwrap_or_default(),
        device.platform.name.to_owned(),
        architecture.to_owned(),
        device.build().to_string(),
        device.state.revision.unwrap_or_default().to_string(),
        if updates.is_empty() { String::new() } else { device.full_version() },
        device.health().to_owned(),
        onboarding.to_owned(),
        device.group().map_or("", |group| group.name).to_owned(),
        json!(device.manual_tags()).to_string(),
        "[]".to_owned(),
        device.registry_tag().to_owned(),
        device.logged_on_users(),
        device.exposure().to_owned(),
        device.value().to_owned(),
        device.entra_id().unwrap_or_default(),
        device.is_excluded().to_string(),
        device.merged_into().unwrap_or_default(),
        with_seven_digits(device.last_seen()),
        assessed,
        fail,
        pass,
        not_applicable,
        antivirus.as_ref().map_or("", |antivirus| antivirus.mode).to_owned(),
        antivirus.as_ref().map_or("", |antivirus| antivirus.is_up_to_date).to_owned(),
        updates,
    ]
}

/// Returns which of [`CONFIGURATIONS`] a query reads: those that it lists, and the attack surface
/// reduction rules.
pub(crate) fn chosen(listed: &[String]) -> Vec<bool> {
    CONFIGURATIONS.iter().map(|configuration| configuration.is_rule() || listed.contains(&configuration.id)).collect()
}

/// Returns the ids that fail, pass and do not apply, and when the device was assessed.
fn assessment(device: &Device, is_chosen: &[bool]) -> [String; 4] {
    let mut ids = [const { Vec::new() }; 3];
    for (place, finding) in findings(device).into_iter().filter(|(place, _)| is_chosen[*place]) {
        let list = match finding {
            Finding::NotCompliant => 0,
            Finding::Compliant => 1,
            Finding::NotApplicable => 2,
        };
        ids[list].push(CONFIGURATIONS[place].id.as_str());
    }

    let is_assessed = ids.iter().any(|ids| !ids.is_empty());
    let assessed = if is_assessed { with_seven_digits(assessed_at(device)) } else { String::new() };
    let [fail, pass, not_applicable] = ids.map(|ids| ids.join(" "));
    [fail, pass, not_applicable, assessed]
}
