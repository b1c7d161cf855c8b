//! Rows of the assessment, and the folds of them.

use endstate_assessment::{ConfigurationRow, StateFold};
use endstate_model::{Assessment, MachineSecurityState, StateSource};
use endstate_odata::RawItem;

pub(crate) fn item(json: &str) -> RawItem<'_> {
    RawItem::parse(json).unwrap()
}

pub(crate) fn configuration(device: &str, number: u32, is_applicable: bool, is_compliant: bool) -> String {
    format!(
        r#"{{"deviceId":"{device}","rbacGroupName":"Unassigned","deviceName":null,"osPlatform":"Windows11","osVersion":"10.0.22631.3737","timestamp":"2026-11-25 09:47:58.854","configurationId":"scid-{number}","isCompliant":{is_compliant},"isApplicable":{is_applicable}}}"#
    )
}

pub(crate) fn folded(rows: &[String]) -> StateFold {
    let mut fold = StateFold::new(StateSource::Assessments);
    for row in rows {
        fold.configuration(&ConfigurationRow::read(item(row)).unwrap());
    }
    fold
}

pub(crate) fn only(fold: &StateFold) -> MachineSecurityState {
    let states: Vec<_> = fold.states().collect();
    assert_eq!(states.len(), 1);
    states.into_iter().next().unwrap()
}

pub(crate) fn assessment(state: &MachineSecurityState) -> &Assessment {
    state.assessment.as_deref().unwrap()
}
