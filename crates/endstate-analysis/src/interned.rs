//! Values that are stored once and referred to by number.

use std::hash::Hash;

use hashbrown::DefaultHashBuilder;
use indexmap::IndexSet;

use crate::place;

/// Distinct values, each at the place of its number.
pub(crate) type Numbered<T> = IndexSet<T, DefaultHashBuilder>;

/// Values that are stored once and referred to by number. Any other number refers to the default.
#[derive(Debug, Default)]
pub(crate) struct Interned<T> {
    values: Numbered<T>,
    none: T,
}

impl<T: Clone + Eq + Hash> Interned<T> {
    pub(crate) fn number(&mut self, value: &T) -> u32 {
        let found = self.values.get_index_of(value);
        place::number(found.unwrap_or_else(|| self.values.insert_full(value.clone()).0))
    }

    pub(crate) fn get(&self, number: u32) -> &T {
        self.values.get_index(number as usize).unwrap_or(&self.none)
    }

    pub(crate) fn values(&self) -> &Numbered<T> {
        &self.values
    }
}
