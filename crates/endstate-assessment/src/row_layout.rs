//! The members of a row in their order, by which the next row is read fast.

use endstate_odata::RawItem;

/// The order of the members of flat objects. The rows of a collection have the same members in the
/// same order, so a row that follows the order of the row before need not be scanned value by
/// value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RowLayout {
    /// Each name as it is written: `"deviceId":`.
    names: Vec<Box<str>>,
}

impl RowLayout {
    /// The layout of an item. An item that has a name twice has no layout.
    pub(crate) fn new(item: RawItem<'_>) -> Self {
        let names: Vec<Box<str>> = item.members().map(|(name, _)| format!("\"{name}\":").into()).collect();
        let mut repeated = (0..names.len()).filter(|place| names[..*place].contains(&names[*place]));
        if repeated.next().is_some() { Self::default() } else { Self { names } }
    }

    /// Passes each value, with its place in the layout, to `each`. Returns `None` if the item has
    /// another layout, a nested value or an escape; `each` may have seen some values then. White
    /// space between tokens is skipped.
    pub(crate) fn values<'a>(&self, item: RawItem<'a>, mut each: impl FnMut(usize, Value<'a>)) -> Option<()> {
        let text = item.as_str();
        if !item.is_known_plain() && memchr::memchr(b'\\', text.as_bytes()).is_some() {
            return None;
        }
        let mut rest = skip_white_space(text.strip_prefix('{')?);
        let last = self.names.len().checked_sub(1)?;

        for (place, name) in self.names.iter().enumerate() {
            let value = skip_white_space(after_name(rest, name)?);
            let after = match value.as_bytes().first()? {
                b'"' => {
                    let end = memchr::memchr(b'"', &value.as_bytes()[1..])? + 1;
                    each(place, Value::Text(&value[1..end]));
                    &value[end + 1..]
                }
                b'{' | b'[' => return None,
                _ => {
                    let end = value.bytes().position(|byte| matches!(byte, b',' | b'}') || is_white_space(byte))?;
                    each(place, Value::Other(&value[..end]));
                    &value[end..]
                }
            };
            rest = skip_white_space(after).strip_prefix(if place == last { '}' } else { ',' })?;
            rest = skip_white_space(rest);
        }
        rest.is_empty().then_some(())
    }
}

/// Whether JSON allows a byte between tokens.
fn is_white_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn skip_white_space(text: &str) -> &str {
    let end = text.bytes().position(|byte| !is_white_space(byte)).unwrap_or(text.len());
    &text[end..]
}

/// What follows a name, which has its colon, or white space before it.
fn after_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.strip_prefix(name).or_else(|| {
        let quoted = name.strip_suffix(':')?;
        skip_white_space(text.strip_prefix(quoted)?).strip_prefix(':')
    })
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
    use super::*;

    fn values<'a>(layout: &RowLayout, item: &'a str) -> Option<Vec<Value<'a>>> {
        let mut values = Vec::new();
        layout.values(RawItem::parse(item).unwrap(), |_, value| values.push(value)).map(|()| values)
    }

    #[test]
    fn any_white_space_between_tokens_is_skipped() {
        let layout = RowLayout::new(RawItem::parse(r#"{"a":"x","b":7}"#).unwrap());
        let expected = Some(vec![Value::Text(" y "), Value::Other("8")]);
        assert_eq!(values(&layout, r#"{"a":" y ","b":8}"#), expected);
        for space in [" ", "\t", "\n", "\r\n  "] {
            let tokens = ["{", "\"a\"", ":", "\" y \"", ",", "\"b\"", ":", "8", "}"];
            assert_eq!(values(&layout, &tokens.join(space)), expected, "{space:?}");
        }
    }

    #[test]
    fn another_order_or_a_nested_value_is_another_layout() {
        let layout = RowLayout::new(RawItem::parse(r#"{"a":"x","b":7}"#).unwrap());
        for item in [r#"{"b":7,"a":"x"}"#, r#"{"a":"x"}"#, r#"{"a":"x","b":7,"c":1}"#, r#"{"a":"x","b":[7]}"#, "{ }"] {
            assert_eq!(values(&layout, item), None, "{item}");
        }
    }
}
