//! A table of results: aligned columns or Markdown for people, CSV or JSON for programs.

use std::borrow::Cow;

use comfy_table::{CellAlignment, Table, presets};
use endstate_reqwest::redacted;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::layout::{self, Content, Demand, Fit, GAP};
use super::markdown;
use crate::store::format::{UNKNOWN_LIST, write_list};
use crate::terminal::escape::{escaped, shortened};
use crate::terminal::number::{grouped, percent};
use crate::terminal::output;

/// Rows under columns.
#[derive(Debug, Default)]
pub(crate) struct ResultTable {
    columns: Vec<Column>,
    rows: Vec<TableRow>,
}

/// A column: its title for people, and its key for programs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    title: Option<&'static str>,
    key: Option<&'static str>,
    is_number: bool,
    fit: Fit,
}

#[derive(Debug)]
struct TableRow {
    cells: Vec<Cell>,
    /// A heading of the rows below it, for people only.
    is_heading: bool,
}

/// The content of a cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Nothing,
    Text(String),
    /// A number of devices or other things.
    Count(u64),
    /// A share, from 0 to 1.
    Share(f64),
    List(Vec<String>),
    /// A list that is not known, and what people see of it.
    UnknownList(&'static str),
    /// A word of an order, such as a severity, and its place in it.
    Ranked(String, u64),
    /// The text for people, and the value for programs.
    Named(String, Value),
    /// A text, and the page that it is about.
    Link(String, String),
}

/// How the text of cells is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Markup {
    pub(super) escape: fn(&str) -> String,
    /// A link, from an escaped text and a URL of our own.
    pub(super) link: fn(&str, &str) -> String,
}

impl Markup {
    const PLAIN: Self = Self { escape: |text| escaped(text).into_owned(), link: |text, _| text.to_owned() };
    const MARKDOWN: Self = Self { escape: markdown::escaped, link: |text, url| format!("[{text}]({url})") };
}

impl Column {
    /// A column of text.
    pub(crate) const fn text(title: &'static str, key: &'static str) -> Self {
        Self { title: Some(title), key: Some(key), is_number: false, fit: Fit::Whole }
    }

    /// A column of numbers, aligned to the right.
    pub(crate) const fn number(title: &'static str, key: &'static str) -> Self {
        Self { title: Some(title), key: Some(key), is_number: true, fit: Fit::Whole }
    }

    /// A column for people only.
    pub(crate) const fn shown(title: &'static str) -> Self {
        Self { title: Some(title), key: None, is_number: false, fit: Fit::Whole }
    }

    /// A column of longer text, which wraps at words.
    pub(crate) const fn wraps(self) -> Self {
        Self { fit: Fit::Wraps, ..self }
    }

    /// A column that is left out where the terminal is too narrow; the lowest `order` first.
    pub(crate) const fn gives_way(self, order: u8) -> Self {
        Self { fit: Fit::GivesWay(order), ..self }
    }

    pub(super) fn key(&self) -> Option<&'static str> {
        self.key
    }

    pub(super) fn title(&self) -> Option<&'static str> {
        self.title
    }

    /// The column for people as well, under its key if it has no title.
    pub(super) fn with_title(self) -> Self {
        Self { title: self.title.or(self.key), ..self }
    }

    /// A column for programs only.
    pub(crate) const fn data(key: &'static str) -> Self {
        Self { title: None, key: Some(key), is_number: false, fit: Fit::Whole }
    }
}

