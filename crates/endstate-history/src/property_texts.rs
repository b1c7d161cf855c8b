//! Sets of properties as texts, and back.

use endstate_model::{AttentionProperties, AttentionProperty};
use hashbrown::HashMap;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What a name has encoded, because it would end the name.
const ENCODED: &AsciiSet = &CONTROLS.add(b';').add(b'%');

/// The names with `;` between them, for engines without arrays. Names of Microsoft's have none of
/// the few characters that are percent-encoded here.
fn joined(properties: &AttentionProperties) -> String {
    let mut text = String::new();
    for property in properties.iter() {
        if !text.is_empty() {
            text.push(';');
        }
        text.extend(utf8_percent_encode(property.as_str(), ENCODED));
    }
    text
}

/// The names of sets. Most devices have the set of another one, so each set is written once.
#[derive(Debug, Default)]
pub(crate) struct PropertyNames {
    sets: HashMap<AttentionProperties, SetNames>,
}

/// The names of a set.
#[derive(Debug)]
pub(crate) struct SetNames {
    names: Vec<Box<str>>,
    /// With `;` between them.
    pub(crate) joined: String,
    /// How many of them need attention.
    pub(crate) need_attention: u32,
}

/// Sets whose names are kept. A fleet has a few hundred; a hostile server can send more.
const MAX_SETS: usize = 10_000;

impl PropertyNames {
    pub(crate) fn of(&mut self, set: &AttentionProperties) -> &SetNames {
        if self.sets.len() >= MAX_SETS && !self.sets.contains_key(set) {
            self.sets.clear();
        }
        self.sets.entry_ref(set).or_insert_with(|| SetNames {
            names: set.iter().map(|property| property.as_str().into()).collect(),
            joined: joined(set),
            need_attention: u32::try_from(set.without_informational().len()).unwrap_or(u32::MAX),
        })
    }
}

impl SetNames {
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }
}

/// The set that a text has.
pub(crate) fn parsed(text: &str) -> AttentionProperties {
    let names = text.split(';').filter(|name| !name.is_empty());
    names.map(|name| AttentionProperty::from_wire(&percent_decode_str(name).decode_utf8_lossy())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_same_set_whatever_is_in_a_name() {
        for names in [&[][..], &["FirewallOff"], &["FirewallOff", "LapsOff"], &["a;b", "a", "b%3B"], &["é\n", " "]] {
            let set: AttentionProperties = names.iter().map(|name| AttentionProperty::from_wire(name)).collect();
            assert_eq!(parsed(&joined(&set)), set, "{names:?}");
        }
        assert_eq!(
            joined(&["LapsOff", "a;b"].map(AttentionProperty::from_wire).into_iter().collect()),
            "LapsOff;a%3Bb"
        );
    }
}
