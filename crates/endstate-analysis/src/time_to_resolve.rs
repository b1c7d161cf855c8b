//! How long it takes until something is resolved, with what is still open counted as open.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How long it takes until a property is resolved, in seconds, by the estimator of Kaplan and Meier
/// (Journal of the American Statistical Association 53, 1958): what is still open, or gone with its
/// device, took at least as long as it was seen. A mean over what was resolved alone would be too
/// small, and the smaller the less is done.
///
/// A pull shows only that something was resolved since the last pull that knew it, so a time is at
/// most the time between these two too long.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TimeToResolve {
    /// The mean, in seconds.
    pub mean: f64,
    /// Whether the mean is larger than that: the longest times are of what is still open.
    pub is_mean_at_least: bool,
    /// After how many seconds half is resolved; `None` if that was not reached.
    pub median: Option<u64>,
    /// After how many seconds nine of ten are resolved; `None` if that was not reached.
    pub percentile_90: Option<u64>,
}

/// The times from the beginning of an attention to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Spans {
    pub(crate) resolved: u64,
    pub(crate) open: u64,
    pub(crate) gone: u64,
    pub(crate) reopened: u64,
    pub(crate) began_before: u64,
    /// How many were resolved, and how many not, after how many seconds.
    by_seconds: BTreeMap<u64, Ended>,
}

/// The spans of one length.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Ended {
    resolved: u64,
    /// They were not resolved as long as they were seen.
    unresolved: u64,
}

impl Spans {
    /// Adds spans of a known length that were resolved.
    pub(crate) fn add_resolved(&mut self, seconds: u64, count: u64) {
        self.resolved += count;
        self.by_seconds.entry(seconds).or_default().resolved += count;
    }

    /// Adds a span that is still open, or gone, after this time.
    pub(crate) fn add_unresolved(&mut self, seconds: u64, is_open: bool) {
        self.count_unresolved(is_open);
        self.by_seconds.entry(seconds).or_default().unresolved += 1;
    }

    /// Adds a span that is still open, or gone, and began at an unknown time.
    pub(crate) fn count_unresolved(&mut self, is_open: bool) {
        *(if is_open { &mut self.open } else { &mut self.gone }) += 1;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.resolved += other.resolved;
        self.open += other.open;
        self.gone += other.gone;
        self.reopened += other.reopened;
        self.began_before += other.began_before;
        for (seconds, ended) in &other.by_seconds {
            let own = self.by_seconds.entry(*seconds).or_default();
            own.resolved += ended.resolved;
            own.unresolved += ended.unresolved;
        }
    }

    pub(crate) fn time_to_resolve(&self) -> Option<TimeToResolve> {
        let mut at_risk: u64 = self.by_seconds.values().map(|ended| ended.resolved + ended.unresolved).sum();
        if at_risk == 0 {
            return None;
        }
        let (mut share, mut mean, mut before) = (1.0, 0.0, 0);
        let (mut median, mut percentile_90) = (None, None);

        for (&seconds, ended) in &self.by_seconds {
            mean += share * float(seconds - before);
            before = seconds;
            share *= 1.0 - float(ended.resolved) / float(at_risk);
            at_risk -= ended.resolved + ended.unresolved;
            // What rounding leaves must not hide that a share was reached.
            let reaches = |most: f64| share <= most + 1e-9;
            median = median.or(reaches(0.5).then_some(seconds));
            percentile_90 = percentile_90.or(reaches(0.1).then_some(seconds));
        }
        Some(TimeToResolve { mean, is_mean_at_least: share > 1e-9, median, percentile_90 })
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices and seconds")]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of spans of these lengths, each with whether it was resolved.
    fn of(spans: &[(u64, bool)]) -> Option<TimeToResolve> {
        let mut all = Spans::default();
        for (seconds, is_resolved) in spans {
            if *is_resolved { all.add_resolved(*seconds, 1) } else { all.add_unresolved(*seconds, true) }
        }
        all.time_to_resolve()
    }

    #[test]
    fn without_open_ones_it_is_the_ordinary_mean_and_median() {
        let time = of(&[(1, true), (2, true), (3, true), (6, true)]).unwrap();
        assert_eq!((time.mean, time.is_mean_at_least), (3.0, false));
        assert_eq!((time.median, time.percentile_90), (Some(2), Some(6)));
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn what_is_open_makes_the_time_longer_and_is_never_counted_as_resolved() {
        let time = of(&[(1, true), (10, false), (10, false), (10, false)]).unwrap();
        assert_eq!((time.median, time.percentile_90, time.is_mean_at_least), (None, None, true));
        assert!((time.mean - (1.0 + 0.75 * 9.0)).abs() < 1e-9, "{time:?}");
    }

    /// The example of Kaplan and Meier's method in many textbooks: remission times of 21 patients
    /// (Freireich and others, Blood 21, 1963), of whom 12 had not relapsed when last seen.
    #[test]
    fn the_textbook_example_gives_the_textbook_median() {
        let relapsed = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|weeks| (weeks, true));
        let censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|weeks| (weeks, false));
        let time = of(&[&relapsed[..], &censored[..]].concat()).unwrap();
        assert_eq!((time.median, time.percentile_90), (Some(23), None));
    }
}
