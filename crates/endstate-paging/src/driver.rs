//! The asynchronous part of a pull: takes pages in order, waits before retries, and tells the walk what came.

use std::sync::Arc;

use endstate_odata::PageUrl;

use crate::ahead::Ahead;
use crate::page_read::{PageReader, ReadPage};
use crate::pulled_page::PulledRow;
use crate::retry::Retries;
use crate::seen_keys::{SeenKeys, Sighting};
use crate::spare_bodies::SpareBodies;
use crate::{
    Canceller, Checkpoint, Clock, Duplicates, Failure, FailureKind, FirstPageNotFound, Incomplete, Limits, PageFacts,
    Pull, PullReport, PulledPage, Reason, Resume, RetryNotice, Step, Verdict, Walk,
};

pub(crate) struct Driver {
    ahead: Ahead,
    clock: Arc<dyn Clock>,
    limits: Limits,
    duplicates: Duplicates,
    first_page_not_found: FirstPageNotFound,
    canceller: Canceller,
    on_retry: Arc<dyn Fn(&RetryNotice) + Send + Sync>,
    walk: Walk,
    retries: Retries,
    seen: SeenKeys,
    report: PullReport,
    next: Next,
    spare: Arc<SpareBodies>,
}

/// Where the pull stands between two pages.
enum Next {
    Page(PageUrl),
    /// The last page was handed on. A pull that stopped at a limit between two pages could go on.
    End(Verdict, Option<PageUrl>),
}

/// Why there is no page.
enum NoPage {
    Failed(Failure),
    Cancelled,
}

impl Driver {
    pub(crate) fn new(pull: Pull) -> Self {
        let (walk, next, seen, report) = match pull.resume {
            None => {
                (Walk::new(&pull.first, pull.limits.clone()), pull.first, SeenKeys::default(), PullReport::default())
            }
            Some(Resume { checkpoint, seen, .. }) => {
                let walk = Walk::resume(&checkpoint, pull.limits.clone());
                let resumed_from_page = Some(checkpoint.report.pages + 1);
                let report = PullReport { resumed_from_page, verdict: None, failure: None, ..checkpoint.report };
                (walk, checkpoint.next, seen, report)
            }
        };
        // As many as can be in use at once.
        let spare = Arc::new(SpareBodies::new(pull.ahead + 2));
        let reader = PageReader {
            transport: pull.transport,
            key: pull.key,
            digester: seen.digester(),
            max_page_bytes: pull.limits.max_page_bytes,
            glance: pull.glance,
            spare: Arc::clone(&spare),
        };
        Self {
            walk,
            next: Next::Page(next),
            ahead: Ahead::new(reader, pull.spawn, pull.ahead),
            clock: pull.clock,
            limits: pull.limits,
            duplicates: pull.duplicates,
            first_page_not_found: pull.first_page_not_found,
            canceller: pull.canceller,
            on_retry: pull.on_retry,
            retries: Retries::new(pull.retry),
            seen,
            report,
            spare,
        }
    }

