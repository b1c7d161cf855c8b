//! The names of an item's members in their order, by which the end of the next item is found fast.

use crate::scan::Scanner;

/// What comes before each value of an item: `{"id":`, then `,"build":`. The items of a page mostly
/// have the same members in the same order, so most of an item need not be looked at byte by byte.
#[derive(Debug, Clone, Default)]
pub(crate) struct ItemLayout {
    /// One after another.
    before: Vec<u8>,
    /// Where each ends in `before`.
    ends: Vec<usize>,
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
    }

    fn read(&mut self, item: &[u8]) -> Option<()> {
        let mut scanner = Scanner::starting_at(item, 0);
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
    pub(crate) fn end_of(&self, body: &[u8], start: usize) -> Option<usize> {
        let mut scanner = Scanner::starting_at(body, start);
        let mut from = 0;
        for end in &self.ends {
            scanner.exact(&self.before[from..*end])?;
            scanner.plain_value()?;
            from = *end;
        }
        // Without a layout, this is not the item's beginning.
        scanner.exact(b"}").map(|()| scanner.at)
    }
}
