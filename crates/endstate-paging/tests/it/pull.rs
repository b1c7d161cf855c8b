//! A pull that succeeds: order, links, bodies in pieces, limits.

use std::sync::Arc;

use endstate_odata::{KeyProperties, PageUrl};
use endstate_paging::test_util::{ManualClock, ReplayTransport};
use endstate_paging::{Duplicates, FirstPageNotFound, ItemError, Limits, Pull, PullReport};
use futures_util::StreamExt;
use proptest::prelude::*;

use super::{FIRST, Pulled, block_on, collect_items, page, pull, pull_with, run, url};

fn three_pages() -> ReplayTransport {
    ReplayTransport::new()
        .page(FIRST, page(&["a", "b"], Some(5), Some(2)))
        .page(&url(2), page(&["c", "d"], Some(5), Some(3)))
        .page(&url(3), page(&["e"], None, None))
}

#[test]
fn every_page_is_read_in_order_and_the_verdict_is_complete() {
    let Pulled { rows, end, report } = run(pull(three_pages()));
    assert_eq!(rows, ["a", "b", "c", "d", "e"]);
    assert!(end.is_ok());

    insta::assert_debug_snapshot!(report, @"
    PullReport {
        outcome: Complete,
        failure: None,
        resumed_from_page: None,
        pages: 3,
        items: 5,
        rows: 5,
        entities: 5,
        duplicates: 0,
        conflicts: 0,
        conflict_keys: [],
        without_key: 0,
        partial_items: 0,
        expected: Some(
            5,
        ),
        calls: 3,
        retries: 0,
        throttled: 0,
        bytes: 236,
        waited: 0ns,
    }
    ");
}

#[test]
fn items_come_one_by_one_in_the_same_order() {
    let rows = block_on(collect_items(pull(three_pages())));
    assert_eq!(rows.concat(), r#"{"id":"a"}{"id":"b"}{"id":"c"}{"id":"d"}{"id":"e"}"#);
}

#[test]
fn the_link_of_the_documented_page_is_followed_byte_for_byte() {
    let first = "https://graph.microsoft.com/testwdatppreview/machinesecuritystates";
    let second = format!("{first}?$skiptoken=[continuation token]");
    let transport = Arc::new(
        ReplayTransport::new().page(first, testkit::SEED_PAGE.replace("444", "3")).page(&second, testkit::LAST_PAGE),
    );
    let pull = Pull::new(transport.clone(), Arc::new(ManualClock::new()), PageUrl::new(first).unwrap());
    let pulled = run(pull);
    assert_eq!(transport.calls(), [first.to_owned(), second]);
    let ids: Vec<_> = pulled.rows.iter().map(|row| row.trim().lines().next_back().unwrap_or_default().trim()).collect();
    insta::assert_debug_snapshot!((ids.len(), pulled.verdict(), pulled.report.entities, pulled.report.expected), @r#"
    (
        3,
        "complete",
        3,
        Some(
            3,
        ),
    )
    "#);
}

#[test]
fn an_empty_page_in_the_middle_is_followed() {
    let transport = ReplayTransport::new()
        .page(FIRST, page(&["a"], None, Some(2)))
        .page(&url(2), page(&[], None, Some(3)))
        .page(&url(3), page(&["b"], None, None));
    let pulled = run(pull(transport));
    assert_eq!((pulled.rows.concat(), pulled.verdict()), ("ab".to_owned(), "complete".to_owned()));
}

#[test]
fn an_empty_last_page_ends_a_complete_pull() {
    let transport =
        ReplayTransport::new().page(FIRST, page(&["a"], None, Some(2))).page(&url(2), page(&[], None, None));
    assert_eq!(run(pull(transport)).verdict(), "complete");
}

#[test]
fn a_relative_link_is_followed() {
    let transport = ReplayTransport::new()
        .page(FIRST, r#"{"@odata.nextLink":"devices?$skiptoken=p2","value":[{"id":"a"}]}"#)
        .page(&url(2), page(&["b"], None, None));
    assert_eq!(run(pull(transport)).rows.concat(), "ab");
}

#[test]
fn max_pages_reads_that_many_and_is_complete_if_no_page_is_left() {
    let limits = |pages| {
        let mut limits = Limits::default();
        limits.max_pages = Some(pages);
        limits
    };
    for (pages, rows, verdict) in [
        (1, "ab", "incomplete (limit)"),
        (2, "abcd", "incomplete (limit)"),
        (3, "abcde", "complete"),
        (4, "abcde", "complete"),
    ] {
        let pulled = run(pull(three_pages()).limits(limits(pages)));
        assert_eq!((pulled.rows.concat().as_str(), pulled.verdict().as_str()), (rows, verdict), "at {pages} pages");
    }
}

#[test]
fn max_items_returns_that_many_and_is_complete_if_no_item_is_left() {
    let limits = |items| {
        let mut limits = Limits::default();
        limits.max_items = Some(items);
        limits
    };
    for (items, rows, verdict) in [
        (1, "a", "incomplete (limit)"),
        (2, "ab", "incomplete (limit)"),
        (3, "abc", "incomplete (limit)"),
        (4, "abcd", "incomplete (limit)"),
        (5, "abcde", "complete"),
        (6, "abcde", "complete"),
    ] {
        let pulled = run(pull(three_pages()).limits(limits(items)));
        assert_eq!((pulled.rows.concat().as_str(), pulled.verdict().as_str()), (rows, verdict), "at {items} items");
        assert_eq!(pulled.report.rows, rows.len() as u64);
    }
}

#[test]
fn a_page_of_exactly_the_byte_limit_is_read_and_one_byte_more_is_not() {
    let body = page(&["a", "b"], None, None);
    for (limit, verdict) in [(body.len(), "complete"), (body.len() - 1, "incomplete (page_lost)")] {
        let mut limits = Limits::default();
        limits.max_page_bytes = limit;
        let chunks = body.as_bytes().chunks(7).map(|chunk| Ok(chunk.to_vec().into())).collect();
        let pulled = run(pull(ReplayTransport::new().chunks(FIRST, chunks)).limits(limits));
        assert_eq!(pulled.verdict(), verdict);
    }
}

#[test]
fn another_key_property_tells_items_apart() {
    let body = r#"{"value":[{"cveKbId":"x"},{"cveKbId":"x"},{"cveKbId":"y"}]}"#;
    let pulled = run(pull(ReplayTransport::new().page(FIRST, body)).key(KeyProperties::new("cveKbId")));
    assert_eq!((pulled.report.entities, pulled.report.duplicates), (2, 1));
}

#[test]
fn entities_that_share_half_of_their_key_are_two() {
    let body = r#"{"value":[{"id":"a","n":1},{"id":"a","n":2},{"id":"b","n":1},{"n":1,"id":"a"},{"id":"c"}]}"#;
    let pulled = run(pull(ReplayTransport::new().page(FIRST, body))
        .key(KeyProperties::new("id").and("n"))
        .duplicates(Duplicates::First));
    let PullReport { entities, duplicates, without_key, .. } = pulled.report;
    assert_eq!((pulled.rows.len(), entities, duplicates, without_key), (4, 3, 1, 1));
}

#[test]
fn an_item_without_a_key_is_handed_on_and_counted() {
    let body = r#"{"@odata.count":3,"value":[{"id":"a"},{"name":"b"},7]}"#;
    let pulled = run(pull(ReplayTransport::new().page(FIRST, body)));
    assert_eq!(pulled.rows, ["a", "name:b", "7"]);
    assert_eq!((pulled.report.without_key, pulled.verdict().as_str()), (2, "complete"));
}

#[test]
fn a_404_on_the_first_page_fails_unless_it_is_said_to_mean_empty() {
    let pulled = run(pull(ReplayTransport::new()));
    assert_eq!(pulled.verdict(), "incomplete (page_lost)");
    let pulled = run(pull(ReplayTransport::new()).first_page_not_found(FirstPageNotFound::Empty));
    assert_eq!((pulled.verdict().as_str(), pulled.report.pages, pulled.end.is_ok()), ("complete", 0, true));
}

#[test]
fn nothing_is_requested_before_the_stream_is_polled() {
    let transport = Arc::new(three_pages());
    let pages = pull_with(&transport, &Arc::new(ManualClock::new())).pages();
    drop(pages);
    assert!(transport.calls().is_empty());
}

proptest! {
    #[test]
    fn any_way_of_cutting_a_page_into_chunks_has_the_same_result(cuts in prop::collection::vec(1_usize..60, 0..40)) {
        let body = testkit::ODD_STATES.as_bytes();
        let mut chunks = Vec::new();
        let mut rest = body;
        for cut in cuts {
            let (chunk, after) = rest.split_at(cut.min(rest.len()));
            chunks.push(Ok(chunk.to_vec().into()));
            rest = after;
        }
        chunks.push(Ok(rest.to_vec().into()));
        let whole = run(pull(ReplayTransport::new().page(FIRST, testkit::ODD_STATES)));
        let pieces = run(pull(ReplayTransport::new().chunks(FIRST, chunks)));
        prop_assert_eq!(whole.rows, pieces.rows);
        prop_assert_eq!(whole.report.bytes, pieces.report.bytes);
    }
}

#[test]
fn decoded_items_are_values_and_those_that_are_none_do_not_end_the_stream() {
    #[derive(serde::Deserialize)]
    struct Device {
        id: String,
    }
    let first = format!(r#"{{"@odata.nextLink":"{}","value":[{{"id":"a"}},{{"id":5}},{{"id":"b"}}]}}"#, url(2));
    let transport = ReplayTransport::new().page(FIRST, first).page(&url(2), page(&["c"], Some(9), None));
    let mut devices = pull(transport).items().decode::<Device>();
    let mut seen = Vec::new();
    block_on(async {
        while let Some(device) = devices.next().await {
            let has_checkpoint = devices.checkpoint().is_some();
            seen.push(match device {
                Ok(device) => (device.id, has_checkpoint),
                Err(ItemError::Invalid(invalid)) => (format!("{}: {}", invalid.index, invalid.raw), has_checkpoint),
                Err(error) => (error.to_string(), has_checkpoint),
            });
        }
    });
    let seen: Vec<_> = seen.iter().map(|(what, has_checkpoint)| (what.as_str(), *has_checkpoint)).collect();
    let truncated = "the pull is incomplete: the pages ended before all items had come";
    let expected = [("a", false), ("1: {\"id\":5}", false), ("b", true), ("c", false), (truncated, false)];
    assert_eq!(seen, expected);
}
