//! The walk as a synchronous state machine: it takes what a page said and returns the next step.
//!
//! Why it is synchronous: every guard that decides whether a pull is complete is in this file, and
//! none of them needs a runtime, a socket or a clock. So a property test can drive the walk with
//! arbitrary servers in microseconds, and another HTTP stack or runtime cannot change an outcome.
//! The asynchronous part (`driver.rs`) fetches, waits and commits; this file returns the next step
//! to it.
//!
//! Completeness is decided in favor of doubt. A walk is complete only if every link was followed
//! to a page without one and no count exceeds what was read. Counts are evidence, never proof:
//! siblings of this API send the page's own number of items as the count.

use endstate_odata::PageUrl;

use crate::selection::Selection;
use crate::visited_links::VisitedLinks;
use crate::{Checkpoint, FetchErrorKind, Guards, Limits, Outcome, PartialItems, Reason};

/// The decisions of a pull, without its input and output.
///
/// ```
/// use endstate_odata::PageUrl;
/// use endstate_paging::{Limits, Outcome, PageFacts, Step, Walk};
///
/// let first = PageUrl::new("https://host/devices")?;
/// let second = PageUrl::new("https://host/devices?page=2")?;
/// let mut walk = Walk::new(&first, Limits::default());
///
/// let facts = PageFacts::new(2).new_items(2).count(3);
/// assert_eq!(walk.page(facts, Some(&second)), Step::Fetch(second));
/// let facts = PageFacts::new(1).new_items(1);
/// assert_eq!(walk.page(facts, None), Step::Finish(Outcome::Complete));
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug)]
pub struct Walk {
    limits: Limits,
    visited: VisitedLinks,
    pages: u64,
    /// Entities read: distinct keys, and items without a key.
    entities: u64,
    /// The largest count that binds, of all items that the service has.
    counted: Option<u64>,
    /// Whether a count is evidence of what is missing.
    counts_bind: bool,
    selection: Selection,
    /// Items read, duplicates included.
    items: u64,
    /// Whether an item arrived only in part.
    has_partial_item: bool,
    /// Whether every count so far was its own page's number of items.
    counts_are_of_pages: bool,
    consecutive_stale_pages: u32,
    consecutive_empty_pages: u32,
}

/// What a page said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageFacts {
    /// Items on the page.
    pub items: u64,
    /// Items on the page that no earlier page had: new keys, and items without a key.
    pub new_items: u64,
    /// Items on the page that changed since an earlier page had them, if this counts: see
    /// [`Duplicates::Latest`](crate::Duplicates::Latest). They show that the service is not
    /// repeating itself.
    pub changed_items: u64,
    /// Items that arrived only in part, if they make the pull incomplete: one of their lists
    /// continues on another page.
    pub partial_items: u64,
    /// The page's count, if it has one.
    pub count: Option<u64>,
    /// Whether rows of this page were left out because the limit on items was reached.
    pub is_cut: bool,
    /// Rows returned so far, this page's included.
    pub rows_so_far: u64,
}

impl PageFacts {
    /// The facts of a page with this number of items, none of them new.
    pub fn new(items: u64) -> Self {
        Self { items, ..Self::default() }
    }

    /// Sets how many items no earlier page had.
    #[must_use]
    pub fn new_items(mut self, items: u64) -> Self {
        self.new_items = items;
        self
    }

    /// Sets how many items changed since an earlier page had them.
    #[must_use]
    pub fn changed_items(mut self, items: u64) -> Self {
        self.changed_items = items;
        self
    }

    /// Sets how many items arrived only in part.
    #[must_use]
    pub fn partial_items(mut self, items: u64) -> Self {
        self.partial_items = items;
        self
    }

    /// Sets the page's count; `None` for a page without one.
    #[must_use]
    pub fn count(mut self, count: impl Into<Option<u64>>) -> Self {
        self.count = count.into();
        self
    }

    /// Sets the rows returned so far, and whether the limit on items cut this page.
    #[must_use]
    pub fn rows_so_far(mut self, rows: u64, is_cut: bool) -> Self {
        self.rows_so_far = rows;
        self.is_cut = is_cut;
        self
    }
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Fetch the page at this URL, to which the next link leads.
    Fetch(PageUrl),
    /// The walk is over.
    Finish(Outcome),
}

impl Walk {
    /// Starts before the first page, which is not fetched yet.
    pub fn new(first: &PageUrl, limits: Limits) -> Self {
        let mut visited = VisitedLinks::default();
        visited.insert(first);
        Self {
            limits,
            visited,
            pages: 0,
            entities: 0,
            counted: None,
            counts_bind: true,
            selection: Selection::default(),
            items: 0,
            has_partial_item: false,
            counts_are_of_pages: true,
            consecutive_stale_pages: 0,
            consecutive_empty_pages: 0,
        }
    }