    /// Where the pull stands, unless it has no further page or none was read yet.
    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        match &self.next {
            Next::Page(next) | Next::End(_, Some(next)) if self.report.pages > 0 => Some(Checkpoint {
                next: next.clone(),
                report: self.report.clone(),
                keys_digest: self.seen.digest_of_keys(),
                guards: self.walk.guards(),
            }),
            _ => None,
        }
    }

    pub(crate) fn report(&self) -> &PullReport {
        &self.report
    }

    /// The next page; `None` at the end of a complete pull. After that or an error it is not called again.
    pub(crate) async fn next_page(&mut self) -> Result<Option<PulledPage>, Incomplete> {
        let url = match &self.next {
            Next::Page(url) => url.clone(),
            Next::End(verdict, _) => return self.end(*verdict, None),
        };
        let page = self.fetch_with_retries(&url).await;
        self.retries.page_done(self.clock.now());
        match page {
            Ok(page) => Ok(Some(self.commit(page, &url))),
            Err(NoPage::Cancelled) => self.end(Verdict::Incomplete(Reason::Cancelled), None),
            Err(NoPage::Failed(failure)) => {
                let is_absent = self.report.pages == 0 && failure.kind() == FailureKind::NotFound;
                if is_absent && self.first_page_not_found == FirstPageNotFound::Empty {
                    return self.end(Verdict::Complete, None);
                }
                let verdict = self.walk.page_failed(failure.kind());
                self.end(verdict, Some(failure))
            }
        }
    }

    fn end(&mut self, verdict: Verdict, failure: Option<Failure>) -> Result<Option<PulledPage>, Incomplete> {
        self.ahead.stop();
        self.report.verdict = Some(verdict);
        self.report.failure.clone_from(&failure);
        match verdict.reason() {
            None => Ok(None),
            Some(reason) => Err(Incomplete::new(reason, failure)),
        }
    }

    async fn fetch_with_retries(&mut self, url: &PageUrl) -> Result<ReadPage, NoPage> {
        loop {
            let attempt = self.attempt(url).await;
            self.report.calls += self.ahead.take_calls();
            let failure = match attempt {
                None => return Err(NoPage::Cancelled),
                Some(Ok(page)) => return Ok(page),
                Some(Err(failure)) => failure,
            };
            self.report.throttled += u64::from(failure.kind() == FailureKind::Throttled);
            let Some(delay) = self.retries.after(&failure, self.clock.now()) else {
                return Err(NoPage::Failed(failure));
            };
            let (page, attempt) = (self.report.pages + 1, self.retries.attempts());
            (self.on_retry)(&RetryNotice { page, attempt, delay, failure });
            self.canceller.unless_cancelled(self.clock.sleep(delay)).await.ok_or(NoPage::Cancelled)?;
            self.report.waited += delay;
            self.report.retries += 1;
        }
    }

    /// One attempt; `None` where the pull is cancelled before its answer has begun.
    async fn attempt(&mut self, url: &PageUrl) -> Option<Result<ReadPage, Failure>> {
        if self.canceller.is_cancelled() {
            return None;
        }
        let Self { ahead, walk, limits, canceller, report, .. } = self;
        // Where the bound is on items, nobody knows which page will be the last.
        let may_ask = |before: usize, next: &PageUrl| {
            let pages = report.pages + before as u64;
            limits.max_items.is_none()
                && pages < limits.max_pages.unwrap_or(u64::MAX).min(limits.page_bound)
                && !walk.has_visited(next)
        };
        ahead.page(url, canceller, may_ask).await
    }

    /// Takes a whole page: from here on its rows count as read.
    fn commit(&mut self, page: ReadPage, url: &PageUrl) -> PulledPage {
        let ReadPage { page, items } = page;
        let report = &mut self.report;
        let mut rows = Vec::with_capacity(page.len());
        let mut facts = PageFacts { items: page.len() as u64, count: page.count(), ..PageFacts::default() };
        let rows_before = report.rows;
        for (position, item) in items.into_iter().enumerate() {
            let rows_so_far = rows_before + rows.len() as u64;
            if self.limits.max_items.is_some_and(|most| rows_so_far >= most) {
                facts.is_cut = true;
                break;
            }
            report.items += 1;
            facts.partial_items += u64::from(item.is_partial);
            let is_row = if let Some(key) = item.key {
                let sighting = self.seen.note(&key, item.digest);
                facts.new_items += u64::from(sighting == Sighting::First);
                report.duplicates += u64::from(sighting != Sighting::First);
                if sighting == Sighting::Conflict {
                    report.conflicts += 1;
                    if report.conflict_keys.len() < PullReport::CONFLICT_KEYS && !report.conflict_keys.contains(&key) {
                        report.conflict_keys.push(key);
                    }
                }
                sighting == Sighting::First || self.duplicates == Duplicates::Keep
            } else {
                report.without_key += 1;
                facts.new_items += u64::from(self.seen.note_nameless(item.digest));
                true
            };
            if is_row {
                // A page has fewer items than bytes, and its bytes are bounded far below this.
                rows.push(PulledRow { position: u32::try_from(position).unwrap_or(u32::MAX), glance: item.glance });
            }
        }
        facts.rows_so_far = rows_before + rows.len() as u64;
        report.rows = facts.rows_so_far;
        report.partial_items += facts.partial_items;
        report.pages += 1;
        report.bytes += page.body().len() as u64;
        report.entities = self.seen.len() as u64;

        let next = page.next_link().map(|link| link.resolve(page.context(), url)).transpose();
        self.next = match next {
            Ok(next) => match (self.walk.page(facts, next.as_ref()), next) {
                (Step::Fetch, Some(next)) => Next::Page(next),
                (Step::Finish(verdict @ Verdict::Incomplete(Reason::Limit)), next) if !facts.is_cut => {
                    Next::End(verdict, next)
                }
                (Step::Finish(verdict), _) => Next::End(verdict, None),
                // The walk asks only for a link that it was given.
                (Step::Fetch, None) => Next::End(Verdict::Incomplete(Reason::LinkRefused), None),
            },
            Err(_) => Next::End(self.walk.page_with_broken_link(facts), None),
        };
        self.report.expected = self.walk.expected();
        PulledPage::new(self.report.pages, page, rows, Arc::clone(&self.spare))
    }
}
