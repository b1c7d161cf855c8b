//! One row of a pull or of a file: what the server sent, and what it means.

use std::cell::{Cell, OnceCell};
use std::error::Error as _;

use endstate_analysis::Condition;
use endstate_model::Entity;
use endstate_odata::RawItem;

use crate::output;
use crate::view::number::{plural, with_article};

/// An item of a collection, as sent and as understood.
#[derive(Debug)]
pub(crate) struct Row<'r, E> {
    /// The item, verbatim.
    pub(crate) raw: RawItem<'r>,
    /// Whose it is, where there are several tenants.
    pub(crate) tenant: Option<&'r str>,
    /// Read once somebody wants to know.
    item: OnceCell<Result<E, endstate_odata::Error>>,
    /// Whether it is known to be one without being read.
    is_certainly_valid: Cell<bool>,
}

impl<'r, E: Entity> Row<'r, E> {
    pub(crate) fn new(raw: RawItem<'r>) -> Self {
        Self { raw, tenant: None, item: OnceCell::new(), is_certainly_valid: Cell::new(false) }
    }

    /// The same row, of a tenant.
    pub(crate) fn of_tenant(self, tenant: Option<&'r str>) -> Self {
        Self { tenant, ..self }
    }

    /// A row of which a glance has told already whether it is plainly one.
    pub(crate) fn glanced_at(raw: RawItem<'r>, is_certainly_valid: bool) -> Self {
        Self { is_certainly_valid: Cell::new(is_certainly_valid), ..Self::new(raw) }
    }

    /// What it is, or why it cannot be read as that.
    pub(crate) fn item(&self) -> Result<&E, &endstate_odata::Error> {
        self.item.get_or_init(|| E::read(self.raw)).as_ref()
    }

    /// Notes that somebody has read it at a glance.
    pub(crate) fn note_plainly_one(&self) {
        self.is_certainly_valid.set(true);
    }

    /// Why it cannot be read, if it cannot.
    pub(crate) fn error(&self) -> Option<&endstate_odata::Error> {
        if self.is_certainly_valid.get() { None } else { self.item().err() }
    }

    /// Whether it meets a condition, if there is one; a row that cannot be understood meets none.
    pub(crate) fn meets(&self, condition: Option<&Condition<E>>) -> bool {
        condition.is_none_or(|condition| self.item().is_ok_and(|item| condition.matches(item)))
    }
}

/// Counts the items that are not what the collection is of, and tells of the first few.
#[derive(Debug)]
pub(crate) struct InvalidItems {
    pub(crate) count: u64,
    /// What they should be.
    noun: &'static str,
}

impl InvalidItems {
    const TOLD: u64 = 5;
    const SHOWN: usize = 160;

    /// None so far.
    pub(crate) fn of<E: Entity>() -> Self {
        Self { count: 0, noun: E::NOUN }
    }

    /// Notes a row if it is one of them; `place` says where it stands.
    pub(crate) fn check<E: Entity>(&mut self, row: &Row<'_, E>, place: impl FnOnce() -> String) {
        if let Some(error) = row.error() {
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
        let (place, noun) = (place(), with_article(self.noun));
        output::warn(format_args!("{place} is not {noun}: {why}: {}{more}", &raw[..end]));
    }

    /// After the last row: how many there were in all, where not all were told.
    pub(crate) fn tell_rest(&self) {
        if self.count > Self::TOLD {
            output::warn(format_args!("{} items in all are not {}", self.count, plural(self.noun)));
        }
    }
}
