//! Walks by `$skip`, over servers that send no link, clamp their pages, or send links after all.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::{KeyProperties, PageUrl, RawItem};
use endstate_paging::test_util::{ManualClock, ReplayTransport};
use endstate_paging::{Continuation, FetchError, KeptRows, Limits, PageResponse, Pages, Pull, Resume, Transport};
use futures_util::stream;
use proptest::prelude::*;

use super::{FIRST, next, page, run, url};

/// A collection that is paged with `$top` and `$skip`, each page at most as long as the next of its
/// clamps. After so many pages, it sends links, which bring either all of the collection or, as in
/// `OData`, no more than the `$top` items of the request that they follow.
#[derive(Debug, Default)]
struct SkipServer {
    devices: Vec<u32>,
    clamps: Vec<usize>,
    links_from_page: Option<usize>,
    links_end_at_top: bool,
    ignores_skip: bool,
    calls: Mutex<Vec<String>>,
}

#[async_trait]
impl Transport for SkipServer {
    async fn fetch(&self, url: &PageUrl) -> Result<PageResponse, FetchError> {
        let option = |name: &str| {
            let value = url.as_str().split(['?', '&']).find_map(|option| option.strip_prefix(name))?;
            value.parse::<usize>().ok()
        };
        let calls = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(url.as_str().to_owned());
            calls.len()
        };

        // The size of a page depends on where it begins, so a page that is fetched again is the
        // same.
        let skip = option("$skip=").filter(|_| !self.ignores_skip).unwrap_or(0);
        let clamp = self.clamps.get(skip % self.clamps.len().max(1)).copied().unwrap_or(usize::MAX);
        let items = &self.devices[skip.min(self.devices.len())..];
        let top = option("$top=").unwrap();
        let items = &items[..items.len().min(top).min(clamp)];
        let ids: Vec<_> = items.iter().map(|id| format!("{{\"id\":\"{id}\"}}")).collect();

        let end = skip + items.len();
        let top = if self.links_end_at_top { top - items.len() } else { top };
        let is_linked = self.links_from_page.is_some_and(|page| calls >= page) && end < self.devices.len() && top > 0;
        let link =
            if is_linked { format!("\"@odata.nextLink\":\"{FIRST}?$top={top}&$skip={end}\",") } else { String::new() };
        let body = format!("{{{link}\"value\":[{}]}}", ids.join(","));
        Ok(PageResponse::new(stream::iter([Ok(Bytes::from(body))])))
    }
}

fn skipping(transport: Arc<dyn Transport>, page_size: u32) -> Pull {
    let page_size = NonZeroU32::new(page_size).unwrap();
    Pull::new(transport, Arc::new(ManualClock::new()), PageUrl::new(FIRST).unwrap())
        .continuation(Continuation::SkipUnlessLinked { page_size })
}

#[test]
fn a_collection_without_links_is_read_by_skip_to_an_empty_page() {
    let server = Arc::new(SkipServer { devices: (0..5).collect(), ..SkipServer::default() });
    let pulled = run(skipping(server.clone(), 2));
    assert_eq!((pulled.rows.concat().as_str(), pulled.verdict().as_str()), ("01234", "complete"));
    let queries: Vec<_> = server.calls.lock().unwrap().iter().map(|url| url.replace(FIRST, "")).collect();
    assert_eq!(queries, ["?$top=2", "?$top=2&$skip=2", "?$top=2&$skip=4", "?$top=2&$skip=5"]);
}

#[test]
fn links_that_brought_less_than_top_end_the_walk() {
    let transport = ReplayTransport::new()
        .page(&format!("{FIRST}?$top=3"), page(&["a", "b"], None, None))
        .page(&format!("{FIRST}?$top=3&$skip=2"), page(&["c"], None, Some(3)))
        .page(&url(3), page(&["d"], None, None));
    let pulled = run(skipping(Arc::new(transport), 3));
    assert_eq!((pulled.rows.concat().as_str(), pulled.verdict().as_str()), ("abcd", "complete"));
    assert_eq!(pulled.report.calls, 3);
}