impl ResultTable {
    pub(crate) fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    /// Adds a row with a cell for each column.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(TableRow { cells: cells.into_iter().collect(), is_heading: false });
    }

    /// Adds a heading. The rows below it are indented.
    pub(crate) fn heading(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(TableRow { cells: cells.into_iter().collect(), is_heading: true });
    }

    /// The rows of several tables below each other, with a first column that tells them apart.
    pub(crate) fn stacked(column: Column, tables: impl IntoIterator<Item = (Cell, Self)>) -> Self {
        let mut stacked = Self::new([column]);
        for (first, Self { columns, rows }) in tables {
            stacked.columns.truncate(1);
            stacked.columns.extend(columns);
            stacked.rows.extend(rows.into_iter().map(|TableRow { mut cells, is_heading }| {
                cells.insert(0, first.clone());
                TableRow { cells, is_heading }
            }));
        }
        stacked
    }

    /// The columns, and the cells of every row without headings.
    pub(super) fn into_parts(self) -> (Vec<Column>, Vec<Vec<Cell>>) {
        let rows = self.rows.into_iter().filter(|row| !row.is_heading).map(|row| row.cells);
        (self.columns, rows.collect())
    }

    pub(super) fn from_parts(columns: Vec<Column>, rows: Vec<Vec<Cell>>) -> Self {
        let rows = rows.into_iter().map(|cells| TableRow { cells, is_heading: false }).collect();
        Self { columns, rows }
    }

    /// Only the first rows.
    pub(super) fn cut(mut self, limit: usize) -> Self {
        self.rows.truncate(limit);
        self
    }

    /// Removes the column with the key of another one.
    pub(crate) fn remove_column(&mut self, column: Column) {
        let Some(place) = self.columns.iter().position(|own| own.key == column.key) else { return };
        self.columns.remove(place);
        for row in &mut self.rows {
            row.cells.remove(place);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// At most `limit` rows, for people.
    pub(crate) fn first(&self, limit: usize) -> TableView<'_> {
        TableView { table: self, limit }
    }

    /// All rows, for people, up to [`MAX_ROWS`].
    pub(crate) fn all(&self) -> TableView<'_> {
        self.first(MAX_ROWS)
    }

    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The cells of every row, without headings.
    pub(super) fn all_cells(&self) -> impl Iterator<Item = &[Cell]> {
        self.rows.iter().filter(|row| !row.is_heading).map(|row| &*row.cells)
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows.len() as u64
    }
}

/// Rows of a table that people see, if they set no limit. Formats for programs have all rows.
pub(crate) const MAX_ROWS: usize = 1_000;

/// The cells of a row for programs, by the key of their column.
pub(super) struct KeyedCells<'t> {
    pub(super) columns: &'t [Column],
    pub(super) cells: &'t [Cell],
}

impl<'t> KeyedCells<'t> {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &'t Cell)> {
        self.columns.iter().zip(self.cells).filter_map(|(column, cell)| Some((column.key?, cell)))
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing | Self::UnknownList(_) => serializer.serialize_unit(),
            Self::Text(text) | Self::Link(text, _) | Self::Ranked(text, _) => serializer.serialize_str(text),
            Self::Count(number) => serializer.serialize_u64(*number),
            Self::Share(share) => serializer.serialize_f64(*share),
            Self::List(items) => serializer.collect_seq(items),
            Self::Named(_, value) => value.serialize(serializer),
        }
    }
}

/// The first rows of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableView<'t> {
    table: &'t ResultTable,
    limit: usize,
}

