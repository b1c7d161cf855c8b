//! How numbers of devices change from day to day, as a picture.

use askama::Template;

use super::trend_lines::{TrendLine, TrendLines};
use crate::terminal::escape::escaped;
use crate::terminal::number::{counted, grouped};

/// A line for each value, a point a day. A day without a pull is a gap.
#[derive(Template)]
#[template(path = "trend.svg", escape = "html")]
struct TrendChart {
    /// Whether it is a file, and not a part of a page, which has its own colors.
    is_file: bool,
    height: usize,
    description: String,
    lines: Vec<ChartLine>,
    /// Heights with their numbers.
    ticks: Vec<(String, String)>,
    first: String,
    last: String,
}

struct ChartLine {
    /// What the legend says.
    name: String,
    /// Where it says it.
    y: usize,
    color: &'static str,
    /// Also tells lines apart in print.
    dashes: &'static str,
    /// Runs of days with pulls, as points of a line.
    runs: Vec<String>,
    /// Days between two gaps, which are no line.
    dots: Vec<(String, String)>,
}

/// A picture, and what it shows in words.
pub(crate) struct TrendPicture {
    pub(crate) picture: String,
    pub(crate) description: String,
}

/// Colors that people who see colors differently can tell apart (Okabe and Ito, 2008), and dashes.
const STYLES: [(&str, &str); 8] = [
    ("#0072b2", "none"),
    ("#d55e00", "8 3"),
    ("#007a5a", "2 3"),
    ("#b3578f", "10 3 2 3"),
    ("#a06a00", "none"),
    ("#3a8bc0", "8 3"),
    ("#555555", "2 3"),
    ("#8a7d00", "10 3 2 3"),
];

const LEFT: f64 = 60.0;
const RIGHT: f64 = 780.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 190.0;

/// The trend of so many lines, the largest first. `None` if fewer than two days have pulls.
pub(super) fn trend_chart(trend: &TrendLines, limit: usize, is_file: bool) -> anyhow::Result<Option<TrendPicture>> {
    let days = trend.days.len();
    let has_pull = |day: &usize| trend.lines.iter().any(|line| line.days[*day].is_some());
    if (0..days).filter(has_pull).count() < 2 {
        return Ok(None);
    }
    let all = trend.largest_first();
    let shown: Vec<&TrendLine> = all.iter().copied().take(limit.clamp(1, STYLES.len())).collect();
    let most = shown.iter().flat_map(|line| line.days.iter().flatten()).max().copied().unwrap_or_default();
    let step = tick_step(most);
    let top = most.div_ceil(step).max(1) * step;

    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices and days")]
    let x = |day: usize| format!("{:.1}", LEFT + (RIGHT - LEFT) * day as f64 / (days - 1).max(1) as f64);
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
    let y = |devices: u64| format!("{:.1}", BOTTOM - (BOTTOM - TOP) * devices as f64 / top as f64);
    let line = |(place, (line, (color, dashes))): (usize, (&&TrendLine, (&'static str, &'static str)))| {
        let point = |(day, devices): (usize, &Option<u64>)| devices.map(|devices| (x(day), y(devices)));
        let points: Vec<_> = line.days.iter().enumerate().map(point).collect();
        let runs = points.split(Option::is_none).filter(|run| !run.is_empty());
        let (runs, dots): (Vec<_>, Vec<_>) = runs.partition(|run| run.len() > 1);
        let joined = |run: &[Option<(String, String)>]| {
            run.iter().flatten().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
        };
        ChartLine {
            name: format!("{}: {}", escaped(&line.name), grouped(line.now())),
            y: 236 + 18 * place,
            color,
            dashes,
            runs: runs.into_iter().map(joined).collect(),
            dots: dots.into_iter().flatten().flatten().cloned().collect(),
        }
    };
    let lines: Vec<_> = shown.iter().zip(STYLES).enumerate().map(line).collect();

    let legend = if trend.lines.len() > 1 { 18 * lines.len() + 8 } else { 0 };
    let day = |day: Option<&jiff::civil::Date>| day.map(ToString::to_string).unwrap_or_default();
    let (first, last) = (day(trend.days.first()), day(trend.days.last()));
    let chart = TrendChart {
        is_file,
        height: 220 + legend,
        description: description(trend, &shown, all.len() - shown.len(), &first, &last),
        lines: if legend == 0 {
            lines.into_iter().map(|line| ChartLine { name: String::new(), ..line }).collect()
        } else {
            lines
        },
        ticks: (0..=top / step).map(|tick| (y(tick * step), grouped(tick * step))).collect(),
        first,
        last,
    };
    Ok(Some(TrendPicture { picture: chart.render()?, description: chart.description }))
}

fn description(trend: &TrendLines, shown: &[&TrendLine], more: usize, first: &str, last: &str) -> String {
    let sentence = |line: &&TrendLine| {
        let before = line.days.iter().flatten().next().copied().unwrap_or_default();
        format!("{} {} to {}", escaped(&line.name), grouped(before), grouped(line.now()))
    };
    let lines: Vec<_> = shown.iter().map(sentence).collect();
    let gaps = (0..trend.days.len()).filter(|day| trend.lines.iter().all(|line| line.days[*day].is_none())).count();
    let gaps =
        if gaps == 0 { String::new() } else { format!(" {} without a complete pull.", counted(gaps as u64, "day")) };
    let more = if more == 0 { String::new() } else { format!(" {} more.", grouped(more as u64)) };
    format!("Devices from {first} to {last}: {}.{more}{gaps}", lines.join(", "))
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
