//! A result for people: a summary, tables under titles, and how far it can be trusted.

use std::fmt::Write as _;

use endstate_reqwest::redacted;

use super::markdown;
use super::table::{MAX_ROWS, ResultTable, TableView};
use crate::store::pull_info::PullInfo;
use crate::terminal::escape::escaped;
use crate::terminal::number::{counted, grouped};
use crate::terminal::output::{marked_outcome, wrapped};

/// What is shown of a result.
#[derive(Debug)]
pub(crate) struct Document<'d> {
    pub(crate) title: &'static str,
    /// The result in short, a line each.
    pub(crate) summary: Vec<String>,
    pub(crate) sections: Vec<Section<'d>>,
    /// The pulls that it is made of.
    pub(crate) pulls: Vec<&'d PullInfo>,
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// For a terminal.
    Plain,
    /// For a ticket or a chat.
    Markdown,
}

/// A table and its title.
#[derive(Debug)]
pub(crate) struct Section<'d> {
    title: Option<String>,
    table: &'d ResultTable,
    /// Maximum rows to show; `None` for the usual maximum.
    limit: Option<usize>,
    /// Rows in all, also those that are not in the table.
    rows: u64,
    /// What has all rows.
    all_in: &'static str,
}

const ALL_FORMATS: &str = "--format csv and json have all";

impl<'d> Section<'d> {
    /// All rows, without a title.
    pub(crate) fn untitled(table: &'d ResultTable) -> Self {
        Self { title: None, table, limit: None, rows: table.rows(), all_in: ALL_FORMATS }
    }

    /// The table has only the first of so many rows.
    pub(crate) fn of_rows(self, rows: u64) -> Self {
        Self { rows, ..self }
    }

    /// Names what has all rows, if it is not another format of the same command.
    pub(crate) fn with_all_in(self, all_in: &'static str) -> Self {
        Self { all_in, ..self }
    }

    /// All rows under a title.
    pub(crate) fn titled(title: impl Into<String>, table: &'d ResultTable) -> Self {
        Self { title: Some(title.into()), table, limit: None, rows: table.rows(), all_in: ALL_FORMATS }
    }

    /// The first rows; the title says how many of all rows are listed, if not all are.
    pub(crate) fn first_of(title: &str, table: &'d ResultTable, listed: u64, all: u64) -> Self {
        let of = if listed < all { format!(", {} of {}", grouped(listed), grouped(all)) } else { String::new() };
        let limit = usize::try_from(listed).unwrap_or(usize::MAX);
        Self { title: Some(format!("{title}{of}")), table, limit: Some(limit), rows: all, all_in: ALL_FORMATS }
    }

    /// The rows to show.
    fn view(&self) -> TableView<'_> {
        self.limit.map_or_else(|| self.table.all(), |limit| self.table.first(limit))
    }

    /// How many rows are not shown, if no limit was set.
    fn left_out(&self) -> Option<String> {
        let left_out = self.rows.saturating_sub(MAX_ROWS as u64);
        let rows = Some(left_out).filter(|rows| *rows > 0 && self.limit.is_none())?;
        Some(format!("... and {}; {}", counted(rows, "more row"), self.all_in))
    }
}

impl Document<'_> {
    pub(crate) fn render(&self, style: Style) -> String {
        let text = match style {
            Style::Plain => self.plain(),
            Style::Markdown => self.markdown(),
        };
        redacted(&text).into_owned()
    }

    fn plain(&self) -> String {
        let mut text = String::new();
        for line in &self.summary {
            let _ = writeln!(text, "{}", wrapped(&escaped(line)));
        }
        for section in self.sections_with_rows() {
            if let Some(title) = &section.title {
                let _ = write!(text, "\n{}\n", escaped(title));
            }
            let _ = write!(text, "\n{}\n", section.view().plain());
            if let Some(left_out) = section.left_out() {
                let _ = writeln!(text, "{left_out}");
            }
        }
        text.push('\n');
        for (pull, line) in self.outcomes() {
            let _ = writeln!(text, "{}", marked_outcome(pull.outcome().is_complete(), line));
            if let Some(provenance) = pull.provenance() {
                let _ = writeln!(text, "{}", wrapped(&escaped(&provenance)));
            }
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!("## {}\n", self.title);
        for line in &self.summary {
            let _ = write!(text, "\n{}\n", markdown::escaped(line));
        }
        for section in self.sections_with_rows() {
            if let Some(title) = &section.title {
                let _ = write!(text, "\n### {}\n", markdown::escaped(title));
            }
            let _ = write!(text, "\n{}\n", section.view().markdown());
            if let Some(left_out) = section.left_out() {
                let _ = write!(text, "\n{left_out}\n");
            }
        }
        for (pull, line) in self.outcomes() {
            let _ = write!(text, "\n**{}**\n", markdown::escaped(&line));
            if let Some(provenance) = pull.provenance() {
                let _ = write!(text, "\n{}\n", markdown::escaped(&provenance));
            }
        }
        text
    }

    /// The outcome of each pull, and the name of the pull if there are several.
    fn outcomes(&self) -> impl Iterator<Item = (&PullInfo, String)> {
        self.pulls.iter().map(|pull| {
            let name = if self.pulls.len() > 1 { format!(" from {}", pull.name) } else { String::new() };
            (*pull, format!("{}{name}", pull.completeness.line()))
        })
    }

    fn sections_with_rows(&self) -> impl Iterator<Item = &Section<'_>> {
        self.sections.iter().filter(|section| !section.table.is_empty() && section.limit != Some(0))
    }
}
