//! What makes a type an item of a collection.

use serde::de::DeserializeOwned;

/// An item of one of the service's collections.
///
/// ```
/// use endstate_model::{Entity, KbInfo, MachineSecurityState};
///
/// assert_eq!(MachineSecurityState::ENTITY_SET, "machinesecuritystates");
/// assert_eq!((KbInfo::ENTITY_SET, KbInfo::KEY), ("kbinfo", "id"));
/// ```
pub trait Entity: DeserializeOwned {
    /// Name of the collection, the last segment of its path; the service reads it in any case.
    const ENTITY_SET: &'static str;

    /// Name of the property that identifies an item.
    const KEY: &'static str;
}
