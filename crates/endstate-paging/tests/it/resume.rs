//! Continuing from a checkpoint: no row is lost, no row comes twice, and rows of another pull are
//! refused.

use std::sync::Arc;

use endstate_odata::{KeyProperties, PageUrl, RawItem};
use endstate_paging::test_util::{ManualClock, ReplayTransport};
use endstate_paging::{Checkpoint, Duplicates, FetchError, FetchErrorKind, KeptRows, Pages, Pull, PullReport};
use proptest::prelude::*;

use super::{FIRST, next, page, url};

/// Reads the rows of at most `most` pages.
fn read(pages: &mut Pages, most: usize) -> Vec<String> {
    let mut rows = Vec::new();
    for _ in 0..most {
        match next(pages) {
            Some(Ok(page)) => rows.extend(page.rows().map(|item| item.compact().into_owned())),
            Some(Err(_)) | None => break,
        }
    }
    rows
}

fn kept(checkpoint: &Checkpoint, rows: &[String]) -> KeptRows {
    let mut kept = KeptRows::new(checkpoint.clone(), KeyProperties::default());
    for row in rows {
        kept.row(RawItem::parse(row).unwrap());
    }
    kept
}

fn pull(transport: ReplayTransport) -> Pull {
    Pull::new(Arc::new(transport), Arc::new(ManualClock::new()), PageUrl::new(FIRST).unwrap())
}

fn numbers(report: &PullReport) -> String {
    let mut report = report.clone();
    report.resumed_from_page = None;
    format!("{report:?}")
}

#[test]
fn rows_that_are_missing_or_others_are_refused() {
    let transport = ReplayTransport::new().page(FIRST, page(&["a", "b"], None, Some(2)));
    let mut pages = pull(transport).pages();
    assert!(pages.checkpoint().is_none());
    let mut rows = read(&mut pages, 1);
    let checkpoint = pages.checkpoint().unwrap().clone();
    assert!(kept(&checkpoint, &rows).check().is_ok());
    let fewer = kept(&checkpoint, &rows[..1]).check().unwrap_err();
    assert_eq!(fewer.to_string(), "the rows do not match the checkpoint: expected 2 rows, found 1");
    rows.swap(0, 1);
    let others = kept(&checkpoint, &rows).check().unwrap_err();
    assert_eq!(others.to_string(), "the rows do not match the checkpoint: expected 2 rows, found 2 with other keys");
}

