//! Reads the key of an item, and skips all other properties without building their values.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::{EntityKey, Error, RawItem, Result};

/// The names of a collection's key properties, such as `id`, or `machineId` and `cveId`.
///
/// An entity is identified by all of them together. With only some of them, different entities
/// would look like one.
///
/// ```
/// use endstate_odata::{KeyProperties, RawItem};
///
/// let item = RawItem::parse(r#"{"cveKbId":"CVE-2015-2482-3097617","severity":"Critical"}"#)?;
/// assert_eq!(KeyProperties::new("cveKbId").read(item)?.to_string(), "CVE-2015-2482-3097617");
///
/// let row = RawItem::parse(r#"{"machineId":"a","cveId":"CVE-2026-1","severity":"High"}"#)?;
/// let key = KeyProperties::new("machineId").and("cveId");
/// assert_eq!(key.read(row)?.to_string(), r#"["a","CVE-2026-1"]"#);
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyProperties {
    first: Arc<str>,
    /// Almost always empty.
    others: Arc<[Box<str>]>,
}

impl KeyProperties {
    /// Creates the key of one property. Names are case-sensitive.
    pub fn new(name: &str) -> Self {
        Self { first: name.into(), others: Arc::default() }
    }

    /// Adds a property to a key of several.
    #[must_use]
    pub fn and(self, name: &str) -> Self {
        let others = self.others.iter().cloned().chain([name.into()]).collect();
        Self { others, ..self }
    }

    /// The names of the properties, in the order in which they make up a key.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.first).chain(self.others.iter().map(|name| &**name))
    }

    /// Reads the key of an item. The key of several properties is a JSON array of their texts.
    ///
    /// # Errors
    /// Returns [`Error::Item`] if the item is not an object, if it lacks one of the properties, or
    /// if one is neither a non-empty string nor a whole number.
    pub fn read(&self, item: RawItem<'_>) -> Result<EntityKey> {
        if self.others.is_empty() {
            return read_one(&self.first, item);
        }
        let texts = self.names().map(|name| Ok(read_one(name, item)?.to_string()));
        let texts = texts.collect::<Result<Vec<_>>>()?;
        let key = serde_json::to_string(&texts).map_err(|error| Error::Item { source: Box::new(error) })?;
        Ok(EntityKey::from(key.as_str()))
    }
}

fn read_one(name: &str, item: RawItem<'_>) -> Result<EntityKey> {
    let first = item.members().find(|(other, _)| *other == *name).and_then(|(_, value)| value.as_plain_text());
    if let Some(text) = first.filter(|text| !text.is_empty()) {
        return Ok(EntityKey::from(text));
    }
    // `serde_json` reads any other key, or reports what is wrong with it.
    let mut deserializer = serde_json::Deserializer::from_str(item.as_str());
    Lookup(name).deserialize(&mut deserializer).map_err(|error| Error::Item { source: Box::new(error) })
}

impl Default for KeyProperties {
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
