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
#[derive(Debug, Clone)]
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

    /// Returns a row whose id is its member `id`, if it has one.
    pub(crate) fn with_own_id(item: &impl Serialize) -> Self {
        let row = Self::new(&"", item);
        let id = row.fields.get("id").map(|id| id.as_str().map_or_else(|| id.to_string(), ToOwned::to_owned));
        Self { id: id.unwrap_or_default(), ..row }
    }

    fn item(&self, select: Select, fields: &[Field]) -> Item {
        // Fields follow the order of the document, which a map does not keep.
        let selected = fields.iter().enumerate().filter(|(bit, _)| select.has(*bit));
        let selected = selected.filter_map(|(_, field)| Some((field.name, self.fields.get(field.name)?)));
        // What the document does not have, a state of the caller's may have.
        let is_other = |name: &str| select == Select::ALL && fields.iter().all(|field| field.name != name);
        let others = self.fields.iter().map(|(name, value)| (name.as_str(), value)).filter(|(name, _)| is_other(name));
        let member = |(name, value): (&str, &Value)| format!("{}:{value}", Value::from(name));
        let shown: Vec<_> = selected.chain(others).map(member).collect();
        Item { json: format!("{{{}}}", shown.join(",")), id: self.id.clone() }
    }
}
