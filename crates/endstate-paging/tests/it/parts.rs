//! Pulls in parts over scripted answers: which queries are sent, which rows count, and what each
//! failure leads to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::ErrorBody;
use endstate_paging::test_util::ManualClock;
use endstate_paging::{
    Canceller, FetchError, FetchErrorKind, IncompleteError, PageResponse, Part, PartAnswer, PartFacts, PartLimits,
    PartPull, PartQuery, Parts, PulledPart, QueryTransport, RetryPolicy,
};
use futures_util::stream;

use super::block_on;

/// Answers queries in order, and records their texts.
#[derive(Debug, Default)]
struct Script {
    answers: Mutex<VecDeque<Result<String, FetchError>>>,
    texts: Mutex<Vec<String>>,
    /// Cancels this pull once its last answer is sent.
    canceller: Canceller,
}

impl Script {
    fn new(answers: impl IntoIterator<Item = Result<&'static str, FetchError>>) -> Arc<Self> {
        let answers = answers.into_iter().map(|answer| answer.map(str::to_owned)).collect();
        Arc::new(Self { answers: Mutex::new(answers), ..Self::default() })
    }

    fn texts(&self) -> String {
        self.texts.lock().unwrap().join(" ")
    }
}

#[async_trait]
impl QueryTransport for Script {
    async fn query(&self, text: &str) -> Result<PageResponse, FetchError> {
        self.texts.lock().unwrap().push(text.to_owned());
        let answer = self.answers.lock().unwrap().pop_front();
        if self.answers.lock().unwrap().is_empty() {
            self.canceller.cancel();
        }
        let Some(answer) = answer else {
            return Err(FetchError::new(FetchErrorKind::Rejected, "nothing was recorded"));
        };
        let (head, tail) = answer.as_ref().map_err(Clone::clone)?.split_at(1);
        let chunks = [head, tail].map(|chunk| Ok(Bytes::from(chunk.to_owned())));
        Ok(PageResponse::new(stream::iter(chunks)))
    }
}

/// Reads answers such as `0=20 1=5` for counts, and `20 rows 19 devices` for a part.
struct Words;

impl Words {
    fn malformed(body: &[u8]) -> FetchError {
        FetchError::new(FetchErrorKind::Malformed, format!("not an answer: {}", String::from_utf8_lossy(body)))
    }
}

impl PartQuery for Words {
    type Rows = String;

    fn count_text(&self, buckets: u32) -> String {
        format!("count/{buckets}")
    }

    fn part_text(&self, part: Part) -> String {
        format!("{}/{}", part.index(), part.modulus())
    }

    fn read_counts(&self, body: &[u8]) -> Result<Vec<(u32, u64)>, FetchError> {
        let read = |pair: &str| {
            let (bucket, count) = pair.split_once('=')?;
            Some((bucket.parse().ok()?, count.parse().ok()?))
        };
        let text = std::str::from_utf8(body).unwrap();
        text.split_whitespace().map(read).collect::<Option<_>>().ok_or_else(|| Self::malformed(body))
    }

    fn read_part(&self, _: Part, body: Vec<u8>) -> Result<PartAnswer<String>, FetchError> {
        let text = String::from_utf8(body).unwrap();
        let mut words = text.split(' ').map(str::parse);
        let (Some(Ok(rows)), _, Some(Ok(devices))) = (words.next(), words.next(), words.next()) else {
            return Err(Self::malformed(text.as_bytes()));
        };
        Ok(PartAnswer::new(text, PartFacts::new(rows, devices)))
    }
}

fn pull(script: &Arc<Script>) -> PartPull<Words> {
    pull_with(script, &Arc::new(ManualClock::new()))
}

fn pull_with(script: &Arc<Script>, clock: &Arc<ManualClock>) -> PartPull<Words> {
    PartPull::new(script.clone(), clock.clone(), Arc::new(Words)).limits(PartLimits::default().target_rows(30))
}

/// The rows of all parts, how the pull ended, and the pull itself.
fn run(pull: PartPull<Words>) -> (Vec<String>, Result<(), IncompleteError>, Parts<Words>) {
    let mut parts = pull.parts();
    let mut rows = Vec::new();
    let end = block_on(async {
        loop {
            match parts.next_part().await {
                Ok(Some(PulledPart { rows: text, .. })) => rows.push(text),
                Ok(None) => break Ok(()),
                Err(incomplete) => break Err(incomplete),
            }
        }
    });
    (rows, end, parts)
}