#[test]
fn after_links_that_end_at_top_the_walk_continues_by_skip() {
    let transport = ReplayTransport::new()
        .page(&format!("{FIRST}?$top=3"), page(&["a"], None, Some(2)))
        .page(&url(2), page(&["b", "c"], None, None))
        .page(&format!("{FIRST}?$top=3&$skip=3"), page(&["d"], None, Some(4)))
        .page(&url(4), page(&["e"], None, None));
    let pulled = run(skipping(Arc::new(transport), 3));
    assert_eq!((pulled.rows.concat().as_str(), pulled.verdict().as_str()), ("abcde", "complete"));
    assert_eq!(pulled.report.calls, 4);
}

#[test]
fn an_empty_page_with_a_link_is_followed() {
    let transport = ReplayTransport::new()
        .page(&format!("{FIRST}?$top=2"), page(&[], None, Some(2)))
        .page(&url(2), page(&["a"], None, None));
    assert_eq!(run(skipping(Arc::new(transport), 2)).rows, ["a"]);
}

#[test]
fn a_server_that_ignores_skip_runs_away() {
    let server = SkipServer { devices: (0..5).collect(), ignores_skip: true, ..SkipServer::default() };
    let pulled = run(skipping(Arc::new(server), 9));
    assert_eq!((pulled.rows.len(), pulled.verdict().as_str()), (5, "incomplete (runaway)"));
    assert_eq!(pulled.report.calls, 4);
}

#[test]
fn a_count_that_is_not_reached_is_truncated_by_skip_too() {
    let transport = ReplayTransport::new()
        .page(&format!("{FIRST}?$top=2"), page(&["a", "b"], Some(5), None))
        .page(&format!("{FIRST}?$top=2&$skip=2"), page(&[], None, None));
    assert_eq!(run(skipping(Arc::new(transport), 2)).verdict(), "incomplete (truncated)");
}

#[test]
fn counts_of_pages_and_counts_of_the_collection_are_legal_by_skip_too() {
    for counts in [[2, 1, 0], [3, 3, 3]] {
        let transport = ReplayTransport::new()
            .page(&format!("{FIRST}?$top=2"), page(&["a", "b"], Some(counts[0]), None))
            .page(&format!("{FIRST}?$top=2&$skip=2"), page(&["c"], Some(counts[1]), None))
            .page(&format!("{FIRST}?$top=2&$skip=3"), page(&[], Some(counts[2]), None));
        assert_eq!(run(skipping(Arc::new(transport), 2)).verdict(), "complete", "{counts:?}");
    }
}

#[test]
fn limits_end_a_walk_by_skip_and_duplicates_count_as_skipped() {
    let server = || Arc::new(SkipServer { devices: vec![1, 2, 2, 3, 1, 4], ..SkipServer::default() });
    let pulled = run(skipping(server(), 2));
    assert_eq!((pulled.rows.concat().as_str(), pulled.report.duplicates), ("1234", 2));
    let pulled = run(skipping(server(), 2).limits(Limits::default().max_pages(2)));
    assert_eq!((pulled.rows.concat().as_str(), pulled.verdict().as_str()), ("123", "incomplete (limit)"));
}

/// Reads at most `most` pages.
fn read(pages: &mut Pages, most: usize, rows: &mut Vec<String>) {
    for _ in 0..most {
        let Some(Ok(page)) = next(pages) else { return };
        rows.extend(page.rows().map(|item| item.compact().into_owned()));
    }
}

fn resume_from(stored: &str, rows: &[String]) -> Resume {
    let mut kept = KeptRows::new(serde_json::from_str(stored).unwrap(), KeyProperties::default());
    for row in rows {
        kept.row(RawItem::parse(row).unwrap());
    }
    kept.check().unwrap()
}

