//! Tests of `endstate-analysis` through its public interface.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue should say where")]

mod condition;
mod current_states;
mod difference;
mod history;
mod missing_kbs;
mod missing_updates;
mod results;
mod triage;

use endstate_model::{Architecture, AttentionProperty, DeviceId, Entity, MachineSecurityState};
use endstate_odata::Page;
use proptest::prelude::*;

/// Returns the items of a page that can be read.
fn states<E: Entity>(body: &str) -> Vec<E> {
    Page::parse(body).unwrap().items().iter().filter_map(|item| E::read(*item).ok()).collect()
}

/// Generates states with few ids, builds, revisions and architectures, to make them coincide.
fn any_state() -> impl Strategy<Value = MachineSecurityState> {
    let properties = prop::collection::vec(prop::sample::select(AttentionProperty::KNOWN), 0..5);
    let architecture = prop::option::of(prop::sample::select(&["Amd64", "Arm64"][..]));
    ("[a-f]{1,3}", prop::option::of(1_u32..4), prop::option::of(1_u32..4), properties, architecture).prop_map(
        |(id, build, revision, properties, architecture)| {
            let mut state = MachineSecurityState::new(DeviceId::from(id.as_str()));
            (state.build, state.revision) = (build, revision);
            state.properties_require_attention.extend(properties);
            state.architecture = architecture.map(Architecture::from_wire);
            state
        },
    )
}
