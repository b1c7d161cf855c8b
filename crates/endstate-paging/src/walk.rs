//! The walk as a synchronous state machine: told what a page said, it answers where to go on or how it ends.

use std::collections::HashSet;

use endstate_odata::PageUrl;

use crate::{Checkpoint, FailureKind, Guards, Limits, Reason, Verdict};

/// The decisions of a pull, without its input and output.
///
/// ```
/// use endstate_odata::PageUrl;
/// use endstate_paging::{Limits, PageFacts, Step, Verdict, Walk};
///
/// let first = PageUrl::new("https://host/devices")?;
/// let second = PageUrl::new("https://host/devices?page=2")?;
/// let mut walk = Walk::new(&first, Limits::default());
///
/// let facts = PageFacts { items: 2, new_items: 2, count: Some(3), ..PageFacts::default() };
/// assert_eq!(walk.page(facts, Some(&second)), Step::Fetch);
/// let facts = PageFacts { items: 1, new_items: 1, ..PageFacts::default() };
/// assert_eq!(walk.page(facts, None), Step::Finish(Verdict::Complete));
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug)]
pub struct Walk {
    limits: Limits,
    visited: HashSet<PageUrl>,
    pages: u64,
    /// Entities read: distinct keys, and items without one.
    entities: u64,
    /// The largest count that binds.
    expected: Option<u64>,
    /// Whether an item came of which only a part is here.
    has_partial_item: bool,
    /// Whether every count so far was its own page's number of items.
    counts_are_of_pages: bool,
    stale_in_a_row: u32,
    empty_in_a_row: u32,
}

/// What a page said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PageFacts {
    /// Items on the page.
    pub items: u64,
    /// Items on the page that no page before had: new keys, and items without a key.
    pub new_items: u64,
    /// Items of which only a part is here: a list of theirs goes on elsewhere.
    pub partial_items: u64,
    /// The page's count, if it has one.
    pub count: Option<u64>,
    /// Whether rows of this page were left out because the limit on items was reached.
    pub is_cut: bool,
    /// Rows handed on so far, this page's included.
    pub rows_so_far: u64,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Ask for the page that the next link leads to.
    Fetch,
    /// The walk is over.
    Finish(Verdict),
}

impl Walk {
    /// Starts at a page that is still to be asked for.
    pub fn new(first: &PageUrl, limits: Limits) -> Self {
        Self {
            limits,
            visited: HashSet::from([first.clone()]),
            pages: 0,
            entities: 0,
            expected: None,
            has_partial_item: false,
            counts_are_of_pages: true,
            stale_in_a_row: 0,
            empty_in_a_row: 0,
        }
    }

    /// Goes on from a checkpoint. Links that were followed before it are not known any more: one that leads back there shows
    /// as pages without a new item.
    pub(crate) fn resume(checkpoint: &Checkpoint, limits: Limits) -> Self {
        let Checkpoint { next, report, guards, .. } = checkpoint;
        Self {
            pages: report.pages,
            entities: report.entities + report.without_key,
            expected: report.expected,
            has_partial_item: report.partial_items > 0,
            counts_are_of_pages: !guards.has_real_count,
            stale_in_a_row: guards.stale_pages,
            empty_in_a_row: guards.empty_pages,
            ..Self::new(next, limits)
        }
    }

    /// What the guards have counted so far.
    pub(crate) fn guards(&self) -> Guards {
        Guards {
            stale_pages: self.stale_in_a_row,
            empty_pages: self.empty_in_a_row,
            has_real_count: !self.counts_are_of_pages,
        }
    }

    /// The largest count of the server that binds: what must be read before the walk can be complete.
    ///
    /// A count equal to its page's own number of items while a next link is present proves nothing, since siblings of this
    /// API send the page's count there.
    pub fn expected(&self) -> Option<u64> {
        self.expected
    }

    /// Entities read so far: distinct keys, and items without one.
    pub fn entities(&self) -> u64 {
        self.entities
    }

    /// Whether a page was asked for already: a link that leads back there is a cycle.
    pub fn has_visited(&self, url: &PageUrl) -> bool {
        self.visited.contains(url)
    }

    /// Takes a page that was read whole, and the URL of the next one.
    pub fn page(&mut self, facts: PageFacts, next: Option<&PageUrl>) -> Step {
        self.read(facts, next.is_some());
        if facts.is_cut {
            return Step::Finish(Verdict::Incomplete(Reason::Limit));
        }
        let Some(next) = next else { return Step::Finish(self.at_the_last_page()) };
        let reason = if !self.visited.insert(next.clone()) {
            Reason::Cycle
        } else if self.stale_in_a_row >= self.limits.stale_pages
            || self.empty_in_a_row >= self.limits.empty_pages
            || self.pages >= self.limits.page_bound
        {
            Reason::Runaway
        } else if self.limits.max_pages.is_some_and(|most| self.pages >= most)
            || self.limits.max_items.is_some_and(|most| facts.rows_so_far >= most)
        {
            Reason::Limit
        } else {
            return Step::Fetch;
        };
        Step::Finish(Verdict::Incomplete(reason))
    }

    /// Takes a page that was read whole, and whose next link cannot be made a URL.
    pub fn page_with_broken_link(&mut self, facts: PageFacts) -> Verdict {
        self.read(facts, true);
        Verdict::Incomplete(if facts.is_cut { Reason::Limit } else { Reason::LinkRefused })
    }

    /// Takes a page that could not be had, after all attempts.
    pub fn page_failed(&mut self, failure: FailureKind) -> Verdict {
        let is_continuation = self.pages > 0;
        Verdict::Incomplete(match failure {
            FailureKind::NotFound | FailureKind::Expired if is_continuation => Reason::LinkExpired,
            FailureKind::LinkRefused => Reason::LinkRefused,
            _ => Reason::PageLost,
        })
    }

    fn read(&mut self, facts: PageFacts, has_next: bool) {
        self.pages += 1;
        self.entities += facts.new_items;
        self.has_partial_item |= facts.partial_items > 0;
        if let Some(count) = facts.count {
            let is_of_page = count == facts.items;
            // The last page of a service that counts pages has the page's count too.
            let proves_nothing = is_of_page && (has_next || (self.pages > 1 && self.counts_are_of_pages));
            if !proves_nothing {
                self.expected = self.expected.max(Some(count));
            }
            self.counts_are_of_pages &= is_of_page;
        }
        self.empty_in_a_row = if facts.items == 0 { self.empty_in_a_row + 1 } else { 0 };
        if facts.new_items > 0 {
            self.stale_in_a_row = 0;
        } else if facts.items > 0 {
            self.stale_in_a_row += 1;
        }
    }

    fn at_the_last_page(&self) -> Verdict {
        match self.expected {
            Some(expected) if expected > self.entities => Verdict::Incomplete(Reason::Truncated),
            _ if self.has_partial_item => Verdict::Incomplete(Reason::PartialItem),
            _ => Verdict::Complete,
        }
    }
}
