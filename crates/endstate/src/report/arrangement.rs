//! `--columns` and `--sort`: which columns a table has, and in which order its rows come.

use std::cmp::Ordering;

use endstate_model::nearest_name;
use indexmap::IndexSet;
use serde_json::Value;

use super::table::{Cell, Column, ResultTable};
use crate::exit::UsageError;

/// How a table differs from the usual one.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Arrangement<'a> {
    /// The names of columns, in order; empty for the usual ones.
    pub(crate) columns: &'a [String],
    /// The name of the column to sort by; `None` for the usual order.
    pub(crate) sort: Option<&'a str>,
    pub(crate) is_descending: bool,
}

impl Arrangement<'_> {
    /// Whether the table is the usual one.
    pub(crate) fn is_usual(&self) -> bool {
        self.columns.is_empty() && self.sort.is_none()
    }

    /// Whether a column is named that the table has only if it is needed.
    pub(crate) fn names(&self, column: Column) -> bool {
        let names = self.columns.iter().map(String::as_str).chain(self.sort);
        names.into_iter().any(|name| is_name_of(name, &column))
    }

    /// Checks the names before anything is read: each must be a column of one of the tables. If
    /// `help` is one of them, returns the names of all columns.
    pub(crate) fn check(&self, tables: &TableColumns, reader: Reader) -> Result<Option<String>, UsageError> {
        let TableColumns { sorted, others } = tables;
        let all = [&sorted[..], others].concat();
        if self.columns.iter().any(|name| name == "help") {
            return Ok(Some(names_of(&all, reader).map(|name| name + "\n").collect()));
        }
        require(self.columns.iter().map(String::as_str), &all, reader)?;
        // A column that is for people only has an order all the same.
        require(self.sort, sorted, Reader::Person)?;
        Ok(None)
    }

    /// The rows in this order, with these columns, as far as the table has them. Headings of rows
    /// are left out, since an order or other columns would part them from their rows.
    pub(crate) fn apply(&self, table: ResultTable, reader: Reader) -> ResultTable {
        let sort = self.sort.and_then(|name| place_of(name, table.columns(), Reader::Person));
        let place = |name: &String| place_of(name, table.columns(), reader);
        let chosen: Vec<_> = self.columns.iter().filter_map(place).collect();
        if sort.is_none() && chosen.is_empty() {
            return table;
        }

        let (columns, mut rows) = table.into_parts();
        if let Some(place) = sort {
            rows.sort_by(|row, other| order(&row[place], &other[place], self.is_descending));
        }
        if chosen.is_empty() {
            return ResultTable::from_parts(columns, rows);
        }
        let cell = |row: &[Cell], place: usize| {
            if columns[place].title().is_some() { row[place].clone() } else { shown(&row[place]) }
        };
        let rows = rows.iter().map(|row| chosen.iter().map(|place| cell(row, *place)).collect()).collect();
        ResultTable::from_parts(chosen.iter().map(|place| columns[*place].with_title()).collect(), rows)
    }

    /// The title of a table in this order; `usual` for the usual one.
    pub(crate) fn title(&self, usual: &str) -> String {
        let direction = if self.is_descending { " in descending order" } else { "" };
        self.sort.map_or_else(|| usual.to_owned(), |sort| format!("By {sort}{direction}"))
    }
}

/// The columns of the tables of a result.
#[derive(Debug, Default)]
pub(crate) struct TableColumns {
    /// Of those that `--sort` sorts.
    pub(crate) sorted: Vec<Column>,
    /// Of those that have an order of their own.
    pub(crate) others: Vec<Column>,
}

impl TableColumns {
    /// Of tables that are all sorted.
    pub(crate) fn sorted(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { sorted: columns.into_iter().collect(), others: Vec::new() }
    }
}

/// Who reads a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Sees the columns with a title, and the others if they are named.
    Person,
    /// Gets the columns with a key.
    Program,
}

/// The name of a column on the command line: its key, else its title.
fn name(column: &Column, reader: Reader) -> Option<String> {
    let of_title = |title: &str| {
        let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        words.collect::<Vec<_>>().join("_").to_lowercase()
    };
    let title = || column.title().filter(|_| reader == Reader::Person).map(of_title);
    column.key().map(ToOwned::to_owned).or_else(title)
}

/// Refuses a name that no column has.
fn require<'n>(
    wanted: impl IntoIterator<Item = &'n str>,
    columns: &[Column],
    reader: Reader,
) -> Result<(), UsageError> {
    let unknown = wanted.into_iter().find(|wanted| place_of(wanted, columns, reader).is_none());
    let Some(unknown) = unknown else { return Ok(()) };
    let names: Vec<_> = names_of(columns, reader).collect();
    Err(UsageError::new(match nearest_name(unknown, names.iter().map(String::as_str)) {
        Some(nearest) => format!("unknown column '{unknown}'; did you mean '{nearest}'?"),
        None => format!("unknown column '{unknown}'; the columns are {}", names.join(", ")),
    }))
}

/// The names of columns, each once.
fn names_of(columns: &[Column], reader: Reader) -> impl Iterator<Item = String> {
    let names: IndexSet<_> = columns.iter().filter_map(|column| name(column, reader)).collect();
    names.into_iter()
}

/// Whether a text names a column. Its title is a name as well, and upper case, spaces and other
/// separators do not matter.
fn is_name_of(wanted: &str, column: &Column) -> bool {
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    [column.key(), column.title()].into_iter().flatten().any(|text| plain(text) == plain(wanted))
}

