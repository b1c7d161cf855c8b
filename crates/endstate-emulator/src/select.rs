//! The `$select` query option: which properties of an item are sent.

use endstate_model::{Field, MachineSecurityState};
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A set of fields, one bit each in the order of the document. The default is all fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Select(u8);

impl Select {
    pub(crate) const ALL: Self = Self(u8::MAX);

    /// Parses a list of names with commas between them.
    ///
    /// # Errors
    /// The first name that is not a field.
    pub(crate) fn parse(names: &str, fields: &[Field]) -> Result<Self, String> {
        let mut selected = 0;
        for name in names.split(',').map(str::trim) {
            match fields.iter().position(|field| field.name == name) {
                Some(bit) => selected |= 1 << bit,
                None if name == "*" => selected = Self::ALL.0,
                None => return Err(name.to_owned()),
            }
        }
        Ok(Self(selected))
    }

    /// Returns whether the field at this place is sent.
    pub(crate) fn has(self, place: usize) -> bool {
        self.0 & (1 << place) != 0
    }

    /// Returns the selected names in the order of the document, or `None` if all are selected.
    pub(crate) fn names(self, fields: &[Field]) -> Option<String> {
        let names: Vec<_> =
            fields.iter().enumerate().filter(|(place, _)| self.has(*place)).map(|(_, field)| field.name).collect();
        (self != Self::ALL).then(|| names.join(","))
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits)
    }
}

/// A device with only its selected properties.
#[derive(Debug)]
pub(crate) struct Selected<'s>(pub(crate) &'s MachineSecurityState, pub(crate) Select, pub(crate) &'s [Field]);

impl Serialize for Selected<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(state, select, fields) = self;
        let mut map = serializer.serialize_map(None)?;
        for (place, field) in fields.iter().enumerate() {
            if !select.has(place) {
                continue;
            }
            match field.name {
                "id" => map.serialize_entry("id", &state.id)?,
                "build" => map.serialize_entry("build", &state.build)?,
                "revision" => map.serialize_entry("revision", &state.revision)?,
                "architecture" => map.serialize_entry("architecture", &state.architecture)?,
                "osVersion" => map.serialize_entry("osVersion", &state.os_version)?,
                name => map.serialize_entry(name, &state.properties_require_attention)?,
            }
        }
        map.end()
    }
}