fn verdict(script: &Arc<Script>) -> String {
    run(pull(script)).2.report().outcome.to_string()
}

fn unavailable(status: u16) -> FetchError {
    FetchError::new(FetchErrorKind::Unavailable, "failed").with_status(status)
}

fn bad_request(message: &str) -> FetchError {
    FetchError::new(FetchErrorKind::Rejected, "refused")
        .with_status(400)
        .with_server(ErrorBody::new("BadRequest", message))
}

#[test]
fn devices_are_counted_and_then_read_in_parts() {
    let script = Script::new([Ok("0=20 1=20 2=5"), Ok("27 rows 25 devices"), Ok("22 rows 22 devices")]);
    let (rows, end, parts) = run(pull(&script));
    assert_eq!(script.texts(), "count/1024 0/2 1/2");
    assert_eq!((rows.len(), end.is_ok(), parts.splits()), (2, true, 0));
    assert_eq!(parts.report().drift(), Some(2));

    insta::assert_debug_snapshot!(parts.report(), @r#"
    PullReport {
        outcome: Complete,
        failure: None,
        resumed_from_page: None,
        pages: 2,
        items: 49,
        rows: 49,
        entities: 47,
        duplicates: 2,
        conflicts: 0,
        conflict_keys: [],
        without_key: 0,
        partial_items: 0,
        expected: Some(
            45,
        ),
        calls: 3,
        retries: 0,
        throttled: 0,
        bytes: 36,
        waited: 0ns,
    }
    "#);
}

#[test]
fn an_answer_that_may_be_cut_is_split_and_its_rows_do_not_count() {
    let script =
        Script::new([Ok("0=20 1=9"), Ok("100000 rows 29 devices"), Ok("20 rows 20 devices"), Ok("9 rows 9 devices")]);
    let (rows, end, parts) = run(pull(&script));
    assert_eq!(script.texts(), "count/1024 0/1 0/2 1/2");
    assert_eq!((rows.len(), end.is_ok(), parts.splits()), (2, true, 1));
    assert_eq!((parts.report().rows, parts.report().pages, parts.report().calls), (29, 2, 4));
}

#[test]
fn a_query_over_the_limits_is_split_at_once() {
    let too_large = [
        bad_request("Query execution has exceeded the allowed limits. The query execution was preempted."),
        bad_request("Query execution has exceeded the allowed result size."),
        FetchError::new(FetchErrorKind::Rejected, "too large").with_status(413),
    ];
    for failure in too_large {
        let script = Script::new([Ok("0=1 1=1"), Err(failure), Ok("1 row 1 device"), Ok("1 row 1 device")]);
        let (_, end, parts) = run(pull(&script));
        assert_eq!((script.texts().as_str(), end.is_ok()), ("count/1024 0/1 0/2 1/2", true));
        assert_eq!((parts.splits(), parts.report().retries), (1, 0));
    }
}

#[test]
fn an_answer_above_the_limit_in_bytes_is_split() {
    let script = Script::new([Ok("0=1 1=1"), Ok("1 row 1 device too long"), Ok("1 row 1 dev"), Ok("1 row 1 dev")]);
    let (_, end, parts) = run(pull(&script).limits(PartLimits::default().max_answer_bytes(12)));
    assert_eq!((end.is_ok(), parts.splits(), parts.report().calls), (true, 1, 4));
}

#[test]
fn a_backend_that_fails_twice_is_given_a_smaller_part() {
    let failures =
        [unavailable(500), unavailable(502), unavailable(504), FetchError::new(FetchErrorKind::Timeout, "late")];
    for failure in failures {
        let fails = || Err(failure.clone());
        let once = Script::new([Ok("0=1 1=1"), fails(), Ok("2 rows 2 devices")]);
        let (_, end, parts) = run(pull(&once));
        assert_eq!((end.is_ok(), parts.splits(), parts.report().retries), (true, 0, 1));

        let twice = Script::new([Ok("0=1 1=1"), fails(), fails(), Ok("1 row 1 device"), Ok("1 row 1 device")]);
        let (_, end, parts) = run(pull(&twice));
        assert_eq!((twice.texts().as_str(), end.is_ok()), ("count/1024 0/1 0/1 0/2 1/2", true));
        assert_eq!((parts.splits(), parts.report().retries), (1, 1));
    }
}

#[test]
fn an_outage_ends_the_pull_only_after_the_budget_of_a_single_bucket() {
    let script = Script::new([Ok("0=1")].into_iter().chain(std::iter::repeat_n(Err(unavailable(502)), 99)));
    let (_, end, parts) = run(pull(&script).retry(RetryPolicy::default()));
    assert_eq!(end.unwrap_err().reason.as_str(), "page_lost");
    // Two attempts at each of ten sizes, then seven at a single bucket.
    assert_eq!((parts.splits(), parts.report().calls), (10, 1 + 20 + 7));
}

#[test]
fn a_bucket_over_the_limits_ends_the_pull_and_keeps_what_was_read() {
    let limits = bad_request("Query execution has exceeded the allowed limits.");
    let failures = std::iter::repeat_n(Err(limits), 11);
    let script = Script::new([Ok("0=20 1=20"), Ok("20 rows 20 devices")].into_iter().chain(failures));
    let (rows, end, parts) = run(pull(&script));
    let end = end.unwrap_err();
    assert_eq!(
        end.to_string(),
        "the pull is incomplete: a part of the query is over the service's limits and cannot be split further"
    );
    assert_eq!(end.failure.unwrap().status(), Some(400));
    assert_eq!((rows.len(), parts.report().entities, parts.report().calls), (1, 20, 12));
}

#[test]
fn a_failure_that_a_smaller_part_avoided_is_not_why_a_pull_ends() {
    let limits = bad_request("Query execution has exceeded the allowed limits.");
    let failures = std::iter::repeat_n(Err(limits), 10);
    let script = Script::new([Ok("0=1")].into_iter().chain(failures).chain([Ok("100000 rows 1 device")]));
    let end = run(pull(&script)).1.unwrap_err();
    assert_eq!((end.reason.as_str(), end.failure.is_none()), ("part_too_large", true));
}

#[test]
fn a_query_that_is_wrong_or_forbidden_is_not_sent_again() {
    let wrong = bad_request("'where' operator: Failed to resolve table or column expression named 'DeviceTvm'.");
    let forbidden = FetchError::new(FetchErrorKind::Forbidden, "no").with_status(403);
    for failure in [wrong, forbidden] {
        let (_, end, parts) = run(pull(&Script::new([Err(failure.clone())])));
        assert_eq!((end.unwrap_err().reason.as_str(), parts.report().calls), ("page_lost", 1));

        let (_, end, parts) = run(pull(&Script::new([Ok("0=1"), Err(failure.clone())])));
        let end = end.unwrap_err();
        assert_eq!((end.reason.as_str(), parts.report().calls, parts.report().retries), ("page_lost", 2, 0));
        assert_eq!(end.failure.unwrap().status(), failure.status(), "the failure is kept for a hint");
    }
}

#[test]
fn a_throttled_query_waits_as_the_service_requests() {
    let throttled = FetchError::new(FetchErrorKind::Throttled, "slow down").with_status(429);
    let named = throttled.clone().with_retry_after(Duration::from_secs(700));
    let clock = Arc::new(ManualClock::new());
    let script = Script::new([Ok("0=1"), Err(named), Ok("1 row 1 device")]);
    let (_, end, parts) = run(pull_with(&script, &clock));
    assert!(end.is_ok() && clock.passed()[0] >= Duration::from_secs(700));
    assert_eq!((parts.report().throttled, parts.report().waited), (1, clock.passed()[0]));
}

#[test]
fn without_retry_after_a_throttled_query_outlasts_a_cycle_of_15_minutes() {
    let throttled = FetchError::new(FetchErrorKind::Throttled, "slow down").with_status(429);
    let clock = Arc::new(ManualClock::new());
    let answers = [Ok("0=1")].into_iter().chain(std::iter::repeat_n(Err(throttled), 99));
    let (_, end, parts) = run(pull_with(&Script::new(answers), &clock));
    assert_eq!(end.unwrap_err().reason.as_str(), "page_lost");
    let waited = parts.report().waited;
    assert!(waited > Duration::from_mins(15) && waited <= Duration::from_hours(1), "{waited:?}");
    assert_eq!(parts.splits(), 0, "a smaller part does not help");
}

#[test]
fn each_retry_of_a_query_is_reported_with_the_number_of_its_part() {
    let notices = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&notices);
    let script = Script::new([
        Err(unavailable(503)),
        Ok("0=20 1=20"),
        Ok("20 rows 20 devices"),
        Ok("cut off"),
        Ok("20 rows 20 devices"),
    ]);
    let pull =
        pull(&script).on_retry(move |notice| noted.lock().unwrap().push((notice.page, notice.failure.to_string())));
    assert!(run(pull).1.is_ok());
    let expected = [(1, "failed".to_owned()), (2, "not an answer: cut off".to_owned())];
    assert_eq!(*notices.lock().unwrap(), expected);
}