/// The place of the column with this name. A key wins over a title.
fn place_of(wanted: &str, columns: &[Column], reader: Reader) -> Option<usize> {
    let is_found = |column: &Column| is_name_of(wanted, column) && name(column, reader).is_some();
    let by_key = |column: &Column| is_found(column) && column.key().is_some();
    columns.iter().position(by_key).or_else(|| columns.iter().position(is_found))
}

/// A cell that people see only if they name its column.
fn shown(cell: &Cell) -> Cell {
    match cell {
        Cell::Named(_, value @ (Value::Bool(_) | Value::Number(_))) => Cell::Named(value.to_string(), value.clone()),
        Cell::Named(_, Value::Null) => Cell::Nothing,
        other => other.clone(),
    }
}

/// The order of two cells. One without a value comes last in either direction.
fn order(left: &Cell, right: &Cell, is_descending: bool) -> Ordering {
    let is_missing = |cell: &Cell| matches!(cell, Cell::Nothing | Cell::UnknownList(_) | Cell::Named(_, Value::Null));
    if is_missing(left) || is_missing(right) {
        return is_missing(left).cmp(&is_missing(right));
    }
    let order = match (number(left), number(right)) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        // A longer list is more.
        _ => match (left, right) {
            (Cell::List(left), Cell::List(right)) => left.len().cmp(&right.len()).then_with(|| left.cmp(right)),
            _ => text_order(&left.csv(), &right.csv()),
        },
    };
    if is_descending { order.reverse() } else { order }
}

/// The order of two texts, without regard to case. Versions are compared as such: 10.0.9 comes
/// before 10.0.19045.
fn text_order(left: &str, right: &str) -> Ordering {
    let version = |text: &str| text.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>();
    match (version(left), version(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => left.to_lowercase().cmp(&right.to_lowercase()),
    }
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        #[expect(clippy::cast_precision_loss, reason = "exact below 2^53 devices")]
        Cell::Count(count) | Cell::Ranked(_, count) => Some(*count as f64),
        Cell::Share(share) => Some(*share),
        Cell::Named(_, value) => value.as_f64(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> ResultTable {
        let mut table = ResultTable::new([
            Column::shown("DEVICE"),
            Column::data("id"),
            Column::text("LAST SEEN", "last_seen"),
            Column::number("OPEN", "open"),
        ]);
        let rows = [("b", "2", None, 9), ("c", "10", Some("10.0.9"), 10), ("a", "1", Some("10.0.19045"), 10)];
        table.heading([Cell::text("all"), Cell::Nothing, Cell::Nothing, Cell::Count(29)]);
        for (name, id, seen, open) in rows {
            table.row([Cell::text(name), Cell::text(id), Cell::optional(seen), Cell::Count(open)]);
        }
        table
    }

    fn arranged(columns: &[&str], sort: Option<&str>, is_descending: bool, reader: Reader) -> Result<String, String> {
        let columns: Vec<_> = columns.iter().map(ToString::to_string).collect();
        let arrangement = Arrangement { columns: &columns, sort, is_descending };
        arrangement
            .check(&TableColumns::sorted(table().columns().iter().copied()), reader)
            .map_err(|error| error.to_string())?;
        let table = arrangement.apply(table(), reader);
        Ok(if reader == Reader::Person {
            table.all().markdown()
        } else {
            table.csv(crate::store::format::FormulaGuard::from_flag(false)).map_err(|error| error.to_string())?
        })
    }

    #[test]
    fn columns_are_found_by_key_and_by_title_in_the_order_of_their_names() {
        insta::assert_snapshot!(arranged(&["Open", "last seen", "id", "device"], None, false, Reader::Person).unwrap(), @"
        | OPEN | LAST SEEN  | id | DEVICE |
        |------|------------|----|--------|
        |    9 |            | 2  | b      |
        |   10 | 10.0.9     | 10 | c      |
        |   10 | 10.0.19045 | 1  | a      |
        ");
        insta::assert_snapshot!(arranged(&["open", "id"], None, false, Reader::Program).unwrap(), @"
        open,id
        9,2
        10,10
        10,1
        ");
    }

    #[test]
    fn rows_without_a_value_come_last_in_either_direction_and_equal_ones_stay() {
        let ids = |sort, is_descending| arranged(&["id"], Some(sort), is_descending, Reader::Program).unwrap();
        assert_eq!(ids("last_seen", false), "id\n10\n1\n2\n");
        assert_eq!(ids("last_seen", true), "id\n1\n10\n2\n");
        assert_eq!(ids("open", false), "id\n2\n10\n1\n");
        assert_eq!(ids("open", true), "id\n10\n1\n2\n");
        assert_eq!(ids("id", false), "id\n1\n2\n10\n");
        assert_eq!(ids("device", false), "id\n1\n2\n10\n");
    }

    #[test]
    fn an_unknown_column_names_the_nearest_or_all() {
        let error = |name: &str, reader| arranged(&[name], None, false, reader).unwrap_err();
        assert_eq!(error("opens", Reader::Person), "unknown column 'opens'; did you mean 'open'?");
        assert_eq!(error("x", Reader::Person), "unknown column 'x'; the columns are device, id, last_seen, open");
        assert_eq!(error("device", Reader::Program), "unknown column 'device'; the columns are id, last_seen, open");
    }
}
