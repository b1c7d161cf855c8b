//! The asynchronous part of a pull: takes pages in order, waits before retries, and commits pages.
//!
//! Why it is thin: everything that can be decided without input or output is decided elsewhere
//! (`walk.rs`, `retry.rs`, `seen_keys.rs`), so this file only connects the parts. The page is the
//! unit of commit. A page is fetched whole, checked, and parsed or folded in `page_reader.rs`. Only
//! then does `commit` count it, in one place and without an await, so nothing that is returned is
//! half a page and a dropped stream never leaves the numbers between two pages.
//!
//! The driver is the only retrier: a transport classifies a failure and never retries, so no second
//! budget multiplies the first. Calls are counted where requests start, prefetched ones included.

use std::sync::Arc;

use endstate_odata::{PageBuf, PageUrl};

use crate::buffer_pool::BufferPool;
use crate::continuation::PageUrls;
use crate::folding_body::FoldedItems;
use crate::page_reader::{FetchedItem, FetchedPage, PageReader};
use crate::prefetcher::Prefetcher;
use crate::pull_plan::PullPlan;
use crate::retrier::{NoAnswer, Retrier};
use crate::seen_keys::{SeenKeys, Sighting};
use crate::selection::Selection;
use crate::{
    Checkpoint, Duplicates, FetchError, FetchErrorKind, FirstPageNotFound, Guards, IncompleteError, Limits, Outcome,
    PageFacts, PartialItems, PullReport, PulledPage, Reason, Resume, Step, Walk,
};

/// Runs one pull, page by page.
pub(crate) struct Driver {
    prefetcher: Prefetcher,
    limits: Limits,
    duplicates: Duplicates,
    partial_items: PartialItems,
    first_page_not_found: FirstPageNotFound,
    urls: PageUrls,
    walk: Walk,
    retrier: Retrier,
    seen: SeenKeys,
    report: PullReport,
    next: Next,
    buffers: Arc<BufferPool>,
}

/// A page that counts, and what became of its items if they were folded.
pub(crate) type CommittedPage = (PulledPage, Option<FoldedItems>);

/// The state of the pull between two pages.
enum Next {
    Page(PageUrl),
    /// The last page was returned. A pull that stopped at a limit between two pages can resume at
    /// this URL.
    End(Outcome, Option<PageUrl>),
}

impl Driver {
    pub(crate) fn new(plan: PullPlan) -> Self {
        let linked_items = plan.resume.as_ref().and_then(|resume| resume.checkpoint.guards.linked_items);
        let selection = Selection::for_request(&plan.first);
        let urls = PageUrls::new(plan.first, plan.continuation, linked_items);
        let mut own_key = plan.key;
        let mut duplicates = plan.duplicates;
        let (walk, next, seen, report) = match plan.resume {
            None => {
                let first = urls.first();
                let walk = Walk::new(&first, plan.limits.clone()).selecting(selection);
                (walk, first, SeenKeys::new(duplicates), PullReport::default())
            }
            Some(Resume { checkpoint, seen, key }) => {
                // With another one, no item would be found among the rows that were kept.
                own_key = if plan.fold.is_none() { Some(key) } else { own_key };
                duplicates = checkpoint.guards.duplicates.unwrap_or(duplicates);
                let walk = Walk::resume(&checkpoint, seen.entities(), plan.limits.clone(), plan.partial_items);
                let resumed_from_page = Some(checkpoint.report.pages + 1);
                let outcome = Outcome::default();
                let report = PullReport { resumed_from_page, outcome, failure: None, ..checkpoint.report };
                (walk, checkpoint.next, seen, report)
            }
        };

        // As many buffers as can be in use at once.
        let buffers = Arc::new(BufferPool::new(plan.prefetch + 2));
        let reader = PageReader {
            transport: plan.transport,
            key: own_key,
            digester: seen.digester(),
            max_page_bytes: plan.limits.max_page_bytes,
            buffers: Arc::clone(&buffers),
            fold: plan.fold,
            spawn: plan.spawn,
        };
        Self {
            urls,
            walk: walk.counts_bind(plan.counts_bind),
            next: Next::Page(next),
            prefetcher: Prefetcher::new(reader, plan.prefetch),
            limits: plan.limits,
            duplicates,
            partial_items: plan.partial_items,
            first_page_not_found: plan.first_page_not_found,
            retrier: Retrier::new(plan.retry, plan.clock, plan.canceller, plan.on_retry),
            seen,
            report,
            buffers,
        }
    }

