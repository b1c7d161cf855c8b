//! `$select`: which properties of a device are sent.

use endstate_model::MachineSecurityState;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The properties of a device, in the order of the document.
const PROPERTIES: [&str; 6] = ["id", "build", "revision", "architecture", "osVersion", "propertiesRequireAttention"];

/// Some of the properties, as a bit each; all by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Select(u8);

impl Select {
    pub(crate) const ALL: Self = Self((1 << PROPERTIES.len()) - 1);

    /// Reads a list of names with commas between them.
    ///
    /// # Errors
    /// The first name that is no property.
    pub(crate) fn parse(names: &str) -> Result<Self, String> {
        let mut selected = 0;
        for name in names.split(',').map(str::trim) {
            match PROPERTIES.iter().position(|property| *property == name) {
                Some(bit) => selected |= 1 << bit,
                None if name == "*" => selected = Self::ALL.0,
                None => return Err(name.to_owned()),
            }
        }
        Ok(Self(selected))
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }
}

/// A device with the properties that are selected.
#[derive(Debug)]
pub(crate) struct Selected<'s>(pub(crate) &'s MachineSecurityState, pub(crate) Select);

impl Serialize for Selected<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(state, Select(selected)) = self;
        let mut map = serializer.serialize_map(None)?;
        for (bit, name) in PROPERTIES.into_iter().enumerate() {
            if selected & (1 << bit) == 0 {
                continue;
            }
            match name {
                "id" => map.serialize_entry(name, &state.id)?,
                "build" => map.serialize_entry(name, &state.build)?,
                "revision" => map.serialize_entry(name, &state.revision)?,
                "architecture" => map.serialize_entry(name, &state.architecture)?,
                "osVersion" => map.serialize_entry(name, &state.os_version)?,
                _ => map.serialize_entry(name, &state.properties_require_attention)?,
            }
        }
        map.end()
    }
}
