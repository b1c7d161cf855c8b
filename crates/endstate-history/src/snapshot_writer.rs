//! Writes the states of one pull.

use endstate_model::{MachineSecurityState, ParsedState, UtcTime};

use crate::data_file::{DataFileWriter, Partition};
use crate::pull_record::COMPLETE;
use crate::state_columns::{COLUMNS, PULL_ID, STARTED_AT, StateRows};
use crate::tables::{Tables, transaction};
use crate::{Added, HistoryError, PullId, PullRecord, TenantName};

/// Writes the states of one pull, in the memory of 32,768 of them. Until [`finish`](Self::finish),
/// the table is as it was, also if the program ends.
#[derive(Debug)]
pub struct SnapshotWriter {
    tables: Tables,
    file: DataFileWriter,
    rows: StateRows,
    /// The pull that was begun.
    pull: (PullId, UtcTime),
    tenant: Option<TenantName>,
}

/// Ids hardly repeat.
const PLAIN: &[&str] = &["id"];

impl SnapshotWriter {
    pub(crate) fn begin(tables: Tables, record: &PullRecord) -> Result<Self, HistoryError> {
        let tenant = record.tenant.as_ref().map(|tenant| tenant.as_str().to_owned());
        let partition = Partition { tenant, pulled_on: record.started_on() };
        let file = DataFileWriter::begin(&tables.states.folder, COLUMNS, PLAIN, partition, record.id.as_str())?;
        let rows = StateRows::new(record.id.clone(), record.started_at);
        let pull = (record.id.clone(), record.started_at);
        Ok(Self { tables, file, rows, pull, tenant: record.tenant.clone() })
    }

    /// Adds the state of a device. `other` is what its item has beside the members that this
    /// version knows, as a JSON object.
    ///
    /// # Errors
    ///
    /// If the store cannot be written. Then the pull must be added again from its beginning.
    pub fn add(&mut self, state: &MachineSecurityState, other: Option<&str>) -> Result<(), HistoryError> {
        self.add_parsed(&state.into(), other)
    }

    /// The same as [`add`](Self::add), for a state that borrows from its item.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn add_parsed(&mut self, state: &ParsedState<'_>, other: Option<&str>) -> Result<(), HistoryError> {
        self.rows.add(&mut self.file.rows, state, other);
        self.file.flush_group()
    }

    /// Ends the pull: all its states are in the table from now on, and `record` is in the table of
    /// pulls. If the table has the pull already, it stays as it is.
    ///
    /// # Errors
    ///
    /// If `record` is of another pull, or not complete. If the store cannot be written, or another
    /// program has made the table one that this version does not write: then it is as it was, or
    /// has all states of the pull, and adding it again is safe.
    pub fn finish(self, record: &PullRecord) -> Result<Added, HistoryError> {
        let is_begun = (&record.id, record.started_at, &record.tenant) == (&self.pull.0, self.pull.1, &self.tenant);
        if !is_begun {
            return Err(HistoryError::OtherPull);
        }
        if record.outcome != COMPLETE {
            return Err(HistoryError::NotComplete);
        }
        let about = vec![
            (PULL_ID, record.id.to_string()),
            (STARTED_AT, record.started_at.to_string()),
            ("endstate.receipt", record.receipt.clone()),
            ("endstate.receipt_digest", record.receipt_digest()),
        ];
        let written = self.file.finish(about)?;
        let is_new = self.tables.states.add(&transaction(&record.id), &written.file)?;
        if !is_new {
            self.tables.states.folder.delete(&written.file.path);
        }
        self.tables.add_record(record, is_new.then_some(&written))?;
        Ok(if is_new { Added::New } else { Added::AlreadyThere })
    }
}
