//! What happened from pull to pull, as a table, JSON, CSV or Markdown.

use std::collections::HashMap;

use endstate_analysis::{FlappingProperty, History, OpenProperty, PropertyHistory, PullCounts};
use endstate_model::DeviceId;
use serde::Serialize;

use super::arrangement::{Arrangement, Reader, TableColumns};
use super::device_name::{device_cells, device_columns};
use super::document::{Document, Section, Style};
use super::history_verdict::HistoryVerdict;
use super::json_document;
use super::pull_days::{by_day, by_pull, date, share};
use super::sparkline::sparkline;
use super::table::{Cell, Column, ResultTable};
use super::trend_chart::trend_chart;
use super::trend_lines::{TenantPulls, TrendLines};
use crate::cli::{ReportFormat, ResolvedBy, TrendBy};
use crate::store::format::FormulaGuard;
use crate::terminal::number::{counted, grouped, percent, span};
use crate::terminal::output;

/// What is asked of a history.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Question {
    Trend(TrendBy),
    Since,
    Resolved(ResolvedBy),
    Flapping,
}

#[cfg(feature = "history")]
impl Question {
    /// Whether its answer has devices.
    pub(crate) fn names_devices(self) -> bool {
        matches!(self, Self::Since | Self::Flapping)
    }
}

/// A history, and what is asked of it.
#[derive(Debug)]
pub(crate) struct HistoryReport<'h> {
    pub(crate) history: &'h History,
    pub(crate) question: Question,
    /// The folder of the history, or `demo`.
    pub(crate) source: &'h str,
    pub(crate) tenant: Option<&'h str>,
    /// The profile of the last pull.
    pub(crate) profile: Option<&'h str>,
    /// The pulls of each tenant, if the trend is one of tenants; `history` is then empty.
    pub(crate) tenants: &'h [TenantPulls],
    /// The names of devices, as the last pull has them.
    pub(crate) names: &'h HashMap<DeviceId, Box<str>>,
    /// Maximum rows to show to people.
    pub(crate) limit: usize,
    pub(crate) arrangement: Arrangement<'h>,
    pub(crate) guard: FormulaGuard,
}

