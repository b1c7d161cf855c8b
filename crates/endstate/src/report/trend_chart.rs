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
    /// What is counted, if nothing else says it.
    title: &'static str,
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
    let (Some(begin), Some(end)) = (trend.days.first(), trend.days.last()) else { return Ok(None) };
    if trend.has_pull.iter().filter(|has_pull| **has_pull).count() < 2 {
        return Ok(None);
    }
    let all = trend.largest_first();
    let largest: Vec<&TrendLine> = all.iter().copied().take(limit.clamp(1, STYLES.len())).collect();
    let most = largest.iter().flat_map(|line| line.days.iter().flatten()).max().copied().unwrap_or_default();
    let step = tick_step(most);
    let top = most.div_ceil(step).max(1) * step;

    let x = |day: usize| {
        let [after, all] = [trend.days[day], *end].map(|day| f64::from((day - *begin).get_days()));
        format!("{:.1}", LEFT + (RIGHT - LEFT) * after / all.max(1.0))
    };
    #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
    let y = |devices: u64| format!("{:.1}", BOTTOM - (BOTTOM - TOP) * devices as f64 / top as f64);
    let line = |(place, (line, (color, dashes))): (usize, (&&TrendLine, (&'static str, &'static str)))| {
        let mut points = Vec::new();
        for (day, devices) in line.days.iter().enumerate() {
            // Without its gaps, a history of many years still has no line through them.
            let is_after_gap = day > 0 && (trend.days[day] - trend.days[day - 1]).get_days() > 1;
            points.extend(is_after_gap.then_some(None));
            points.push(devices.map(|devices| (x(day), y(devices))));
        }
        let runs = points.split(Option::is_none).filter(|run| !run.is_empty());
        let (runs, dots): (Vec<_>, Vec<_>) = runs.partition(|run| run.len() > 1);
        let joined = |run: &[Option<(String, String)>]| {
            run.iter().flatten().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ")
        };
        ChartLine {
            name: format!("{}: {}", shown(&line.name), grouped(line.now())),
            y: 236 + 18 * place,
            color,
            dashes,
            runs: runs.into_iter().map(joined).collect(),
            dots: dots.into_iter().flatten().flatten().cloned().collect(),
        }
    };
    let lines: Vec<_> = largest.iter().zip(STYLES).enumerate().map(line).collect();

    let legend = if trend.has_names { 18 * lines.len() + 8 } else { 0 };
    let (first, last) = (begin.to_string(), end.to_string());
    let chart = TrendChart {
        is_file,
        title: if is_file { trend.title } else { "" },
        height: 220 + legend,
        description: description(trend, &largest, all.len() - largest.len(), &first, &last),
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

fn description(trend: &TrendLines, lines: &[&TrendLine], more: usize, first: &str, last: &str) -> String {
    let sentence = |line: &&TrendLine| {
        let before = line.days.iter().flatten().next().copied().unwrap_or_default();
        let numbers = format!("{} to {}", grouped(before), grouped(line.now()));
        if trend.has_names { format!("{}: {numbers}", shown(&line.name)) } else { numbers }
    };
    let lines: Vec<_> = lines.iter().map(sentence).collect();
    let gaps = trend.has_pull.iter().filter(|has_pull| !**has_pull).count() as u64;
    let gaps = if gaps == 0 { String::new() } else { format!(" {} without a complete pull.", counted(gaps, "day")) };
    let more = if more == 0 { String::new() } else { format!(" {} not shown.", counted(more as u64, "more line")) };
    format!("{} from {first} to {last}: {}.{more}{gaps}", trend.title, lines.join("; "))
}

/// A name as a picture shows it, also with what XML cannot write.
fn shown(name: &str) -> String {
    escaped(name).into_owned()
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
    use endstate_analysis::HistoryBuilder;
    use endstate_model::UtcTime;

    use super::*;
    use crate::cli::TrendBy;
    use crate::report::trend_lines::TenantPulls;

    fn tenant(name: &str, days: &[i64]) -> TenantPulls {
        let mut builder = HistoryBuilder::new();
        for day in days {
            builder.begin_pull(UtcTime::from_second(day * 86_400)).unwrap();
        }
        TenantPulls { tenant: Some(name.to_owned()), pulls: builder.finish().pulls }
    }

    #[test]
    fn days_are_as_far_from_each_other_as_in_time_and_a_gap_has_no_line() {
        let trend = TrendLines::of_tenants(&[tenant("contoso", &[0, 1, 2]), tenant("fabrikam", &[98, 99, 100])]);
        let picture = trend_chart(&trend, 8, true).unwrap().unwrap();
        assert!(
            picture.description.ends_with("; fabrikam: 0 to 0. 95 days without a complete pull."),
            "{}",
            picture.description
        );
        assert!(picture.picture.contains("points=\"60.0,190.0 67.2,190.0 74.4,190.0\""), "{}", picture.picture);
        assert!(picture.picture.contains("points=\"765.6,190.0 772.8,190.0 780.0,190.0\""), "{}", picture.picture);

        // A clock was wrong: the days between are not listed, but there is no line through them.
        let wrong = tenant("contoso", &[0, 10_000, 10_001]);
        let picture = trend_chart(&TrendLines::of_pulls(&wrong.pulls), 8, true).unwrap().unwrap().picture;
        assert_eq!((picture.matches("<polyline").count(), picture.matches("<circle").count()), (1, 1), "{picture}");
    }

    #[test]
    fn a_fleet_in_which_all_is_well_has_a_picture() {
        let pulls = tenant("contoso", &[0, 1]).pulls;
        let trend = TrendLines::of_values(&pulls, TrendBy::Property);
        assert!(trend_chart(&trend, 8, true).unwrap().is_some());
        assert!(trend_chart(&TrendLines::of_values(&pulls[..1], TrendBy::Property), 8, true).unwrap().is_none());
    }

    #[test]
    fn a_name_that_xml_cannot_write_is_escaped() {
        let trend = TrendLines::of_tenants(&[tenant("<b>\u{ffff}\u{202e}", &[0, 1])]);
        let picture = trend_chart(&trend, 8, true).unwrap().unwrap().picture;
        assert!(picture.contains("&#60;b&#62;\\u{ffff}\\u{202e}: 0"), "{picture}");
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!([0, 3, 5, 41, 201, 303_920].map(tick_step), [1, 1, 2, 20, 100, 100_000]);
        assert!(tick_step(u64::MAX) > 0);
    }
}