#[test]
fn counts_that_cannot_be_true_are_requested_again() {
    let script = Script::new([Ok("1024=5"), Ok("0=1 0=1"), Ok("0=1"), Ok("1 row 1 device")]);
    assert_eq!(verdict(&script), "complete");
    assert_eq!(script.texts(), "count/1024 count/1024 count/1024 0/1");
}

#[test]
fn an_empty_fleet_is_confirmed_by_one_part() {
    let script = Script::new([Ok(" "), Ok("0 rows 0 devices")]);
    assert_eq!(verdict(&script), "complete");
    assert_eq!(script.texts(), "count/1024 0/1");
}

#[test]
fn a_part_below_its_count_makes_the_pull_truncated_each_time_it_is_polled() {
    let script = Script::new([Ok("0=9"), Ok("8 rows 8 devices"), Ok("8 rows 8 devices")]);
    let (rows, end, mut parts) = run(pull(&script));
    assert_eq!((rows.len(), end.unwrap_err().reason.as_str()), (1, "truncated"));
    let again = block_on(parts.next_part()).unwrap_err();
    assert_eq!(again.reason.as_str(), "truncated");
    assert_eq!(parts.report().calls, 3);
}

#[test]
fn an_answer_that_has_begun_when_the_pull_is_cancelled_is_kept() {
    let script = Script::new([Ok("0=20 1=20"), Ok("20 rows 20 devices")]);
    let (rows, end, parts) = run(pull(&script).canceller(script.canceller.clone()));
    assert_eq!((rows.len(), end.unwrap_err().reason.as_str()), (1, "cancelled"));
    assert_eq!((parts.report().pages, parts.report().calls), (1, 2));
}

