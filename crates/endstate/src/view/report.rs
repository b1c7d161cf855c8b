//! A result for people: a summary, tables under their titles, and how far it is to be trusted.

use std::fmt::Write as _;

use crate::output;
use crate::pull_facts::PullFacts;
use crate::view::number::grouped;
use crate::view::sheet::Sheet;

/// What is shown of a result.
#[derive(Debug)]
pub(crate) struct Report<'r> {
    /// The title of a document.
    pub(crate) title: &'static str,
    /// What it comes to, a line each.
    pub(crate) summary: Vec<String>,
    pub(crate) sections: Vec<Section<'r>>,
    /// The pulls that it is made of.
    pub(crate) pulls: Vec<&'r PullFacts>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// For a terminal.
    Plain,
    /// For a ticket or a chat.
    Markdown,
}

/// A table and its title.
#[derive(Debug)]
pub(crate) struct Section<'r> {
    pub(crate) title: Option<String>,
    pub(crate) sheet: &'r Sheet,
    /// Rows that are shown at the most.
    pub(crate) limit: usize,
}

impl<'r> Section<'r> {
    /// All rows, under no title.
    pub(crate) fn untitled(sheet: &'r Sheet) -> Self {
        Self { title: None, sheet, limit: usize::MAX }
    }

    /// A title with how many of all rows are listed, where not all are.
    pub(crate) fn first_of(title: &str, sheet: &'r Sheet, listed: u64, all: u64) -> Self {
        let of = if listed < all { format!(", {} of {}", grouped(listed), grouped(all)) } else { String::new() };
        let limit = usize::try_from(listed).unwrap_or(usize::MAX);
        Self { title: Some(format!("{title}{of}")), sheet, limit }
    }
}

impl Report<'_> {
    pub(crate) fn render(&self, style: Style) -> String {
        match style {
            Style::Plain => self.plain(),
            Style::Markdown => self.markdown(),
        }
    }

    fn plain(&self) -> String {
        let mut text = format!("{}\n", self.summary.join("\n"));
        for Section { title, sheet, limit } in self.not_empty() {
            if let Some(title) = title {
                let _ = write!(text, "\n{title}\n");
            }
            let _ = write!(text, "\n{}\n", sheet.first(*limit).plain());
        }
        text.push('\n');
        for (is_complete, verdict) in self.verdicts() {
            let _ = writeln!(text, "{}", output::marked_verdict(is_complete, verdict));
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = format!("## {}\n\n{}\n", self.title, self.summary.join("\n\n"));
        for Section { title, sheet, limit } in self.not_empty() {
            if let Some(title) = title {
                let _ = write!(text, "\n### {title}\n");
            }
            let _ = write!(text, "\n{}\n", sheet.first(*limit).markdown());
        }
        for (_, verdict) in self.verdicts() {
            let _ = write!(text, "\n**{verdict}**\n");
        }
        text
    }

    /// Each pull's verdict, and whose it is where there are several.
    fn verdicts(&self) -> impl Iterator<Item = (bool, String)> {
        self.pulls.iter().map(|pull| {
            let whose = if self.pulls.len() > 1 { format!(" ({})", pull.name) } else { String::new() };
            (pull.completeness.is_complete(), format!("{}{whose}", pull.completeness.line()))
        })
    }

    fn not_empty(&self) -> impl Iterator<Item = &Section<'_>> {
        self.sections.iter().filter(|section| !section.sheet.is_empty() && section.limit > 0)
    }
}