    /// Continues from a checkpoint. The links that were followed before it are no longer known. A
    /// link that leads back to one of them shows as pages without a new item.
    pub(crate) fn resume(checkpoint: &Checkpoint, entities: u64, limits: Limits, partial_items: PartialItems) -> Self {
        let Checkpoint { next, report, guards, .. } = checkpoint;
        Self {
            pages: report.pages,
            entities,
            counted: guards.counted.or(report.expected),
            selection: Selection { skip: guards.skipped, top: guards.top },
            items: report.items,
            has_partial_item: guards.has_lost_list
                || partial_items == PartialItems::MakeIncomplete && report.partial_items > 0,
            counts_are_of_pages: !guards.has_real_count,
            consecutive_stale_pages: guards.stale_pages,
            consecutive_empty_pages: guards.empty_pages,
            ..Self::new(next, limits)
        }
    }

    /// What the guards have counted so far.
    pub(crate) fn guards(&self) -> Guards {
        Guards {
            stale_pages: self.consecutive_stale_pages,
            empty_pages: self.consecutive_empty_pages,
            counted: self.counted,
            skipped: self.selection.skip,
            top: self.selection.top,
            has_lost_list: self.has_partial_item,
            has_real_count: !self.counts_are_of_pages,
            ..Guards::default()
        }
    }

    /// The largest binding count of the server: how many entities the walk must read before it can
    /// be complete.
    ///
    /// A count proves nothing if it equals its page's own number of items and a next link is
    /// present, because siblings of this API send the page's count there.
    ///
    /// Of a request with `$skip` or `$top`, it is what these leave of the count.
    pub fn expected(&self) -> Option<u64> {
        self.counted.filter(|_| self.counts_bind).map(|count| self.selection.required(count))
    }

    /// Sets what of the counted items the walk selects.
    pub(crate) fn selecting(mut self, selection: Selection) -> Self {
        self.selection = selection;
        self
    }

    /// Sets whether a count is evidence of what is missing.
    pub(crate) fn counts_bind(mut self, counts_bind: bool) -> Self {
        self.counts_bind = counts_bind;
        self
    }

    /// Entities read so far: distinct keys, and items without a key.
    pub fn entities(&self) -> u64 {
        self.entities
    }

    /// Whether a page was already requested: a link that leads back to it is a cycle.
    pub fn has_visited(&self, url: &PageUrl) -> bool {
        self.visited.contains(url)
    }

    /// Takes a page that was read whole, and the URL of the next one.
    pub fn page(&mut self, facts: PageFacts, next: Option<&PageUrl>) -> Step {
        self.read(facts, next.is_some());
        if facts.is_cut {
            return Step::Finish(Outcome::Incomplete(Reason::Limit));
        }
        let Some(next) = next else { return Step::Finish(self.outcome_at_last_page()) };

        let reason = if !self.visited.insert(next) {
            Reason::Cycle
        } else if self.is_running_away() {
            Reason::Runaway
        } else if self.limits.max_pages.is_some_and(|most| self.pages >= most)
            || self.limits.max_items.is_some_and(|most| facts.rows_so_far >= most)
        {
            Reason::Limit
        } else {
            return Step::Fetch(next.clone());
        };
        Step::Finish(Outcome::Incomplete(reason))
    }

    /// Takes a page that was read whole, and whose next link is not a URL.
    pub fn page_with_broken_link(&mut self, facts: PageFacts) -> Outcome {
        self.read(facts, true);
        Outcome::Incomplete(if facts.is_cut { Reason::Limit } else { Reason::LinkRefused })
    }

    /// Takes a page that could not be fetched after all attempts.
    pub fn page_failed(&mut self, failure: FetchErrorKind) -> Outcome {
        let is_continuation = self.pages > 0;
        Outcome::Incomplete(match failure {
            // A pull may begin at a delta link, which expires as well.
            FetchErrorKind::Expired => Reason::LinkExpired,
            FetchErrorKind::NotFound if is_continuation => Reason::LinkExpired,
            FetchErrorKind::LinkRefused => Reason::LinkRefused,
            _ => Reason::PageLost,
        })
    }

    fn read(&mut self, facts: PageFacts, has_next: bool) {
        self.pages += 1;
        self.entities += facts.new_items;
        self.items += facts.items;
        self.selection.note(self.items, has_next);
        self.has_partial_item |= facts.partial_items > 0;

        if let Some(count) = facts.count {
            let is_of_page = count == facts.items;
            // The last page of a service that counts pages has the page's count too.
            let proves_nothing = is_of_page && (has_next || (self.pages > 1 && self.counts_are_of_pages));
            if !proves_nothing {
                self.counted = self.counted.max(Some(count));
            }
            self.counts_are_of_pages &= is_of_page;
        }

        self.consecutive_empty_pages = if facts.items == 0 { self.consecutive_empty_pages + 1 } else { 0 };
        if facts.new_items + facts.changed_items > 0 {
            self.consecutive_stale_pages = 0;
        } else if facts.items > 0 {
            self.consecutive_stale_pages += 1;
        }
    }

    fn is_running_away(&self) -> bool {
        self.consecutive_stale_pages >= self.limits.stale_pages
            || self.consecutive_empty_pages >= self.limits.empty_pages
            || self.pages >= self.limits.page_bound
    }

    fn outcome_at_last_page(&self) -> Outcome {
        match self.expected() {
            Some(expected) if expected > self.entities => Outcome::Incomplete(Reason::Truncated),
            _ if self.has_partial_item => Outcome::Incomplete(Reason::PartialItem),
            _ => Outcome::Complete,
        }
    }
}
