//! Results as JSON: the fields are those of the types.

use endstate_analysis::{DifferenceBuilder, EarlierStates, TriageBuilder};
use endstate_model::{Architecture, AttentionProperty, DeviceId, MachineSecurityState};

fn fleet() -> Vec<MachineSecurityState> {
    let mut state = MachineSecurityState::new(DeviceId::from("a"));
    (state.build, state.revision, state.architecture) = (Some(19045), Some(5247), Some(Architecture::Amd64));
    state.properties_require_attention.extend([AttentionProperty::FirewallOff, AttentionProperty::AntivirusOff]);
    let mut other = MachineSecurityState::new(DeviceId::from("b"));
    (other.build, other.revision) = (Some(19045), Some(5300));
    vec![state, other]
}

#[test]
fn a_triage_is_an_object_with_its_fields() {
    let mut builder = TriageBuilder::new(1);
    builder.extend(&fleet());
    insta::assert_json_snapshot!(builder.finish());
}

#[test]
fn a_difference_is_an_object_with_its_fields() {
    let mut earlier = EarlierStates::new();
    earlier.add_pull(&fleet()[..1]);
    let mut builder = DifferenceBuilder::new(earlier);
    let change = builder.compare(&fleet()[1]);
    insta::assert_json_snapshot!((change, builder.finish()));
}
