//! One device in a pull of a history.

use endstate_model::{AttentionProperties, DeviceId, MachineSecurityState, ParsedState};

/// One device in a pull.
#[derive(Debug, Clone, Copy)]
pub struct HistoryRow<'r> {
    /// The device.
    pub id: &'r DeviceId,
    /// The properties that require attention.
    pub properties: &'r AttentionProperties,
    /// The properties that are not known.
    pub not_known: Option<&'r AttentionProperties>,
    /// Whether it is known of every property that the source can say whether it requires attention.
    pub is_known: bool,
    /// The build of its operating system.
    pub build: Option<u32>,
    /// Its device group.
    pub group: Option<&'r str>,
}

impl<'r> From<&'r ParsedState<'_>> for HistoryRow<'r> {
    fn from(state: &'r ParsedState<'_>) -> Self {
        Self {
            id: &state.id,
            properties: &state.properties_require_attention,
            not_known: state.assessment.as_ref().map(|assessment| &assessment.not_known),
            is_known: state.is_known(),
            build: state.build,
            group: state.device.as_ref().and_then(|device| device.group.as_deref()),
        }
    }
}

impl<'r> From<&'r MachineSecurityState> for HistoryRow<'r> {
    fn from(state: &'r MachineSecurityState) -> Self {
        Self {
            id: &state.id,
            properties: &state.properties_require_attention,
            not_known: state.assessment.as_ref().map(|assessment| &assessment.not_known),
            is_known: state.is_known(),
            build: state.build,
            group: state.device.as_ref().and_then(|device| device.group.as_deref()),
        }
    }
}
