//! Runs a pull to its end: progress, Ctrl-C, and each row to a sink. Every run ends with a receipt.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use endstate_analysis::Condition;
use endstate_model::{Entity, MachineSecurityState};
use endstate_paging::{Canceller, Checkpoint, Pages, PullReport, PulledPage};
use endstate_reqwest::{Cloud, CloudEndpoint, end_running_commands};
use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::outcome::EndedPull;
use super::request::PullRequest;
use crate::config::endpoint::cloud_name;
use crate::rows::{InvalidItems, Row, RowSink, UnreadableCounts};
use crate::service::source::LiveSource;
use crate::store::receipt::{FailureRecord, Receipt, RetryBudget};
use crate::store::recorded_outcome::RecordedOutcome;
use crate::terminal::interrupt::{self, INTERRUPTED, Listener};
use crate::terminal::output;
use crate::terminal::progress::Progress;

/// Rows that did not match the condition.
#[derive(Debug, Default, Clone, Copy)]
struct LeftOut {
    readable: u64,
    unreadable: u64,
}

/// Runs a pull and passes each row to `sink`, whose error ends it.
pub(crate) async fn run<E: Entity>(
    source: &LiveSource,
    request: PullRequest<'_, E>,
    sink: &mut impl RowSink<E>,
) -> anyhow::Result<EndedPull> {
    let PullRequest { url, pull, mut invalid, condition } = request;
    let tenant = source.settings.tenant_label();
    let started_at = Timestamp::now();
    let clock = Instant::now();

    let canceller = Canceller::new();
    let interrupts = tokio::spawn(cancel_on(interrupt::listen(), canceller.clone()));
    let label = tenant.map(ToOwned::to_owned);
    let pages = pull.canceller(canceller).on_retry(move |notice| Progress::retry(label.as_deref(), notice)).pages();
    // Pages are walked beside the writing or counting of rows. A slow writer holds the walk up.
    let (sender, mut pages_read) = mpsc::channel(MAX_WAITING_PAGES);
    let walk = tokio::spawn(walk(pages, sender));

    let transport = Arc::clone(&source.transport);
    let progress = Progress::start(tenant, noun::<E>(), Box::new(move || transport.pacer().wait()));
    let mut left_out = LeftOut::default();
    while let Some(ReadPage { page, checkpoint, report }) = pages_read.recv().await {
        pass_on(&page, source, sink, &mut invalid, condition, &mut left_out)?;
        sink.page_end(checkpoint.as_ref())?;
        progress.page(&report);
    }
    let report = walk.await.context("the pull ended unexpectedly")?;
    drop(progress);
    interrupts.abort();
    invalid.report_total();

    let receipt = Receipt {
        condition: condition.map(|condition| condition.as_str().to_owned()),
        collection: E::ENTITY_SET.to_owned(),
        rows: report.rows - left_out.readable - left_out.unreadable,
        unreadable: invalid.counts,
        ..receipt(source, &url.to_string(), &report, started_at, clock.elapsed())
    };
    let entra_portal = source.cloud.map_or(COMMERCIAL_ENTRA_PORTAL, |cloud| cloud.entra_portal);
    Ok(EndedPull { receipt, failure: report.failure, not_matching: left_out.readable, entra_portal })
}

/// What progress calls an item. People speak of devices, not of their states.
fn noun<E: Entity>() -> &'static str {
    if E::ENTITY_SET == MachineSecurityState::ENTITY_SET { "device" } else { E::NOUN }
}

/// For a service root outside the table of clouds.
const COMMERCIAL_ENTRA_PORTAL: &str = {
    assert!(matches!(CloudEndpoint::ALL[0].cloud, Cloud::Commercial), "the commercial cloud is the first row");
    CloudEndpoint::ALL[0].entra_portal
};

/// The receipt of a run, without what depends on its collection and rows.
fn receipt(source: &LiveSource, url: &str, report: &PullReport, started_at: Timestamp, elapsed: Duration) -> Receipt {
    let settings = &source.settings;

    Receipt {
        ended: RecordedOutcome::new(report.outcome, report.pages),
        failure: report.failure.as_ref().map(FailureRecord::from),
        source: url.to_owned(),
        cloud: source.cloud.map(cloud_name),
        profile: settings.profile.clone(),
        tenant: source.tenant(),
        collection: String::new(),
        condition: None,
        output: None,
        pages: report.pages,
        items: report.items,
        devices: report.entities,
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
        started_at: started_at.to_string(),
        elapsed_ms: millis(elapsed),
        resumed_from_page: report.resumed_from_page,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A page that was read, and the state of the pull after it.
struct ReadPage {
    page: PulledPage,
    checkpoint: Option<Checkpoint>,
    report: PullReport,
}

/// Pages that may wait to be written or counted.
const MAX_WAITING_PAGES: usize = 1;

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

/// Passes the matching rows of a page to the sink. `name` is the name of the tenant, also of an
/// only one, whose rows do not carry it.
fn pass_on<E: Entity>(
    page: &PulledPage,
    source: &LiveSource,
    sink: &mut impl RowSink<E>,
    invalid: &mut InvalidItems,
    condition: Option<&Condition<E>>,
    left_out: &mut LeftOut,
) -> io::Result<()> {
    let tenant = source.settings.tenant_label();
    let name = source.settings.profile.as_deref();
    for (index, raw) in page.rows().enumerate() {
        let row: Row<'_, E> = Row::new(raw, tenant);
        if row.matches(condition, name) {
            sink.row(&row)?;
        } else {
            sink.left_out(&row);
            let count = if row.item().is_ok() { &mut left_out.readable } else { &mut left_out.unreadable };
            *count += 1;
        }

        // After the sink: a sink that has read the row knows that it is valid.
        invalid.check(&row, || {
            let tenant = tenant.map(|tenant| format!("{tenant}: ")).unwrap_or_default();
            let item = page.position(index).unwrap_or(index) + 1;
            format!("{tenant}item {item} of page {}", page.number())
        });
    }
    Ok(())
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
