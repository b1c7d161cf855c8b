//! Pages that overlap: which are requested early, in which order they are returned, and what ends
//! them.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::PageUrl;
use endstate_paging::test_util::{ManualClock, ReplayTransport};
use endstate_paging::{Canceller, FetchError, FetchErrorKind, Limits, PageResponse, Pages, Pull, Transport};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::{Stream, StreamExt};
use proptest::prelude::*;

use super::{FIRST, page, pull, run, url};

type Chunks = UnboundedReceiver<Result<Bytes, FetchError>>;

/// Bodies that arrive when the test says so.
#[derive(Debug, Default)]
struct Gated {
    bodies: Mutex<HashMap<String, Chunks>>,
    calls: Mutex<Vec<String>>,
    alive: Arc<AtomicUsize>,
}

/// Counts the responses that are not dropped yet.
struct Alive(Arc<AtomicUsize>);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Gated {
    /// Returns the sender of the chunks of a page's body.
    fn body(&self, url: &str) -> Body {
        let (sender, receiver) = unbounded();
        self.bodies.lock().unwrap().insert(url.to_owned(), receiver);
        Body(sender)
    }

    /// The requested pages, by the last letters of their URLs.
    fn calls(&self) -> String {
        let calls = self.calls.lock().unwrap();
        calls
            .iter()
            .map(|url| url.rsplit(['p', 's']).next().unwrap())
            .map(|n| if n.is_empty() { "1" } else { n })
            .collect()
    }

    fn alive(&self) -> usize {
        self.alive.load(Ordering::SeqCst)
    }
}

struct Body(UnboundedSender<Result<Bytes, FetchError>>);

impl Body {
    fn send(&self, text: &str) {
        self.0.unbounded_send(Ok(Bytes::copy_from_slice(text.as_bytes()))).unwrap();
    }

    /// Sends the whole body, and ends it.
    fn finish(self, text: &str) {
        self.send(text);
    }
}

#[async_trait]
impl Transport for Gated {
    async fn fetch(&self, url: &PageUrl) -> Result<PageResponse, FetchError> {
        self.calls.lock().unwrap().push(url.as_str().to_owned());
        let Some(chunks) = self.bodies.lock().unwrap().remove(url.as_str()) else {
            return std::future::pending().await;
        };
        self.alive.fetch_add(1, Ordering::SeqCst);
        let alive = Alive(Arc::clone(&self.alive));
        Ok(PageResponse::new(chunks.map(move |chunk| {
            let _ = &alive;
            chunk
        })))
    }
}

fn gated_pull(transport: &Arc<Gated>) -> Pull {
    Pull::new(transport.clone(), Arc::new(ManualClock::new()), PageUrl::new(FIRST).unwrap())
}

fn poll(pages: &mut Pages) -> Poll<Option<String>> {
    let mut context = Context::from_waker(Waker::noop());
    let ids = |page: endstate_paging::PulledPage| page.rows().map(|row| row.as_str().to_owned()).collect();
    Pin::new(pages).poll_next(&mut context).map(|page| page.map(|page| page.map_or_else(|e| e.to_string(), ids)))
}

/// Splits a page after its link.
fn halves(id: &str, next: u32) -> (String, String) {
    let whole = page(&[id], None, Some(next));
    let at = whole.find(",\"value\"").unwrap() + 1;
    (whole[..at].to_owned(), whole[at..].to_owned())
}

#[test]
fn the_next_page_is_requested_as_soon_as_its_link_is_known() {
    let transport = Arc::new(Gated::default());
    let first = transport.body(FIRST);
    let second = transport.body(&url(2));
    let third = transport.body(&url(3));
    let mut pages = gated_pull(&transport).prefetch(2).pages();
    let (head, rest) = halves("a", 2);

    first.send(&head[..20]);
    assert_eq!((poll(&mut pages), transport.calls().as_str()), (Poll::Pending, "1"), "half a link is not a link");
    first.send(&head[20..]);
    assert_eq!((poll(&mut pages), transport.calls().as_str()), (Poll::Pending, "12"));
    second.finish(&page(&["b"], None, Some(3)));
    third.finish(&page(&["c"], None, None));
    assert_eq!((poll(&mut pages), transport.calls().as_str()), (Poll::Pending, "123"));

    first.finish(&rest);
    let all: Vec<_> = (0..4).map(|_| poll(&mut pages)).collect();
    let row = |id: &str| Poll::Ready(Some(format!("{{\"id\":\"{id}\"}}")));
    assert_eq!(all, [row("a"), row("b"), row("c"), Poll::Ready(None)]);
    assert_eq!((pages.report().calls, pages.report().retries), (3, 0));
}

