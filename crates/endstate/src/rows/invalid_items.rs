//! Items that cannot be read: counted, and the first few reported.

use std::error::Error as _;

use endstate_model::Entity;

use super::row::Row;
use crate::terminal::number::{grouped, plural, with_article};
use crate::terminal::output;

/// Counts the items that are not what their collection holds, and reports the first few.
#[derive(Debug)]
pub(crate) struct InvalidItems {
    pub(crate) count: u64,
    /// What the items should be.
    noun: &'static str,
}

impl InvalidItems {
    const MAX_REPORTED: u64 = 5;
    const MAX_CHARACTERS: usize = 160;

    /// None so far.
    pub(crate) fn new<E: Entity>() -> Self {
        Self { count: 0, noun: E::NOUN }
    }

    /// Counts a row if it cannot be read; `place` describes where it is.
    pub(crate) fn check<E: Entity>(&mut self, row: &Row<'_, E>, place: impl FnOnce() -> String) {
        if let Some(error) = row.error() {
            self.note(error, &row.raw.compact(), place);
        }
    }

    /// Counts an item that cannot be read.
    pub(crate) fn note(&mut self, error: &endstate_odata::Error, raw: &str, place: impl FnOnce() -> String) {
        self.count += 1;
        if self.count > Self::MAX_REPORTED {
            return;
        }
        let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        let end = raw.char_indices().nth(Self::MAX_CHARACTERS).map_or(raw.len(), |(end, _)| end);
        let more = if end < raw.len() { "..." } else { "" };
        let place = place();
        let noun = with_article(self.noun);
        output::warn(format_args!("{place} is not {noun}: {why}: {}{more}", &raw[..end]));
    }

    /// After the last row: reports the total, if not all were reported.
    pub(crate) fn report_total(&self) {
        if self.count > Self::MAX_REPORTED {
            output::warn(format_args!("{} items in total are not {}", grouped(self.count), plural(self.noun)));
        }
    }
}
