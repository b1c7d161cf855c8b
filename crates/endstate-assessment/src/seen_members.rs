//! The members of an item that were read: one that comes twice says two things.

/// Notes members by their numbers, below 32.
#[derive(Debug, Default)]
pub(crate) struct SeenMembers(u32);

impl SeenMembers {
    /// Notes a member. `None` if it came before.
    pub(crate) fn once(&mut self, number: u8) -> Option<()> {
        let bit = 1 << number;
        let is_new = self.0 & bit == 0;
        self.0 |= bit;
        is_new.then_some(())
    }
}
