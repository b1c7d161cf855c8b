//! Reads one property of an item, its key, and skips all others without building their values.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::{EntityKey, Error, RawItem, Result};

/// The name of a collection's key property, such as `id`.
///
/// ```
/// use endstate_odata::{KeyProperty, RawItem};
///
/// let item = RawItem::parse(r#"{"cveKbId":"CVE-2015-2482-3097617","severity":"Critical"}"#)?;
/// assert_eq!(KeyProperty::new("cveKbId").read(item)?.to_string(), "CVE-2015-2482-3097617");
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyProperty(Arc<str>);

impl KeyProperty {
    /// Creates a key property from its name. Names are case-sensitive.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The property's name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Reads the key of an item.
    ///
    /// # Errors
    /// Returns [`Error::Item`] if the item is not an object, if it has no such property, or if the
    /// property is neither a non-empty string nor a whole number.
    pub fn read(&self, item: RawItem<'_>) -> Result<EntityKey> {
        let first = item.members().find(|(name, _)| *name == *self.0).and_then(|(_, value)| value.as_plain_text());
        if let Some(text) = first.filter(|text| !text.is_empty()) {
            return Ok(EntityKey::from(text));
        }
        // `serde_json` reads any other key, or reports what is wrong with it.
        let mut deserializer = serde_json::Deserializer::from_str(item.as_str());
        Lookup(&self.0).deserialize(&mut deserializer).map_err(|error| Error::Item { source: Box::new(error) })
    }
}

impl Default for KeyProperty {
    /// `id`, the key of the machine security states.
    fn default() -> Self {
        Self::new("id")
    }
}

struct Lookup<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Lookup<'_> {
    type Value = EntityKey;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<EntityKey, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Lookup<'_> {
    type Value = EntityKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a key")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EntityKey, A::Error> {
        let mut key = None;
        while let Some(is_key) = map.next_key_seed(Is(self.0))? {
            if is_key && key.is_none() {
                key = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        key.ok_or_else(|| serde::de::Error::custom(format_args!("there is no property \"{}\"", self.0)))
    }
}

/// Checks whether a member's name is the name of the key.
struct Is<'n>(&'n str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a property name")
    }

    fn visit_str<E>(self, name: &str) -> Result<bool, E> {
        Ok(name == self.0)
    }
}
