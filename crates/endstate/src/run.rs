//! Runs a pull to its end: progress, Ctrl-C, and each row to whoever wants it.

use std::io;
use std::time::{Duration, Instant};

use endstate_paging::{Canceller, Checkpoint, Pull, PullReport, PulledPage};
use futures_util::StreamExt;
use jiff::Timestamp;

use crate::interrupt::{self, Interrupt};
use crate::output;
use crate::progress::Progress;
use crate::row::{InvalidItems, Row};
use crate::source::Source;

/// Takes the rows of a pull.
pub(crate) trait Consumer {
    /// One row, in the order of the server.
    fn row(&mut self, row: &Row<'_>) -> io::Result<()>;

    /// After the last row of a page: from here on they count as kept. The checkpoint is where the pull can go on, if it can.
    fn page_end(&mut self, checkpoint: Option<&Checkpoint>) -> io::Result<()>;
}

/// How a pull went.
#[derive(Debug)]
pub(crate) struct Pulled {
    pub(crate) report: PullReport,
    pub(crate) invalid_items: u64,
    pub(crate) started_at: Timestamp,
    pub(crate) elapsed: Duration,
    /// Where from, its query left out.
    pub(crate) source: String,
}

/// Runs `pull` and gives each row to `consumer`, whose error ends it; `invalid` has the items of rows that were kept before.
pub(crate) async fn run(
    source: &Source,
    pull: Pull,
    mut invalid: InvalidItems,
    consumer: &mut impl Consumer,
) -> anyhow::Result<Pulled> {
    let started_at = Timestamp::now();
    let begun = Instant::now();
    let canceller = Canceller::new();
    let interrupts = tokio::spawn(cancel_on(interrupt::listen(), canceller.clone()));
    let mut pages = pull.canceller(canceller).on_retry(Progress::waiting).pages();
    let progress = Progress::start();
    while let Some(page) = pages.next().await {
        // What ended an incomplete pull is in the report.
        let Ok(page) = page else { continue };
        give(&page, consumer, &mut invalid)?;
        consumer.page_end(pages.checkpoint())?;
        progress.page(pages.report(), source.transport.pacer().calls_left());
    }
    drop(progress);
    interrupts.abort();
    invalid.tell_rest();
    Ok(Pulled {
        report: pages.report().clone(),
        invalid_items: invalid.count,
        started_at,
        elapsed: begun.elapsed(),
        source: source.first.to_string(),
    })
}

fn give(page: &PulledPage, consumer: &mut impl Consumer, invalid: &mut InvalidItems) -> io::Result<()> {
    for (index, raw) in page.rows().enumerate() {
        let row = Row::new(raw);
        let position = page.position(index).unwrap_or(index) + 1;
        invalid.check(&row, || format!("item {position} of page {}", page.number()));
        consumer.row(&row)?;
    }
    Ok(())
}

/// The first Ctrl-C ends the pull after the page in hand; the second ends the program.
async fn cancel_on(first: Interrupt, canceller: Canceller) {
    if first.await.is_err() {
        return;
    }
    let second = interrupt::listen();
    output::say("stopping after the page in hand; once more stops at once");
    canceller.cancel();
    if second.await.is_ok() {
        std::process::exit(130);
    }
}
