//! Retries: after which failures, for how long, and when to give up.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use endstate_paging::test_util::{ManualClock, ReplayTransport};
use endstate_paging::{Budget, FetchError, FetchErrorKind, RetryPolicy};

use super::{FIRST, page, pull, pull_with, run, url};

fn failing(times: usize, failure: &FetchError) -> ReplayTransport {
    let transport = (0..times).fold(ReplayTransport::new(), |transport, _| transport.failure(FIRST, failure.clone()));
    transport.page(FIRST, page(&["a"], None, None))
}

fn throttled(seconds: u64) -> FetchError {
    FetchError::new(FetchErrorKind::Throttled, "slow down")
        .with_status(429)
        .with_retry_after(Duration::from_secs(seconds))
}

#[test]
fn every_transient_failure_is_retried_and_no_other() {
    use FetchErrorKind::{
        Connect, Expired, Forbidden, Interrupted, LinkRefused, Malformed, NoToken, NotAPage, NotFound, Redirected,
        Rejected, Throttled, Timeout, TooLarge, Unauthorized, Unavailable,
    };
    for kind in [Connect, Timeout, Interrupted, Throttled, Unavailable, Malformed, Unauthorized] {
        assert_eq!(run(pull(failing(1, &FetchError::new(kind, "once")))).verdict(), "complete", "{kind:?}");
    }
    for kind in [Forbidden, NotFound, Expired, Redirected, Rejected, NotAPage, LinkRefused, NoToken, TooLarge] {
        let pulled = run(pull(failing(1, &FetchError::new(kind, "once"))));
        assert_eq!((pulled.report.retries, pulled.report.outcome.is_complete()), (0, false), "{kind:?}");
    }
}

#[test]
fn a_refused_token_is_renewed_once_a_page_and_not_in_a_loop() {
    let refused = FetchError::new(FetchErrorKind::Unauthorized, "expired");
    let pulled = run(pull(failing(2, &refused)));
    assert_eq!((pulled.verdict().as_str(), pulled.report.calls), ("incomplete (page_lost)", 2));

    let twice = ReplayTransport::new()
        .failure(FIRST, refused.clone())
        .page(FIRST, page(&["a"], None, Some(2)))
        .failure(&url(2), refused)
        .page(&url(2), page(&["b"], None, None));
    assert_eq!(run(pull(twice)).verdict(), "complete", "a long pull may see several tokens expire");
}

#[test]
fn a_body_that_breaks_off_is_fetched_again_and_no_half_is_returned() {
    let half = page(&["a", "b"], None, None);
    let broken = vec![
        Ok(half.as_bytes()[..20].to_vec().into()),
        Err(FetchError::new(FetchErrorKind::Interrupted, "connection reset")),
    ];
    let cut_after_a_clean_200 = vec![Ok(half.as_bytes()[..20].to_vec().into())];
    let transport = ReplayTransport::new().chunks(FIRST, broken).chunks(FIRST, cut_after_a_clean_200).page(FIRST, half);
    let pulled = run(pull(transport));
    assert_eq!(pulled.rows, ["a", "b"]);
    assert_eq!((pulled.report.calls, pulled.report.retries, pulled.report.pages), (3, 2, 1));
}

#[test]
fn the_wait_is_at_least_the_retry_after_of_the_server() {
    for seconds in [1, 7, 90] {
        let clock = Arc::new(ManualClock::new());
        let transport = Arc::new(failing(1, &throttled(seconds)));
        let pulled = run(pull_with(&transport, &clock));
        assert!(clock.passed()[0] >= Duration::from_secs(seconds), "{:?}", clock.passed());
        assert_eq!((pulled.verdict().as_str(), pulled.report.throttled), ("complete", 1));
        assert_eq!(pulled.report.waited, clock.passed()[0]);
    }
}

#[test]
fn without_retry_after_delays_double_with_jitter_up_to_the_longest() {
    let clock = Arc::new(ManualClock::new());
    let mut policy = RetryPolicy::default();
    policy.per_page.retries = 9;
    let transport = Arc::new(failing(9, &FetchError::new(FetchErrorKind::Unavailable, "503")));
    run(pull_with(&transport, &clock).retry(policy.clone()));
    let mut least = policy.first_delay;
    for delay in clock.passed() {
        assert!(delay >= least && delay <= least * 2, "{delay:?} for {least:?}");
        least = (least * 2).min(policy.longest_delay);
    }
    assert_eq!(clock.passed().len(), 9);
}