    /// The state of the pull; `None` before the first page and if no further page can follow.
    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        match &self.next {
            Next::Page(next) | Next::End(_, Some(next)) if self.report.pages > 0 => Some(Checkpoint {
                next: next.clone(),
                report: self.report.clone(),
                keys_digest: self.seen.digest_of_keys(),
                guards: Guards {
                    linked_items: self.urls.linked_items(),
                    duplicates: Some(self.duplicates),
                    ..self.walk.guards()
                },
            }),
            _ => None,
        }
    }

    pub(crate) fn report(&self) -> &PullReport {
        &self.report
    }

    /// Returns the next page; `None` at the end of a complete pull. It is not called again after
    /// that or after an error.
    pub(crate) async fn next_page(&mut self) -> Result<Option<CommittedPage>, IncompleteError> {
        let url = match &self.next {
            Next::Page(url) => url.clone(),
            Next::End(outcome, _) => return self.end(*outcome, None),
        };

        let page = self.fetch_with_retries(&url).await;
        self.retrier.page_done();

        match page {
            Ok(page) => Ok(Some(self.commit(page, &url))),
            Err(NoAnswer::Cancelled) => self.end(Outcome::Incomplete(Reason::Cancelled), None),
            Err(NoAnswer::Failed(failure)) => {
                let is_absent = self.report.pages == 0 && failure.kind() == FetchErrorKind::NotFound;
                if is_absent && self.first_page_not_found == FirstPageNotFound::Empty {
                    return self.end(Outcome::Complete, None);
                }
                let outcome = self.walk.page_failed(failure.kind());
                self.end(outcome, Some(failure))
            }
        }
    }

    fn end(&mut self, outcome: Outcome, failure: Option<FetchError>) -> Result<Option<CommittedPage>, IncompleteError> {
        self.prefetcher.stop();
        self.report.calls += self.prefetcher.take_calls();
        self.report.outcome = outcome;
        self.report.failure.clone_from(&failure);
        match outcome.reason() {
            None => Ok(None),
            Some(reason) => Err(IncompleteError::new(reason, failure)),
        }
    }

    async fn fetch_with_retries(&mut self, url: &PageUrl) -> Result<FetchedPage, NoAnswer> {
        loop {
            let attempt = self.attempt(url).await;
            self.report.calls += self.prefetcher.take_calls();
            match attempt {
                None => return Err(NoAnswer::Cancelled),
                Some(Ok(page)) => return Ok(page),
                Some(Err(failure)) => self.retrier.wait_after(failure, &mut self.report).await?,
            }
        }
    }

    /// Makes one attempt; `None` if the pull is cancelled before the response begins.
    async fn attempt(&mut self, url: &PageUrl) -> Option<Result<FetchedPage, FetchError>> {
        if self.retrier.canceller().is_cancelled() {
            return None;
        }
        let Self { prefetcher, walk, limits, retrier, report, .. } = self;
        // With a limit on items, the last page is not known in advance.
        let may_fetch = |in_flight: usize, next: &PageUrl| {
            let pages = report.pages + in_flight as u64;
            limits.max_items.is_none()
                && pages < limits.max_pages.unwrap_or(u64::MAX).min(limits.page_bound)
                && !walk.has_visited(next)
        };
        prefetcher.page(url, retrier.canceller(), may_fetch).await
    }

    /// Takes a whole page. From here on its rows count as read.
    fn commit(&mut self, page: FetchedPage, url: &PageUrl) -> CommittedPage {
        let FetchedPage { page, bytes, items, digest, folded } = page;
        let rows_before = self.report.rows;
        let mut facts = PageFacts { items: page.len() as u64, count: page.count(), ..PageFacts::default() };
        let (mut partial_items, mut unreadable_links) = (0, 0);
        if let Some(count) = page.count() {
            self.seen.expect(count);
        }
        let mut rows = Vec::with_capacity(page.len());
        for position in 0..page.len() {
            // Of a pull without keys, there may be nothing to know of an item.
            let item = items.get(position);
            let rows_so_far = rows_before + rows.len() as u64;
            if self.limits.max_items.is_some_and(|most| rows_so_far >= most) {
                facts.is_cut = true;
                break;
            }
            if digest.is_some() || item.is_none_or(|item| self.commit_item(item, &mut facts)) {
                rows.push(position);
            }
            self.report.items += 1;
            partial_items += u64::from(item.is_some_and(|item| item.is_partial));
            unreadable_links += u64::from(item.is_some_and(|item| item.has_unreadable_link));
        }

        let mut row_count = rows.len() as u64;
        if let Some(folded) = &folded {
            (facts.items, row_count) = (folded.items, folded.items);
            (partial_items, unreadable_links) = (folded.partial_items, folded.unreadable_links);
            self.report.items += folded.items;
        }
        // Without keys, a page is new as a whole.
        if digest.is_some_and(|digest| self.seen.note_nameless(digest)) {
            facts.new_items = row_count;
        }

        facts.rows_so_far = rows_before + row_count;
        let report = &mut self.report;
        report.rows = facts.rows_so_far;
        report.partial_items += partial_items;
        facts.partial_items = match self.partial_items {
            PartialItems::MakeIncomplete => partial_items,
            // Of what the caller cannot follow, a part stays missing.
            PartialItems::Accept => unreadable_links,
        };
        report.pages += 1;
        report.bytes += bytes;
        report.entities = self.seen.len() as u64;

        self.next = self.next_after(&page, facts, url);
        self.report.expected = self.walk.expected();
        let buffers = Arc::clone(&self.buffers);
        (PulledPage::new(self.report.pages, url.clone(), page, rows, buffers), folded.map(|folded| *folded))
    }

    /// Counts an item; returns whether it is a row.
    fn commit_item(&mut self, item: &FetchedItem, facts: &mut PageFacts) -> bool {
        let report = &mut self.report;
        let Some(key) = &item.key else {
            report.without_key += 1;
            facts.new_items += u64::from(self.seen.note_nameless(item.digest));
            return true;
        };
        let sighting = self.seen.note(key, item.hash, item.digest);
        facts.new_items += u64::from(sighting == Sighting::First);
        facts.changed_items += u64::from(sighting == Sighting::Conflict && self.duplicates == Duplicates::Latest);
        report.duplicates += u64::from(sighting != Sighting::First);
        if sighting == Sighting::Conflict {
            report.conflicts += 1;
            if report.conflict_keys.len() < PullReport::CONFLICT_KEYS && !report.conflict_keys.contains(key) {
                report.conflict_keys.push(key.clone());
            }
        }
        match self.duplicates {
            Duplicates::DropEqual | Duplicates::Latest => sighting != Sighting::Duplicate,
            Duplicates::First => sighting == Sighting::First,
            Duplicates::Keep => true,
        }
    }

    /// Asks the walk what follows this page.
    fn next_after(&mut self, page: &PageBuf, facts: PageFacts, url: &PageUrl) -> Next {
        let link = page.next_link().map(|link| link.resolve(page.context(), url)).transpose();
        let Ok(link) = link else { return Next::End(self.walk.page_with_broken_link(facts), None) };
        let next = self.urls.after(link, facts.items, self.report.items);
        match self.walk.page(facts, next.as_ref()) {
            Step::Fetch(next) => Next::Page(next),
            Step::Finish(outcome) => {
                let can_resume = outcome == Outcome::Incomplete(Reason::Limit) && !facts.is_cut;
                Next::End(outcome, next.filter(|_| can_resume))
            }
        }
    }
}
