//! What changed on a device from pull to pull, as a table, JSON, CSV or Markdown.

use endstate_model::{AttentionProperties, AttentionProperty, DeviceId, MachineSecurityState, UtcTime};
use serde::Serialize;

use super::arrangement::{Arrangement, Reader};
use super::document::{Document, Section, Style};
use super::history_verdict::HistoryVerdict;
use super::json_document;
use super::table::{Cell, Column, ResultTable};
use crate::cli::ReportFormat;
use crate::store::format::FormulaGuard;
use crate::terminal::number::counted;
use crate::terminal::output;

/// A device in each pull of a history.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct DeviceTimeline {
    /// The folder of the history, or `demo`.
    pub(crate) source: String,
    /// The tenant of its pulls; null for pulls that name none.
    pub(crate) tenant: Option<String>,
    #[serde(flatten)]
    pub(crate) verdict: HistoryVerdict,
    #[cfg_attr(test, schemars(with = "String"))]
    pub(crate) id: DeviceId,
    /// Its last name; null if it is not known.
    pub(crate) name: Option<String>,
    /// Oldest first.
    pub(crate) pulls: Vec<TimelinePull>,
}

/// A device in a pull.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct TimelinePull {
    /// When the pull started.
    pub(crate) started_at: UtcTime,
    /// Its state, as `pull` writes it; null if the pull does not have the device.
    #[cfg_attr(test, schemars(with = "Option<serde_json::Value>"))]
    pub(crate) state: Option<MachineSecurityState>,
}

/// A row for each pull.
pub(crate) const COLUMNS: [Column; 6] = [
    Column::text("STARTED", "started_at"),
    Column::text("BUILD", "build").gives_way(1),
    Column::text("BEGAN", "began").wraps(),
    Column::text("RESOLVED", "resolved").wraps(),
    Column::text("NOW UNKNOWN", "now_unknown").wraps().gives_way(2),
    Column::number("OPEN", "open"),
];

impl DeviceTimeline {
    /// Everything that goes to stdout.
    pub(crate) fn render(
        &self,
        format: ReportFormat,
        arrangement: Arrangement<'_>,
        limit: usize,
        guard: FormulaGuard,
    ) -> anyhow::Result<String> {
        let style = match format {
            ReportFormat::Csv => {
                let rows = arrangement.apply(self.rows(false), Reader::Program);
                return Ok(output::for_programs(rows.csv(guard)?));
            }
            ReportFormat::Json => return Ok(output::for_programs(json_document::text("history-device", self)?)),
            ReportFormat::Table => Style::Plain,
            ReportFormat::Markdown => Style::Markdown,
        };
        let rows = arrangement.apply(self.rows(true), Reader::Person);
        let listed = rows.rows().min(limit as u64);
        let sections = vec![Section::first_of(&arrangement.title("Newest change first"), &rows, listed, rows.rows())];
        let name = self.name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
        let there = self.pulls.iter().filter(|pull| pull.state.is_some()).count() as u64;
        let summary =
            vec![format!("{name}{}", self.id), format!("in {there} of {}", counted(self.pulls.len() as u64, "pull"))];
        Ok(Document { title: "Device", summary, sections, pulls: Vec::new() }.render(style))
    }

    /// A row for each pull, or for each in which something is different; the newest first.
    fn rows(&self, only_changes: bool) -> ResultTable {
        let mut table = ResultTable::new(COLUMNS);
        let mut rows = Vec::new();
        let mut before: Option<&MachineSecurityState> = None;
        let mut was_there = false;
        for (place, pull) in self.pulls.iter().enumerate() {
            let change = Change::between(before, pull.state.as_ref());
            let is_first = place == 0 || (pull.state.is_some() != was_there);
            let has_other_build = pull.state.as_ref().map(build) != before.map(build) && pull.state.is_some();
            was_there = pull.state.is_some();
            before = pull.state.as_ref().or(before);
            if !only_changes || is_first || has_other_build || !change.is_empty() {
                rows.push((pull, change));
            }
        }

        for (pull, change) in rows.into_iter().rev() {
            let started_at = Cell::text(pull.started_at.to_string());
            let Some(state) = &pull.state else {
                let gone = Cell::Named("not in this pull".to_owned(), serde_json::Value::Null);
                table.row([started_at, gone, Cell::Nothing, Cell::Nothing, Cell::Nothing, Cell::Nothing]);
                continue;
            };
            let names = |names: &[AttentionProperty]| {
                Cell::text(names.iter().map(AttentionProperty::as_str).collect::<Vec<_>>().join(", "))
            };
            let open = Cell::Count(state.properties_require_attention.without_informational().len() as u64);
            let [began, resolved, lost] = [&change.began, &change.resolved, &change.not_known].map(|list| names(list));
            table.row([started_at, Cell::text(build(state)), began, resolved, lost, open]);
        }
        table
    }
}

fn build(state: &MachineSecurityState) -> String {
    match (state.build, state.revision) {
        (Some(build), Some(revision)) => format!("{build}.{revision}"),
        (Some(build), None) => build.to_string(),
        _ => String::new(),
    }
}

/// What is different from the pull before that has the device.
#[derive(Debug, Default)]
struct Change {
    began: Vec<AttentionProperty>,
    resolved: Vec<AttentionProperty>,
    /// Required before, and not known now.
    not_known: Vec<AttentionProperty>,
}

impl Change {
    fn between(before: Option<&MachineSecurityState>, now: Option<&MachineSecurityState>) -> Self {
        let Some(now) = now else { return Self::default() };
        let nothing = AttentionProperties::new();
        let was = before.map_or(&nothing, |state| &state.properties_require_attention);
        let is = &now.properties_require_attention;
        let began = is.difference(was).iter().cloned().collect();
        let is_unknown = |property: &AttentionProperty| match &now.assessment {
            Some(assessment) => assessment.not_known.contains(property) || !is.is_known(),
            None => property.is_current() || !is.is_known(),
        };
        let (not_known, resolved) = was.difference(is).iter().cloned().partition(is_unknown);
        Self { began, resolved, not_known }
    }

    fn is_empty(&self) -> bool {
        self.began.is_empty() && self.resolved.is_empty() && self.not_known.is_empty()
    }
}
