//! Every way in which a pull can be incomplete, and legal servers that only seem to be incomplete.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use async_trait::async_trait;
use endstate_odata::{KeyProperties, PageUrl, StreamedItem};
use endstate_paging::test_util::{ManualClock, ReplayTransport};
use endstate_paging::{
    FetchError, FetchErrorKind, KeptRows, Limits, Outcome, PageFold, PageResponse, PartialItems, Pull, Reason,
    Transport,
};
use futures_util::StreamExt;

use super::{FIRST, Pulled, block_on, next, page, pull, run, url};

#[test]
fn links_that_end_before_the_count_is_reached_are_truncated() {
    let transport = ReplayTransport::new()
        .page(FIRST, page(&["a", "b"], Some(5), Some(2)))
        .page(&url(2), page(&["c", "d"], None, None));
    let Pulled { rows, end, report } = run(pull(transport));
    assert_eq!((rows.concat().as_str(), report.expected), ("abcd", Some(5)));
    assert_eq!(end.unwrap_err().to_string(), "the pull is incomplete: the pages ended before all items had come");
}

#[test]
fn a_single_page_below_its_count_is_truncated() {
    // The publicly reported shape: capped at one page, without a link.
    let pulled = run(pull(ReplayTransport::new().page(FIRST, page(&["a", "b"], Some(3), None))));
    assert_eq!(pulled.verdict(), "incomplete (truncated)");
}

#[test]
fn duplicates_do_not_make_up_for_devices_that_are_missing() {
    let pulled = run(pull(ReplayTransport::new().page(FIRST, page(&["a", "b", "a"], Some(3), None))));
    assert_eq!(pulled.verdict(), "incomplete (truncated)");
}

#[test]
fn a_count_of_the_pages_own_items_proves_nothing_while_a_link_follows() {
    let transport = ReplayTransport::new()
        .page(FIRST, page(&["a", "b"], Some(2), Some(2)))
        .page(&url(2), page(&["c", "d"], Some(2), Some(3)))
        .page(&url(3), page(&["e"], Some(1), None));
    let pulled = run(pull(transport));
    assert_eq!((pulled.verdict().as_str(), pulled.report.expected, pulled.report.drift()), ("complete", None, None));
}

#[test]
fn a_smaller_count_is_drift_and_no_failure() {
    let transport = ReplayTransport::new()
        .page(FIRST, page(&["a", "b"], Some(3), Some(2)))
        .page(&url(2), page(&["c", "d"], None, None));
    let pulled = run(pull(transport));
    assert_eq!((pulled.verdict().as_str(), pulled.report.drift()), ("complete", Some(1)));
}

#[test]
fn the_largest_count_binds() {
    let transport = ReplayTransport::new()
        .page(FIRST, page(&["a", "b"], Some(4), Some(2)))
        .page(&url(2), page(&["c"], Some(3), None));
    assert_eq!(run(pull(transport)).verdict(), "incomplete (truncated)");
}

#[test]
fn a_link_that_repeats_itself_is_a_cycle_and_what_was_read_is_kept() {
    let transport = ReplayTransport::new()
        .page(FIRST, page(&["a"], None, Some(2)))
        .page(&url(2), page(&["b"], None, Some(2)))
        .page(&url(2), page(&["b"], None, Some(2)));
    let pulled = run(pull(transport));
    assert_eq!(
        (pulled.rows.concat().as_str(), pulled.verdict().as_str(), pulled.report.calls),
        ("ab", "incomplete (cycle)", 2)
    );
}

#[test]
fn a_cycle_over_several_pages_is_seen() {
    let transport = ReplayTransport::new()
        .page(FIRST, page(&["a"], None, Some(2)))
        .page(&url(2), page(&["b"], None, Some(3)))
        .page(&url(3), page(&["c"], None, Some(2)));
    assert_eq!(run(pull(transport)).verdict(), "incomplete (cycle)");
}

