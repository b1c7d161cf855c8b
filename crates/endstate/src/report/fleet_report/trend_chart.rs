//! How the number of devices that need attention changes, as a picture.

use askama::Template;
use endstate_analysis::PullCounts;

use crate::report::trend::{by_day, share};
use crate::terminal::number::{grouped, percent};

/// A line of devices that need attention, a point a day. A day without a pull is a gap.
#[derive(Template)]
#[template(path = "trend.svg", escape = "html")]
struct TrendChart {
    description: String,
    /// Runs of days with pulls, as points of a line.
    lines: Vec<String>,
    /// Days between two gaps, which are no line.
    dots: Vec<(String, String)>,
    /// Heights with their numbers.
    ticks: Vec<(String, String)>,
    first: String,
    last: String,
}

const LEFT: f64 = 60.0;
const RIGHT: f64 = 780.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 190.0;

/// The picture, and what it shows in words.
pub(crate) struct Trend {
    /// An element of a page, and a file as well.
    pub(crate) picture: String,
    pub(crate) description: String,
}

/// The trend; `None` if fewer than two days have pulls.
pub(crate) fn trend_chart(pulls: &[PullCounts]) -> anyhow::Result<Option<Trend>> {
    let days = by_day(pulls);
    let known: Vec<_> = days.iter().filter_map(|(day, pull)| Some((day, (*pull)?))).collect();
    let [(first, before), .., (last, now)] = known.as_slice() else { return Ok(None) };
    let most = known.iter().map(|(_, pull)| pull.need_attention).max().unwrap_or_default();
    let step = tick_step(most);
    let top = most.div_ceil(step).max(1) * step;

    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices and days")]
    let x = |place: usize| format!("{:.1}", LEFT + (RIGHT - LEFT) * place as f64 / (days.len() - 1).max(1) as f64);
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
    let y = |devices: u64| format!("{:.1}", BOTTOM - (BOTTOM - TOP) * devices as f64 / top as f64);
    let points: Vec<_> =
        days.values().enumerate().map(|(place, pull)| Some((x(place), y((*pull)?.need_attention)))).collect();
    let runs = points.split(Option::is_none).filter(|run| !run.is_empty());
    let (lines, dots): (Vec<_>, Vec<_>) = runs.partition(|run| run.len() > 1);
    let line = |run: &[Option<(String, String)>]| {
        let points: Vec<_> = run.iter().flatten().map(|(x, y)| format!("{x},{y}")).collect();
        points.join(" ")
    };

    let percentage = |pull: &PullCounts| percent(share(pull));
    let sentence = |day: &jiff::civil::Date, pull: &PullCounts| {
        format!("{} of {} devices ({}) on {day}", grouped(pull.need_attention), grouped(pull.devices), percentage(pull))
    };
    let gaps = days.len() - known.len();
    let gaps = if gaps == 0 { String::new() } else { format!(" {gaps} days have no complete pull.") };
    let chart = TrendChart {
        description: format!(
            "Devices that need attention: {}, and {}.{gaps}",
            sentence(first, before),
            sentence(last, now)
        ),
        lines: lines.into_iter().map(line).collect(),
        dots: dots.into_iter().flatten().flatten().cloned().collect(),
        ticks: (0..=top / step).map(|tick| (y(tick * step), grouped(tick * step))).collect(),
        first: days.keys().next().map(ToString::to_string).unwrap_or_default(),
        last: days.keys().next_back().map(ToString::to_string).unwrap_or_default(),
    };
    Ok(Some(Trend { picture: chart.render()?, description: chart.description }))
}

/// The distance of round numbers, of which at most five reach the largest.
fn tick_step(most: u64) -> u64 {
    let mut power = 1;
    loop {
        for step in [1, 2, 5].map(|factor| factor * power) {
            if most <= step * 4 {
                return step;
            }
        }
        let Some(next) = power.checked_mul(10).filter(|power| *power < u64::MAX / 40) else { return power };
        power = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!([0, 3, 5, 41, 201, 303_920].map(tick_step), [1, 1, 2, 20, 100, 100_000]);
        assert!(tick_step(u64::MAX) > 0);
    }
}
