//! The members of an item in their order, by which the next item is read fast.

use std::sync::Arc;

use crate::scan::Scanner;

/// The names of an item's members, and where its values are.
///
/// The items of a page mostly have the same members in the same order, and items that belong
/// together begin with the same values. So most of an item need not be looked at byte by byte.
#[derive(Debug, Clone, Default)]
pub(crate) struct ItemLayout {
    names: MemberNames,
    /// Where the values of the last item begin and end, as far as they are known.
    values: Vec<(usize, usize)>,
    /// How many of its first values are those of the item before it.
    same: usize,
}

/// The names of the members of several items in their order, as the items write them.
///
/// Items with the same names share them, and [`is_same`](Self::is_same) compares none.
#[derive(Debug, Clone, Default)]
pub struct MemberNames(Arc<Names>);

#[derive(Debug, Default)]
struct Names {
    names: Vec<Name>,
    may_name_links: bool,
}

/// A name, and what comes before and after it: `{"id":`, then `,"build":`.
#[derive(Debug)]
struct Name {
    text: Box<str>,
    /// The text in blocks of eight bytes, and which of their bits count. A longer text has none.
    blocks: [u64; BLOCKS],
    mask: [u64; BLOCKS],
}

const BLOCKS: usize = 4;

/// Most members of an item with a layout. The names take more memory than the item.
const MOST_NAMES: usize = 1_000;

impl MemberNames {
    /// The names, without quotation marks. None has an escape.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.names.iter().map(|name| &name.text[2..name.text.len() - 2])
    }

    /// Whether these are the names of the same layout. `false` does not mean that they differ.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether a name may be that of a next link. `false` is certain.
    pub(crate) fn may_name_links(&self) -> bool {
        self.0.may_name_links
    }

    /// The names of an item; `None` if it has a nested object, an escape, or white space between
    /// tokens.
    fn of(item: &[u8]) -> Option<Self> {
        let mut names = Vec::new();
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

            if names.len() == MOST_NAMES {
                return None;
            }
            names.push(Name::new(std::str::from_utf8(&item[start..scanner.at]).ok()?));
            scanner.plain_value()?;
            if scanner.exact(b"}").is_some() {
                let may_name_links = names.iter().any(|name: &Name| name.text.contains("nextLink"));
                return (scanner.at == item.len()).then(|| Self(Arc::new(Names { names, may_name_links })));
            }
            opening = b",";
        }
        None
    }
}

impl Name {
    fn new(text: &str) -> Self {
        let (mut bytes, mut mask) = ([0; BLOCKS * 8], [0; BLOCKS * 8]);
        if let (Some(bytes), Some(mask)) = (bytes.get_mut(..text.len()), mask.get_mut(..text.len())) {
            bytes.copy_from_slice(text.as_bytes());
            mask.fill(u8::MAX);
        }
        Self { text: text.into(), blocks: blocks(&bytes), mask: blocks(&mask) }
    }

    /// Whether the rest of a body begins with this name.
    #[inline]
    fn begins(&self, rest: &[u8]) -> bool {
        // In blocks, this takes a third of the time of a comparison of two slices.
        match rest.first_chunk() {
            Some(beginning) if self.text.len() <= BLOCKS * 8 => {
                let beginning = blocks(beginning);
                let differs = |block: usize| (beginning[block] ^ self.blocks[block]) & self.mask[block];
                (0..BLOCKS).fold(0, |all, block| all | differs(block)) == 0
            }
            _ => rest.starts_with(self.text.as_bytes()),
        }
    }
}

#[inline]
fn blocks(bytes: &[u8; BLOCKS * 8]) -> [u64; BLOCKS] {
    let (eights, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|block| u64::from_le_bytes(eights[block]))
}

impl ItemLayout {
    /// Takes over the layout of an item. If it has none, the one before stays: the next item may
    /// have it again.
    pub(crate) fn learn(&mut self, item: &[u8]) {
        self.values.clear();
        if let Some(names) = MemberNames::of(item) {
            self.names = names;
        }
    }

    /// Forgets the last item, but not its names.
    pub(crate) fn forget_values(&mut self) {
        self.values.clear();
    }

    /// Where the item ends that a text begins with; `None` if it has another layout, or does not
    /// end in the text. It is well-formed, and has neither white space between tokens nor escapes.
    ///
    /// `previous` is the text of the item before, or begins with it.
    pub(crate) fn end_of(&mut self, previous: &[u8], text: &[u8]) -> Option<usize> {
        let common = common_beginning(previous, text);
        // The byte after a value is in the common beginning, too: the value ends there.
        let same = self.values.iter().take_while(|(_, end)| *end < common).count();
        self.values.truncate(same);
        self.same = same;
        let end = self.find_values(text);
        if end.is_none() {
            // These are of the item before and of this one.
            self.values.truncate(same);
        }
        end
    }

    /// Finds the values that are not known yet.
    #[inline]
    fn find_values(&mut self, text: &[u8]) -> Option<usize> {
        let mut scanner = Scanner::from_position(text, self.values.last().map_or(0, |(_, end)| *end));
        for name in &self.names.0.names[self.values.len()..] {
            if !name.begins(text.get(scanner.at..)?) {
                return None;
            }
            scanner.at += name.text.len();
            let start = scanner.at;
            scanner.plain_value()?;
            self.values.push((start, scanner.at));
        }
        scanner.exact(b"}").filter(|()| !self.values.is_empty()).map(|()| scanner.at)
    }

    /// The names of the last item.
    pub(crate) fn names(&self) -> &MemberNames {
        &self.names
    }

    /// How many of the first values of the last item are those of the item before it.
    pub(crate) fn same(&self) -> usize {
        self.same
    }

    /// Where a value of the last item begins and ends.
    pub(crate) fn value(&self, place: usize) -> Option<(usize, usize)> {
        self.values.get(place).copied()
    }
}

/// The length of what two texts have in common at their beginning, or somewhat less.
fn common_beginning(one: &[u8], other: &[u8]) -> usize {
    const BLOCK: usize = 32;
    let (one, other) = (one.as_chunks::<BLOCK>().0, other.as_chunks::<BLOCK>().0);
    one.iter().zip(other).take_while(|(one, other)| one == other).count() * BLOCK
}