#[test]
fn links_that_grow_without_end_with_repeated_devices_run_away() {
    // microsoft-365-docs#8316: every link is new, so a set of visited links never detects the loop.
    let mut transport = ReplayTransport::new();
    let mut here = FIRST.to_owned();
    for _ in 0..10 {
        let next = format!("{here}&?=10000");
        let body = format!(r#"{{"@odata.nextLink":"{next}","value":[{{"id":"a"}},{{"id":"b"}}]}}"#);
        transport = transport.page(&here, body);
        here = next;
    }
    let pulled = run(pull(transport).prefetch(0));
    assert_eq!((pulled.rows.concat().as_str(), pulled.verdict().as_str()), ("ab", "incomplete (runaway)"));
    assert_eq!(pulled.report.calls, 4, "the first page, and three consecutive pages without a new device");
}

#[test]
fn one_page_or_two_of_devices_that_were_all_seen_are_legal() {
    let transport = ReplayTransport::new()
        .page(FIRST, page(&["a", "b"], None, Some(2)))
        .page(&url(2), page(&["a", "b"], None, Some(3)))
        .page(&url(3), page(&["b", "a"], None, Some(4)))
        .page(&url(4), page(&["c"], None, None));
    assert_eq!(run(pull(transport)).verdict(), "complete");
}

#[test]
fn endless_empty_pages_run_away() {
    let mut limits = Limits::default();
    limits.empty_pages = 5;
    let mut transport = ReplayTransport::new().page(FIRST, page(&["a"], None, Some(1)));
    for number in 1..20 {
        transport = transport.page(&url(number), page(&[], None, Some(number + 1)));
    }
    let pulled = run(pull(transport).limits(limits));
    assert_eq!((pulled.verdict().as_str(), pulled.report.pages), ("incomplete (runaway)", 6));
}

#[test]
fn new_devices_without_end_run_into_the_page_bound() {
    let mut limits = Limits::default();
    limits.page_bound = 7;
    let mut transport = ReplayTransport::new().page(FIRST, page(&["x"], None, Some(1)));
    for number in 1..20 {
        let id = number.to_string();
        transport = transport.page(&url(number), page(&[id.as_str()], None, Some(number + 1)));
    }
    let pulled = run(pull(transport).limits(limits));
    assert_eq!((pulled.verdict().as_str(), pulled.report.pages), ("incomplete (runaway)", 7));
}

#[test]
fn the_kind_of_the_failure_of_a_continuation_decides_the_reason() {
    let reasons = [
        (FetchErrorKind::Expired, "link_expired"),
        (FetchErrorKind::NotFound, "link_expired"),
        (FetchErrorKind::LinkRefused, "link_refused"),
        (FetchErrorKind::Forbidden, "page_lost"),
        (FetchErrorKind::NotAPage, "page_lost"),
        (FetchErrorKind::Redirected, "page_lost"),
    ];
    let mut table = String::new();

    for (kind, reason) in reasons {
        let transport = ReplayTransport::new()
            .page(FIRST, page(&["a"], None, Some(2)))
            .failure(&url(2), FetchError::new(kind, "as the server said"));
        let pulled = run(pull(transport));
        assert_eq!(pulled.rows, ["a"], "what was read is kept");
        assert_eq!(pulled.verdict(), format!("incomplete ({reason})"));
        assert_eq!(pulled.report.failure.as_ref().map(FetchError::kind), Some(kind));
        let end = pulled.end.unwrap_err();
        writeln!(table, "{end}: {}", std::error::Error::source(&end).unwrap()).unwrap();
    }

    insta::assert_snapshot!(table, @"
    the pull is incomplete: the service no longer knows the continuation: as the server said
    the pull is incomplete: the service no longer knows the continuation: as the server said
    the pull is incomplete: a next link led to a host that must not receive the token: as the server said
    the pull is incomplete: a page could not be fetched: as the server said
    the pull is incomplete: a page could not be fetched: as the server said
    the pull is incomplete: a page could not be fetched: as the server said
    ");
}

#[test]
fn a_list_in_an_item_that_continues_elsewhere_is_a_partial_item() {
    let partial = r#"{"value":[{"id":"a"},{"id":"b","p":["x"],"p@odata.nextLink":"https://host/more"}],"@odata.nextLink":"?$skiptoken=p2"}"#;
    let transport = ReplayTransport::new().page(FIRST, partial).page(&url(2), page(&["c"], None, None));
    let pulled = run(pull(transport));
    assert_eq!((pulled.verdict().as_str(), pulled.report.partial_items), ("incomplete (partial_item)", 1));
    assert_eq!(pulled.rows.len(), 3, "every row that arrived is kept");
}

#[test]
fn accepted_nested_links_are_left_to_the_caller() {
    let rest = "https://host/s/devices('a')/tags?$skip=1";
    let first = format!(
        r#"{{"value":[{{"id":"a","tags":["x"],"tags@odata.nextLink":"{rest}"}}],"@odata.nextLink":"{}"}}"#,
        url(2)
    );
    let transport = || {
        ReplayTransport::new()
            .page(FIRST, first.clone())
            .page(&url(2), page(&["b"], None, None))
            .page(rest, r#"{"value":["y","z"]}"#)
    };
    let accepting = || pull(transport()).partial_items(PartialItems::Accept);
    let mut pages = accepting().pages();
    let read = next(&mut pages).unwrap().unwrap();
    let nested = read.row(0).unwrap().nested_links();
    let link = read.nested_url(&nested[0].link).unwrap();
    let tags = run(Pull::new(Arc::new(transport()), Arc::new(ManualClock::new()), link).without_keys());
    assert_eq!(
        (nested[0].list.as_str(), tags.rows.concat().as_str(), tags.verdict().as_str()),
        ("/tags", "yz", "complete")
    );

    // Also if the pull ended after it, and another one continues.
    let mut kept = KeptRows::new(pages.checkpoint().unwrap().clone(), KeyProperties::default());
    kept.row(read.row(0).unwrap());
    let resume = kept.check().unwrap();
    for pulled in [run(accepting()), run(accepting().resume(resume))] {
        assert_eq!((pulled.verdict().as_str(), pulled.report.partial_items), ("complete", 1));
    }
}

#[test]
fn a_nested_link_that_cannot_be_followed_is_never_accepted() {
    let first =
        format!(r#"{{"value":[{{"id":"a","tags":["x"],"tags@odata.nextLink":5}}],"@odata.nextLink":"{}"}}"#, url(2));
    let transport = || ReplayTransport::new().page(FIRST, first.clone()).page(&url(2), page(&["b"], None, None));
    let accepting = || pull(transport()).partial_items(PartialItems::Accept);
    let mut pages = accepting().pages();
    let read = next(&mut pages).unwrap().unwrap();
    let mut kept = KeptRows::new(pages.checkpoint().unwrap().clone(), KeyProperties::default());
    kept.row(read.row(0).unwrap());
    for pulled in [run(accepting()), run(accepting().resume(kept.check().unwrap()))] {
        assert_eq!(pulled.verdict(), "incomplete (partial_item)");
    }
    let folded = accepting().fold_pages(|| Discard).map(|page| page.map(drop)).collect::<Vec<_>>();
    assert!(block_on(folded).last().unwrap().is_err());
}

/// Keeps nothing of a page.
struct Discard;

impl PageFold for Discard {
    fn item(&mut self, _: StreamedItem<'_>) {}
}

#[test]
fn top_as_the_size_of_a_page_does_not_hide_a_page_that_is_lost() {
    let first = format!("{FIRST}?$top=2&$count=true");
    let pages = |last: Option<u32>| {
        ReplayTransport::new()
            .page(&first, page(&["a", "b"], Some(6), Some(2)))
            .page(&url(2), page(&["c", "d"], None, last))
            .page(&url(3), page(&["e", "f"], None, None))
    };
    for (last, verdict) in [(Some(3), "complete"), (None, "incomplete (truncated)")] {
        let pull = || Pull::new(Arc::new(pages(last)), Arc::new(ManualClock::new()), PageUrl::new(&first).unwrap());
        let pulled = run(pull());
        assert_eq!((pulled.verdict().as_str(), pulled.report.expected), (verdict, Some(6)));

        // Also if another pull continues, which begins elsewhere.
        let mut begun = pull().pages();
        let read = next(&mut begun).unwrap().unwrap();
        let mut kept = KeptRows::new(begun.checkpoint().unwrap().clone(), KeyProperties::default());
        read.rows().for_each(|row| kept.row(row));
        let elsewhere = PageUrl::new(&format!("{FIRST}?$skip=4")).unwrap();
        let continued = Pull::new(Arc::new(pages(last)), Arc::new(ManualClock::new()), elsewhere);
        assert_eq!(run(continued.resume(kept.check().unwrap())).verdict(), verdict);
    }
}

#[test]
fn an_expired_delta_link_is_an_expired_link() {
    let gone = FetchError::new(FetchErrorKind::Expired, "gone").with_status(410);
    assert_eq!(run(pull(ReplayTransport::new().failure(FIRST, gone))).verdict(), "incomplete (link_expired)");
}

#[test]
fn the_last_page_leads_to_the_changes_since() {
    let body = r#"{"value":[{"id":"a"}],"@odata.deltaLink":"devices?$deltatoken=x"}"#;
    let mut pages = pull(ReplayTransport::new().page(FIRST, body)).pages();
    let last = next(&mut pages).unwrap().unwrap();
    assert_eq!(last.url().as_str(), FIRST);
    assert_eq!(last.delta_url().unwrap().unwrap().as_str(), "https://host/s/devices?$deltatoken=x");
}

#[test]
fn a_count_is_of_what_top_and_skip_leave() {
    for (query, ids, verdict) in [
        ("$top=2&$count=true", &["a", "b"][..], "complete"),
        ("$top=2&$count=true", &["a"], "incomplete (truncated)"),
        ("$skip=3&$count=true", &["d", "e"], "complete"),
        ("$skip=3&$count=true", &["d"], "incomplete (truncated)"),
        ("$skip=4&$top=9&$count=true", &["e"], "complete"),
        ("$skip=9&$count=true", &[], "complete"),
        ("$filter=x&$count=true", &["a", "b"], "incomplete (truncated)"),
    ] {
        let first = format!("{FIRST}?{query}");
        let transport = ReplayTransport::new().page(&first, page(ids, Some(5), None));
        let first = PageUrl::new(&first).unwrap();
        let pulled = run(Pull::new(Arc::new(transport), Arc::new(ManualClock::new()), first));
        assert_eq!(pulled.verdict(), verdict, "{query}: {ids:?}");
    }
}

#[test]
fn a_count_of_something_else_can_be_ignored() {
    let transport = || ReplayTransport::new().page(FIRST, page(&["a", "b"], Some(444), None));
    assert_eq!(run(pull(transport())).verdict(), "incomplete (truncated)");
    let pulled = run(pull(transport()).ignore_count());
    assert_eq!((pulled.verdict().as_str(), pulled.report.expected), ("complete", None));
}

#[test]
fn a_link_that_is_no_url_is_refused_and_its_page_kept() {
    let body = r#"{"@odata.nextLink":"mailto:x","value":[{"id":"a"}]}"#;
    let pulled = run(pull(ReplayTransport::new().page(FIRST, body)));
    assert_eq!((pulled.rows.concat().as_str(), pulled.verdict().as_str()), ("a", "incomplete (link_refused)"));
}

#[test]
fn a_delta_resume_begins_with_a_link_that_another_pull_has_followed() {
    // The guard belongs to one walk: links that an earlier walk visited do not count
    // (msgraph-sdk-dotnet#1948).
    let delta = "https://host/s/devices?$deltatoken=d1";
    for _ in 0..2 {
        let last = format!(r#"{{"value":[{{"id":"a"}}],"@odata.deltaLink":"{delta}"}}"#);
        let transport = ReplayTransport::new().page(FIRST, last);
        assert_eq!(run(pull(transport)).verdict(), "complete");
    }
    let again = format!(r#"{{"value":[],"@odata.deltaLink":"{delta}"}}"#);
    let transport = std::sync::Arc::new(ReplayTransport::new().page(delta, again));
    let clock = std::sync::Arc::new(endstate_paging::test_util::ManualClock::new());
    let pull = endstate_paging::Pull::new(transport, clock, endstate_odata::PageUrl::new(delta).unwrap());
    assert_eq!(run(pull).verdict(), "complete", "a delta link that leads to itself is not a cycle");
}

/// Knows that the server echoes a secret.
#[derive(Debug)]
struct Redacting(ReplayTransport);

#[async_trait]
impl Transport for Redacting {
    async fn fetch(&self, url: &PageUrl) -> Result<PageResponse, FetchError> {
        self.0.fetch(url).await
    }

    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        text.replace("secret", "***").into()
    }
}

#[test]
fn an_error_in_a_page_is_shown_without_what_the_transport_removes() {
    let body = r#"{"error":{"code":"Refused","message":"not secret"}}"#;
    let replay = (0..9).fold(ReplayTransport::new(), |replay, _| replay.page(FIRST, body));
    let first = PageUrl::new(FIRST).unwrap();
    let pulled = run(Pull::new(Arc::new(Redacting(replay)), Arc::new(ManualClock::new()), first));
    let shown = format!("{:?} {:?}", pulled.end, pulled.report);
    assert!(shown.contains("not ***") && !shown.contains("secret"), "{shown}");
}

#[test]
fn an_outcome_goes_out_with_its_reason() {
    let json = |outcome: Outcome| serde_json::to_string(&outcome).unwrap();
    assert_eq!(json(Outcome::Complete), r#"{"outcome":"complete","reason":null}"#);
    let lost = Outcome::Incomplete(Reason::PageLost);
    assert_eq!(json(lost), r#"{"outcome":"incomplete","reason":"page_lost"}"#);
    assert_eq!(json(Outcome::default()), r#"{"outcome":"unknown","reason":"running"}"#);
}
