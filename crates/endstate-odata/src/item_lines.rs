//! Lines of which each is an item, read in one task and used in another.

use std::ops::Range;

use crate::item::Form;
use crate::{ItemReader, RawItem, Result};

/// A text of lines of which each is an item, such as a part of an NDJSON file.
///
/// ```
/// use endstate_odata::{ItemLines, ItemReader};
///
/// let mut reader = ItemReader::default();
/// let lines = ItemLines::read("{\"id\":\"a\"}\n\n{\"id\":\n".to_owned(), &mut reader);
/// let items: Vec<_> = lines.iter().map(|(line, item)| (line, item.is_ok())).collect();
/// assert_eq!(items, [("{\"id\":\"a\"}", true), ("", false), ("{\"id\":", false)]);
/// ```
#[derive(Debug, Clone)]
pub struct ItemLines {
    text: String,
    /// Each line without white space around it, and the form of its item; `None` if it has
    /// no item.
    lines: Vec<(Range<usize>, Option<Form>)>,
}

impl ItemLines {
    /// Reads the lines of a text. A `reader` that has read similar lines is faster.
    pub fn read(text: String, reader: &mut ItemReader) -> Self {
        let mut lines = Vec::new();
        let mut begin = 0;
        let ends = memchr::memchr_iter(b'\n', text.as_bytes());
        for end in ends.chain((!text.is_empty() && !text.ends_with('\n')).then_some(text.len())) {
            let line = text[begin..end].trim_matches([' ', '\t', '\r']);
            let from = line.as_ptr().addr() - text.as_ptr().addr();
            let form = if line.is_empty() { None } else { reader.read(line).ok().map(|item| item.raw().form()) };
            lines.push((from..from + line.len(), form));
            begin = end + 1;
        }
        Self { text, lines }
    }

    /// Whether the last line with text ends in a line feed.
    pub fn is_whole(&self) -> bool {
        self.text.ends_with('\n') || self.lines.last().is_none_or(|(place, _)| place.is_empty())
    }

    /// The text of all lines.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The lines in their order, without the white space of JSON around them, and the item of each.
    ///
    /// # Errors
    /// A line that is no item, such as an empty one, has
    /// [`Error::Item`](crate::Error::Item).
    pub fn iter(&self) -> impl Iterator<Item = (&str, Result<RawItem<'_>>)> {
        self.lines.iter().map(|(place, form)| {
            let line = &self.text[place.clone()];
            (line, form.map_or_else(|| RawItem::parse(line), |form| Ok(RawItem::of_page(line, form))))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_line_is_read_as_it_is_alone(
            lines in prop::collection::vec("\\{\"id\":\"[ab]{0,2}\",\"a long name of a member\":[12]\\}|[{}\" \t]{0,4}", 0..9),
            end in prop::sample::select(&["", "\n", "\r\n", "\n  "][..]),
        ) {
            let text = lines.join("\n") + end;
            let read = ItemLines::read(text.clone(), &mut ItemReader::default());
            let expected: Vec<_> = text.lines().map(str::trim).collect();
            let found: Vec<_> = read.iter().map(|(line, _)| line).collect();
            prop_assert_eq!(found, expected);
            for (line, item) in read.iter() {
                prop_assert_eq!(item.ok(), RawItem::parse(line).ok(), "{}", line);
            }
            let is_cut = text.lines().last().is_some_and(|last| !last.trim().is_empty()) && !text.ends_with('\n');
            prop_assert_eq!(read.is_whole(), !is_cut);
        }
    }
}
