//! Reads the table of pulls.

use delta_kernel::arrow::array::{Array as _, Int64Array, RecordBatch};

use crate::data_file::DataFile;
use crate::data_reader::{Columns, moment, other_type, read, text};
use crate::folder::Folder;
use crate::pull_columns::COLUMNS;
use crate::store_file::StoreFile;
use crate::{HistoryError, PullId, PullRecord, TenantName};

/// A row of the table of pulls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredRecord {
    pub(crate) record: PullRecord,
    /// The file of states, and its SHA-256; `None` for an incomplete pull.
    pub(crate) states: Option<(String, String)>,
}

/// The rows of a file.
pub(crate) fn records(folder: &Folder, file: &DataFile) -> Result<Vec<StoredRecord>, HistoryError> {
    let path = &file.path;
    let tenant = file.partition.tenant.as_deref().map(str::parse::<TenantName>).transpose()?;
    let names: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
    let mut records = Vec::new();
    for batch in read(StoreFile::open(folder, path)?, path, &names, &[])? {
        let batch = batch?;
        records.extend(of_batch(&batch, tenant.as_ref()).ok_or_else(|| other_type(path))?);
    }
    Ok(records)
}

fn of_batch(batch: &RecordBatch, tenant: Option<&TenantName>) -> Option<Vec<StoredRecord>> {
    let columns = Columns::new(batch, COLUMNS);
    let [ids, sources, services, profiles, outcomes] =
        ["pull_id", "source", "service", "profile", "outcome"].map(|name| columns.texts(name));
    let (ids, sources, services, profiles, outcomes) = (ids?, sources?, services?, profiles?, outcomes?);
    let [reasons, receipts, files, digests] =
        ["reason", "receipt", "states_file", "states_digest"].map(|name| columns.texts(name));
    let (reasons, receipts, files, digests) = (reasons?, receipts?, files?, digests?);
    let (started_at, finished_at) = (columns.moments("started_at")?, columns.moments("finished_at")?);
    let (devices, rows, not_assessed) =
        (columns.longs("devices")?, columns.longs("rows")?, columns.longs("not_assessed")?);

    let record = |row: usize| -> Option<StoredRecord> {
        let owned = |column, row| text(column, row).map(ToOwned::to_owned);
        let mut record = PullRecord::new(PullId::from_table(ids.value(row)), moment(&started_at, row)?);
        record.tenant = tenant.cloned();
        record.finished_at = moment(&finished_at, row);
        record.source = owned(&sources, row).unwrap_or_default();
        record.service = owned(&services, row).unwrap_or_default();
        record.profile = owned(&profiles, row);
        record.outcome = owned(&outcomes, row).unwrap_or_default();
        record.reason = owned(&reasons, row);
        record.devices = long(&devices, row).unwrap_or_default();
        record.rows = long(&rows, row).unwrap_or_default();
        record.not_assessed = long(&not_assessed, row);
        record.receipt = owned(&receipts, row).unwrap_or_default();
        Some(StoredRecord { record, states: owned(&files, row).zip(owned(&digests, row)) })
    };
    (0..batch.num_rows()).map(record).collect()
}

fn long(column: &Int64Array, row: usize) -> Option<u64> {
    column.is_valid(row).then(|| column.value(row)).and_then(|value| u64::try_from(value).ok())
}