impl TableView<'_> {
    /// Aligned columns without lines. On a terminal, the table is no wider than the terminal.
    pub(crate) fn plain(self) -> String {
        let contents = self.contents("  ", Markup::PLAIN);
        let shown: Vec<_> = self.shown_columns().collect();
        let natural = |index: usize| {
            let title = shown[index].1.len();
            contents.iter().map(|row| row[index].natural_width()).chain([title]).max().unwrap_or_default()
        };
        let demand = |(index, (column, _)): (usize, &(&Column, &str))| Demand {
            fit: column.fit,
            natural: natural(index),
            longest_word: contents.iter().map(|row| row[index].longest_word()).max().unwrap_or_default(),
            is_list: contents.iter().any(|row| matches!(row[index], Content::List(_))),
        };
        let demands: Vec<_> = shown.iter().enumerate().map(demand).collect();
        let widths = match output::width() {
            Some(total) => layout::widths(&demands, total.into()),
            None => demands.iter().map(|demand| Some(demand.natural)).collect(),
        };

        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        let visible = || widths.iter().enumerate().filter_map(|(index, width)| Some((index, (*width)?)));
        table.set_header(visible().map(|(index, _)| shown[index].1));
        for row in &contents {
            table.add_row(visible().map(|(index, width)| row[index].fitted(width, shown[index].0.fit)));
        }
        align(&mut table, visible().map(|(index, _)| shown[index].0));
        for column in table.column_iter_mut() {
            column.set_padding((0, u16::try_from(GAP).unwrap_or_default()));
        }
        table.trim_fmt()
    }

    pub(crate) fn markdown(self) -> String {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(self.shown_columns().map(|(_, title)| title));
        for row in self.contents("", Markup::MARKDOWN) {
            table.add_row(row.into_iter().map(|content| match content {
                Content::Text(text) => text,
                Content::List(items) => items.join(", "),
            }));
        }
        align(&mut table, self.shown_columns().map(|(column, _)| column));
        table.trim_fmt()
    }

    pub(super) fn shown_columns(&self) -> impl Iterator<Item = (&Column, &'static str)> {
        self.table.columns.iter().filter_map(|column| Some((column, column.title?)))
    }

    /// The cells for people, with the rows below a heading indented.
    pub(super) fn contents(self, indent: &str, markup: Markup) -> Vec<Vec<Content>> {
        let ResultTable { columns, rows } = self.table;
        let has_headings = rows.iter().any(|row| row.is_heading);
        let content = |row: &TableRow| {
            let cells = columns.iter().zip(&row.cells).filter(|(column, _)| column.title.is_some());
            let mut contents: Vec<_> = cells.map(|(_, cell)| cell.content(markup)).collect();
            if let (true, Some(Content::Text(first))) = (has_headings && !row.is_heading, contents.first_mut()) {
                first.insert_str(0, indent);
            }
            contents
        };
        rows.iter().take(self.limit).map(content).collect()
    }
}

fn align<'c>(table: &mut Table, columns: impl Iterator<Item = &'c Column>) {
    for (shown, column) in table.column_iter_mut().zip(columns) {
        if column.is_number {
            shown.set_cell_alignment(CellAlignment::Right);
        }
    }
}

impl Cell {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Text, or an empty cell.
    pub(crate) fn optional(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Nothing, Self::text)
    }

    /// The name of a value that may be missing, such as a build.
    pub(crate) fn named(shown: Option<String>, value: impl Into<Value>) -> Self {
        shown.map_or(Self::Named("(none)".to_owned(), Value::Null), |shown| Self::Named(shown, value.into()))
    }

    pub(crate) fn list(items: impl IntoIterator<Item = impl ToString>) -> Self {
        Self::List(items.into_iter().map(|item| item.to_string()).collect())
    }

    /// The cell for people, with text from outside escaped, and cut if it is very long.
    fn content(&self, Markup { escape, link }: Markup) -> Content {
        Content::Text(match self {
            Self::Link(text, url) => link(&escape(&shortened(&redacted(text))), url),
            Self::Nothing => String::new(),
            Self::UnknownList(text) => (*text).to_owned(),
            Self::Text(text) | Self::Ranked(text, _) | Self::Named(text, _) => escape(&shortened(&redacted(text))),
            Self::Count(number) => grouped(*number),
            Self::Share(share) => percent(*share),
            Self::List(items) => {
                return Content::List(items.iter().map(|item| escape(&shortened(&redacted(item)))).collect());
            }
        })
    }

    pub(super) fn csv(&self) -> Cow<'_, str> {
        match self {
            Self::Share(share) => format!("{share:.6}").into(),
            Self::List(items) => {
                let mut text = String::new();
                write_list(items, &mut text);
                text.into()
            }
            // As in the rows of a pull: an empty cell is an empty list.
            Self::UnknownList(_) => UNKNOWN_LIST.into(),
            Self::Nothing | Self::Named(_, Value::Null) => "".into(),
            Self::Text(text) | Self::Link(text, _) | Self::Ranked(text, _) | Self::Named(_, Value::String(text)) => {
                text.into()
            }
            Self::Count(number) => number.to_string().into(),
            Self::Named(_, Value::Array(items)) => {
                items.iter().map(ToString::to_string).collect::<Vec<_>>().join(";").into()
            }
            Self::Named(_, value) => value.to_string().into(),
        }
    }
}
