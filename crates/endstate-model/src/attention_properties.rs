//! The set of properties that require attention on one device.

use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::AttentionProperty;

/// A set of [`AttentionProperty`]. It is compact (one bit for each known property), and iterates in
/// the order of the vendor's report, with unknown properties last.
///
/// The set can be read from an array of strings (the document), from one comma-separated string, as
/// an older connector sends it (the vendor's report splits it the same way), and from null, which
/// means that the properties are not known. Null and empty elements are ignored, and a repeated
/// value counts once.
///
/// A set that is not [known](Self::is_known) has the properties that are known to require
/// attention; others may require it, too. Such a set is not equal to a known one.
///
/// ```
/// use endstate_model::{AttentionProperties, AttentionProperty};
///
/// let set: AttentionProperties =
///     ["FirewallOff", "EdrSensorOff"].into_iter().map(AttentionProperty::from_wire).collect();
/// let names: Vec<_> = set.iter().map(|property| property.to_string()).collect();
/// assert_eq!(names, ["EdrSensorOff", "FirewallOff"]);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct AttentionProperties {
    /// Bit `n` represents `AttentionProperty::KNOWN[n]`. The highest bit represents that there may
    /// be other properties.
    bits: u64,
    /// Sorted, without duplicates. Almost always empty, and then without an allocation.
    unknown: Vec<AttentionProperty>,
}

impl AttentionProperties {
    /// Creates the empty set: a device that needs no attention.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a set of which nothing is known. It is not the empty set: the device may need
    /// attention.
    pub fn not_known() -> Self {
        Self { bits: NOT_KNOWN, unknown: Vec::new() }
    }

    /// Creates the set of all [documented properties](AttentionProperty::DOCUMENTED).
    pub(crate) fn documented() -> Self {
        Self { bits: (1 << AttentionProperty::DOCUMENTED.len()) - 1, unknown: Vec::new() }
    }

    /// Creates the set of all [controls of today](AttentionProperty::is_current).
    pub fn current() -> Self {
        let documented = AttentionProperty::DOCUMENTED.len();
        Self { bits: (1 << AttentionProperty::KNOWN.len()) - (1 << documented), unknown: Vec::new() }
    }

    /// Reads the text of an older connector: properties with commas between them.
    pub(crate) fn from_comma_separated(text: &str) -> Self {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(AttentionProperty::from_wire).collect()
    }

    /// Whether the set has all properties that require attention. If not, others may require it.
    pub fn is_known(&self) -> bool {
        self.bits & NOT_KNOWN == 0
    }

    /// Notes that others than the properties of this set may require attention.
    pub fn mark_not_known(&mut self) {
        self.bits |= NOT_KNOWN;
    }

    /// Adds a property. Returns `false` if the set already contained it.
    pub fn insert(&mut self, property: AttentionProperty) -> bool {
        if let Some(index) = property.position() {
            let bit = 1 << index;
            let is_new = self.bits & bit == 0;
            self.bits |= bit;
            return is_new;
        }
        match self.unknown.binary_search(&property) {
            Ok(_) => false,
            Err(place) => {
                self.unknown.insert(place, property);
                true
            }
        }
    }

    /// Whether the set contains a property.
    pub fn contains(&self, property: &AttentionProperty) -> bool {
        match property.position() {
            Some(index) => self.bits & (1 << index) != 0,
            None => self.unknown.binary_search(property).is_ok(),
        }
    }

    /// The number of properties in the set.
    pub fn len(&self) -> usize {
        (self.bits & !NOT_KNOWN).count_ones() as usize + self.unknown.len()
    }

    /// Whether no property is in the set. Nothing requires attention if the set is also
    /// [known](Self::is_known).
    pub fn is_empty(&self) -> bool {
        self.bits & !NOT_KNOWN == 0 && self.unknown.is_empty()
    }

    /// Whether a property other than one that only informs is in the set.
    pub fn needs_attention(&self) -> bool {
        self.bits & !(INFORMATIONAL | NOT_KNOWN) != 0 || !self.unknown.is_empty()
    }

    /// Whether a property that only informs is in the set.
    pub fn informs(&self) -> bool {
        self.bits & INFORMATIONAL != 0
    }

    /// Returns the set without the properties that only inform.
    #[must_use = "the set itself stays as it is"]
    pub fn without_informational(&self) -> Self {
        Self { bits: self.bits & !INFORMATIONAL, unknown: self.unknown.clone() }
    }