impl HistoryReport<'_> {
    /// Everything that goes to stdout.
    pub(crate) fn render(&self, format: ReportFormat) -> anyhow::Result<String> {
        let style = match format {
            ReportFormat::Csv => {
                let rows = self.arrangement.apply(self.rows(Reader::Program), Reader::Program);
                return Ok(output::for_programs(rows.csv(self.guard)?));
            }
            ReportFormat::Json => return Ok(output::for_programs(json_document::text("history", &self.output())?)),
            ReportFormat::Table => Style::Plain,
            ReportFormat::Markdown => Style::Markdown,
        };
        let rows = self.arrangement.apply(self.rows(Reader::Person), Reader::Person);
        let (title, section) = match self.question {
            Question::Trend(TrendBy::Pull) => ("Trend", "By day"),
            Question::Trend(_) => ("Trend", "The most devices first"),
            Question::Since => ("Attention since", "Longest first"),
            Question::Resolved(_) => ("Time to resolve", "Slowest first"),
            Question::Flapping => ("Properties that come back", "Most often first"),
        };
        let all = rows.rows();
        let sections =
            vec![Section::first_of(&self.arrangement.title(section), &rows, all.min(self.limit as u64), all)];
        Ok(Document { title, summary: self.summary(), sections, pulls: Vec::new() }.render(style))
    }

    /// The columns of an answer.
    pub(crate) fn columns(question: Question, reader: Reader) -> TableColumns {
        let nothing = HistoryReport {
            history: &History::default(),
            question,
            source: "",
            tenant: None,
            profile: None,
            tenants: &[],
            names: &HashMap::new(),
            limit: 0,
            arrangement: Arrangement::default(),
            guard: FormulaGuard::from_flag(false),
        };
        TableColumns::sorted(nothing.rows(reader).columns().iter().copied())
    }

    fn summary(&self) -> Vec<String> {
        let pulls = &self.history.pulls;
        if matches!(self.question, Question::Trend(TrendBy::Tenant)) {
            return vec![format!("Devices that need attention in {}", counted(self.tenants.len() as u64, "tenant"))];
        }
        let (Some(first), Some(last)) = (pulls.first(), pulls.last()) else {
            return vec!["The history has no pulls".to_owned()];
        };
        let mut lines = vec![format!(
            "{} from {} to {}{}",
            counted(pulls.len() as u64, "pull"),
            date(first.started_at),
            date(last.started_at),
            self.tenant.map(|tenant| format!(" of {tenant}")).unwrap_or_default(),
        )];

        let need = |pull: &PullCounts| format!("{} ({})", grouped(pull.need_attention), percent(share(pull)));
        match self.question {
            Question::Trend(_) => {
                let days = by_day(pulls);
                let line = sparkline(days.values().map(|pull| pull.map(|pull| pull.need_attention)));
                // Of several pulls of a day, the last one counts.
                let first = days.values().flatten().next().copied().unwrap_or(first);
                lines.push(format!("Need attention: {} -> {}  {line}", need(first), need(last)));
            }
            Question::Since => {
                lines.push(format!("{} open on {}", grouped(self.history.open.len() as u64), date(last.started_at)));
            }
            Question::Resolved(_) => {
                let count = |count: fn(&PropertyHistory) -> u64| self.history.by_property.iter().map(count).sum();
                lines.push(format!(
                    "{} resolved, {} open, {} gone with their devices",
                    grouped(count(|row| row.resolved)),
                    grouped(count(|row| row.open)),
                    grouped(count(|row| row.gone)),
                ));
            }
            Question::Flapping => {
                lines.push(format!("{} came back", counted(self.history.flapping.len() as u64, "property")));
            }
        }
        lines
    }

    fn rows(&self, reader: Reader) -> ResultTable {
        match self.question {
            Question::Trend(TrendBy::Pull) => by_pull(&self.history.pulls),
            Question::Trend(by) if reader == Reader::Program => self.lines(by).for_programs(),
            Question::Trend(by) => self.lines(by).for_people(),
            Question::Since => self.open(),
            Question::Resolved(by) => self.resolved(by),
            Question::Flapping => self.flapping(),
        }
    }

    /// The lines of a trend.
    fn lines(&self, by: TrendBy) -> TrendLines {
        match by {
            TrendBy::Pull => TrendLines::of_pulls(&self.history.pulls),
            TrendBy::Tenant => TrendLines::of_tenants(self.tenants),
            by => TrendLines::of_values(&self.history.pulls, by),
        }
    }

    /// The trend as a picture. `None` if fewer than two days have pulls.
    pub(crate) fn picture(&self, by: TrendBy) -> anyhow::Result<Option<String>> {
        let chart = trend_chart(&self.lines(by), self.limit, true)?;
        Ok(chart.map(|chart| output::for_programs(chart.picture)))
    }

    fn open(&self) -> ResultTable {
        let columns = [
            Column::text("PROPERTY", "property"),
            Column::text("SINCE", "since").gives_way(2),
            Column::shown("AGE"),
            Column::number("CAME BACK", "reopened").gives_way(1),
            Column::data("is_at_least"),
        ];
        let mut table = ResultTable::new(device_columns(!self.names.is_empty()).into_iter().chain(columns));
        let last = self.history.pulls.last().map_or(0, |pull| pull.started_at.as_second());
        for OpenProperty { id, property, since, is_at_least, reopened, .. } in &self.history.open {
            let sign = if *is_at_least { "at least " } else { "" };
            let cells = [
                Cell::text(property.as_str()),
                Cell::Named(date(*since), since.to_string().into()),
                Cell::Named(format!("{sign}{}", span(last - since.as_second())), (last - since.as_second()).into()),
                Cell::Count((*reopened).into()),
                Cell::Named(String::new(), (*is_at_least).into()),
            ];
            table.row(device_cells(id, self.name(id)).into_iter().chain(cells));
        }
        table
    }

    fn resolved(&self, by: ResolvedBy) -> ResultTable {
        let group = (by == ResolvedBy::Group).then_some(Column::text("DEVICE GROUP", "group"));
        let columns = [
            Column::text("PROPERTY", "property"),
            Column::number("RESOLVED", "resolved"),
            Column::number("OPEN", "open"),
            Column::number("GONE", "gone").gives_way(3),
            Column::number("REOPENED", "reopened").gives_way(2),
            Column::text("MEDIAN", "median_seconds"),
            Column::text("90 %", "percentile_90_seconds").gives_way(1),
            Column::text("MEAN", "mean_seconds").gives_way(4),
            Column::data("is_mean_at_least"),
        ];
        let mut table = ResultTable::new(group.into_iter().chain(columns));
        let rows = if group.is_some() { &self.history.by_group } else { &self.history.by_property };
        let mut rows: Vec<_> = rows.iter().collect();
        // What is not even half resolved is slower than anything that is.
        let order = |row: &&PropertyHistory| match row.known_time() {
            Some(time) => (0, std::cmp::Reverse(time.median.unwrap_or(u64::MAX))),
            None => (1, std::cmp::Reverse(0)),
        };
        rows.sort_by_key(order);

        for row in rows {
            let time = row.known_time();
            let seconds = |seconds: Option<u64>| match (time, seconds) {
                (None, _) => Cell::Nothing,
                (Some(_), None) => Cell::Named("not reached".to_owned(), serde_json::Value::Null),
                (Some(_), Some(seconds)) => Cell::Named(span(seconds.cast_signed()), seconds.into()),
            };
            let mean = time.map_or(Cell::Nothing, |time| {
                let sign = if time.is_mean_at_least { "more than " } else { "" };
                #[expect(clippy::cast_possible_truncation, reason = "a time between two pulls")]
                let shown = span(time.mean as i64);
                Cell::Named(format!("{sign}{shown}"), time.mean.into())
            });
            let counts = [row.resolved, row.open, row.gone, row.reopened].map(Cell::Count);
            let group = group.map(|_| Cell::optional(row.group.as_deref()));
            let median = seconds(time.and_then(|time| time.median));
            let times = [median, seconds(time.and_then(|time| time.percentile_90)), mean];
            let is_at_least =
                time.map_or(Cell::Nothing, |time| Cell::Named(String::new(), time.is_mean_at_least.into()));
            let name = [Cell::text(row.property.as_str())];
            table.row(group.into_iter().chain(name).chain(counts).chain(times).chain([is_at_least]));
        }
        table
    }

    fn flapping(&self) -> ResultTable {
        let columns = [
            Column::text("PROPERTY", "property"),
            Column::number("CAME BACK", "reopened"),
            Column::shown("NOW"),
            Column::data("is_open"),
        ];
        let mut table = ResultTable::new(device_columns(!self.names.is_empty()).into_iter().chain(columns));
        for FlappingProperty { id, property, reopened, is_open, .. } in &self.history.flapping {
            let cells = [
                Cell::text(property.as_str()),
                Cell::Count((*reopened).into()),
                Cell::text(if *is_open { "open" } else { "resolved" }),
                Cell::Named(String::new(), (*is_open).into()),
            ];
            table.row(device_cells(id, self.name(id)).into_iter().chain(cells));
        }
        table
    }

    /// The name of a device, if the last pull knows it.
    fn name(&self, id: &DeviceId) -> Option<&str> {
        self.names.get(id).map(|name| &**name).filter(|name| !name.is_empty())
    }

    fn output(&self) -> HistoryOutput<'_> {
        let Self { source, tenant, history, question, .. } = *self;
        let mut part = HistoryPart::default();

        match question {
            Question::Trend(TrendBy::Tenant) => {
                fn output(tenant: &TenantPulls) -> TenantPullsOutput<'_> {
                    TenantPullsOutput { tenant: tenant.tenant.as_deref(), pulls: &tenant.pulls }
                }
                part.tenants = Some(self.tenants.iter().map(output).collect());
            }
            Question::Trend(_) => {}
            Question::Since => {
                let open = history.open.iter();
                part.open = Some(open.map(|open| NamedOutput { name: self.name(&open.id), of_device: open }).collect());
            }
            Question::Resolved(_) => {
                (part.by_property, part.by_group) = (Some(&*history.by_property), Some(&*history.by_group));
            }
            Question::Flapping => {
                let flapping = history.flapping.iter();
                let named = flapping.map(|row| NamedOutput { name: self.name(&row.id), of_device: row });
                part.flapping = Some(named.collect());
            }
        }

        let pulls = history.pulls.len() + self.tenants.iter().map(|tenant| tenant.pulls.len()).sum::<usize>();
        let verdict = HistoryVerdict::new(pulls, self.profile.map(ToOwned::to_owned));
        HistoryOutput { source, tenant, verdict, history: HistoryPart { pulls: Some(&*history.pulls), ..part } }
    }
}

