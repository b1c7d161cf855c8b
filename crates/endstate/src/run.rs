//! Runs a pull to its end: progress, Ctrl-C, and each row to whoever wants it.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use endstate_analysis::Condition;
use endstate_model::Entity;
use endstate_odata::PageUrl;
use endstate_paging::{Canceller, Checkpoint, Pages, Pull, PullReport, PulledPage};
use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::sync::mpsc;

use crate::interrupt::{self, Interrupt};
use crate::output;
use crate::progress::Progress;
use crate::row::{InvalidItems, Row};
use crate::source::Source;

/// Takes the rows of a pull.
pub(crate) trait Consumer<E> {
    /// One row, in the order of the server.
    fn row(&mut self, row: &Row<'_, E>) -> io::Result<()>;

    /// After the last row of a page: from here on they count as kept. The checkpoint is where the pull can go on, if it can.
    fn page_end(&mut self, _checkpoint: Option<&Checkpoint>) -> io::Result<()> {
        Ok(())
    }
}

/// What to pull, and which of its rows to give on.
#[derive(Debug)]
pub(crate) struct Order<'o, E> {
    /// The first page.
    pub(crate) url: PageUrl,
    pub(crate) pull: Pull,
    /// The name of the tenant, where there are several.
    pub(crate) tenant: Option<String>,
    /// The items of rows that were kept before.
    pub(crate) invalid: InvalidItems,
    /// What a row has to meet; one that cannot be understood meets nothing.
    pub(crate) condition: Option<&'o Condition<E>>,
}

/// How a pull went.
#[derive(Debug)]
pub(crate) struct Pulled {
    pub(crate) report: PullReport,
    pub(crate) invalid_items: u64,
    /// The collection's name.
    pub(crate) collection: &'static str,
    /// The condition that rows had to meet, and how many did not.
    pub(crate) condition: Option<String>,
    pub(crate) left_out: u64,
    pub(crate) started_at: Timestamp,
    pub(crate) elapsed: Duration,
    /// Where from, its query left out.
    pub(crate) source: String,
    /// The cloud, the profile and the tenant, where they are known.
    pub(crate) cloud: Option<String>,
    pub(crate) profile: Option<String>,
    pub(crate) tenant: Option<String>,
}

/// Runs a pull and gives each row to `consumer`, whose error ends it.
pub(crate) async fn run<E: Entity>(
    source: &Source,
    order: Order<'_, E>,
    consumer: &mut impl Consumer<E>,
) -> anyhow::Result<Pulled> {
    let Order { url, pull, tenant, mut invalid, condition } = order;
    let mut left_out = 0;
    let started_at = Timestamp::now();
    let begun = Instant::now();
    let canceller = Canceller::new();
    let interrupts = tokio::spawn(cancel_on(interrupt::listen(), canceller.clone()));
    let whose = tenant.clone();
    let pages = pull.canceller(canceller).on_retry(move |notice| Progress::waiting(whose.as_deref(), notice)).pages();
    // Pages are walked over beside the rows' being written or counted; a slow writer holds the walk up.
    let (sender, mut read) = mpsc::channel(WAITING);
    let walk = tokio::spawn(walk(pages, sender));
    let progress = Progress::start(tenant.as_deref());
    while let Some(ReadPage { page, checkpoint, report }) = read.recv().await {
        left_out += give(&page, tenant.as_deref(), consumer, &mut invalid, condition)?;
        consumer.page_end(checkpoint.as_ref())?;
        progress.page(&report, source.transport.pacer().calls_left());
    }
    let report = walk.await.context("the pull has broken off")?;
    drop(progress);
    interrupts.abort();
    invalid.tell_rest();
    Ok(Pulled {
        report,
        invalid_items: invalid.count,
        started_at,
        elapsed: begun.elapsed(),
        source: url.to_string(),
        cloud: source.cloud.clone(),
        profile: source.settings.profile.clone(),
        tenant: source.settings.sign_in.tenant.as_ref().map(ToString::to_string),
        collection: E::ENTITY_SET,
        condition: condition.map(|condition| condition.as_str().to_owned()),
        left_out,
    })
}

/// A page that is read, and where the pull stood then.
struct ReadPage {
    page: PulledPage,
    checkpoint: Option<Checkpoint>,
    report: PullReport,
}

/// Pages that may wait to be written or counted.
const WAITING: usize = 1;

/// Hands on each page; says in the end what happened. Ends early where nobody takes them any more.
async fn walk(mut pages: Pages, sender: mpsc::Sender<ReadPage>) -> PullReport {
    while let Some(page) = pages.next().await {
        // What ended an incomplete pull is in the report.
        let Ok(page) = page else { continue };
        let (checkpoint, report) = (pages.checkpoint().cloned(), pages.report().clone());
        if sender.send(ReadPage { page, checkpoint, report }).await.is_err() {
            break;
        }
    }
    pages.report().clone()
}

/// Gives on the rows of a page; says how many it left out.
fn give<E: Entity>(
    page: &PulledPage,
    tenant: Option<&str>,
    consumer: &mut impl Consumer<E>,
    invalid: &mut InvalidItems,
    condition: Option<&Condition<E>>,
) -> io::Result<u64> {
    let mut left_out = 0;
    for (index, raw) in page.rows().enumerate() {
        let row: Row<'_, E> = Row::glanced_at(raw, page.glance(index)).of_tenant(tenant);
        let position = page.position(index).unwrap_or(index) + 1;
        if row.meets(condition) {
            consumer.row(&row)?;
        } else {
            left_out += 1;
        }
        // Afterwards: who has read it knows that it can be read.
        invalid.check(&row, || {
            let whose = tenant.map(|tenant| format!("{tenant}: ")).unwrap_or_default();
            format!("{whose}item {position} of page {}", page.number())
        });
    }
    Ok(left_out)
}

/// Whether it was said that pulls are stopping: of several tenants, each stops, and once is enough.
static TOLD: AtomicBool = AtomicBool::new(false);

/// The first Ctrl-C ends the pull after the page in hand; the second ends the program.
async fn cancel_on(first: Interrupt, canceller: Canceller) {
    if first.await.is_err() {
        return;
    }
    let second = interrupt::listen();
    if !TOLD.swap(true, Ordering::Relaxed) {
        output::say("stopping after the page in hand; once more stops at once");
    }
    canceller.cancel();
    if second.await.is_ok() {
        std::process::exit(130);
    }
}
