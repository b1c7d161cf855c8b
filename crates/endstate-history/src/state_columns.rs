//! The columns of the table of states, and a state as a row of it.

use std::fmt::Write as _;
use std::sync::LazyLock;

use endstate_model::{Architecture, AttentionProperties, AttentionProperty, Device, ParsedState, UtcTime};

use crate::PullId;
use crate::columns::{Column, Kind, Rows};
use crate::property_texts::PropertyNames;

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
    Column::new("not_known", Kind::Text),
    Column::new("not_applicable", Kind::Text),
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

/// Adds the states of a pull as rows.
#[derive(Debug)]
pub(crate) struct StateRows {
    id: PullId,
    started_at: UtcTime,
    names: PropertyNames,
    /// The text of an id, kept for the next one.
    text: String,
}

impl StateRows {
    pub(crate) fn new(id: PullId, started_at: UtcTime) -> Self {
        Self { id, started_at, names: PropertyNames::default(), text: String::new() }
    }

    /// Adds a state. `other` is what else its item has, as a JSON object.
    pub(crate) fn add(&mut self, rows: &mut Rows, state: &ParsedState<'_>, other: Option<&str>) {
        let properties = &state.properties_require_attention;
        // Null is not the same as none.
        let is_null = properties.is_empty() && !properties.is_known();
        let assessment = state.assessment.as_deref();

        self.text.clear();
        // Writing to a text cannot fail.
        _ = write!(self.text, "{}", state.id);
        rows.text(Some(&self.text))
            .integer(state.build)
            .integer(state.revision)
            .text(state.architecture.as_ref().map(Architecture::as_str))
            .text(state.os_version);
        let required = self.names.of(properties);
        rows.texts((!is_null).then(|| required.names()))
            .text((!is_null).then_some(&required.joined))
            .integer((!is_null).then_some(required.need_attention))
            .boolean(Some(state.is_known()));

        // Of what the row does not say, nothing is known: the documented collection does not have
        // the controls of today, and a list may have been readable only in part.
        let not_known = assessment.map_or(&*CONTROLS_OF_TODAY, |assessment| &assessment.not_known);
        let mut not_known = not_known.difference(properties);
        if !properties.is_known() {
            not_known.extend(AttentionProperty::KNOWN);
            not_known = not_known.difference(properties);
        }
        rows.text(Some(&self.names.of(&not_known).joined));
        rows.text(assessment.map(|assessment| &*self.names.of(&assessment.not_applicable).joined));
        rows.boolean(assessment.map(|assessment| assessment.is_assessed))
            .texts(assessment.and_then(|assessment| assessment.missing_kbs.as_deref()).map(texts));
        add_device(rows, state.device.as_deref());
        rows.text(other)
            .text(assessment.map(|assessment| assessment.source.as_str()).or(Some("preview")))
            .moment(Some(self.started_at))
            .text(Some(self.id.as_str()));
    }
}

/// The documented collection says nothing of these.
static CONTROLS_OF_TODAY: LazyLock<AttentionProperties> = LazyLock::new(AttentionProperties::current);

fn add_device(rows: &mut Rows, device: Option<&Device>) {
    let text = |value: fn(&Device) -> &Option<Box<str>>| device.and_then(|device| value(device).as_deref());
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
        .boolean(device.and_then(|device| device.excluded));
}

fn texts(list: &[Box<str>]) -> impl Iterator<Item = &str> {
    list.iter().map(|text| &**text)
}