/// A history, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct HistoryOutput<'h> {
    /// The folder of the history, or `demo`.
    source: &'h str,
    tenant: Option<&'h str>,
    #[serde(flatten)]
    verdict: HistoryVerdict,
    #[serde(flatten)]
    history: HistoryPart<'h>,
}

/// What was asked of the history.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct HistoryPart<'h> {
    /// The counts of each pull, oldest first.
    pulls: Option<&'h [PullCounts]>,
    /// The pulls of each tenant; only in a trend of tenants.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenants: Option<Vec<TenantPullsOutput<'h>>>,
    /// What is open in the last pull; only in `since`.
    #[serde(skip_serializing_if = "Option::is_none")]
    open: Option<Vec<NamedOutput<'h, OpenProperty>>>,
    /// The times of each property; only in `resolved`, as the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    by_property: Option<&'h [PropertyHistory]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_group: Option<&'h [PropertyHistory]>,
    /// What came back; only in `flapping`.
    #[serde(skip_serializing_if = "Option::is_none")]
    flapping: Option<Vec<NamedOutput<'h, FlappingProperty>>>,
}

/// The pulls of a tenant, for programs.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TenantPullsOutput<'h> {
    /// Null for pulls that name no tenant.
    tenant: Option<&'h str>,
    pulls: &'h [PullCounts],
}

/// What is known of a property of a device, and the device's name.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Named{T}"))]
struct NamedOutput<'h, T> {
    /// The device's name, if the last pull knows it.
    name: Option<&'h str>,
    #[serde(flatten)]
    of_device: &'h T,
}
