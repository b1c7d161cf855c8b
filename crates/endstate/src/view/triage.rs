//! A triage as a table, JSON, CSV or Markdown.

use std::fmt::Write as _;
use std::io::IsTerminal;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use endstate_analysis::Triage;
use endstate_model::{Architecture, MachineSecurityState};
use serde_json::{Value, json};
use terminal_size::{Width, terminal_size};

use crate::args::{By, TriageFormat};
use crate::output;
use crate::view::completeness::Completeness;
use crate::view::counts::{Count, counts};
use crate::view::number::{counted, grouped, percent};

/// A triage, and what has to be said with it.
#[derive(Debug)]
pub(crate) struct TriageView<'v> {
    pub(crate) triage: &'v Triage,
    pub(crate) by: By,
    pub(crate) completeness: &'v Completeness,
    pub(crate) source: &'v str,
    pub(crate) invalid_items: u64,
}

impl TriageView<'_> {
    /// Everything that goes to stdout.
    pub(crate) fn render(&self, format: TriageFormat) -> anyhow::Result<String> {
        Ok(match format {
            TriageFormat::Table => self.table(),
            TriageFormat::Json => format!("{:#}\n", self.json()?),
            TriageFormat::Csv => self.csv()?,
            TriageFormat::Markdown => self.markdown(),
        })
    }

    fn table(&self) -> String {
        let mut text = format!("{}\n", self.summary());
        let rows = counts(self.triage, self.by);
        if !rows.is_empty() {
            let mut table = self.counts_table(&rows, |name| format!("  {name}"));
            let _ = write!(text, "\n{}\n", plain(&mut table));
        }
        if !self.triage.most_urgent.is_empty() {
            let mut table = self.urgent_table(" ");
            let _ = write!(text, "\n{}\n\n{}\n", self.urgent_title(), plain(&mut table));
        }
        let verdict = output::marked_verdict(self.completeness.is_complete(), self.completeness.line());
        let _ = writeln!(text, "\n{verdict}");
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!("## Device triage\n\n{}\n", self.summary());
        let rows = counts(self.triage, self.by);
        if !rows.is_empty() {
            let mut table = self.counts_table(&rows, ToOwned::to_owned);
            table.load_style(presets::ASCII_MARKDOWN);
            let _ = write!(text, "\n{}\n", table.trim_fmt());
        }
        if !self.triage.most_urgent.is_empty() {
            let mut table = self.urgent_table(", ");
            table.load_style(presets::ASCII_MARKDOWN);
            let _ = write!(text, "\n### {}\n\n{}\n", self.urgent_title(), table.trim_fmt());
        }
        let _ = writeln!(text, "\n**{}**", self.completeness.line());
        text
    }

    fn summary(&self) -> String {
        let Triage { devices, need_attention, .. } = *self.triage;
        let share = if devices == 0 { 0.0 } else { ratio(need_attention, devices) };
        let mut summary = format!(
            "{}: {} need attention ({}), {} need none",
            counted(devices, "device"),
            grouped(need_attention),
            percent(share),
            grouped(self.triage.need_none()),
        );
        if self.invalid_items > 0 {
            let _ = write!(summary, "; {} could not be read", counted(self.invalid_items, "item"));
        }
        summary
    }

    /// Counts under a head. By property, each category has a row of its own and `indent` marks the rows below it.
    fn counts_table(&self, rows: &[Count], indent: impl Fn(&str) -> String) -> Table {
        let mut table = Table::new();
        let cells = |count: &Count| [grouped(count.devices), percent(count.share)];
        match self.by {
            By::Property => {
                table.set_header(["CATEGORY / PROPERTY", "DEVICES", "SHARE"]);
                let categories = counts(self.triage, By::Category);
                for category in &categories {
                    let [devices, share] = cells(category);
                    table.add_row([category.name.clone(), devices, share]);
                    for property in rows.iter().filter(|row| row.category == Some(category.name.as_str())) {
                        let [devices, share] = cells(property);
                        table.add_row([indent(&property.name), devices, share]);
                    }
                }
            }
            By::Category => {
                table.set_header(["CATEGORY", "DEVICES", "SHARE"]);
                for row in rows {
                    let [devices, share] = cells(row);
                    table.add_row([row.name.clone(), devices, share]);
                }
            }
            By::Build | By::Architecture => {
                let title = if self.by == By::Build { "BUILD" } else { "ARCHITECTURE" };
                table.set_header([title, "DEVICES", "SHARE", "NEED ATTENTION"]);
                for row in rows {
                    let [devices, share] = cells(row);
                    table.add_row([row.name.clone(), devices, share, grouped(row.need_attention)]);
                }
            }
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    fn urgent_title(&self) -> String {
        let listed = self.triage.most_urgent.len() as u64;
        let of = if listed < self.triage.need_attention {
            format!(", {} of {}", grouped(listed), grouped(self.triage.need_attention))
        } else {
            String::new()
        };
        format!("Most urgent first{of}")
    }

    fn urgent_table(&self, between: &str) -> Table {
        let mut table = Table::new();
        table.set_header(["DEVICE", "VERSION", "ARCHITECTURE", "REQUIRES ATTENTION"]);
        for state in &self.triage.most_urgent {
            let properties: Vec<_> = state.properties_require_attention.iter().map(ToString::to_string).collect();
            let architecture = state.architecture.as_ref().map_or("?", Architecture::as_str);
            table.add_row([state.id.to_string(), version(state), architecture.to_owned(), properties.join(between)]);
        }
        table
    }

    fn json(&self) -> anyhow::Result<Value> {
        let row = |count: Count| match self.by {
            By::Property => json!({
                "category": count.category, "property": count.value, "display_name": count.name,
                "devices": count.devices, "share": count.share,
            }),
            By::Category => json!({ "category": count.value, "devices": count.devices, "share": count.share }),
            By::Build => json!({
                "build": count.value.parse::<u32>().ok(), "devices": count.devices,
                "need_attention": count.need_attention, "share": count.share,
            }),
            By::Architecture => json!({
                "architecture": Some(count.value).filter(|value| !value.is_empty()), "devices": count.devices,
                "need_attention": count.need_attention, "share": count.share,
            }),
        };
        let rows: Vec<_> = counts(self.triage, self.by).into_iter().map(row).collect();
        Ok(json!({
            "outcome": self.completeness.word(),
            "reason": self.completeness.reason(),
            "verdict": self.completeness.line(),
            "source": self.source,
            "devices": self.triage.devices,
            "need_attention": self.triage.need_attention,
            "need_none": self.triage.need_none(),
            "invalid_items": self.invalid_items,
            "by": self.head(),
            "rows": rows,
            "most_urgent": serde_json::to_value(&self.triage.most_urgent)?,
        }))
    }

    fn csv(&self) -> anyhow::Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        match self.by {
            By::Property => writer.write_record(["category", "property", "devices", "share"])?,
            By::Category => writer.write_record(["category", "devices", "share"])?,
            By::Build | By::Architecture => writer.write_record([self.head(), "devices", "need_attention", "share"])?,
        }
        for count in counts(self.triage, self.by) {
            let value = crate::format::guarded(&count.value).into_owned();
            let (devices, share) = (count.devices.to_string(), format!("{:.6}", count.share));
            match self.by {
                By::Property => {
                    let category = count.category.unwrap_or_default().to_owned();
                    writer.write_record([category, value, devices, share])?;
                }
                By::Category => writer.write_record([value, devices, share])?,
                By::Build | By::Architecture => {
                    writer.write_record([value, devices, count.need_attention.to_string(), share])?;
                }
            }
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }

    fn head(&self) -> &'static str {
        match self.by {
            By::Property => "property",
            By::Category => "category",
            By::Build => "build",
            By::Architecture => "architecture",
        }
    }
}

/// Aligned columns without lines; on a terminal no wider than that.
fn plain(table: &mut Table) -> String {
    table.load_style(presets::NOTHING);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    if std::io::stdout().is_terminal()
        && let Some((Width(columns), _)) = terminal_size()
    {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(columns);
    }
    table.trim_fmt()
}

fn version(state: &MachineSecurityState) -> String {
    let number = |number: Option<u32>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
    format!("{}.{}", number(state.build), number(state.revision))
}

#[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
fn ratio(part: u64, all: u64) -> f64 {
    part as f64 / all as f64
}
