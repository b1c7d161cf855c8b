//! The members of a row in their order, by which the next row is read fast.

use endstate_odata::{RawItem, common_beginning};

/// The order of the members of flat objects, and where they are in the row that was read last.
///
/// The rows of a collection have the same members in the same order, and the rows of a device begin
/// with the same values. So a row that follows the order of the row before need not be scanned
/// value by value, and what it has in common with it need not be scanned at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RowLayout {
    /// Each name as it is written: `"deviceId":`.
    names: Vec<Box<str>>,
    /// The row that was read last; empty before the first.
    row: Vec<u8>,
    /// Where each of its values begins and ends, quotation marks not included.
    values: Vec<(usize, usize)>,
}

impl RowLayout {
    /// The layout of an item. An item that has a name twice has no layout.
    pub(crate) fn new(item: RawItem<'_>) -> Self {
        let names: Vec<Box<str>> = item.members().map(|(name, _)| format!("\"{name}\":").into()).collect();
        let mut repeated = (0..names.len()).filter(|place| names[..*place].contains(&names[*place]));
        if repeated.next().is_some() { Self::default() } else { Self { names, ..Self::default() } }
    }

    /// Finds the values of an item. Returns `None` if it has another layout, a nested value or an
    /// escape. White space between tokens is skipped.
    pub(crate) fn read(&mut self, item: RawItem<'_>) -> Option<()> {
        let text = item.as_str().as_bytes();
        let has_escapes = !item.is_known_plain() && memchr::memchr(b'\\', text).is_some();
        let common = common_beginning(&self.row, text);
        self.row.truncate(common);
        if has_escapes || self.find_values(text, common).is_none() {
            self.row.clear();
            self.values.clear();
            return None;
        }
        self.row.extend_from_slice(&text[common..]);
        Some(())
    }

    fn find_values(&mut self, text: &[u8], common: usize) -> Option<()> {
        // The byte after a value is in the common beginning, too: the value ends there.
        let same = self.values.iter().take_while(|(_, end)| *end < common).count();
        self.values.truncate(same);
        let mut at = self.values.last().map_or(0, |(_, end)| end + usize::from(text[*end] == b'"'));

        for name in &self.names[same..] {
            at = skip_white_space(text, at);
            let opening = if self.values.is_empty() { b'{' } else { b',' };
            at = (*text.get(at)? == opening).then_some(at + 1)?;
            at = skip_white_space(text, after_name(text, skip_white_space(text, at), name.as_bytes())?);
            let value = match *text.get(at)? {
                b'"' => (at + 1, at + 1 + memchr::memchr(b'"', &text[at + 1..])?),
                b'{' | b'[' => return None,
                _ => {
                    let is_end = |byte: &u8| matches!(byte, b',' | b'}') || is_white_space(*byte);
                    (at, at + text[at..].iter().position(is_end)?)
                }
            };
            self.values.push(value);
            at = value.1 + usize::from(text[value.1] == b'"');
        }

        at = skip_white_space(text, at);
        (!self.names.is_empty() && text.get(at..) == Some(b"}")).then_some(())
    }

    /// A value of the item that was read last, by its place in the layout.
    pub(crate) fn value<'a>(&self, item: RawItem<'a>, place: usize) -> Value<'a> {
        let (start, end) = self.values[place];
        let value = &item.as_str()[start..end];
        if self.row[end] == b'"' { Value::Text(value) } else { Value::Other(value) }
    }
}

/// Whether JSON allows a byte between tokens.
fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[inline]
fn skip_white_space(text: &[u8], mut at: usize) -> usize {
    while text.get(at).is_some_and(|byte| is_white_space(*byte)) {
        at += 1;
    }
    at
}

/// The place after a name, which has its colon, or white space before it.
#[inline]
fn after_name(text: &[u8], at: usize, name: &[u8]) -> Option<usize> {
    let rest = text.get(at..)?;
    if rest.starts_with(name) {
        return Some(at + name.len());
    }
    let quoted = name.strip_suffix(b":")?;
    let colon = rest.starts_with(quoted).then(|| skip_white_space(text, at + quoted.len()))?;
    (*text.get(colon)? == b':').then_some(colon + 1)
}

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A text without escapes.
    Text(&'a str),
    /// A number, a truth value or null, as written.
    Other(&'a str),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values<'a>(layout: &mut RowLayout, item: &'a str) -> Option<Vec<Value<'a>>> {
        let item = RawItem::parse(item).unwrap();
        layout.read(item)?;
        Some((0..layout.names.len()).map(|place| layout.value(item, place)).collect())
    }

    #[test]
    fn any_white_space_between_tokens_is_skipped() {
        let mut layout = RowLayout::new(RawItem::parse(r#"{"a":"x","b":7}"#).unwrap());
        let expected = Some(vec![Value::Text(" y "), Value::Other("8")]);
        assert_eq!(values(&mut layout, r#"{"a":" y ","b":8}"#), expected);
        for space in [" ", "\t", "\n", "\r\n  "] {
            let tokens = ["{", "\"a\"", ":", "\" y \"", ",", "\"b\"", ":", "8", "}"];
            assert_eq!(values(&mut layout, &tokens.join(space)), expected, "{space:?}");
        }
    }

    #[test]
    fn another_order_or_a_nested_value_is_another_layout() {
        let mut layout = RowLayout::new(RawItem::parse(r#"{"a":"x","b":7}"#).unwrap());
        for item in [r#"{"b":7,"a":"x"}"#, r#"{"a":"x"}"#, r#"{"a":"x","b":7,"c":1}"#, r#"{"a":"x","b":[7]}"#, "{ }"] {
            assert_eq!(values(&mut layout, item), None, "{item}");
        }
    }

    proptest! {
        #[test]
        fn what_rows_have_in_common_changes_no_value(
            rows in prop::collection::vec(
                ("[a-b]{0,3}", prop::sample::select(&[1_u32, 12, 123][..]), "x{26,34}", "[y-z]{0,40}"),
                1..12,
            ),
        ) {
            let mut layout = RowLayout::new(RawItem::parse(r#"{"id":"","n":1,"common":"","end":""}"#).unwrap());
            for (id, number, common, end) in rows {
                let row = format!(r#"{{"id":"{id}","n":{number},"common":"{common}","end":"{end}"}}"#);
                let number = number.to_string();
                let expected = vec![Value::Text(&id), Value::Other(&number), Value::Text(&common), Value::Text(&end)];
                prop_assert_eq!(values(&mut layout, &row), Some(expected));
            }
        }
    }
}
