//! The pulls of a history by day.

use std::collections::BTreeMap;

use endstate_analysis::PullCounts;
use endstate_model::UtcTime;
use jiff::civil::Date;

use super::table::{Cell, Column, ResultTable};

/// A row for each day; one without a pull is a gap.
pub(super) fn by_pull(pulls: &[PullCounts]) -> ResultTable {
    let mut table = ResultTable::new([
        Column::text("DAY", "day"),
        Column::number("DEVICES", "devices"),
        Column::number("NEED ATTENTION", "need_attention"),
        Column::number("SHARE", "share").gives_way(1),
        Column::number("NOT KNOWN", "not_known").gives_way(2),
    ]);
    // The last days matter most.
    for (day, pull) in by_day(pulls).into_iter().rev() {
        let cells = match pull {
            Some(pull) => [
                Cell::Count(pull.devices),
                Cell::Count(pull.need_attention),
                Cell::Share(share(pull)),
                Cell::Count(pull.not_known),
            ],
            None => [Cell::Nothing, Cell::Nothing, Cell::Nothing, Cell::Nothing],
        };
        table.row([Cell::text(day.to_string())].into_iter().chain(cells));
    }
    table
}

/// The last pull of each day, from the first to the last day; `None` on a day without one.
pub(super) fn by_day(pulls: &[PullCounts]) -> BTreeMap<Date, Option<&PullCounts>> {
    let mut days = BTreeMap::new();
    let (Some(first), Some(last)) = (pulls.first(), pulls.last()) else { return days };
    let (begin, end) = (day(first.started_at), day(last.started_at));
    days.extend(all_days(begin, end).map(|day| (day, None)));
    days.extend(pulls.iter().map(|pull| (day(pull.started_at), Some(pull))));
    days
}

/// The days from one to another; nothing for more than ten years, because a clock may have been
/// wrong. Then gaps are not shown.
pub(super) fn all_days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    let is_short = (last - first).get_days() < 4_000;
    first.series(jiff::Span::new().days(1)).take_while(move |day| is_short && *day <= last)
}

fn day(moment: UtcTime) -> Date {
    let moment = jiff::Timestamp::from_second(moment.as_second()).unwrap_or_default();
    moment.to_zoned(jiff::tz::TimeZone::UTC).date()
}

pub(super) fn date(moment: UtcTime) -> String {
    day(moment).to_string()
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
pub(super) fn share(pull: &PullCounts) -> f64 {
    if pull.devices == 0 { 0.0 } else { pull.need_attention as f64 / pull.devices as f64 }
}
