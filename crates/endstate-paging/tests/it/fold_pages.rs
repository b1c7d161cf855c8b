//! Pages that are folded while they arrive: they count as pages that are kept do.

use std::sync::Arc;

use bytes::Bytes;
use endstate_odata::StreamedItem;
use endstate_paging::test_util::{ManualClock, ReplayTransport};
use endstate_paging::{FetchError, FetchErrorKind, Limits, PageFold, Pull, PullReport};
use futures_util::StreamExt;
use proptest::prelude::*;

use super::{FIRST, block_on, page, pull, pull_with, run, url};

/// The texts of the items of a page.
#[derive(Debug, Default)]
struct Texts(Vec<String>);

impl PageFold for Texts {
    fn item(&mut self, item: StreamedItem<'_>) {
        self.0.push(item.raw().as_str().replace(['{', '}', '"'], "").replace("id:", ""));
    }
}

/// The items of each page that counts, and the report.
fn folded(pull: Pull) -> (Vec<Vec<String>>, PullReport) {
    let mut pages = pull.fold_pages(Texts::default);
    let mut texts = Vec::new();
    block_on(async {
        while let Some(page) = pages.next().await {
            let Ok(page) = page else { continue };
            assert_eq!((page.number, page.items), (texts.len() as u64 + 1, page.fold.0.len() as u64));
            texts.push(page.fold.0);
        }
    });
    (texts, pages.report().clone())
}

#[test]
fn what_is_folded_of_an_attempt_that_breaks_off_does_not_count() {
    let second = page(&["c", "d"], None, None);
    let broken = FetchError::new(FetchErrorKind::Interrupted, "the connection broke");
    let transport = Arc::new(
        ReplayTransport::new()
            .page(FIRST, page(&["a", "b"], Some(4), Some(2)))
            .page(&url(2), second[..second.len() - 3].to_owned())
            .failure(&url(2), broken)
            .page(&url(2), second),
    );
    let (texts, report) = folded(pull_with(&transport, &Arc::new(ManualClock::new())));
    assert_eq!(texts, [["a", "b"], ["c", "d"]]);
    assert_eq!((report.outcome.to_string(), report.rows, report.retries), ("complete".to_owned(), 4, 2));
}

#[test]
fn a_list_that_continues_elsewhere_is_counted_in_items_alike_and_unlike() {
    let items = r#"{"id":"a","list@odata.nextLink":"x"},{"id":"b","list@odata.nextLink":"y"},{"id":"c"}"#;
    let transport = ReplayTransport::new().page(FIRST, format!("{{\"value\":[{items}]}}"));
    let (_, report) = folded(pull(transport));
    assert_eq!((report.outcome.to_string(), report.partial_items), ("incomplete (partial_item)".to_owned(), 2));
}

#[test]
fn a_limit_on_items_ends_the_pull_after_the_page_that_reaches_it() {
    let transport = ReplayTransport::new().page(FIRST, page(&["a", "b"], Some(4), Some(2)));
    let limits = Limits::default().max_items(1);
    let (texts, report) = folded(pull(transport).limits(limits));
    assert_eq!(
        (texts.concat().concat(), report.outcome.to_string()),
        ("ab".to_owned(), "incomplete (limit)".to_owned())
    );
}

#[test]
fn a_page_that_comes_again_is_known_however_it_is_cut() {
    let item = |id: &str| format!(r#"{{"short":"same","long":"{}","id":"{id}"}}"#, "the same in all ".repeat(6));
    let items = ["a", "b", "c", "d"].map(item).join(",");
    let first = format!(r#"{{"@odata.count":8,"@odata.nextLink":"{}","value":[{items}]}}"#, url(2));
    let second = format!(r#"{{"value":[{items}]}}"#);
    for length in 1..second.len() {
        let transport =
            ReplayTransport::new().page(FIRST, first.clone()).chunks(&url(2), cut(second.clone(), &[length]));
        let (_, report) = folded(pull(transport));
        assert_eq!(report.outcome.to_string(), "incomplete (truncated)", "in chunks of {length}");
    }
}

/// Pages of a service with any faults of its own: repeated pages, wrong counts, links in circles.
fn service() -> impl Strategy<Value = Vec<(Vec<&'static str>, Option<u64>, Option<u32>)>> {
    const LONG: &str = "an id that is longer than the blocks in which items are compared";
    let ids = prop::collection::vec(prop::sample::select(&["a", "b", LONG][..]), 0..3);
    prop::collection::vec((ids, prop::option::of(0_u64..6), prop::option::weighted(0.8, 2_u32..7)), 1..6)
}

/// A body in chunks of these lengths, over and over.
fn cut(body: String, lengths: &[usize]) -> Vec<Result<Bytes, FetchError>> {
    let mut rest = Bytes::from(body);
    let mut next = lengths.iter().cycle().map(|length| rest.split_to((*length).min(rest.len())));
    std::iter::from_fn(|| next.next().filter(|chunk| !chunk.is_empty())).map(Ok).collect()
}

proptest! {
    #[test]
    fn a_folded_pull_ends_as_one_that_keeps_its_pages(pages in service(), lengths in prop::collection::vec(1_usize..90, 1..5)) {
        let transport = || {
            let mut transport = ReplayTransport::new();
            for (number, (ids, count, next)) in (1..).zip(&pages) {
                let address = if number == 1 { FIRST.to_owned() } else { url(number) };
                // The link is at the beginning, or nowhere.
                let next = next.filter(|next| *next as usize <= pages.len());
                transport = transport.chunks(&address, cut(page(ids, *count, next), &lengths));
            }
            transport
        };

        let kept = run(pull(transport()).without_keys());
        let (texts, report) = folded(pull(transport()));
        prop_assert_eq!(texts.concat(), kept.rows);
        let shown = |report: &PullReport| format!("{report:?}");
        prop_assert_eq!(shown(&report), shown(&kept.report));
    }
}
