//! One run over the collections of a source: progress, Ctrl-C, and the receipt that every run ends
//! with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use endstate_model::{Entity, MachineSecurityState};
use endstate_paging::{Canceller, Checkpoint, FoldedPage, PageFold, Pages, Pull, PullReport, PulledPage, RetryNotice};
use endstate_reqwest::{Cloud, CloudEndpoint, end_running_commands};
use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::outcome::EndedPull;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::config::endpoint::cloud_name;
use crate::rows::UnreadableCounts;
use crate::service::source::LiveSource;
use crate::store::receipt::{FailureRecord, Receipt, RetryBudget};
use crate::store::recorded_outcome::RecordedOutcome;
use crate::terminal::interrupt::{self, INTERRUPTED, Listener};
use crate::terminal::output;
use crate::terminal::progress::Progress;

/// A run that has started.
pub(super) struct Run<'s> {
    pub(super) source: &'s LiveSource,
    pub(super) canceller: Canceller,
    interrupts: JoinHandle<()>,
    started_at: Timestamp,
    clock: Instant,
}

/// A page that was read, and the state of the pull after it.
pub(super) struct ReadPage {
    pub(super) page: PulledPage,
    pub(super) checkpoint: Option<Checkpoint>,
    pub(super) report: PullReport,
}

/// Pages that may wait to be written or counted.
const MAX_WAITING_PAGES: usize = 1;

/// The span in which a pull of a source runs. Its end is recorded in it.
pub(super) fn span(source: &LiveSource) -> Span {
    tracing::info_span!(
        "pull",
        endstate.source = source.kind.state_source().as_str(),
        endstate.profile = source.settings.profile,
        endstate.outcome = Empty,
        endstate.reason = Empty,
        endstate.pages = Empty,
        endstate.items = Empty,
        endstate.retries = Empty,
    )
}

impl<'s> Run<'s> {
    pub(super) fn start(source: &'s LiveSource) -> Self {
        let canceller = Canceller::new();
        let interrupts = tokio::spawn(cancel_on(interrupt::listen(), canceller.clone()));
        Self { source, canceller, interrupts, started_at: Timestamp::now(), clock: Instant::now() }
    }

