//! The names of an item's members in their order, by which the end of the next item is found fast.

use crate::scan::Scanner;

/// What comes before each value of an item: `{"id":`, then `,"build":`. The items of a page mostly
/// have the same members in the same order, and items that belong together begin with the same
/// values. So most of an item need not be looked at byte by byte.
#[derive(Debug, Clone, Default)]
pub(crate) struct ItemLayout {
    /// One after another.
    before: Vec<u8>,
    /// Where each ends in `before`.
    ends: Vec<usize>,
    /// Where the last item begins in the body.
    item: usize,
    /// Where each of its values ends, from its beginning.
    values: Vec<usize>,
}

impl ItemLayout {
    /// Takes over the layout of an item, which has none if it has a nested object, an escape, or
    /// white space between tokens.
    pub(crate) fn learn(&mut self, item: &[u8]) {
        self.forget();
        if self.read(item).is_none() {
            self.forget();
        }
    }

    fn forget(&mut self) {
        self.before.clear();
        self.ends.clear();
        self.values.clear();
    }

    fn read(&mut self, item: &[u8]) -> Option<()> {
        let mut scanner = Scanner::from_position(item, 0);
        let mut opening = b"{";
        while scanner.at < item.len() {
            let start = scanner.at;
            scanner.exact(opening)?;
            let (name, has_escapes) = scanner.string()?;
            scanner.exact(b":")?;
            if has_escapes || name.start != start + 2 {
                return None;
            }

            self.before.extend_from_slice(&item[start..scanner.at]);
            self.ends.push(self.before.len());
            scanner.plain_value()?;
            if scanner.exact(b"}").is_some() {
                return (scanner.at == item.len()).then_some(());
            }
            opening = b",";
        }
        None
    }

    /// Where the item that begins at `start` ends; `None` if it has another layout, or does not end
    /// in the body. It is well-formed, and has neither white space between tokens nor escapes.
    pub(crate) fn end_of(&mut self, body: &[u8], start: usize) -> Option<usize> {
        let common = common_beginning(&body[self.item..start], &body[start..]);
        // The byte after a value is in the common beginning, too: the value ends there.
        let same = self.values.iter().take_while(|end| **end < common).count();
        self.values.truncate(same);
        self.item = start;

        let mut scanner = Scanner::from_position(body, start + self.values.last().unwrap_or(&0));
        let mut from = same.checked_sub(1).map_or(0, |last| self.ends[last]);
        for end in &self.ends[same..] {
            scanner.exact(&self.before[from..*end])?;
            scanner.plain_value()?;
            self.values.push(scanner.at - start);
            from = *end;
        }
        // An item begins with `{`, so without a layout this fails.
        scanner.exact(b"}").map(|()| scanner.at)
    }
}

/// The length of what two texts have in common at their beginning, or somewhat less.
// Public only for the speed of `endstate-assessment`, which reads rows in the same way.
#[doc(hidden)]
pub fn common_beginning(one: &[u8], other: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let (one, other) = (one.as_chunks::<BLOCK>().0, other.as_chunks::<BLOCK>().0);
    one.iter().zip(other).take_while(|(one, other)| one == other).count() * BLOCK
}
