//! A row of the query for device states: one device, computed by the service.

use std::collections::BTreeSet;

use endstate_model::{Device, DeviceId, MachineSecurityState, OsVersion, StateSource, newest_kbs_first};
use endstate_odata::RawItem;
use serde::Deserialize;

use crate::antivirus_info::up_to_date;
use crate::configuration_row::truth_of_text;
use crate::device_record::architecture;
use crate::evidence::Evidence;
use crate::hunting_columns::Columns;
use crate::system_family::SystemFamily;
use crate::{AntivirusMode, ConfigurationId};

/// A row of the answer to [`HuntingQuery::DeviceStates`](crate::HuntingQuery::DeviceStates).
///
/// Column names are compared without regard to case: Microsoft's examples and its live answers
/// differ. Values come as texts, as numbers, and as `{}` for null; keys that end in `@odata.type`
/// only describe others.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HuntingRow {
    /// The device's state, with the device, what is known of its properties, and the updates that
    /// it lacks.
    pub state: MachineSecurityState,
}

impl HuntingRow {
    /// Reads an item of the answer. Returns `None` if it names no device.
    pub fn read(item: RawItem<'_>) -> Option<Self> {
        let columns = Columns::new(item);
        let mut state = MachineSecurityState::new(DeviceId::for_join(columns.text("DeviceId")?));
        state.os_version = columns.text("FullOsVersion").and_then(OsVersion::new);
        let parts = state.os_version.as_ref().and_then(OsVersion::parts).map(|parts| (parts.build, parts.revision));
        let (build, revision) = parts.unzip();
        // The device's own report is newer than that of its software.
        state.build = columns.number("Build").or(build);
        state.revision = columns.number("Revision").or_else(|| revision.filter(|_| state.build == build));
        let family = SystemFamily::from_platform(columns.text("OSPlatform"));
        if !family.is_windows() && parts.is_none() {
            (state.build, state.revision) = (None, None);
        }
        state.architecture = columns.text("OSArchitecture").and_then(architecture);
        state.device = Some(Box::new(device(&columns))).filter(|device| !device.is_empty());

        let is_assessed = columns.text("Assessed").is_some();
        // A device lacks an update even if the update has no number.
        let lacks_any = columns.text("MissingKbs").is_some();
        let missing_kbs = newest_kbs_first(columns.words("MissingKbs"));
        let mut evidence = evidence(&columns, family);
        // Only Windows has these updates: of any other system, an empty list says nothing.
        let are_updates_known = is_assessed && (family.is_windows() || lacks_any);
        if are_updates_known {
            evidence.updates(lacks_any);
        } else if is_assessed && family == SystemFamily::Other {
            evidence.updates_do_not_apply();
        }

        evidence.conclude(&mut state, StateSource::Hunting, is_assessed);
        if let Some(assessment) = &mut state.assessment {
            assessment.missing_kbs = are_updates_known.then_some(missing_kbs);
        }
        Some(Self { state })
    }
}

fn evidence(columns: &Columns<'_>, family: SystemFamily) -> Evidence {
    let mut evidence = Evidence::default();
    let answers =
        [("Fail", Some(true), Some(false)), ("Pass", Some(true), Some(true)), ("NotApplicable", Some(false), None)];
    for (column, is_applicable, is_compliant) in answers {
        for id in columns.words(column).filter_map(ConfigurationId::from_text) {
            evidence.configuration(id, is_applicable, is_compliant);
        }
    }

    let mode = columns.text("AvMode").map_or(AntivirusMode::NotKnown, AntivirusMode::from_text);
    evidence.antivirus_mode(mode, family);
    evidence.security_intelligence(up_to_date(columns.text("AvSignatureUpToDate")));
    if let Some(health) = columns.text("SensorHealthState") {
        evidence.health(health);
    }
    evidence
}

fn device(columns: &Columns<'_>) -> Device {
    let mut device = Device::default();
    device.name = columns.boxed("DeviceName");
    device.group = columns.boxed("MachineGroup");
    device.platform = columns.boxed("OSPlatform");
    device.last_seen = columns.text("LastSeen").and_then(|seen| seen.parse().ok());
    device.onboarding = columns.boxed("OnboardingStatus");
    device.health = columns.boxed("SensorHealthState");
    device.exposure = columns.boxed("ExposureLevel");
    device.value = columns.boxed("AssetValue");
    device.entra_device_id = columns.boxed("AadDeviceId");
    device.merged_into = columns.boxed("MergedToDeviceId");
    device.excluded = columns.text("IsExcluded").and_then(truth_of_text);

    for column in ["DeviceManualTags", "DeviceDynamicTags"] {
        let tags: Vec<Box<str>> =
            columns.text(column).and_then(|tags| serde_json::from_str(tags).ok()).unwrap_or_default();
        device.tags.extend(tags);
    }
    device.tags.extend(columns.boxed("RegistryDeviceTag"));
    let mut seen = BTreeSet::new();
    device.tags.retain(|tag| seen.insert(tag.clone()));
    device.users = columns.text("LoggedOnUsers").map(users).unwrap_or_default();
    device
}

/// A signed-in user, as `DeviceInfo` has them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    user_name: Box<str>,
    #[serde(default)]
    domain_name: Option<Box<str>>,
}

/// The users of a JSON text, as `DOMAIN\name`.
fn users(text: &str) -> Vec<Box<str>> {
    let users: Vec<User> = serde_json::from_str(text).unwrap_or_default();
    let name = |User { user_name, domain_name }: User| match domain_name.filter(|domain| !domain.is_empty()) {
        Some(domain) => format!("{domain}\\{user_name}").into(),
        None => user_name,
    };
    users.into_iter().map(name).collect()
}
