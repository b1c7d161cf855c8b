//! How tables name a device: by its name if that is known, else by its id.

use endstate_model::{Device, DeviceId};
use serde_json::Value;

use super::table::{Cell, Column};

/// The name of a device, if it is known. Some devices have an empty one.
pub(crate) fn name_of(device: Option<&Device>) -> Option<&str> {
    device?.name.as_deref().filter(|name| !name.is_empty())
}

/// The columns of a device: what people call it, its id and its name. People see the id as well if
/// any device `has_names`, and if there is room.
pub(super) fn device_columns(has_names: bool) -> [Column; 3] {
    let id = if has_names { Column::text("ID", "id").gives_way(0) } else { Column::data("id") };
    [Column::shown("DEVICE"), id, Column::data("name")]
}

/// The cells of these columns.
pub(super) fn device_cells(id: &DeviceId, name: Option<&str>) -> [Cell; 3] {
    let id = id.to_string();
    // A device without a name comes last in an order of names.
    let shown = name.map_or_else(|| Cell::Named(id.clone(), Value::Null), Cell::text);
    [shown, Cell::text(&id), Cell::optional(name)]
}
