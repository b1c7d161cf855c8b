//! The columns of the table of states, and a state as a row of it.

use endstate_model::{AttentionProperties, AttentionProperty, MachineSecurityState};

use crate::columns::{Column, Kind, Rows};

/// The columns. A later version may add some at the end; it changes and removes none.
pub(crate) const COLUMNS: &[Column] = &[
    Column::new("id", Kind::Text),
    Column::new("build", Kind::Integer),
    Column::new("revision", Kind::Integer),
    Column::new("architecture", Kind::Text),
    Column::new("os_version", Kind::Text),
    Column::new("properties_require_attention", Kind::Texts),
    Column::new("attention", Kind::Text),
    Column::new("attention_count", Kind::Integer),
    Column::new("is_known", Kind::Boolean),
    Column::new("not_known", Kind::Texts),
    Column::new("not_applicable", Kind::Texts),
    Column::new("is_assessed", Kind::Boolean),
    Column::new("missing_kbs", Kind::Texts),
    Column::new("device_name", Kind::Text),
    Column::new("machine_group", Kind::Text),
    Column::new("tags", Kind::Texts),
    Column::new("os_platform", Kind::Text),
    Column::new("last_seen", Kind::Moment),
    Column::new("onboarding_status", Kind::Text),
    Column::new("health_status", Kind::Text),
    Column::new("risk_score", Kind::Text),
    Column::new("exposure_level", Kind::Text),
    Column::new("device_value", Kind::Text),
    Column::new("entra_device_id", Kind::Text),
    Column::new("managed_by", Kind::Text),
    Column::new("users", Kind::Texts),
    Column::new("merged_into", Kind::Text),
    Column::new("is_excluded", Kind::Boolean),
    Column::new("other", Kind::Text),
    Column::new("source", Kind::Text),
    Column::new("pulled_at", Kind::Moment),
    Column::new("pull_id", Kind::Text),
];

/// What the footer of a file of one pull says: its id, and when it started. A file of an empty
/// fleet has no rows that do.
pub(crate) const PULL_ID: &str = "endstate.pull_id";
pub(crate) const STARTED_AT: &str = "endstate.started_at";

/// What is the same in all rows of a pull.
#[derive(Debug, Clone)]
pub(crate) struct OfPull {
    pub(crate) id: crate::PullId,
    pub(crate) started_at: endstate_model::UtcTime,
}

/// Adds a state. `other` is what else its item has, as a JSON object.
pub(crate) fn add(rows: &mut Rows, state: &MachineSecurityState, other: Option<&str>, pull: &OfPull) {
    let properties = &state.properties_require_attention;
    let names = |properties: &AttentionProperties| -> Vec<Box<str>> {
        properties.iter().map(|property| property.as_str().into()).collect()
    };
    let required = names(properties);
    // Null is not the same as none.
    let is_null = required.is_empty() && !properties.is_known();
    let assessment = state.assessment.as_deref();

    // Of what the row does not say, nothing is known: the documented collection does not have the
    // controls of today, and a list may have been readable only in part.
    let mut not_known = assessment.map_or_else(AttentionProperties::current, |assessment| assessment.not_known.clone());
    if !properties.is_known() {
        not_known.extend(AttentionProperty::KNOWN);
    }
    let not_known = names(&not_known.difference(properties));

    rows.text(Some(&state.id.to_string()))
        .integer(state.build)
        .integer(state.revision)
        .text(state.architecture.as_ref().map(endstate_model::Architecture::as_str))
        .text(state.os_version.as_ref().map(endstate_model::OsVersion::as_str))
        .texts((!is_null).then(|| texts(&required)))
        .text((!is_null).then(|| required.join(";")).as_deref())
        .integer((!is_null).then(|| u32::try_from(properties.without_informational().len()).unwrap_or(u32::MAX)))
        .boolean(Some(state.is_known()))
        .texts(Some(texts(&not_known)))
        .texts(assessment.map(|assessment| names(&assessment.not_applicable)).as_deref().map(texts))
        .boolean(assessment.map(|assessment| assessment.is_assessed))
        .texts(assessment.and_then(|assessment| assessment.missing_kbs.as_deref()).map(texts));

    let device = state.device.as_deref();
    let text =
        |value: fn(&endstate_model::Device) -> &Option<Box<str>>| device.and_then(|device| value(device).as_deref());
    rows.text(text(|device| &device.name))
        .text(text(|device| &device.group))
        .texts(device.map(|device| texts(&device.tags)))
        .text(text(|device| &device.platform))
        .moment(device.and_then(|device| device.last_seen))
        .text(text(|device| &device.onboarding))
        .text(text(|device| &device.health))
        .text(text(|device| &device.risk))
        .text(text(|device| &device.exposure))
        .text(text(|device| &device.value))
        .text(text(|device| &device.entra_device_id))
        .text(text(|device| &device.managed_by))
        .texts(device.map(|device| texts(&device.users)))
        .text(text(|device| &device.merged_into))
        .boolean(device.and_then(|device| device.excluded))
        .text(other)
        .text(assessment.map(|assessment| assessment.source.as_str()).or(Some("preview")))
        .moment(Some(pull.started_at))
        .text(Some(pull.id.as_str()));
}

fn texts(list: &[Box<str>]) -> impl Iterator<Item = &str> {
    list.iter().map(|text| &**text)
}
