//! One device in a pull of a history.

use endstate_model::{Assessment, AttentionProperties, Device, DeviceId, MachineSecurityState, ParsedState};

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

/// The number of a set of properties in one [`HistoryBuilder`](crate::HistoryBuilder).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SetNumber(pub(crate) u32);

/// The number of a device group in one [`HistoryBuilder`](crate::HistoryBuilder).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GroupNumber(pub(crate) u32);

/// The same as [`HistoryRow`], with numbers for what many devices share. Readers of columns have
/// each value once, and need not compare those of each row.
#[derive(Debug, Clone, Copy)]
pub struct NumberedRow<'r> {
    /// The device.
    pub id: &'r DeviceId,
    /// The properties that require attention.
    pub properties: SetNumber,
    /// The properties that are not known.
    pub not_known: Option<SetNumber>,
    /// Whether it is known of every property that the source can say whether it requires attention.
    pub is_known: bool,
    /// The build of its operating system.
    pub build: Option<u32>,
    /// Its device group.
    pub group: Option<GroupNumber>,
}

impl<'r> HistoryRow<'r> {
    fn of(
        id: &'r DeviceId,
        properties: &'r AttentionProperties,
        assessment: Option<&'r Assessment>,
        device: Option<&'r Device>,
    ) -> Self {
        let not_known = assessment.map(|assessment| &assessment.not_known);
        let group = device.and_then(|device| device.group.as_deref());
        Self { id, properties, not_known, is_known: properties.is_known(), build: None, group }
    }
}

impl<'r> From<&'r ParsedState<'_>> for HistoryRow<'r> {
    fn from(state: &'r ParsedState<'_>) -> Self {
        let properties = &state.properties_require_attention;
        let row = Self::of(&state.id, properties, state.assessment.as_deref(), state.device.as_deref());
        Self { is_known: state.is_known(), build: state.build, ..row }
    }
}

impl<'r> From<&'r MachineSecurityState> for HistoryRow<'r> {
    fn from(state: &'r MachineSecurityState) -> Self {
        let properties = &state.properties_require_attention;
        let row = Self::of(&state.id, properties, state.assessment.as_deref(), state.device.as_deref());
        Self { is_known: state.is_known(), build: state.build, ..row }
    }
}