    /// The name of the tenant, if there are several.
    pub(super) fn tenant(&self) -> Option<&'s str> {
        self.source.settings.tenant_label()
    }

    /// Shows the progress of items that are called `noun`.
    pub(super) fn progress(&self, noun: &'static str) -> Progress {
        let transport = Arc::clone(&self.source.transport);
        Progress::start(self.tenant(), noun, Box::new(move || transport.pacer().wait()))
    }

    /// What shows a failed attempt.
    pub(super) fn on_retry(&self) -> impl Fn(&RetryNotice) + Send + Sync + 'static {
        let label = self.tenant().map(ToOwned::to_owned);
        move |notice| Progress::retry(label.as_deref(), notice)
    }

    /// Reads the pages of a pull, each in order. An error of `on_page` ends the run.
    pub(super) async fn pages(
        &self,
        pull: Pull,
        noun: &'static str,
        mut on_page: impl FnMut(ReadPage) -> anyhow::Result<()>,
    ) -> anyhow::Result<PullReport> {
        let pages = pull.canceller(self.canceller.clone()).on_retry(self.on_retry()).pages();
        // Pages are walked beside the writing or counting of rows. A slow writer holds the walk up.
        let (sender, mut pages_read) = mpsc::channel(MAX_WAITING_PAGES);
        let walk = tokio::spawn(walk(pages, sender).in_current_span());

        let progress = self.progress(noun);
        while let Some(read) = pages_read.recv().await {
            let report = read.report.clone();
            on_page(read)?;
            log_page(&report);
            progress.page(&report);
        }
        walk.await.context("the pull ended unexpectedly")
    }

    /// Reads large pages, each in order, and folds each while it arrives.
    pub(super) async fn folded_pages<F: PageFold>(
        &self,
        pull: Pull,
        noun: &'static str,
        begin: impl Fn() -> F + Send + Sync + 'static,
        mut on_page: impl FnMut(FoldedPage<F>),
    ) -> PullReport {
        let mut pages = pull.canceller(self.canceller.clone()).on_retry(self.on_retry()).fold_pages(begin);
        let progress = self.progress(noun);
        while let Some(page) = pages.next().await {
            // What ended an incomplete pull is in the report.
            let Ok(page) = page else { continue };
            on_page(page);
            log_page(pages.report());
            progress.page(pages.report());
        }
        pages.report().clone()
    }

    /// Ends the run. The receipt lacks what depends on its collection and rows.
    pub(super) fn end(self, url: &str, report: PullReport) -> EndedPull {
        self.interrupts.abort();
        let receipt = self.receipt(url, &report);
        let (outcome, reason) = (report.outcome.as_str(), report.outcome.reason_word());
        let span = Span::current();
        span.record("endstate.outcome", outcome).record("endstate.reason", reason);
        // A number of OpenTelemetry has a sign.
        let counts = [("pages", report.pages), ("items", report.items), ("retries", report.retries)];
        for (name, count) in counts {
            span.record(&*format!("endstate.{name}"), count.cast_signed());
        }
        tracing::info!(outcome, reason, pages = report.pages, items = report.items, retries = report.retries, "ended");
        let entra_portal = self.source.cloud.map_or(COMMERCIAL_ENTRA_PORTAL, |cloud| cloud.entra_portal);
        EndedPull { receipt, failure: report.failure, not_matching: 0, entra_portal }
    }

    fn receipt(&self, url: &str, report: &PullReport) -> Receipt {
        let source = self.source;
        let settings = &source.settings;

        Receipt {
            ended: RecordedOutcome::new(report.outcome, report.pages),
            failure: report.failure.as_ref().map(FailureRecord::from),
            source: url.to_owned(),
            states_from: source.kind.state_source(),
            why_states_from: None,
            cloud: source.cloud.map(cloud_name),
            profile: settings.profile.clone(),
            tenant: source.tenant(),
            collection: String::new(),
            condition: None,
            output: None,
            generated_at: None,
            reads: Vec::new(),
            pages: report.pages,
            items: report.items,
            devices: report.entities,
            not_assessed: None,
            rows: report.rows,
            duplicates: report.duplicates,
            conflicts: report.conflicts,
            conflict_ids: report.conflict_keys.iter().map(ToString::to_string).collect(),
            unreadable: UnreadableCounts::default(),
            partial_items: report.partial_items,
            expected: report.expected,
            calls: report.calls,
            retries: report.retries,
            throttled: report.throttled,
            retry_budget: RetryBudget::from(&source.retry_policy()),
            waited_ms: millis(report.waited),
            bytes: report.bytes,
            started_at: self.started_at.to_string(),
            elapsed_ms: millis(self.clock.elapsed()),
            resumed_from_page: report.resumed_from_page,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// Logs a page that was read: its number, from 1, and the items so far.
fn log_page(report: &PullReport) {
    tracing::info!(page = report.pages, items = report.items, "read");
}

/// What progress calls an item. People speak of devices, not of their states.
pub(super) fn noun<E: Entity>() -> &'static str {
    if E::ENTITY_SET == MachineSecurityState::ENTITY_SET { "device" } else { E::NOUN }
}

/// For a service root outside the table of clouds.
const COMMERCIAL_ENTRA_PORTAL: &str = {
    assert!(matches!(CloudEndpoint::ALL[0].cloud, Cloud::Commercial), "the commercial cloud is the first row");
    CloudEndpoint::ALL[0].entra_portal
};

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Sends each page on, and returns what happened in the end. Ends early if the receiver is gone.
async fn walk(mut pages: Pages, sender: mpsc::Sender<ReadPage>) -> PullReport {
    while let Some(page) = pages.next().await {
        // What ended an incomplete pull is in the report.
        let Ok(page) = page else { continue };
        let checkpoint = pages.checkpoint().cloned();
        let report = pages.report().clone();
        if sender.send(ReadPage { page, checkpoint, report }).await.is_err() {
            break;
        }
    }
    pages.report().clone()
}

/// Whether it was printed that pulls are stopping: every tenant's pull stops, and one line is
/// enough.
static IS_STOP_REPORTED: AtomicBool = AtomicBool::new(false);

/// The first signal ends the pull after the current page; Ctrl-C after it ends the program.
async fn cancel_on(mut listener: Listener, canceller: Canceller) {
    if listener.first().await.is_err() {
        return;
    }
    let second = interrupt::ctrl_c();
    if !IS_STOP_REPORTED.swap(true, Ordering::Relaxed) {
        output::say("Stopping after this page; press Ctrl-C again to stop now");
    }
    canceller.cancel();
    if second.await.is_ok() {
        end_running_commands();
        std::process::exit(INTERRUPTED);
    }
}
