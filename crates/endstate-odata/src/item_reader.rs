//! Reads items of which each is a text of its own, such as the lines of a file.

use crate::item_layout::ItemLayout;
use crate::item_scan::FoundItem;
use crate::{RawItem, Result, StreamedItem};

/// Reads items one after another, fast while they look alike. Each is a text of its own, such as a
/// line of a file; the items of a page are read by [`ItemStream`](crate::ItemStream).
#[derive(Debug, Clone, Default)]
pub struct ItemReader {
    layout: ItemLayout,
    /// The text that was read last.
    previous: Vec<u8>,
}

impl ItemReader {
    /// Reads an item. The white space of JSON around it is left out.
    ///
    /// # Errors
    /// Returns [`Error::Item`](crate::Error::Item) if the text is not one whole JSON value.
    pub fn read<'a>(&'a mut self, text: &'a str) -> Result<StreamedItem<'a>> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        let end = self.layout.end_of(&self.previous, text.as_bytes());
        self.previous.clear();
        self.previous.extend_from_slice(text.as_bytes());
        if end == Some(text.len()) {
            return Ok(StreamedItem::new(text, FoundItem::alike(0..text.len(), &self.layout)));
        }
        self.layout.forget_values();
        let item = RawItem::parse(text)?;
        self.layout.learn(text.as_bytes());
        Ok(item.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_end_without_a_beginning_is_no_item() {
        for text in ["}", "", "\u{c}{\"a\":1}"] {
            let mut reader = ItemReader::default();
            assert!(reader.read(text).is_err(), "{text}");
            assert!(reader.read("{\"a\":1}").is_ok());
            assert!(reader.read(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_text_is_read_as_serde_json_reads_it_whatever_came_before(
            texts in prop::collection::vec(
                (prop::sample::select(&["{\"a\":", "{\"a\" :", "{\"b\":", " {\"a\":"][..]), "[a-b]{0,2}", "[x-z]{0,40}", "[}\\],{]{0,2}"),
                1..12,
            ),
        ) {
            let mut reader = ItemReader::default();
            for (beginning, first, second, end) in texts {
                let text = format!("{beginning}\"{first}\",\"n\":\"{second}\"{end}");
                let expected = RawItem::parse(&text);
                match (reader.read(&text), expected) {
                    (Ok(item), Ok(expected)) => {
                        prop_assert_eq!(item.raw(), expected);
                        for (place, (name, value)) in expected.members().enumerate() {
                            let Some(names) = item.names() else { break };
                            prop_assert_eq!(names.iter().nth(place), Some(&*name));
                            prop_assert_eq!(item.value(place), Some(value));
                        }
                    }
                    (read, expected) => prop_assert_eq!(read.is_ok(), expected.is_ok(), "{}", text),
                }
            }
        }
    }
}
