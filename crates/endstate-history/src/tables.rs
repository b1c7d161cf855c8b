//! The two tables of a history.

use crate::data_file::{DataFileWriter, Partition, WrittenFile};
use crate::delta_table::DeltaTable;
use crate::folder::Folder;
use crate::pull_record::COMPLETE;
use crate::{Added, HistoryError, PullId, PullRecord, pull_columns, state_columns};

/// The two tables of a history.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    pub(crate) states: DeltaTable,
    pub(crate) pulls: DeltaTable,
}

impl Tables {
    pub(crate) fn in_folder(folder: &Folder) -> Self {
        Self {
            states: DeltaTable::new(folder.join("machinesecuritystates"), state_columns::COLUMNS),
            pulls: DeltaTable::new(folder.join("pulls"), pull_columns::COLUMNS),
        }
    }

    /// Adds a row to the table of pulls, unless it has the pull.
    /// `states` is the file that has its states, if one does.
    pub(crate) fn add_record(&self, record: &PullRecord, states: Option<&WrittenFile>) -> Result<Added, HistoryError> {
        // A pull that is continued may be complete later, and is then a row of its own.
        let is_complete = record.outcome == COMPLETE;
        let transaction = transaction(&record.id) + if is_complete { "" } else { "/incomplete" };
        if self.pulls.has(&self.pulls.snapshot()?, &transaction)? {
            return Ok(Added::AlreadyThere);
        }
        let tenant = record.tenant.as_ref().map(|tenant| tenant.as_str().to_owned());
        let partition = Partition { tenant, pulled_on: record.started_on() };
        let folder = &self.pulls.folder;
        let mut file = DataFileWriter::begin(folder, pull_columns::COLUMNS, &[], partition, record.id.as_str())?;
        pull_columns::add(&mut file.rows, record, states);
        let file = file.finish(Vec::new())?.file;
        let is_new = self.pulls.add(&transaction, &file)?;
        if !is_new {
            self.pulls.folder.delete(&file.path);
        }
        Ok(if is_new { Added::New } else { Added::AlreadyThere })
    }
}

/// The name of the transaction that adds a pull.
pub(crate) fn transaction(pull: &PullId) -> String {
    format!("endstate/{pull}")
}
