//! Reads any item as a device state. An item whose id is a text is a state, whatever else it is.
#![no_main]

use endstate_model::{Entity, MachineSecurityState};
use endstate_odata::RawItem;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(item) = RawItem::parse(text) else { return };
    let ids: Vec<_> = item.members().filter(|(name, _)| name == "id").map(|(_, id)| id).collect();
    let state = MachineSecurityState::read(item);
    if let [id] = ids.as_slice()
        && let Ok(id) = id.decode::<String>()
        && !id.is_empty()
    {
        assert_eq!(state.as_ref().expect("it has an id").id.to_string(), id);
    }
    if let Ok(state) = state {
        for field in MachineSecurityState::FIELDS {
            let _ = state.field(field.name);
        }
        assert!(MachineSecurityState::is_certainly_valid(item) <= state.unreadable_fields.is_empty());
    }
});
