//! Items that cannot be read, or only in part: counted, and the first few reported.

use std::error::Error as _;
use std::ops::AddAssign;

use endstate_model::Entity;
use endstate_reqwest::redacted;
use serde::{Deserialize, Serialize};

use super::row::{Row, RowProblem};
use crate::terminal::number::{counted, grouped, plural, with_article};
use crate::terminal::output;

/// How many items could not be read, whole or in part.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct UnreadableCounts {
    /// Items that are not what the collection holds. They are written all the same, unless rows
    /// have to match a condition.
    pub(crate) invalid_items: u64,
    /// Items with fields that cannot be read. What can be read of them counts.
    #[serde(default)]
    pub(crate) partly_readable_items: u64,
    /// Items of which what the condition asks about is not known, whether they match or not.
    #[serde(default)]
    pub(crate) undecided: u64,
}

impl UnreadableCounts {
    /// The larger one of each count.
    pub(crate) fn larger_of_each(self, other: Self) -> Self {
        Self {
            invalid_items: self.invalid_items.max(other.invalid_items),
            partly_readable_items: self.partly_readable_items.max(other.partly_readable_items),
            undecided: self.undecided.max(other.undecided),
        }
    }

    /// In words; `None` if everything could be read, and the condition decided.
    pub(crate) fn in_words(self) -> Option<String> {
        let [whole, part] = [self.invalid_items, self.partly_readable_items];
        let unreadable = match (whole, part) {
            (0, 0) => None,
            (_, 0) => Some(format!("{} could not be read", counted(whole, "item"))),
            (0, _) => Some(format!("{} could be read only in part", counted(part, "item"))),
            _ => Some(format!("{} could not be read, {} only in part", counted(whole, "item"), grouped(part))),
        };
        let all: Vec<_> = unreadable.into_iter().chain(self.undecided()).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Warns of the items for which the condition cannot be decided.
    pub(crate) fn warn_of_undecided(self) {
        if let Some(undecided) = self.undecided() {
            output::warn(undecided);
        }
    }

    fn undecided(self) -> Option<String> {
        let items = self.undecided;
        (items > 0).then(|| format!("what the condition asks about is not known of {}", counted(items, "device")))
    }
}

impl AddAssign for UnreadableCounts {
    fn add_assign(&mut self, other: Self) {
        self.invalid_items += other.invalid_items;
        self.partly_readable_items += other.partly_readable_items;
        self.undecided += other.undecided;
    }
}

/// Counts the items that are not what their collection holds, and reports the first few.
#[derive(Debug)]
pub(crate) struct InvalidItems {
    pub(crate) counts: UnreadableCounts,
    /// What the items should be.
    noun: &'static str,
    reported: u32,
}

impl InvalidItems {
    pub(crate) const MAX_REPORTED: u32 = 5;
    const MAX_CHARACTERS: usize = 160;

    /// None so far.
    pub(crate) fn new<E: Entity>() -> Self {
        Self::for_noun(E::NOUN)
    }

    /// None so far, of items that are called `noun`.
    pub(crate) fn for_noun(noun: &'static str) -> Self {
        Self { counts: UnreadableCounts::default(), noun, reported: 0 }
    }

    /// Counts a row if it cannot be read; `place` describes where it is.
    pub(crate) fn check<E: Entity>(&mut self, row: &Row<'_, E>, place: impl FnOnce() -> String) {
        match row.problem() {
            None => {}
            Some(RowProblem::Invalid(error)) => self.note(error, &row.raw.compact(), place),
            Some(RowProblem::Fields(fields)) => {
                self.counts.partly_readable_items += 1;
                let not_known = if fields.len() == 1 { "so it is not known" } else { "so they are not known" };
                let what = |place| format!("{place}: cannot read {}, {not_known}", fields.join(" and "));
                self.report(&row.raw.compact(), place, what);
            }
        }
    }

    /// Counts a row that was reported by an earlier run.
    pub(crate) fn count<E: Entity>(&mut self, row: &Row<'_, E>) {
        match row.problem() {
            None => {}
            Some(RowProblem::Invalid(_)) => self.counts.invalid_items += 1,
            Some(RowProblem::Fields(_)) => self.counts.partly_readable_items += 1,
        }
    }

    /// Counts an item that cannot be read.
    pub(crate) fn note(&mut self, error: &endstate_odata::Error, raw: &str, place: impl FnOnce() -> String) {
        self.counts.invalid_items += 1;
        let noun = with_article(self.noun);
        let why = || error.source().map_or_else(|| error.to_string(), ToString::to_string);
        self.report(raw, place, |place| format!("{place} is not {noun}: {}", why()));
    }

    /// Counts an item that should be something else than the collection's noun says.
    pub(crate) fn note_other(&mut self, what: &str, raw: &str, place: impl FnOnce() -> String) {
        self.counts.invalid_items += 1;
        self.report(raw, place, |place| format!("{place} is not {what}"));
    }

    fn report(&mut self, raw: &str, place: impl FnOnce() -> String, what: impl FnOnce(String) -> String) {
        if self.reported == Self::MAX_REPORTED {
            return;
        }
        self.reported += 1;
        let raw = redacted(raw);
        let end = raw.char_indices().nth(Self::MAX_CHARACTERS).map_or(raw.len(), |(end, _)| end);
        let more = if end < raw.len() { "..." } else { "" };
        output::warn(format_args!("{}: {}{more}", what(place()), &raw[..end]));
    }

    /// After the last row: reports the total, if not all were reported.
    pub(crate) fn report_total(&self) {
        self.counts.warn_of_undecided();
        let UnreadableCounts { invalid_items, partly_readable_items, .. } = self.counts;
        if invalid_items + partly_readable_items <= u64::from(Self::MAX_REPORTED) {
            return;
        }
        let nouns = plural(self.noun);
        match (invalid_items, partly_readable_items) {
            (_, 0) => output::warn(format_args!("{} items in total are not {nouns}", grouped(invalid_items))),
            (0, _) => {
                let items = grouped(partly_readable_items);
                output::warn(format_args!("{items} items in total can be read only in part"));
            }
            _ => output::warn(format_args!(
                "{} items in total are not {nouns}, and {} can be read only in part",
                grouped(invalid_items),
                grouped(partly_readable_items)
            )),
        }
    }
}
