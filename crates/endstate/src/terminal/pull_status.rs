//! What the line of progress says of a pull, or of several at once.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use endstate_paging::{FetchErrorKind, PullReport, RetryNotice};

use super::number::{counted, grouped, percent, plural};

/// Until when the rate limit lets no call through, from now; `None` if a call can be made.
pub(crate) type RateLimitWait = Box<dyn Fn() -> Option<Duration> + Send + Sync>;

/// The state of a pull.
pub(super) struct PullStatus {
    /// What is pulled, in the singular.
    noun: &'static str,
    pages: u64,
    items: u64,
    expected: Option<u64>,
    /// Items at some moments of the last seconds.
    samples: VecDeque<(Instant, u64)>,
    /// Why the pull waits, and until when.
    waiting: Option<(String, Instant)>,
    rate_limit_wait: RateLimitWait,
}

/// The rate is that of the last seconds.
const RATE_PERIOD: Duration = Duration::from_secs(5);

impl PullStatus {
    pub(super) fn new(noun: &'static str, rate_limit_wait: RateLimitWait, now: Instant) -> Self {
        let samples = VecDeque::from([(now, 0)]);
        Self { noun, pages: 0, items: 0, expected: None, samples, waiting: None, rate_limit_wait }
    }

    pub(super) fn page(&mut self, report: &PullReport, now: Instant) {
        (self.pages, self.items, self.expected) = (report.pages, report.entities, report.expected);
        self.waiting = None;
        self.samples.push_back((now, report.entities));
        // The last sample before the period stays, because the rate begins there.
        while self.samples.get(1).is_some_and(|(time, _)| now.duration_since(*time) >= RATE_PERIOD) {
            self.samples.pop_front();
        }
    }

    pub(super) fn retry(&mut self, notice: &RetryNotice, now: Instant) {
        let why = match notice.failure.kind() {
            FetchErrorKind::Throttled => "rate limit".to_owned(),
            _ => format!("attempt {} of page {}", notice.attempt + 1, notice.page),
        };
        self.waiting = Some((why, now + notice.delay));
    }

    /// Why the pull waits, and for how long.
    fn wait(&self, now: Instant) -> Option<(&str, Duration)> {
        if let Some((why, until)) = &self.waiting
            && *until > now
        {
            return Some((why, until.duration_since(now)));
        }
        Some(("rate limit", (self.rate_limit_wait)()?))
    }

    fn message(&self, now: Instant) -> String {
        let Self { noun, pages, items, expected, .. } = self;
        let read = match expected {
            _ if *pages == 0 => "connecting".to_owned(),
            None => format!("page {}, {}", grouped(*pages), counted(*items, noun)),
            Some(expected) => {
                #[expect(clippy::cast_precision_loss, reason = "a share for the eye")]
                let share = *items as f64 / (*expected).max(1) as f64;
                let (items, expected) = (grouped(*items), grouped(*expected));
                format!("page {}, {items} of {expected} {} ({})", grouped(*pages), plural(noun), percent(share))
            }
        };
        match self.wait(now) {
            Some((why, left)) => format!("{read}, waiting: {why}, {} s", left.as_secs_f64().ceil()),
            None if *pages == 0 => read,
            None => format!("{read}, {} a second", grouped(self.rate(now))),
        }
    }

    /// Items a second, in the last seconds.
    fn rate(&self, now: Instant) -> u64 {
        let Some((since, before)) = self.samples.front() else { return 0 };
        #[expect(clippy::cast_precision_loss, reason = "a rate for the eye")]
        let rate = (self.items - before) as f64 / now.duration_since(*since).as_secs_f64().max(0.001);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate for the eye")]
        let whole = rate.round() as u64;
        whole
    }
}

/// The line for all pulls that run. `ended` is the number of those that have ended.
pub(super) fn line<'s>(running: impl Iterator<Item = &'s PullStatus>, ended: usize, now: Instant) -> String {
    let running: Vec<_> = running.collect();
    match running.as_slice() {
        [only] if ended == 0 => only.message(now),
        all => {
            let tenants = counted((all.len() + ended) as u64, "tenant");
            let waiting = all.iter().filter(|status| status.wait(now).is_some()).count();
            let waiting = if waiting > 0 { format!(", {waiting} waiting") } else { String::new() };
            let items: u64 = all.iter().map(|status| status.items).sum();
            let rate: u64 = all.iter().map(|status| status.rate(now)).sum();
            let noun = all.first().map_or("device", |status| status.noun);
            format!("{ended} of {tenants}{waiting}, {} so far, {} a second", counted(items, noun), grouped(rate))
        }
    }
}

impl fmt::Debug for PullStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { noun, pages, items, .. } = self;
        f.debug_struct("PullStatus").field("noun", noun).field("pages", pages).field("items", items).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(pages: u64, entities: u64, expected: Option<u64>) -> PullReport {
        let mut report = PullReport::default();
        (report.pages, report.entities, report.expected) = (pages, entities, expected);
        report
    }

    fn status(now: Instant) -> PullStatus {
        PullStatus::new("device", Box::new(|| None), now)
    }

    #[test]
    fn progress_shows_pages_devices_share_and_rate() {
        let start = Instant::now();
        let mut status = status(start);
        assert_eq!(status.message(start), "connecting");
        let now = start + Duration::from_secs(2);
        status.page(&report(3, 3_000, None), now);
        assert_eq!(status.message(now), "page 3, 3,000 devices, 1,500 a second");
        status.page(&report(3, 3_000, Some(4_440)), now);
        assert_eq!(status.message(now), "page 3, 3,000 of 4,440 devices (67.6 %), 1,500 a second");
    }

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let start = Instant::now();
        let mut status = status(start);
        for second in 1..=20_u64 {
            // A thousand a second, then ten.
            let devices = if second <= 10 { second * 1_000 } else { 10_000 + (second - 10) * 10 };
            status.page(&report(second, devices, None), start + Duration::from_secs(second));
        }
        assert_eq!(status.rate(start + Duration::from_secs(20)), 10);
    }

    #[test]
    fn a_wait_says_why_and_how_long() {
        let now = Instant::now();
        let mut status = status(now);
        status.page(&report(1, 100, None), now);
        status.rate_limit_wait = Box::new(|| Some(Duration::from_millis(51_400)));
        assert_eq!(status.message(now), "page 1, 100 devices, waiting: rate limit, 52 s");
    }

    #[test]
    fn several_tenants_are_one_line() {
        let now = Instant::now();
        let mut statuses = [status(now), status(now), status(now)];
        statuses[0].page(&report(1, 1_200, None), now + Duration::from_secs(1));
        statuses[1].rate_limit_wait = Box::new(|| Some(Duration::from_secs(9)));
        let line = line(statuses.iter(), 2, now + Duration::from_secs(1));
        assert_eq!(line, "2 of 5 tenants, 1 waiting, 1,200 devices so far, 1,200 a second");
    }
}
