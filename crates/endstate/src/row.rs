//! One row of a pull or of a file: what the server sent, and what it means.

use std::error::Error as _;

use endstate_model::MachineSecurityState;
use endstate_odata::RawItem;

use crate::output;

/// A device's state, as sent and as understood.
#[derive(Debug)]
pub(crate) struct Row<'r> {
    /// The item, verbatim.
    pub(crate) raw: RawItem<'r>,
    /// The state, or why it cannot be read as one.
    pub(crate) state: Result<MachineSecurityState, endstate_odata::Error>,
}

impl<'r> Row<'r> {
    pub(crate) fn new(raw: RawItem<'r>) -> Self {
        Self { state: raw.decode(), raw }
    }
}

/// Counts the items that are not device states, and tells of the first few.
#[derive(Debug, Default)]
pub(crate) struct InvalidItems {
    pub(crate) count: u64,
}

impl InvalidItems {
    const TOLD: u64 = 5;
    const SHOWN: usize = 160;

    /// Notes a row if it is one of them; `place` says where it stands.
    pub(crate) fn check(&mut self, row: &Row<'_>, place: impl FnOnce() -> String) {
        if let Err(error) = &row.state {
            self.note(error, &row.raw.compact(), place);
        }
    }

    /// Notes an item.
    pub(crate) fn note(&mut self, error: &endstate_odata::Error, raw: &str, place: impl FnOnce() -> String) {
        self.count += 1;
        if self.count > Self::TOLD {
            return;
        }
        let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let end = raw.char_indices().nth(Self::SHOWN).map_or(raw.len(), |(end, _)| end);
        let more = if end < raw.len() { "..." } else { "" };
        output::warn(format_args!("{} is not a device state: {why}: {}{more}", place(), &raw[..end]));
    }

    /// After the last row: how many there were in all, where not all were told.
    pub(crate) fn tell_rest(&self) {
        if self.count > Self::TOLD {
            output::warn(format_args!("{} items in all are not device states", self.count));
        }
    }
}
