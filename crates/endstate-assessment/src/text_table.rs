//! Texts that many devices share, each stored once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Stores each text once, and names it by a number of four bytes.
#[derive(Debug, Default)]
pub(crate) struct TextTable {
    bytes: String,
    /// Where each text ends; it begins where the one before ends.
    ends: Vec<u32>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// A text in a [`TextTable`], or no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TextId(u32);

impl TextId {
    /// No text.
    pub(crate) const NONE: Self = Self(u32::MAX);

    pub(crate) fn is_none(self) -> bool {
        self == Self::NONE
    }
}

impl TextTable {
    /// Stores a text. An empty one is no text. Beyond 4 GB of texts, further ones are not stored:
    /// what they name is then not known.
    pub(crate) fn store(&mut self, text: Option<&str>) -> TextId {
        let Some(text) = text.filter(|text| !text.is_empty()) else { return TextId::NONE };
        let hash = self.hasher.hash_one(text);
        let Self { bytes, ends, numbers, hasher } = self;
        if let Some(number) = numbers.find(hash, |number| get(bytes, ends, *number) == text) {
            return TextId(*number);
        }

        let end = u32::try_from(bytes.len() + text.len()).ok();
        let number = u32::try_from(ends.len()).ok().filter(|number| *number < u32::MAX);
        let (Some(end), Some(number)) = (end, number) else { return TextId::NONE };
        bytes.push_str(text);
        ends.push(end);
        numbers.insert_unique(hash, number, |number| hasher.hash_one(get(bytes, ends, *number)));
        TextId(number)
    }

    /// Returns a text.
    pub(crate) fn get(&self, id: TextId) -> Option<&str> {
        (!id.is_none()).then(|| get(&self.bytes, &self.ends, id.0))
    }
}

fn get<'t>(bytes: &'t str, ends: &[u32], number: u32) -> &'t str {
    let number = number as usize;
    let begin = number.checked_sub(1).map_or(0, |before| ends[before]) as usize;
    &bytes[begin..ends[number] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_stored_once_and_found_again() {
        let mut table = TextTable::default();
        let texts = ["Servers", "Ärzte", "", "Servers", "x"];
        let ids: Vec<_> = texts.iter().map(|text| table.store(Some(text))).collect();
        assert_eq!(ids[0], ids[3]);
        assert!(ids[2].is_none() && table.store(None).is_none());
        let found: Vec<_> = ids.iter().map(|id| table.get(*id).unwrap_or_default()).collect();
        assert_eq!(found, texts);
        assert_eq!(table.bytes, "ServersÄrztex");
    }
}
