//! Tests the public interface of `endstate-paging` over replayed pages, with a clock that does not
//! wait.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue should show where")]

mod cancel;
mod conformance;
mod duplicates;
mod files;
mod fold_pages;
mod http_transport;
mod outcomes;
mod part_planner;
mod parts;
mod prefetch;
mod pull;
mod resume;
mod retry;
mod retry_after;
mod skip;
mod walk;

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use endstate_odata::PageUrl;
use endstate_paging::test_util::{ManualClock, ReplayTransport};
use endstate_paging::{IncompleteError, Pages, Pull, PullReport};
use futures_util::{Stream, StreamExt};

const FIRST: &str = "https://host/s/devices";

fn url(page: u32) -> String {
    format!("https://host/s/devices?$skiptoken=p{page}")
}

/// A page of devices with these ids, a count if given, and a link to a page if given.
fn page(ids: &[&str], count: Option<u64>, next: Option<u32>) -> String {
    let items: Vec<_> = ids.iter().map(|id| format!("{{\"id\":\"{id}\"}}")).collect();
    let mut document = format!("{{\"value\":[{}]}}", items.join(","));
    if let Some(count) = count {
        document.insert_str(1, &format!("\"@odata.count\":{count},"));
    }
    if let Some(next) = next {
        document.insert_str(1, &format!("\"@odata.nextLink\":\"{}\",", url(next)));
    }
    document
}

fn pull(transport: ReplayTransport) -> Pull {
    pull_with(&Arc::new(transport), &Arc::new(ManualClock::new()))
}

fn pull_with(transport: &Arc<ReplayTransport>, clock: &Arc<ManualClock>) -> Pull {
    Pull::new(transport.clone(), clock.clone(), PageUrl::new(FIRST).unwrap())
}

/// Everything that a pull returned: its rows, how it ended, and its report.
struct Pulled {
    rows: Vec<String>,
    end: Result<(), IncompleteError>,
    report: PullReport,
}

impl Pulled {
    fn verdict(&self) -> String {
        self.report.outcome.to_string()
    }
}

/// Runs a pull to its end. The replay and the clock are always ready, so no runtime is needed.
fn run(pull: Pull) -> Pulled {
    let mut pages = pull.pages();
    let mut rows = Vec::new();
    let mut end = Ok(());
    while let Some(page) = next(&mut pages) {
        match page {
            Ok(page) => {
                let shown = page.rows().map(|item| item.as_str().replace(['{', '}', '"'], "").replace("id:", ""));
                rows.extend(shown);
            }
            Err(incomplete) => end = Err(incomplete),
        }
    }
    assert!(next(&mut pages).is_none(), "a stream that ended stays ended");
    Pulled { rows, end, report: pages.report().clone() }
}

fn next(pages: &mut Pages) -> Option<Result<endstate_paging::PulledPage, IncompleteError>> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match Pin::new(pages).poll_next(&mut context) {
        Poll::Ready(page) => page,
        Poll::Pending => panic!("nothing here waits"),
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// The rows of a stream of items.
async fn collect_items(pull: Pull) -> Vec<String> {
    pull.items().map(|item| item.unwrap().raw().as_str().to_owned()).collect().await
}
