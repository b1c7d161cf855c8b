//! `--columns` and `--sort` of a command whose result is a table.

use clap::ValueEnum;

use crate::cli::{ColumnArgs, value_name};
use crate::exit::UsageError;
use crate::report::arrangement::{Arrangement, Reader, TableColumns};
use crate::terminal::output;

/// What the command line says, checked before anything is read. `None` if it wanted the names of
/// the columns, which are then on stdout. `columns` returns those that can be named.
pub(super) fn arrangement<'a>(
    args: &'a ColumnArgs,
    format: &impl ValueEnum,
    columns: impl FnOnce(Reader) -> TableColumns,
) -> anyhow::Result<Option<Arrangement<'a>>> {
    let arrangement = Arrangement { columns: &args.columns, sort: args.sort.as_deref(), is_descending: args.reverse };
    Ok(is_checked(&arrangement, format, columns)?.then_some(arrangement))
}

/// Checks the names of columns. `false` if their names were wanted, and nothing else.
pub(super) fn is_checked(
    arrangement: &Arrangement<'_>,
    format: &impl ValueEnum,
    columns: impl FnOnce(Reader) -> TableColumns,
) -> anyhow::Result<bool> {
    if arrangement.is_usual() {
        return Ok(true);
    }

    let format = value_name(format);
    let reader = match &*format {
        "table" | "markdown" => Reader::Person,
        "csv" => Reader::Program,
        _ => {
            let option = if arrangement.columns.is_empty() { "--sort" } else { "--columns" };
            let message =
                format!("{option} is for the formats table, csv and markdown; {format} always has everything");
            return Err(UsageError::new(message).into());
        }
    };

    match arrangement.check(&columns(reader), reader)? {
        Some(names) => {
            output::data(&names)?;
            Ok(false)
        }
        None => Ok(true),
    }
}
