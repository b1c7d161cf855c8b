//! Groups of devices.

use endstate_odata::RawItem;
use serde::{Deserialize, Serialize};

use crate::{Entity, Field, FieldKind, FieldValue};

/// A group of devices: an item of the collection `machinegroups` (the vendor's page *Get machine
/// groups collection API*).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MachineGroup {
    /// The group's id, equal to the `rbacGroupId` of a device's machine record.
    pub id: u64,
    /// Its name, such as `UnassignedGroup`.
    #[serde(default)]
    pub name: Option<String>,
    /// Its description, which may be empty.
    #[serde(default)]
    pub description: Option<String>,
    /// Whether this is the one group for devices that belong to no other group.
    #[serde(default)]
    pub ungrouped: Option<bool>,
}

impl MachineGroup {
    /// Creates a group with this id, of which nothing else is known.
    pub fn new(id: u64) -> Self {
        Self { id, name: None, description: None, ungrouped: None }
    }
}

impl Entity for MachineGroup {
    const ENTITY_SET: &'static str = "machinegroups";
    const KEY: &'static str = "id";
    const NOUN: &'static str = "device group";
    const FIELDS: &'static [Field] = &[
        Field::new("id", FieldKind::Number),
        Field::new("name", FieldKind::Text),
        Field::new("description", FieldKind::Text),
        Field::new("ungrouped", FieldKind::Boolean),
    ];

    fn read(item: RawItem<'_>) -> endstate_odata::Result<Self> {
        item.decode()
    }

    fn field(&self, name: &str) -> FieldValue<'_> {
        match name {
            "id" => FieldValue::Number(self.id),
            "name" => FieldValue::text(self.name.as_deref()),
            "description" => FieldValue::text(self.description.as_deref()),
            "ungrouped" => self.ungrouped.map_or(FieldValue::Missing, FieldValue::Boolean),
            _ => FieldValue::Missing,
        }
    }
}
