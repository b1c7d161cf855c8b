//! Which pulls of a history are kept.

use std::collections::HashSet;
use std::time::Duration;

use endstate_model::UtcTime;
use jiff::civil::Date;

use crate::Snapshot;
use crate::pull_record::date_of;

/// Which pulls of a history are kept: those that any of its rules keeps, and the last one of each
/// tenant. Without a rule, none but these.
///
/// ```
/// use std::time::Duration;
///
/// use endstate_history::Retention;
///
/// const DAY: Duration = Duration::from_secs(86_400);
/// // All of a month, one a day for a year, and one a month for five years.
/// let retention = Retention::new().all(30 * DAY).daily(365 * DAY).monthly(5 * 365 * DAY);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    all: Option<Duration>,
    daily: Option<Duration>,
    weekly: Option<Duration>,
    monthly: Option<Duration>,
}

impl Retention {
    /// Keeps the last pull of each tenant.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps all pulls that are not older than this.
    #[must_use = "the retention itself stays as it is"]
    pub fn all(self, age: Duration) -> Self {
        Self { all: Some(age), ..self }
    }

    /// Keeps the last pull of each day (UTC) that is not older than this.
    #[must_use = "the retention itself stays as it is"]
    pub fn daily(self, age: Duration) -> Self {
        Self { daily: Some(age), ..self }
    }

    /// Keeps the last pull of each week, which begins on Monday (UTC).
    #[must_use = "the retention itself stays as it is"]
    pub fn weekly(self, age: Duration) -> Self {
        Self { weekly: Some(age), ..self }
    }

    /// Keeps the last pull of each month (UTC).
    #[must_use = "the retention itself stays as it is"]
    pub fn monthly(self, age: Duration) -> Self {
        Self { monthly: Some(age), ..self }
    }

    /// The pulls that are not kept.
    pub(crate) fn expired(&self, mut snapshots: Vec<Snapshot>, now: UtcTime) -> Vec<Snapshot> {
        // The newest first, so the first of a period is its last pull.
        snapshots.sort_by(|one, other| (&one.tenant, other.started_at).cmp(&(&other.tenant, one.started_at)));
        let mut periods = HashSet::new();
        let mut tenants = HashSet::new();
        snapshots.retain(|snapshot| {
            let age =
                Duration::from_secs(u64::try_from(now.as_second() - snapshot.started_at.as_second()).unwrap_or(0));
            let date = date_of(snapshot.started_at);
            let is_last = tenants.insert(snapshot.tenant.clone());
            let mut is_kept = is_last || self.all.is_some_and(|limit| age <= limit);
            for (number, (limit, begin)) in
                [(self.daily, date), (self.weekly, week(date)), (self.monthly, date.first_of_month())]
                    .into_iter()
                    .enumerate()
            {
                let Some(limit) = limit else { continue };
                let is_first = periods.insert((snapshot.tenant.clone(), number, begin));
                is_kept |= is_first && age <= limit;
            }
            !is_kept
        });
        snapshots
    }
}

/// The Monday of the week of a date.
fn week(date: Date) -> Date {
    let days = date.weekday().to_monday_zero_offset();
    date.checked_sub(jiff::Span::new().days(days)).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PullId;

    const DAY: Duration = Duration::from_secs(86_400);

    /// The days before 2026-11-27, a Friday, whose pulls at noon are not kept.
    fn expired(retention: Retention, days: impl IntoIterator<Item = i64>) -> Vec<String> {
        let now: UtcTime = "2026-11-27T13:00:00Z".parse().unwrap();
        let snapshot = |day: i64| Snapshot {
            pull: PullId::of([&*day.to_string()]),
            tenant: None,
            started_at: UtcTime::from_second(now.as_second() - day * 86_400 - 3_600),
            devices: 1,
            paths: Vec::new(),
        };
        let expired = retention.expired(days.into_iter().map(snapshot).collect(), now);
        let mut dates: Vec<_> = expired.iter().map(|snapshot| date_of(snapshot.started_at).to_string()).collect();
        dates.sort_unstable();
        dates
    }

    #[test]
    fn the_last_pull_stays_whatever_its_age() {
        assert_eq!(expired(Retention::new(), [400, 500]), ["2025-07-15"]);
        assert_eq!(expired(Retention::new().all(30 * DAY), [29, 30, 31]), ["2026-10-27", "2026-10-28"]);
    }

    #[test]
    fn of_each_week_and_month_the_last_pull_stays() {
        let weekly = expired(Retention::new().weekly(365 * DAY), 0..12);
        let kept = ["2026-11-22", "2026-11-27"];
        assert!(weekly.len() == 10 && kept.iter().all(|date| !weekly.iter().any(|other| other == date)), "{weekly:?}");
        let monthly = expired(Retention::new().all(3 * DAY).monthly(40 * DAY), 0..90);
        let kept: Vec<_> =
            expired(Retention::new(), 0..90).into_iter().filter(|date| !monthly.contains(date)).collect();
        // The end of September is too old.
        assert_eq!(kept, ["2026-10-31", "2026-11-25", "2026-11-26"]);
    }

    #[test]
    fn several_pulls_of_a_day_become_one() {
        assert_eq!(expired(Retention::new().daily(9 * DAY), [0, 1, 1, 2]), ["2026-11-26"]);
    }
}
