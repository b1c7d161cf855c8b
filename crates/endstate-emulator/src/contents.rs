//! The contents of a collection: a fleet with computed devices, or stored rows.

use endstate_model::Field;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::page_content::Item;
use crate::select::{Select, Selected};
use crate::{DeviceOrder, Fleet};

/// The items of a collection, by position.
#[derive(Debug)]
pub(crate) enum Contents {
    Fleet(Fleet, DeviceOrder),
    Rows(Vec<Row>),
}

/// A stored item.
#[derive(Debug)]
pub(crate) struct Row {
    id: String,
    fields: Map<String, Value>,
}

impl Contents {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Fleet(fleet, _) => fleet.len(),
            Self::Rows(rows) => rows.len() as u64,
        }
    }

    /// Returns the item at a position, which must be below the length.
    pub(crate) fn item(&self, position: u64, select: Select, fields: &[Field]) -> Item {
        match self {
            Self::Fleet(fleet, order) => {
                let state = fleet.device(order.position(position, fleet.len()));
                Item::new(state.id.to_string(), &Selected(&state, select, fields))
            }
            Self::Rows(rows) => {
                let row = usize::try_from(position).ok().and_then(|place| rows.get(place));
                row.map(|row| row.item(select, fields)).unwrap_or_default()
            }
        }
    }
}

impl Row {
    /// Returns a row with this id.
    pub(crate) fn new(id: &dyn ToString, item: &impl Serialize) -> Self {
        let fields = match serde_json::to_value(item) {
            Ok(Value::Object(fields)) => fields,
            // Every item is an object, so this does not happen.
            _ => Map::new(),
        };
        Self { id: id.to_string(), fields }
    }

    fn item(&self, select: Select, fields: &[Field]) -> Item {
        // Fields follow the order of the document, which a map does not keep.
        let selected = fields.iter().enumerate().filter(|(bit, _)| select.has(*bit));
        let shown: Vec<_> = selected
            .filter_map(|(_, field)| Some(format!("{}:{}", Value::from(field.name), self.fields.get(field.name)?)))
            .collect();
        Item { json: format!("{{{}}}", shown.join(",")), id: self.id.clone() }
    }
}
