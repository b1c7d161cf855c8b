//! The formats of rows: one streaming writer for each.

mod csv;
mod csv_record;
mod formula_guard;
mod json;
mod ndjson;
mod row_writer;
mod table;

use std::path::Path;

use endstate_model::Entity;

use super::compression::Compression;
use super::path::is_special;
use crate::cli::RowFormat;
use crate::exit::UsageError;

pub(crate) use self::csv::{UNKNOWN_LIST, columns, write_list};
pub(crate) use self::csv_record::CsvRecord;
pub(crate) use self::formula_guard::{FormulaGuard, unguarded};
pub(crate) use self::ndjson::{may_name_tenant, tenant_of, untagged};
pub(crate) use self::row_writer::RowWriter;

impl RowFormat {
    /// The chosen format, else the format of the file name's extension, else NDJSON if the name has
    /// none; and how the file is compressed. Case does not matter.
    pub(crate) fn resolve(chosen: Option<Self>, path: &Path) -> Result<(Self, Compression), UsageError> {
        let (compression, name) = Compression::from_name(path);
        if let Some(format) = chosen {
            return Ok((format, compression));
        }
        let Some(extension) = name.extension().filter(|_| !is_special(path)) else {
            return Ok((Self::Ndjson, compression));
        };
        let format = match extension.to_string_lossy().to_ascii_lowercase().as_str() {
            "ndjson" | "jsonl" => Self::Ndjson,
            "json" => Self::Json,
            "csv" => Self::Csv,
            "txt" => Self::Table,
            _ => {
                return Err(UsageError::new(format!(
                    "-o {}: no format has the ending .{}; use .ndjson, .jsonl, .json, .csv or .txt, each also with \
                     .gz or .zst, or set --format",
                    path.display(),
                    extension.display(),
                )));
            }
        };
        Ok((format, compression))
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
