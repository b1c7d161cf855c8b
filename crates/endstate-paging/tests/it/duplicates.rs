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
    for (duplicates, rows) in [
        (None, &["a,build:1", "a,build:2", "a,build:3"][..]),
        (Some(Duplicates::First), &["a,build:1"]),
        (Some(Duplicates::Keep), &["a,build:1", " id : a, build : 1 ", "a,build:2", "a,build:3"]),
    ] {
        let pull = pull(ReplayTransport::new().page(FIRST, body));
        let pulled = run(match duplicates {
            None => pull,
            Some(duplicates) => pull.duplicates(duplicates),
        });
        assert_eq!(pulled.rows, rows, "{duplicates:?}");
        assert_eq!((pulled.report.duplicates, pulled.report.conflicts, pulled.report.entities), (3, 2, 1));
        let ids: Vec<_> = pulled.report.conflict_keys.iter().map(ToString::to_string).collect();
        assert_eq!((ids, pulled.verdict().as_str()), (vec!["a".to_owned()], "complete"));
    }
}

#[test]
fn of_changes_the_latest_version_of_an_item_comes_last_even_an_earlier_one() {
    let version = |id: &str, build: u32| format!(r#"{{"id":"{id}","build":{build}}}"#);
    let items = [version("a", 1), version("b", 1), version("a", 2), version("a", 2), version("a", 1), version("b", 1)];
    let body = format!(r#"{{"value":[{}]}}"#, items.join(","));
    let rows = |duplicates| run(pull(ReplayTransport::new().page(FIRST, body.clone())).duplicates(duplicates)).rows;
    assert_eq!(rows(Duplicates::Latest), ["a,build:1", "b,build:1", "a,build:2", "a,build:1"]);
    assert_eq!(rows(Duplicates::DropEqual), ["a,build:1", "b,build:1", "a,build:2", "a,build:2"]);
}

#[test]
fn pages_of_changed_items_are_not_stale_if_the_latest_counts() {
    let versions = |page: u32| format!(r#"{{"@odata.nextLink":"NEXT","value":[{{"id":"a","version":{page}}}]}}"#);
    let transport = || {
        (1..9).fold(ReplayTransport::new(), |transport, number| {
            let here = if number == 1 { FIRST.to_owned() } else { url(number) };
            let body = versions(number).replace("NEXT", &if number < 8 { url(number + 1) } else { String::new() });
            transport.page(&here, body)
        })
    };
    let latest = run(pull(transport()).duplicates(Duplicates::Latest));
    assert_eq!((latest.verdict().as_str(), latest.rows.len(), latest.report.entities), ("complete", 8, 1));
    assert_eq!(run(pull(transport())).verdict(), "incomplete (runaway)");
}

#[test]
fn a_guid_in_another_case_or_without_hyphens_is_another_key() {
    let guid = "1a2b3c4d-0000-4000-8000-00000000abcd";
    let ids = [guid, &guid.to_uppercase(), &guid.replace('-', ""), &guid.replace("1a", "1b"), guid];
    let pulled = run(pull(ReplayTransport::new().page(FIRST, page(&ids, None, None))));
    assert_eq!(pulled.rows, ids[..4]);
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
    assert_eq!((pulled.report.conflicts, pulled.report.conflict_keys.len(), pulled.rows.len()), (150, 100, 300));
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