#[test]
fn no_more_pages_are_in_flight_than_one_and_those_ahead() {
    for (ahead, calls) in [(0, "1"), (1, "12"), (3, "1234")] {
        let transport = Arc::new(Gated::default());
        // None of the pages ends.
        let mut bodies = Vec::new();
        for number in 1..9 {
            let body = transport.body(if number == 1 { FIRST.to_owned() } else { url(number) }.as_str());
            body.send(&halves("a", number + 1).0);
            bodies.push(body);
        }
        let mut pages = gated_pull(&transport).prefetch(ahead).pages();
        assert_eq!((poll(&mut pages), transport.calls().as_str()), (Poll::Pending, calls), "{ahead} ahead");
    }
}

#[test]
fn a_link_behind_the_items_is_followed_before_its_page_is_passed_on() {
    let transport = Arc::new(Gated::default());
    let first = transport.body(FIRST);
    let mut pages = gated_pull(&transport).prefetch(3).pages();
    let link_last = format!("{{\"value\":[{{\"id\":\"a\"}}],\"@odata.nextLink\":\"{}\"", url(2));
    first.send(&link_last);
    assert_eq!((poll(&mut pages), transport.calls().as_str()), (Poll::Pending, "1"));
    first.finish("}");
    assert!(poll(&mut pages).is_ready());
    assert_eq!(transport.calls(), "12");
    assert!(poll(&mut pages).is_pending());
}

#[test]
fn a_page_that_fails_ends_those_after_it_and_they_are_fetched_again() {
    let (head, _) = halves("a", 2);
    let broken = vec![Ok(Bytes::from(head)), Err(FetchError::new(FetchErrorKind::Interrupted, "cut"))];
    let transport = Arc::new(
        ReplayTransport::new()
            .chunks(FIRST, broken)
            .page(FIRST, page(&["a"], None, Some(2)))
            .page(&url(2), page(&["b"], None, None))
            .page(&url(2), page(&["b"], None, None)),
    );
    let pulled = run(super::pull_with(&transport, &Arc::new(ManualClock::new())).prefetch(2));
    assert_eq!((pulled.rows.concat().as_str(), pulled.verdict().as_str()), ("ab", "complete"));
    assert_eq!(transport.calls(), [FIRST, &url(2), FIRST, &url(2)]);
    assert_eq!((pulled.report.calls, pulled.report.retries), (4, 1));
}

#[test]
fn dropping_the_stream_ends_what_is_in_flight_with_and_without_tasks() {
    for has_tasks in [false, true] {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let transport = Arc::new(Gated::default());
        let bodies = [transport.body(FIRST), transport.body(&url(2)), transport.body(&url(3))];
        for (body, next) in bodies.iter().zip(2..) {
            body.send(&halves("a", next).0);
        }
        let mut pull = gated_pull(&transport).prefetch(2);
        if has_tasks {
            let handle = runtime.handle().clone();
            pull = pull.spawn(move |task| drop(handle.spawn(task)));
        }
        let mut pages = pull.pages();

        let settle = || {
            runtime.block_on(async {
                for _ in 0..9 {
                    yield_now().await;
                }
            });
        };
        for _ in 0..5 {
            assert!(poll(&mut pages).is_pending());
            settle();
        }
        assert_eq!((transport.alive(), transport.calls().as_str()), (3, "123"), "tasks: {has_tasks}");

        drop(pages);
        settle();
        assert_eq!(transport.alive(), 0, "tasks: {has_tasks}");
    }
}

