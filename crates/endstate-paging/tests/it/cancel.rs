//! Cancelling a pull: at once if nothing is arriving, else after the page that is arriving.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::PageUrl;
use endstate_paging::test_util::{ManualClock, ReplayTransport};
use endstate_paging::{Canceller, Clock, FetchError, FetchErrorKind, PageResponse, Pull, Transport};
use futures_util::{StreamExt, stream};

use super::{FIRST, block_on, page, pull, run, url};

#[test]
fn a_pull_that_is_cancelled_between_pages_keeps_what_it_read() {
    let transport =
        ReplayTransport::new().page(FIRST, page(&["a"], None, Some(2))).page(&url(2), page(&["b"], None, None));
    let canceller = Canceller::new();
    block_on(async {
        let mut pages = pull(transport).canceller(canceller.clone()).pages();
        assert!(pages.next().await.unwrap().is_ok());
        canceller.cancel();
        let end = pages.next().await.unwrap().unwrap_err();
        assert_eq!(end.reason.as_str(), "cancelled");
        assert!(pages.next().await.is_none());
        assert_eq!(pages.report().pages, 1);
    });
}

#[test]
fn a_pull_that_is_cancelled_before_it_begins_requests_nothing() {
    let canceller = Canceller::new();
    canceller.cancel();
    let pulled = run(pull(ReplayTransport::new().page(FIRST, page(&["a"], None, None))).canceller(canceller));
    assert_eq!((pulled.rows.len(), pulled.verdict().as_str()), (0, "incomplete (cancelled)"));
}

/// Cancels at a request, then responds or does not.
#[derive(Debug)]
struct CancelsWhenAsked {
    canceller: Canceller,
    answers: bool,
}

#[async_trait]
impl Transport for CancelsWhenAsked {
    async fn fetch(&self, _: &PageUrl) -> Result<PageResponse, FetchError> {
        if !self.answers {
            self.canceller.cancel();
            std::future::pending::<()>().await;
        }
        let canceller = self.canceller.clone();
        let chunks = page(&["a", "b"], None, Some(2)).into_bytes();
        let (head, tail) = chunks.split_at(30);
        let chunks = [head.to_vec(), tail.to_vec()];
        Ok(PageResponse::new(stream::iter(chunks).map(move |chunk| {
            canceller.cancel();
            Ok(Bytes::from(chunk))
        })))
    }
}

fn cancelled_while(answers: bool) -> (usize, String) {
    let canceller = Canceller::new();
    let transport = Arc::new(CancelsWhenAsked { canceller: canceller.clone(), answers });
    let pull = Pull::new(transport, Arc::new(ManualClock::new()), PageUrl::new(FIRST).unwrap()).canceller(canceller);
    block_on(async {
        let pages: Vec<_> = pull.pages().collect().await;
        let rows = pages.iter().flatten().map(endstate_paging::PulledPage::len).sum();
        (rows, pages.last().unwrap().as_ref().unwrap_err().reason.to_string())
    })
}

#[test]
fn a_page_that_is_arriving_is_read_to_its_end() {
    assert_eq!(cancelled_while(true), (2, "cancelled".to_owned()));
}

#[test]
fn a_request_that_is_not_answered_yet_is_dropped() {
    assert_eq!(cancelled_while(false), (0, "cancelled".to_owned()));
}

/// A clock on which every sleep never ends, and cancels the pull.
#[derive(Debug)]
struct EndlessSleep(Canceller);

#[async_trait]
impl Clock for EndlessSleep {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {
        self.0.cancel();
        std::future::pending::<()>().await;
    }
}

#[test]
fn a_wait_before_a_retry_is_cut_short() {
    let canceller = Canceller::new();
    let transport = ReplayTransport::new().failure(FIRST, FetchError::new(FetchErrorKind::Throttled, "slow down"));
    let clock = Arc::new(EndlessSleep(canceller.clone()));
    let pull = Pull::new(Arc::new(transport), clock, PageUrl::new(FIRST).unwrap()).canceller(canceller);
    let end = block_on(async { pull.pages().next().await.unwrap().unwrap_err() });
    assert_eq!(end.reason.as_str(), "cancelled");
}