/// From which page a server sends links, and whether they end at `$top`.
type Links = Option<(usize, bool)>;

fn any_links() -> impl Strategy<Value = Links> {
    prop::option::of((1_usize..9, any::<bool>()))
}

fn server_of(fleet: u32, clamps: &[usize], links: Links) -> Arc<SkipServer> {
    Arc::new(SkipServer {
        devices: (0..fleet).collect(),
        clamps: clamps.to_vec(),
        links_from_page: links.map(|(page, _)| page),
        links_end_at_top: links.is_some_and(|(_, end_at_top)| end_at_top),
        ..SkipServer::default()
    })
}

proptest! {
    #[test]
    fn a_fleet_is_read_whole_however_its_pages_are_clamped(
        fleet in 0_u32..60,
        page_size in 1_u32..12,
        clamps in prop::collection::vec(1_usize..14, 0..6),
        links in any_links(),
        prefetch in 0_usize..4,
    ) {
        let pull = skipping(server_of(fleet, &clamps, links), page_size).prefetch(prefetch);
        let pulled = run(pull);
        prop_assert_eq!(pulled.verdict(), "complete");
        let expected: Vec<_> = (0..fleet).map(|id| id.to_string()).collect();
        prop_assert_eq!(pulled.rows, expected);
    }

    #[test]
    fn a_server_without_an_end_is_left_at_the_page_bound(page_size in 1_u32..12, bound in 1_u64..30) {
        let server = server_of(1000, &[], None);
        let pulled = run(skipping(server, page_size).limits(Limits::default().page_bound(bound)));
        prop_assert_eq!(pulled.verdict(), "incomplete (runaway)");
        prop_assert_eq!(pulled.report.pages, bound);
    }

    #[test]
    fn a_walk_by_skip_in_any_number_of_pieces_is_the_walk_in_one(
        fleet in 0_u32..40,
        clamps in prop::collection::vec(1_usize..5, 0..4),
        links in any_links(),
        cuts in prop::collection::vec(1_usize..4, 0..6),
    ) {
        let whole = server_of(fleet, &clamps, links);
        let expected = run(skipping(whole.clone(), 3).prefetch(0));

        let server = server_of(fleet, &clamps, links);
        let mut pages = skipping(server.clone(), 3).prefetch(0).pages();
        let mut rows = Vec::new();
        for cut in cuts {
            read(&mut pages, cut, &mut rows);
            let Some(checkpoint) = pages.checkpoint() else { break };
            let stored = serde_json::to_string(checkpoint).unwrap();
            pages = skipping(server.clone(), 3).prefetch(0).resume(resume_from(&stored, &rows)).pages();
        }
        read(&mut pages, 99, &mut rows);

        prop_assert_eq!(rows.len(), expected.rows.len());
        prop_assert_eq!(pages.report().outcome, expected.report.outcome);
        prop_assert_eq!(pages.report().calls, expected.report.calls);
        prop_assert_eq!(&*server.calls.lock().unwrap(), &*whole.calls.lock().unwrap());
    }
}

#[test]
fn a_checkpoint_of_an_earlier_version_continues() {
    let server = server_of(4, &[], None);
    let mut pages = skipping(server.clone(), 3).pages();
    let mut rows = Vec::new();
    read(&mut pages, 1, &mut rows);
    let stored = serde_json::to_string(pages.checkpoint().unwrap()).unwrap();

    for guards in ["", ",\"has_link\":false", ",\"has_link\":true"] {
        let earlier = stored.replace(",\"linked_items\":null", guards);
        assert_ne!(earlier, stored);
        let pulled = run(skipping(server.clone(), 3).resume(resume_from(&earlier, &rows)));
        assert_eq!((pulled.rows.concat().as_str(), pulled.verdict().as_str()), ("3", "complete"));
    }
}