async fn yield_now() {
    let mut has_yielded = false;
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut has_yielded, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[test]
fn nothing_is_requested_beyond_a_limit_or_twice() {
    let chain = || {
        (2..9).fold(ReplayTransport::new().page(FIRST, page(&["a"], None, Some(2))), |transport, number| {
            let id = format!("b{number}");
            transport.page(&url(number), page(&[&id], None, Some(number + 1)))
        })
    };
    let calls_and_outcome = |limits: Limits, transport: ReplayTransport| {
        let transport = Arc::new(transport);
        let pulled = run(super::pull_with(&transport, &Arc::new(ManualClock::new())).limits(limits).prefetch(5));
        (transport.calls().len(), pulled.verdict())
    };

    let mut limits = Limits::default();
    limits.max_pages = Some(3);
    assert_eq!(calls_and_outcome(limits, chain()), (3, "incomplete (limit)".to_owned()));

    let mut limits = Limits::default();
    limits.max_items = Some(2);
    assert_eq!(calls_and_outcome(limits, chain()), (2, "incomplete (limit)".to_owned()));

    let mut limits = Limits::default();
    limits.page_bound = 4;
    assert_eq!(calls_and_outcome(limits, chain()), (4, "incomplete (runaway)".to_owned()));

    let cycle = ReplayTransport::new()
        .page(FIRST, page(&["a"], None, Some(2)))
        .page(&url(2), page(&["b"], None, Some(3)))
        .page(&url(3), page(&["c"], None, Some(2)));
    assert_eq!(calls_and_outcome(Limits::default(), cycle), (3, "incomplete (cycle)".to_owned()));
}

#[test]
fn a_cancelled_pull_takes_the_page_that_arrives_and_none_of_those_ahead() {
    let transport = Arc::new(Gated::default());
    let first = transport.body(FIRST);
    let second = transport.body(&url(2));
    let canceller = Canceller::new();
    let mut pages = gated_pull(&transport).prefetch(2).canceller(canceller.clone()).pages();
    let (head, rest) = halves("a", 2);
    first.send(&head);
    assert!(poll(&mut pages).is_pending());
    second.finish(&page(&["b"], None, None));
    canceller.cancel();
    assert!(poll(&mut pages).is_pending(), "the page that arrives is read to its end");
    first.finish(&rest);
    assert_eq!(poll(&mut pages), Poll::Ready(Some("{\"id\":\"a\"}".to_owned())));
    assert!(matches!(poll(&mut pages), Poll::Ready(Some(end)) if end.contains("cancelled")));
    assert_eq!(transport.alive(), 0);
}

proptest! {
    #[test]
    fn the_outcome_is_the_same_however_many_pages_are_prefetched(
        pages in prop::collection::vec((prop::collection::vec("[a-e]", 0..4), prop::option::of(0_u64..9), 0_u32..14, 0_u8..12), 1..9),
        ahead in 1_usize..5,
    ) {
        // Each page may fail first, break off after its link, or be cut; links may lead to any
        // page.
        let server = || {
            let number = u32::try_from(pages.len()).unwrap();
            (1..).zip(&pages).fold(ReplayTransport::new(), |transport, (at, (ids, count, odd_link, fault))| {
                let here = if at == 1 { FIRST.to_owned() } else { url(at) };
                let next = if *odd_link < 10 { at + 1 } else { odd_link - 8 };
                let ids: Vec<_> = ids.iter().map(String::as_str).collect();
                let body = page(&ids, *count, (at < number || *odd_link >= 12).then_some(next));
                let failure = || FetchError::new(FetchErrorKind::Unavailable, "later");
                let transport = match fault {
                    0 => transport.failure(&here, failure()),
                    1 => transport.chunks(&here, vec![Ok(Bytes::from(body.clone())), Err(failure())]),
                    2 => transport.page(&here, body[..body.len() - 1].to_owned()),
                    _ => transport,
                };
                // As many times as it may be prefetched needlessly.
                (0..40).fold(transport, |transport, _| match fault {
                    3 => transport.failure(&here, FetchError::new(FetchErrorKind::Forbidden, "no")),
                    _ => transport.page(&here, body.clone()),
                })
            })
        };

        let one_by_one = run(pull(server()).prefetch(0));
        let overlapping = run(pull(server()).prefetch(ahead));

        prop_assert_eq!(&overlapping.rows, &one_by_one.rows);
        prop_assert_eq!(overlapping.verdict(), one_by_one.verdict());
        prop_assert_eq!(overlapping.report.pages, one_by_one.report.pages);
        prop_assert!(overlapping.report.calls >= one_by_one.report.calls);
    }
}