    /// The highest [weight](AttentionProperty::weight) of a property; 0 for the empty set.
    pub fn highest_weight(&self) -> u16 {
        self.iter().map(AttentionProperty::weight).max().unwrap_or_default()
    }

    /// Returns the properties of this set that are not in the other. If either
    /// set is not known whole, the properties that it does not show are not compared.
    #[must_use = "the set itself stays as it is"]
    pub fn difference(&self, other: &Self) -> Self {
        let unknown = self.unknown.iter().filter(|property| other.unknown.binary_search(property).is_err());
        Self { bits: self.bits & !(other.bits | NOT_KNOWN), unknown: unknown.cloned().collect() }
    }

    /// Returns the properties that are in both sets.
    #[must_use = "the set itself stays as it is"]
    pub fn intersection(&self, other: &Self) -> Self {
        let unknown = self.unknown.iter().filter(|property| other.unknown.binary_search(property).is_ok());
        Self { bits: self.bits & other.bits & !NOT_KNOWN, unknown: unknown.cloned().collect() }
    }

    /// Iterates over the properties in the order of the vendor's report, with unknown ones last.
    pub fn iter(&self) -> impl Iterator<Item = &AttentionProperty> + '_ {
        let mut bits = self.bits & !NOT_KNOWN;
        let known = std::iter::from_fn(move || {
            // A device has few of them: only the bits that are set are visited.
            let index = bits.trailing_zeros() as usize;
            bits &= bits.wrapping_sub(1);
            AttentionProperty::KNOWN.get(index)
        });
        known.chain(&self.unknown)
    }
}

/// The bit of a set that is not known whole.
const NOT_KNOWN: u64 = 1 << 63;

/// The bits of all known properties must fit below it.
const _: () = assert!(AttentionProperty::KNOWN.len() < 64);

/// The bits of the properties that only inform.
const INFORMATIONAL: u64 = {
    let mut bits = 0;
    let mut index = 0;
    while index < AttentionProperty::KNOWN.len() {
        if AttentionProperty::KNOWN[index].is_informational() {
            bits |= 1 << index;
        }
        index += 1;
    }
    bits
};

impl<'a> IntoIterator for &'a AttentionProperties {
    type Item = &'a AttentionProperty;
    type IntoIter = Box<dyn Iterator<Item = &'a AttentionProperty> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl Extend<AttentionProperty> for AttentionProperties {
    fn extend<T: IntoIterator<Item = AttentionProperty>>(&mut self, properties: T) {
        let sorted = self.unknown.len();
        for property in properties {
            match property.position() {
                Some(index) => self.bits |= 1 << index,
                None => self.unknown.push(property),
            }
        }
        // Sorted once, because a server may send a million of them.
        if self.unknown.len() > sorted {
            self.unknown.sort_unstable();
            self.unknown.dedup();
        }
    }
}

impl<'p> Extend<&'p AttentionProperty> for AttentionProperties {
    fn extend<T: IntoIterator<Item = &'p AttentionProperty>>(&mut self, properties: T) {
        self.extend(properties.into_iter().cloned());
    }
}

impl FromIterator<AttentionProperty> for AttentionProperties {
    fn from_iter<T: IntoIterator<Item = AttentionProperty>>(properties: T) -> Self {
        let mut set = Self::new();
        set.extend(properties);
        set
    }
}

impl fmt::Debug for AttentionProperties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut set = f.debug_set();
        set.entries(self.iter());
        if self.is_known() { set.finish() } else { set.finish_non_exhaustive() }
    }
}

/// Writes an array, or null if nothing is known. Of a set that is known in part, the array has that
/// part.
impl Serialize for AttentionProperties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_empty() && !self.is_known() {
            return serializer.serialize_none();
        }
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for AttentionProperties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Set;

        impl<'de> Visitor<'de> for Set {
            type Value = AttentionProperties;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of properties, a comma-separated text, or null")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut properties: A) -> Result<AttentionProperties, A::Error> {
                let mut all = Vec::new();
                while let Some(property) = properties.next_element::<Option<AttentionProperty>>()? {
                    all.extend(property.filter(|property| !property.as_str().is_empty()));
                }
                Ok(all.into_iter().collect())
            }

            fn visit_str<E>(self, text: &str) -> Result<AttentionProperties, E> {
                Ok(AttentionProperties::from_comma_separated(text))
            }

            fn visit_unit<E>(self) -> Result<AttentionProperties, E> {
                Ok(AttentionProperties::not_known())
            }
        }

        deserializer.deserialize_any(Set)
    }
}
