//! The states of a pull, read back.

use delta_kernel::arrow::array::{
    Array as _, AsArray as _, BooleanArray, Int32Array, ListArray, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use endstate_model::{
    Architecture, Assessment, AttentionProperties, AttentionProperty, Device, DeviceId, MachineSecurityState,
    OsVersion, StateSource,
};
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;

use crate::PullId;
use crate::data_reader::{Columns, moment, text};
use crate::property_texts::parsed;
use crate::state_columns::COLUMNS;

/// A state of a pull, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredState {
    /// The state.
    pub state: MachineSecurityState,
    /// What else its item had, as a JSON object.
    pub other: Option<Box<str>>,
}

fn boxed(column: &StringArray, row: usize) -> Option<Box<str>> {
    text(column, row).map(Into::into)
}

fn number(column: &Int32Array, row: usize) -> Option<u32> {
    column.is_valid(row).then(|| column.value(row)).and_then(|value| u32::try_from(value).ok())
}

fn boolean(column: &BooleanArray, row: usize) -> Option<bool> {
    column.is_valid(row).then(|| column.value(row))
}

/// The texts of a list; `None` if it is null.
fn list(column: &ListArray, row: usize) -> Option<Vec<Box<str>>> {
    let values = column.is_valid(row).then(|| column.value(row))?;
    Some(values.as_string_opt::<i32>()?.iter().flatten().map(Into::into).collect())
}

fn os_version(text: &str) -> Option<OsVersion> {
    let deserializer: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    OsVersion::deserialize(deserializer).ok()
}

/// The states of a pull in some rows. `None` if a column is missing, or has another type.
pub(crate) fn states(batch: &RecordBatch, pull: &PullId) -> Option<Vec<StoredState>> {
    let columns = Columns::new(batch, COLUMNS);
    let (pulls, ids, others) = (columns.texts("pull_id")?, columns.texts("id")?, columns.texts("other")?);
    let (builds, revisions) = (columns.integers("build")?, columns.integers("revision")?);
    let (architectures, versions) = (columns.texts("architecture")?, columns.texts("os_version")?);
    let required = columns.texts("attention")?;
    let is_known = columns.booleans("is_known")?;
    let assessments = Assessments::new(&columns)?;
    let devices = Devices::new(&columns)?;

    let state = |row: usize| {
        let mut state = MachineSecurityState::new(DeviceId::from(ids.value(row)));
        (state.build, state.revision) = (number(&builds, row), number(&revisions, row));
        state.architecture = text(&architectures, row).map(Architecture::from_wire);
        state.os_version = text(&versions, row).and_then(os_version);
        state.assessment = assessments.get(row).map(Box::new);
        state.device = devices.get(row).map(Box::new);
        state.properties_require_attention = text(&required, row).map_or_else(AttentionProperties::not_known, parsed);
        // A list that could be read only in part.
        let is_part = boolean(&is_known, row) == Some(false) && assessments.is_nothing_else_known(row, &state);
        if is_part {
            state.properties_require_attention.mark_not_known();
        }
        StoredState { state, other: boxed(&others, row) }
    };
    Some((0..batch.num_rows()).filter(|row| pulls.value(*row) == pull.as_str()).map(state).collect())
}

/// The columns of what a source knows of the properties.
struct Assessments {
    is_assessed: BooleanArray,
    not_known: StringArray,
    not_applicable: StringArray,
    missing_kbs: ListArray,
    sources: StringArray,
}

impl Assessments {
    fn new(columns: &Columns<'_>) -> Option<Self> {
        Some(Self {
            is_assessed: columns.booleans("is_assessed")?,
            not_known: columns.texts("not_known")?,
            not_applicable: columns.texts("not_applicable")?,
            missing_kbs: columns.lists("missing_kbs")?,
            sources: columns.texts("source")?,
        })
    }

    /// `None` for a state of the documented collection.
    fn get(&self, row: usize) -> Option<Assessment> {
        let is_assessed = boolean(&self.is_assessed, row)?;
        let mut assessment = Assessment::new(StateSource::from(text(&self.sources, row).unwrap_or_default()));
        assessment.is_assessed = is_assessed;
        assessment.not_known = text(&self.not_known, row).map(parsed).unwrap_or_default();
        assessment.not_applicable = text(&self.not_applicable, row).map(parsed).unwrap_or_default();
        assessment.missing_kbs = list(&self.missing_kbs, row);
        Some(assessment)
    }

    /// Whether each documented property that is not required is not known.
    fn is_nothing_else_known(&self, row: usize, state: &MachineSecurityState) -> bool {
        let not_known = text(&self.not_known, row).map(parsed).unwrap_or_default();
        let mut rest = AttentionProperty::DOCUMENTED.iter();
        rest.all(|property| not_known.contains(property) || state.properties_require_attention.contains(property))
    }
}

/// The columns of what is known of a device.
struct Devices {
    names: StringArray,
    groups: StringArray,
    tags: ListArray,
    platforms: StringArray,
    last_seen: TimestampMicrosecondArray,
    onboarding: StringArray,
    health: StringArray,
    risks: StringArray,
    exposures: StringArray,
    values: StringArray,
    entra_device_ids: StringArray,
    managed_by: StringArray,
    users: ListArray,
    merged_into: StringArray,
    is_excluded: BooleanArray,
}

impl Devices {
    fn new(columns: &Columns<'_>) -> Option<Self> {
        Some(Self {
            names: columns.texts("device_name")?,
            groups: columns.texts("machine_group")?,
            tags: columns.lists("tags")?,
            platforms: columns.texts("os_platform")?,
            last_seen: columns.moments("last_seen")?,
            onboarding: columns.texts("onboarding_status")?,
            health: columns.texts("health_status")?,
            risks: columns.texts("risk_score")?,
            exposures: columns.texts("exposure_level")?,
            values: columns.texts("device_value")?,
            entra_device_ids: columns.texts("entra_device_id")?,
            managed_by: columns.texts("managed_by")?,
            users: columns.lists("users")?,
            merged_into: columns.texts("merged_into")?,
            is_excluded: columns.booleans("is_excluded")?,
        })
    }

    /// `None` if the item had no device.
    fn get(&self, row: usize) -> Option<Device> {
        let tags = list(&self.tags, row)?;
        let mut device = Device::default();
        device.tags = tags;
        device.name = boxed(&self.names, row);
        device.group = boxed(&self.groups, row);
        device.platform = boxed(&self.platforms, row);
        device.last_seen = moment(&self.last_seen, row);
        device.onboarding = boxed(&self.onboarding, row);
        device.health = boxed(&self.health, row);
        device.risk = boxed(&self.risks, row);
        device.exposure = boxed(&self.exposures, row);
        device.value = boxed(&self.values, row);
        device.entra_device_id = boxed(&self.entra_device_ids, row);
        device.managed_by = boxed(&self.managed_by, row);
        device.users = list(&self.users, row).unwrap_or_default();
        device.merged_into = boxed(&self.merged_into, row);
        device.excluded = boolean(&self.is_excluded, row);
        Some(device)
    }
}
