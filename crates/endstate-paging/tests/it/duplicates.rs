//! Devices that come more than once.

use endstate_paging::Duplicates;
use endstate_paging::test_util::ReplayTransport;

use super::{FIRST, page, pull, run, url};

#[test]
fn overlapping_pages_return_each_device_once_the_first_time() {
    let transport = ReplayTransport::new()
        .page(FIRST, page(&["a", "b", "c"], Some(5), Some(2)))
        .page(&url(2), page(&["c", "d", "e"], Some(5), None));
    let pulled = run(pull(transport));
    assert_eq!((pulled.rows.concat().as_str(), pulled.verdict().as_str()), ("abcde", "complete"));
    assert_eq!((pulled.report.items, pulled.report.duplicates, pulled.report.conflicts), (6, 1, 0));
}

#[test]
fn a_device_with_other_contents_is_a_conflict_but_white_space_is_not() {
    let body =
        r#"{"value":[{"id":"a","build":1},{ "id" : "a", "build" : 1 },{"id":"a","build":2},{"id":"a","build":3}]}"#;
    let pulled = run(pull(ReplayTransport::new().page(FIRST, body)));
    assert_eq!(pulled.rows, ["a,build:1"], "the first one stays");
    assert_eq!((pulled.report.duplicates, pulled.report.conflicts), (3, 2));
    let ids: Vec<_> = pulled.report.conflict_keys.iter().map(ToString::to_string).collect();
    assert_eq!(ids, ["a"]);
}

#[test]
fn duplicates_are_kept_on_request_and_still_counted() {
    let transport = ReplayTransport::new().page(FIRST, page(&["a", "b", "a"], None, None));
    let pulled = run(pull(transport).duplicates(Duplicates::Keep));
    assert_eq!(pulled.rows.concat(), "aba");
    assert_eq!((pulled.report.entities, pulled.report.duplicates, pulled.report.rows), (2, 1, 3));
}

#[test]
fn only_the_first_hundred_conflicts_are_named() {
    let items: Vec<_> =
        (0..150).flat_map(|n| [format!(r#"{{"id":"d{n}"}}"#), format!(r#"{{"id":"d{n}","b":1}}"#)]).collect();
    let body = format!(r#"{{"value":[{}]}}"#, items.join(","));
    let pulled = run(pull(ReplayTransport::new().page(FIRST, body)));
    assert_eq!((pulled.report.conflicts, pulled.report.conflict_keys.len()), (150, 100));
}

#[test]
fn without_keys_every_item_is_a_row() {
    let transport = ReplayTransport::new()
        .page(FIRST, page(&["a", "a", "b"], Some(5), Some(2)))
        .page(&url(2), page(&["a", "c"], None, None));
    let pulled = run(pull(transport).without_keys());
    assert_eq!((pulled.rows.concat().as_str(), pulled.verdict().as_str()), ("aabac", "complete"));
    assert_eq!((pulled.report.rows, pulled.report.duplicates, pulled.report.entities), (5, 0, 0));
}

#[test]
fn without_keys_a_service_that_repeats_its_items_ends_the_walk() {
    let mut transport = ReplayTransport::new().page(FIRST, page(&["a", "b"], None, Some(2)));
    for number in 2..20 {
        transport = transport.page(&url(number), page(&["a", "b"], None, Some(number + 1)));
    }
    let pulled = run(pull(transport).without_keys());
    assert_eq!((pulled.verdict().as_str(), pulled.report.pages), ("incomplete (runaway)", 4));
}