#[test]
fn a_resumed_pull_treats_duplicates_as_before() {
    let versions = |builds: [u32; 3], next: &str| {
        let items = builds.map(|build| format!(r#"{{"id":"a","build":{build}}}"#)).join(",");
        format!(r#"{{"@odata.nextLink":"{next}","value":[{items}]}}"#)
    };
    for duplicates in [Duplicates::DropEqual, Duplicates::First, Duplicates::Latest, Duplicates::Keep] {
        let transport =
            || ReplayTransport::new().page(FIRST, versions([1, 2, 1], &url(2))).page(&url(2), versions([1, 1, 2], ""));
        let whole = read(&mut pull(transport()).duplicates(duplicates).pages(), 9);
        let mut pages = pull(transport()).duplicates(duplicates).pages();
        let mut rows = read(&mut pages, 1);
        let resume = kept(pages.checkpoint().unwrap(), &rows).check().unwrap();
        rows.extend(read(&mut pull(transport()).resume(resume).pages(), 9));
        assert_eq!(rows, whole, "{duplicates:?}");
    }
}

#[test]
fn a_pull_that_resumes_without_keys_still_knows_those_of_its_rows() {
    let transport = || {
        ReplayTransport::new()
            .page(FIRST, page(&["a", "b"], Some(4), Some(2)))
            .page(&url(2), page(&["b", "c"], None, None))
    };
    let mut pages = pull(transport()).pages();
    let rows = read(&mut pages, 1);
    let resume = kept(pages.checkpoint().unwrap(), &rows).check().unwrap();
    let mut resumed = pull(transport()).without_keys().resume(resume).pages();
    assert_eq!(read(&mut resumed, 9).len(), 1, "the second `b` is a duplicate");
    assert_eq!(resumed.report().outcome.to_string(), "incomplete (truncated)");
}

#[test]
fn a_complete_pull_has_no_checkpoint_but_a_lost_page_has_one() {
    let mut pages = pull(ReplayTransport::new().page(FIRST, page(&["a"], None, None))).pages();
    read(&mut pages, 1);
    assert!(pages.checkpoint().is_none());

    let lost = ReplayTransport::new()
        .page(FIRST, page(&["a"], None, Some(2)))
        .failure(&url(2), FetchError::new(FetchErrorKind::Forbidden, "no"));
    let mut pages = pull(lost).pages();
    read(&mut pages, 9);
    assert_eq!(pages.checkpoint().unwrap().next.as_str(), url(2));
}

#[test]
fn a_repeated_item_without_a_key_counts_once_after_a_resume_too() {
    let transport = || {
        let first = r#"{"@odata.count":3,"@odata.nextLink":"NEXT","value":[{"x":1},{"x":1}]}"#;
        ReplayTransport::new().page(FIRST, first.replace("NEXT", &url(2))).page(&url(2), page(&["a"], None, None))
    };
    let mut whole = pull(transport()).pages();
    read(&mut whole, 9);
    let mut pages = pull(transport()).pages();
    let rows = read(&mut pages, 1);
    let resume = kept(pages.checkpoint().unwrap(), &rows).check().unwrap();
    let mut resumed = pull(transport()).resume(resume).pages();
    read(&mut resumed, 9);
    assert_eq!(whole.report().outcome.to_string(), "incomplete (truncated)");
    assert_eq!(resumed.report().outcome, whole.report().outcome);
}

#[test]
fn a_checkpoint_that_was_stored_as_json_is_the_same_checkpoint() {
    let transport = ReplayTransport::new().page(FIRST, page(&["a", "b", "a"], Some(9), Some(2)));
    let mut pages = pull(transport).pages();
    let rows = read(&mut pages, 1);
    let checkpoint = pages.checkpoint().unwrap();
    let text = serde_json::to_string(checkpoint).unwrap();
    let read_back: Checkpoint = serde_json::from_str(&text).unwrap();
    assert_eq!(format!("{read_back:?}"), format!("{checkpoint:?}"));
    assert!(kept(&read_back, &rows).check().is_ok());
    assert!(serde_json::from_str::<Checkpoint>(&text.replace("https://", "")).is_err(), "the next page is not a URL");
}

/// Pages of devices that overlap by one. The first page has the count of all devices.
fn overlapping(number: u32) -> ReplayTransport {
    (0..number).fold(ReplayTransport::new(), |transport, at| {
        let here = if at == 0 { FIRST.to_owned() } else { url(at) };
        let ids = [at, at + 1].map(|id| format!("d{id}"));
        let count = (at == 0).then_some(u64::from(number) + 1);
        transport.page(&here, page(&ids.each_ref().map(String::as_str), count, (at + 1 < number).then_some(at + 1)))
    })
}

proptest! {
    #[test]
    fn a_pull_in_any_number_of_pieces_is_the_pull_in_one(number in 1_u32..12, cuts in prop::collection::vec(1_usize..4, 0..6)) {
        // A page that is prefetched but not read before a cut is fetched again, so calls would
        // differ.
        let mut whole = pull(overlapping(number)).prefetch(0).pages();
        let expected = read(&mut whole, 99);

        let mut pages = pull(overlapping(number)).prefetch(0).pages();
        let mut rows = Vec::new();
        for cut in cuts {
            rows.extend(read(&mut pages, cut));
            let Some(checkpoint) = pages.checkpoint() else { break };
            let resume = kept(checkpoint, &rows).check().unwrap();
            pages = pull(overlapping(number)).resume(resume).prefetch(0).pages();
        }
        rows.extend(read(&mut pages, 99));
        prop_assert_eq!(rows, expected);
        prop_assert_eq!(numbers(pages.report()), numbers(whole.report()));
    }
}
