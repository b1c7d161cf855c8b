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
    /// another layout, a nested value, an escape or white space; `each` may have seen some values
    /// then.
    pub(crate) fn values<'a>(&self, item: RawItem<'a>, mut each: impl FnMut(usize, Value<'a>)) -> Option<()> {
        let text = item.as_str();
        if !item.is_known_plain() && memchr::memchr(b'\\', text.as_bytes()).is_some() {
            return None;
        }
        let mut rest = text.strip_prefix('{')?;
        let last = self.names.len().checked_sub(1)?;

        for (place, name) in self.names.iter().enumerate() {
            let value = rest.strip_prefix(&**name)?;
            let after = match value.as_bytes().first()? {
                b'"' => {
                    let end = memchr::memchr(b'"', &value.as_bytes()[1..])? + 1;
                    each(place, Value::Text(&value[1..end]));
                    &value[end + 1..]
                }
                b'{' | b'[' => return None,
                _ => {
                    let end = value.bytes().position(|byte| matches!(byte, b',' | b'}' | b' '))?;
                    each(place, Value::Other(&value[..end]));
                    &value[end..]
                }
            };
            rest = after.strip_prefix(if place == last { '}' } else { ',' })?;
        }
        rest.is_empty().then_some(())
    }
}

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// A text without escapes.
    Text(&'a str),
    /// A number, a truth value or null, as written.
    Other(&'a str),
}
