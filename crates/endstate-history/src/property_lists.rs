//! Sets of properties from a column of lists.

use delta_kernel::arrow::array::{Array as _, AsArray as _, ListArray, StringArray};
use endstate_model::{AttentionProperties, AttentionProperty};

/// Sets of properties from a column of lists. Lists that repeat, as those of what a source cannot
/// know, are read once.
#[derive(Debug)]
pub(crate) struct PropertyLists<'b> {
    lists: &'b ListArray,
    names: &'b StringArray,
    /// The names of the list that was read last: the place of the first, and how many.
    last: Option<(usize, usize)>,
    set: AttentionProperties,
}

impl<'b> PropertyLists<'b> {
    /// `None` if the lists are not of texts.
    pub(crate) fn new(lists: &'b ListArray) -> Option<Self> {
        let names = lists.values().as_string_opt::<i32>()?;
        Some(Self { lists, names, last: None, set: AttentionProperties::new() })
    }

    /// The set of a row; `None` if it is null.
    pub(crate) fn get(&mut self, row: usize) -> Option<&AttentionProperties> {
        if self.lists.is_null(row) {
            return None;
        }
        let offsets = self.lists.value_offsets();
        let begin = usize::try_from(offsets[row]).ok()?;
        let count = usize::try_from(offsets[row + 1]).ok()?.checked_sub(begin)?;
        let is_same = self.last.is_some_and(|(last, of_last)| of_last == count && self.are_same(last, begin, count));
        if !is_same {
            let names = (begin..begin + count).filter(|place| self.names.is_valid(*place));
            self.set = names.map(|place| AttentionProperty::from_wire(self.names.value(place))).collect();
            self.last = Some((begin, count));
        }
        Some(&self.set)
    }

    /// Whether so many names from one place on are those from another.
    fn are_same(&self, one: usize, other: usize, count: usize) -> bool {
        let (ends, bytes) = (self.names.value_offsets(), self.names.value_data());
        let text = |from: usize| usize::try_from(ends[from]).ok().zip(usize::try_from(ends[from + count]).ok());
        let (Some(a), Some(b)) = (text(one), text(other)) else { return false };
        let has_same_lengths =
            || (1..=count).all(|place| ends[one + place] - ends[one] == ends[other + place] - ends[other]);
        bytes[a.0..a.1] == bytes[b.0..b.1] && has_same_lengths()
    }
}

#[cfg(test)]
mod tests {
    use delta_kernel::arrow::array::builder::{ListBuilder, StringBuilder};

    use super::*;

    #[test]
    fn each_row_has_its_own_set_also_if_texts_run_together() {
        let rows: [Option<&[&str]>; 7] = [
            Some(&["FirewallOff", "LapsOff"]),
            Some(&["FirewallOff", "LapsOff"]),
            Some(&["FirewallOffL", "apsOff"]),
            None,
            Some(&[]),
            Some(&["LapsOff"]),
            Some(&["LapsOff"]),
        ];
        let mut builder = ListBuilder::new(StringBuilder::new());
        for row in rows {
            row.into_iter().flatten().for_each(|name| builder.values().append_value(name));
            builder.append(row.is_some());
        }
        let lists = builder.finish();
        let mut read = PropertyLists::new(&lists).unwrap();
        for (place, row) in rows.iter().enumerate() {
            let expected = row.map(|names| names.iter().map(|name| AttentionProperty::from_wire(name)).collect());
            assert_eq!(read.get(place).cloned(), expected, "row {place}");
        }
    }
}