#[test]
fn a_pull_in_parts_that_is_cancelled_before_it_begins_sends_nothing() {
    let script = Script::new([Ok("0=20 1=20")]);
    script.canceller.cancel();
    let (_, end, parts) = run(pull(&script).canceller(script.canceller.clone()));
    assert_eq!((end.unwrap_err().reason.as_str(), parts.report().calls), ("cancelled", 0));
    assert_eq!(script.texts(), "");
}

/// Cancels the pull and never answers.
#[derive(Debug)]
struct NeverAnswers(Canceller);

#[async_trait]
impl QueryTransport for NeverAnswers {
    async fn query(&self, _: &str) -> Result<PageResponse, FetchError> {
        self.0.cancel();
        std::future::pending().await
    }
}

#[test]
fn a_query_that_is_not_answered_yet_is_dropped_when_the_pull_is_cancelled() {
    let canceller = Canceller::new();
    let transport = Arc::new(NeverAnswers(canceller.clone()));
    let pull = PartPull::new(transport, Arc::new(ManualClock::new()), Arc::new(Words)).canceller(canceller);
    assert_eq!(run(pull).1.unwrap_err().reason.as_str(), "cancelled");
}

#[test]
fn a_pull_in_parts_can_run_in_a_task_and_take_any_query() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let script = Script::new([Ok("0=1"), Ok("1 row 1 device")]);
    let query: Arc<dyn PartQuery<Rows = String>> = Arc::new(Words);
    let mut parts = PartPull::new(script, Arc::new(ManualClock::new()), query).parts();
    assert_eq!(block_on(is_send(parts.next_part())).unwrap().unwrap().part, Part::WHOLE);
}
