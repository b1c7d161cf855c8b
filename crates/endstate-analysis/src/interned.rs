//! Values that are stored once and referred to by number.

use hashbrown::HashMap;

/// Values that are stored once and referred to by number.
#[derive(Debug)]
pub(crate) struct Interned<T> {
    numbers: HashMap<T, u32>,
    values: Vec<T>,
    none: T,
}

impl<T: Default> Default for Interned<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), values: Vec::new(), none: T::default() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Interned<T> {
    pub(crate) fn number(&mut self, value: &T) -> u32 {
        if let Some(number) = self.numbers.get(value) {
            return *number;
        }
        // There are fewer values than devices, and no fleet has 2^32 devices.
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(value.clone());
        self.numbers.insert(value.clone(), number);
        number
    }

    pub(crate) fn get(&self, number: u32) -> &T {
        self.values.get(number as usize).unwrap_or(&self.none)
    }

    /// The values, each at the place of its number.
    pub(crate) fn values(&self) -> &[T] {
        &self.values
    }
}

/// Names that are stored once and referred to by number.
#[derive(Debug, Default)]
pub(crate) struct Names {
    numbers: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
}

impl Names {
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        // No fleet has 2^32 groups.
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.into());
        self.numbers.insert(name.into(), number);
        number
    }

    pub(crate) fn name(&self, number: u32) -> Option<&str> {
        self.names.get(number as usize).map(|name| &**name)
    }
}
