//! The trait that every item type of a collection implements.

use endstate_odata::RawItem;

use crate::{Device, DeviceId, Field, FieldValue, ValueNames};

/// An item of one of the service's collections.
///
/// ```
/// use endstate_model::{Entity, KbInfo, MachineSecurityState};
///
/// assert_eq!(MachineSecurityState::ENTITY_SET, "machinesecuritystates");
/// assert_eq!((KbInfo::ENTITY_SET, KbInfo::KEY, KbInfo::NOUN), ("kbinfo", "id", "update"));
/// let names: Vec<_> = KbInfo::FIELDS.iter().map(|field| field.name).collect();
/// assert_eq!(names, ["id", "release", "publishingDate", "version", "architecture"]);
/// ```
pub trait Entity: Sized + 'static {
    /// Name of the collection: the last segment of its path. The service ignores its
    /// case.
    const ENTITY_SET: &'static str;

    /// Name of the property that identifies an item.
    const KEY: &'static str;

    /// A noun for one item, in the singular, such as `device state`.
    const NOUN: &'static str;

    /// The fields: first those of the document in its order, then those that are derived from them.
    const FIELDS: &'static [Field];

    /// Reads an item.
    ///
    /// An implementation may leave out fields that cannot be read, and list them in
    /// [`unreadable_fields`](Self::unreadable_fields).
    ///
    /// # Errors
    /// Returns [`endstate_odata::Error::Item`] if the item is not of this type.
    fn read(item: RawItem<'_>) -> endstate_odata::Result<Self>;

    /// The fields that the item has and that could not be read, by their wire names. Their values
    /// are not known.
    fn unreadable_fields(&self) -> &[&'static str] {
        &[]
    }

    /// A cheap check: `true` guarantees that [`read`](Self::read) reads every field, `false` means
    /// try it.
    // Public only for the speed of the command line, which counts the items that cannot be read.
    #[doc(hidden)]
    fn is_certainly_valid(_item: RawItem<'_>) -> bool {
        false
    }

    /// Passes the values of fields of the document to `each`, without building the item: those of
    /// [`field`](Self::field), or their texts. `false` means that it passed none: try
    /// [`read`](Self::read).
    // Public only for the speed of the command line, which writes a cell for each.
    #[doc(hidden)]
    fn each_field(_item: RawItem<'_>, _fields: &[&'static Field], _each: impl FnMut(&Field, FieldValue<'_>)) -> bool {
        false
    }

    /// Adds what another collection says of the item's device. Only states take it, unless they
    /// have a device already.
    fn join(&mut self, _device: impl FnOnce(&DeviceId) -> Option<Device>) {}

    /// Returns the value of one of [`FIELDS`](Self::FIELDS) by its name, or [`FieldValue::Missing`]
    /// for any other name.
    fn field(&self, name: &str) -> FieldValue<'_>;

    /// Whether the item says what a field is, even if that is nothing. A device that is in no list
    /// of devices has no group that is known, and one without a group has none. Of a list, the
    /// caller may name `elements` that are not in it; then the question is whether each is known
    /// not to be.
    fn knows(&self, _field: &str, _elements: &[String]) -> bool {
        true
    }

    /// Returns the names of a field's values, or `None` if any value is as good as another.
    fn value_names(_field: &str) -> Option<ValueNames> {
        None
    }
}
