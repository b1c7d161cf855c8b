//! A row of the query for device states: one device, computed by the service.

use std::collections::BTreeSet;

use endstate_model::{Device, DeviceId, MachineSecurityState, OsVersion, StateSource, missing_kbs};
use endstate_odata::RawItem;
use serde::Deserialize;

use crate::antivirus_info::up_to_date;
use crate::device_record::architecture;
use crate::evidence::Evidence;
use crate::hunting_columns::{Columns, UnreadableRow};
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
    /// Reads an item of the answer.
    ///
    /// # Errors
    /// [`UnreadableRow`] if it names no device, or if a column has a value of another shape: then
    /// no part of the row is trusted.
    pub fn read(item: RawItem<'_>) -> Result<Self, UnreadableRow> {
        let columns = Columns::new(item);
        let mut state = MachineSecurityState::new(DeviceId::for_join(&columns.id("DeviceId")?));
        let family = SystemFamily::from_platform(columns.text("OSPlatform")?.as_deref());
        read_version(&mut state, &columns, family)?;
        state.architecture = columns.text("OSArchitecture")?.as_deref().and_then(architecture);
        state.device = Some(Box::new(device(&columns)?)).filter(|device| !device.is_empty());

        let is_assessed = columns.text("Assessed")?.is_some();
        // A device lacks an update even if the update has no number.
        let updates = columns.text("MissingKbs")?.unwrap_or_default();
        let lacks_any = !updates.trim().is_empty();
        let missing_kbs = missing_kbs(updates.split_ascii_whitespace());
        let mut evidence = evidence(&columns, family)?;
        // Only Windows has these updates: of any other system, an empty list says nothing.
        let are_updates_known = is_assessed && (family.is_windows() || lacks_any);
        if are_updates_known {
            evidence.updates(lacks_any);
        } else if is_assessed && family.is_other() {
            evidence.updates_do_not_apply();
        }

        evidence.conclude(&mut state, StateSource::Hunting, is_assessed);
        if let Some(assessment) = &mut state.assessment {
            assessment.missing_kbs = missing_kbs.filter(|_| are_updates_known);
        }
        Ok(Self { state })
    }
}

/// Reads build and revision. The device's own report is newer than that of its software.
fn read_version(
    state: &mut MachineSecurityState,
    columns: &Columns<'_>,
    family: SystemFamily,
) -> Result<(), UnreadableRow> {
    state.os_version = columns.text("FullOsVersion")?.as_deref().and_then(OsVersion::new);
    let parts = state.os_version.as_ref().and_then(OsVersion::parts).map(|parts| (parts.build, parts.revision));
    let (build, revision) = parts.unzip();

    state.build = columns.number("Build")?.or(build);
    state.revision = columns.number("Revision")?.or_else(|| revision.filter(|_| state.build == build));
    if !family.is_windows() && parts.is_none() {
        (state.build, state.revision) = (None, None);
    }
    Ok(())
}

fn evidence(columns: &Columns<'_>, family: SystemFamily) -> Result<Evidence, UnreadableRow> {
    let mut evidence = Evidence::default();
    let answers =
        [("Fail", Some(true), Some(false)), ("Pass", Some(true), Some(true)), ("NotApplicable", Some(false), None)];
    for (column, is_applicable, is_compliant) in answers {
        let ids = columns.text(column)?.unwrap_or_default();
        for id in ids.split_ascii_whitespace().filter_map(ConfigurationId::from_text) {
            evidence.configuration(id, is_applicable, is_compliant, family);
        }
    }

    let mode = columns.text("AvMode")?.map_or(AntivirusMode::NotKnown, |mode| AntivirusMode::from_text(&mode));
    evidence.antivirus_mode(mode, family);
    evidence.security_intelligence(up_to_date(columns.text("AvSignatureUpToDate")?.as_deref()));
    evidence.health(&columns.text("SensorHealthState")?.unwrap_or_default());
    Ok(evidence)
}

fn device(columns: &Columns<'_>) -> Result<Device, UnreadableRow> {
    let mut device = Device::default();
    device.name = columns.boxed("DeviceName")?;
    device.group = columns.boxed("MachineGroup")?;
    device.platform = columns.boxed("OSPlatform")?;
    device.last_seen = columns.time("LastSeen")?;
    device.onboarding = columns.boxed("OnboardingStatus")?;
    device.health = columns.boxed("SensorHealthState")?;
    device.exposure = columns.boxed("ExposureLevel")?;
    device.value = columns.boxed("AssetValue")?;
    device.entra_device_id = columns.boxed("AadDeviceId")?;
    device.merged_into = columns.text("MergedToDeviceId")?.map(|id| DeviceId::for_join(&id).to_string().into());
    device.excluded = columns.truth("IsExcluded")?;

    for column in ["DeviceManualTags", "DeviceDynamicTags"] {
        device.tags.extend(columns.list::<Box<str>>(column, "a list of texts")?);
    }
    device.tags.extend(columns.boxed("RegistryDeviceTag")?);
    let mut seen = BTreeSet::new();
    device.tags.retain(|tag| seen.insert(tag.clone()));

    let users = columns.list::<User>("LoggedOnUsers", "a list of users")?;
    device.users = users.into_iter().filter_map(User::into_name).collect();
    Ok(device)
}

/// A signed-in user, as `DeviceInfo` has them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct User {
    #[serde(default)]
    user_name: Option<Box<str>>,
    #[serde(default)]
    domain_name: Option<Box<str>>,
}

impl User {
    /// The user as `DOMAIN\name`; `None` for a user without a name.
    fn into_name(self) -> Option<Box<str>> {
        let name = self.user_name.filter(|name| !name.is_empty())?;
        Some(match self.domain_name.filter(|domain| !domain.is_empty()) {
            Some(domain) => format!("{domain}\\{name}").into(),
            None => name,
        })
    }
}
