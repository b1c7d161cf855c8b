//! How rows are written: one writer for each format, all of them streaming.

mod csv;
mod json;
mod ndjson;
mod table;

use std::io::{self, Write};
use std::path::Path;

use clap::ValueEnum;
use endstate_model::Entity;

use crate::args::RowFormat;
use crate::row::Row;

pub(crate) use self::csv::{Cells, columns, unguarded};
pub(crate) use self::ndjson::{tenant_of, untagged};

/// Writes rows in one format.
pub(crate) trait RowWriter<E> {
    /// One row.
    fn row(&mut self, row: &Row<'_, E>, out: &mut dyn Write) -> io::Result<()>;

    /// What stands behind the last row, also where the pull is incomplete.
    fn end(&mut self, _out: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }
}

impl RowFormat {
    /// The format that was asked for, else the one that the file's ending names, else NDJSON.
    pub(crate) fn choose(asked: Option<Self>, path: &Path) -> Self {
        let by_ending = || match path.extension()?.to_str()? {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "txt" => Some(Self::Table),
            _ => None,
        };
        asked.or_else(by_ending).unwrap_or(Self::Ndjson)
    }

    /// The name as it is written on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Whether rows can be read back as they came, which going on from a checkpoint needs.
    pub(crate) fn can_resume(self) -> bool {
        matches!(self, Self::Ndjson | Self::Json)
    }

    /// A writer of this format; `is_begun` where rows stand in front of its own, `has_tenant` where each says whose it is.
    pub(crate) fn writer<E: Entity>(self, is_begun: bool, cells: Cells, has_tenant: bool) -> Box<dyn RowWriter<E>> {
        match self {
            Self::Ndjson => Box::new(ndjson::Ndjson),
            Self::Json => Box::new(json::JsonArray { is_begun }),
            Self::Csv => Box::new(csv::CsvTable::new(cells, has_tenant)),
            Self::Table => Box::new(table::Table { has_head: false, has_tenant }),
        }
    }
}
