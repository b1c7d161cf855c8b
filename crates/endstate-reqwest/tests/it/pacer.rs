//! Pacing on a clock that does not wait.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use endstate_emulator::Emulator;
use endstate_paging::test_util::ManualClock;
use endstate_paging::{Clock, Outcome, Pull, RetryPolicy};
use endstate_reqwest::{CallLimits, FixedToken, Pacer, ReqwestTransport, ServiceRoot};
use futures_util::StreamExt;
use proptest::prelude::*;

fn limits(per_minute: u32, per_hour: u32) -> CallLimits {
    CallLimits::NONE.per_minute(NonZeroU32::new(per_minute)).per_hour(NonZeroU32::new(per_hour))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn a_burst_up_to_the_limit_is_not_delayed_but_the_next_call_is() {
    let clock = Arc::new(ManualClock::new());
    let pacer = Pacer::new(CallLimits::default(), clock.clone());
    block_on(async {
        for left in (0..100).rev() {
            drop(pacer.admit().await);
            assert_eq!(pacer.calls_left(), Some(left));
        }
        assert_eq!(clock.now(), Duration::ZERO);
        drop(pacer.admit().await);
        assert_eq!(clock.now(), Duration::from_mins(1));
    });
}

#[test]
fn fifteen_hundred_calls_fill_the_hour() {
    let clock = Arc::new(ManualClock::new());
    let pacer = Pacer::new(CallLimits::default(), clock.clone());
    block_on(async {
        for _ in 0..1500 {
            drop(pacer.admit().await);
        }
        assert_eq!(clock.now(), Duration::from_mins(14), "a hundred at once, then a hundred a minute");
        drop(pacer.admit().await);
        assert_eq!(clock.now(), Duration::from_hours(1));
    });
}

#[test]
fn without_limits_nothing_waits() {
    let clock = Arc::new(ManualClock::new());
    let pacer = Pacer::new(CallLimits::NONE, clock.clone());
    block_on(async {
        for _ in 0..10_000 {
            drop(pacer.admit().await);
        }
    });
    assert_eq!((clock.now(), pacer.calls_left()), (Duration::ZERO, None));
}

#[test]
fn calls_in_flight_count_and_their_end_admits_no_call_early() {
    let clock = Arc::new(ManualClock::new());
    let pacer = Pacer::new(limits(2, 0), clock.clone());
    block_on(async {
        let first = pacer.admit().await;
        let second = pacer.admit().await;
        let third = async {
            drop(pacer.admit().await);
            clock.now()
        };
        let others = async {
            tokio::task::yield_now().await;
            clock.advance(Duration::from_secs(10));
            drop(first);
            drop(second);
        };
        let (begun, ()) = futures_util::future::join(third, others).await;
        assert_eq!(begun, Duration::from_secs(70), "a minute after the responses began, not after the requests");
    });
}

proptest! {
    /// At whatever moment in its flight the server counts a call, no window of the server holds
    /// more calls than the limit. A call begins a whole window after the end of the call with which
    /// it would exceed the limit.
    #[test]
    fn no_schedule_passes_a_limit(
        per_minute in 1_u32..6,
        per_hour in 1_u32..30,
        calls in prop::collection::vec((0_u64..40_000, 0_u64..9_000), 1..120),
    ) {
        let clock = Arc::new(ManualClock::new());
        let pacer = Pacer::new(limits(per_minute, per_hour), clock.clone());
        let flights = block_on(async {
            let mut flights = Vec::new();
            for (pause, flight) in calls {
                clock.advance(Duration::from_millis(pause));
                let permit = pacer.admit().await;
                let begun = clock.now();
                clock.advance(Duration::from_millis(flight));
                drop(permit);
                flights.push((begun, clock.now()));
            }
            flights
        });

        for (window, limit) in [(60, per_minute), (3600, per_hour)] {
            for pair in flights.windows(limit as usize + 1) {
                let (earliest, latest) = (pair[0].1, pair[limit as usize].0);
                prop_assert!(latest.saturating_sub(earliest) >= Duration::from_secs(window), "{:?}", pair);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// The emulator counts calls by the same simulated clock, over real HTTP, and never has to
    /// refuse one. Retries are paced, too.
    #[test]
    fn the_service_never_counts_a_call_too_many(
        per_minute in 1_u32..6,
        per_hour in 2_u32..25,
        pauses in prop::collection::vec(0_u64..50_000, 1..40),
        failing in 1_u32..9,
    ) {
        let clock = Arc::new(ManualClock::new());
        let service_clock = Arc::clone(&clock);
        let report = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let emulator = Emulator::builder()
                .devices(pauses.len() as u64)
                .page_size(1)
                .limits(endstate_emulator::CallLimits::NONE.per_minute(NonZeroU32::new(per_minute)).per_hour(NonZeroU32::new(per_hour)))
                .clock(move || service_clock.now())
                .faults([format!("status@{failing}*2=503").parse().unwrap()])
                .start()
                .await
                .unwrap();

            let root = ServiceRoot::parse(&emulator.service_root()).unwrap();
            let pacer = Arc::new(Pacer::new(limits(per_minute, per_hour), clock.clone()));
            let token = Arc::new(FixedToken::new(emulator.token()));
            let transport = ReqwestTransport::builder(&root, token).pacer(pacer).build().unwrap();
            let first = root.collection("machinesecuritystates").unwrap();
            // Pacing by the hour takes longer than the retry budget allows. This test only counts
            // calls.
            let mut retry = RetryPolicy::default();
            retry.per_page.time = Duration::from_hours(100);
            retry.per_pull.time = Duration::from_hours(100);

            let mut pages = Pull::new(Arc::new(transport), clock.clone(), first).retry(retry).pages();
            for pause in &pauses {
                clock.advance(Duration::from_millis(*pause));
                let _ = pages.next().await;
            }
            assert!(pages.next().await.is_none());
            pages.report().clone()
        });
        prop_assert_eq!((report.throttled, report.outcome), (0, Outcome::Complete), "{:?}", report.failure);
    }
}