#[test]
fn the_budget_of_a_page_ends_after_its_attempts() {
    let pulled = run(pull(failing(99, &FetchError::new(FetchErrorKind::Timeout, "late"))));
    let default = RetryPolicy::default().per_page.retries;
    assert_eq!((pulled.report.calls, pulled.verdict().as_str()), (u64::from(default) + 1, "incomplete (page_lost)"));
}

#[test]
fn a_server_that_was_never_reached_is_given_up_sooner() {
    let refused = FetchError::new(FetchErrorKind::Connect, "refused");
    assert_eq!(run(pull(failing(99, &refused))).report.retries, 2);
    let went_away = (0..99).fold(ReplayTransport::new().page(FIRST, page(&["a"], None, Some(2))), |transport, _| {
        transport.failure(&url(2), refused.clone())
    });
    assert_eq!(run(pull(went_away)).report.retries, 6);
}

#[test]
fn calls_count_only_requests_that_were_sent() {
    use FetchErrorKind::{Connect, Interrupted, LinkRefused, NoToken, Throttled, Timeout};
    for (kind, sent) in [(Connect, 0), (NoToken, 0), (LinkRefused, 0), (Timeout, 1), (Interrupted, 1), (Throttled, 1)] {
        let pulled = run(pull(failing(1, &FetchError::new(kind, "once"))));
        let last = u64::from(pulled.report.outcome.is_complete());
        assert_eq!(pulled.report.calls, sent + last, "{kind:?}");
    }
}

#[test]
fn a_wish_beyond_the_budget_gives_up_at_once_and_says_when_to_come_back() {
    let clock = Arc::new(ManualClock::new());
    let pulled = run(pull_with(&Arc::new(failing(1, &throttled(3600))), &clock));
    assert_eq!((pulled.report.calls, clock.passed().len()), (1, 0));
    assert_eq!(pulled.report.failure.unwrap().retry_after(), Some(Duration::from_hours(1)));
}

/// Ten pages, each throttled once.
fn throttled_at_every_page(seconds: u64) -> ReplayTransport {
    (0..10_u32).fold(ReplayTransport::new(), |transport, number| {
        let here = if number == 0 { FIRST.to_owned() } else { url(number) };
        let body = page(&[number.to_string().as_str()], None, Some(number + 1));
        transport.failure(&here, throttled(seconds)).page(&here, body)
    })
}

#[test]
fn the_budget_of_the_pull_adds_up_over_pages() {
    let mut policy = RetryPolicy::default();
    policy.per_pull = Budget::new(100, Duration::from_secs(4 * 61));
    let pulled = run(pull(throttled_at_every_page(60)).retry(policy.clone()));
    assert_eq!((pulled.report.pages, pulled.verdict().as_str()), (4, "incomplete (page_lost)"));

    policy.per_pull = Budget::new(3, Duration::from_hours(1));
    let pulled = run(pull(throttled_at_every_page(1)).retry(policy));
    assert_eq!((pulled.report.pages, pulled.report.retries), (3, 3));
}

#[test]
fn each_retry_is_reported_before_the_wait() {
    let notices = Arc::new(Mutex::new(Vec::new()));
    let reported = Arc::clone(&notices);
    let pull = pull(failing(2, &throttled(5))).on_retry(move |notice| {
        reported.lock().unwrap().push((
            notice.page,
            notice.attempt,
            notice.delay.as_secs(),
            notice.failure.to_string(),
        ));
    });
    run(pull);
    let expected = [1, 2].map(|attempt| (1, attempt, 5, "slow down".to_owned()));
    assert_eq!(*notices.lock().unwrap(), expected);
}

#[test]
fn the_policy_that_never_retries_never_does() {
    let pulled = run(pull(failing(1, &throttled(0))).retry(RetryPolicy::never()));
    assert_eq!(pulled.report.calls, 1);
}
