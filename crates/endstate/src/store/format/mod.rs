//! The formats of rows: one streaming writer for each.

mod csv;
mod json;
mod ndjson;
mod row_writer;
mod table;

use std::path::Path;

use endstate_model::Entity;

use crate::cli::RowFormat;

pub(crate) use self::csv::{FormulaGuard, columns, unguarded};
pub(crate) use self::ndjson::{tenant_of, untagged};
pub(crate) use self::row_writer::RowWriter;

impl RowFormat {
    /// The chosen format, else the format of the file name's extension, else NDJSON.
    pub(crate) fn resolve(chosen: Option<Self>, path: &Path) -> Self {
        let by_extension = || match path.extension()?.to_str()? {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            "txt" => Some(Self::Table),
            _ => None,
        };
        chosen.or_else(by_extension).unwrap_or(Self::Ndjson)
    }

    /// Whether rows can be read back exactly, which a resume needs.
    pub(crate) fn can_resume(self) -> bool {
        matches!(self, Self::Ndjson | Self::Json)
    }

    /// A writer of this format. `is_begun` if rows come before its own; `has_tenant` if each row
    /// carries the name of its tenant.
    pub(crate) fn writer<E: Entity>(
        self,
        is_begun: bool,
        guard: FormulaGuard,
        has_tenant: bool,
    ) -> Box<dyn RowWriter<E>> {
        match self {
            Self::Ndjson => Box::new(ndjson::Ndjson),
            Self::Json => Box::new(json::JsonArray { is_begun }),
            Self::Csv => Box::new(csv::CsvTable::new(guard, has_tenant)),
            Self::Table => Box::new(table::Table { has_head: false, has_tenant }),
        }
    }
}
