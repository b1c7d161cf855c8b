//! A Delta table: reader version 1 and writer version 2, which every engine reads.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use backon::BackoffBuilder as _;
use delta_kernel::arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, Int64Array, StructArray};
use delta_kernel::arrow::datatypes::{DataType as ArrowType, Field};
use delta_kernel::committer::FileSystemCommitter;
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::expressions::Scalar;
use delta_kernel::scan::state::ScanFile;
use delta_kernel::schema::DataType;
use delta_kernel::snapshot::SnapshotRef;
use delta_kernel::transaction::{CommitResult, Transaction, UpdateTableOperation};
use delta_kernel::{FileMeta, FilteredEngineData, KernelError, Snapshot};
use delta_kernel_default_engine::build_add_file_metadata;
use delta_kernel_default_engine::parquet::DataFileMetadata;
use serde_json::json;

use crate::HistoryError;
use crate::columns::{Column, PULLED_ON, TENANT, delta_schema};
use crate::data_file::{DataFile, Partition};
use crate::folder::Folder;

/// Each is a try to be the first. Eight writers that wait at random need about three.
const ATTEMPTS: usize = 100;

/// Failures in a row after which a commit has failed.
const FAILURES: usize = 5;

/// A version with this many commits since the last checkpoint gets one: some readers take a
/// checkpoint after ten commits for granted.
const COMMITS_A_CHECKPOINT: u64 = 10;

/// A table in a folder.
#[derive(Debug, Clone)]
pub(crate) struct DeltaTable {
    pub(crate) folder: Folder,
    columns: &'static [Column],
}

impl DeltaTable {
    pub(crate) fn new(folder: Folder, columns: &'static [Column]) -> Self {
        Self { folder, columns }
    }

    /// Whether there is a table.
    pub(crate) fn exists(&self) -> Result<bool, HistoryError> {
        self.folder.has_files("_delta_log/")
    }

    /// Creates the table, unless there is one.
    ///
    /// The first version is written here, because that of `delta_kernel` is at reader version 3 and
    /// writer version 7, even without any feature, and some engines cannot read that.
    pub(crate) fn create_unless_there(&self) -> Result<(), HistoryError> {
        if self.exists()? {
            return Ok(());
        }
        let now = jiff::Timestamp::now().as_millisecond();
        let engine = concat!("endstate ", env!("CARGO_PKG_VERSION"));
        let actions = [
            json!({"commitInfo": {"timestamp": now, "operation": "CREATE TABLE", "operationParameters": {}, "engineInfo": engine}}),
            json!({"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}}),
            json!({"metaData": {
                "id": uuid::Uuid::new_v4().to_string(),
                "format": {"provider": "parquet", "options": {}},
                "schemaString": delta_schema(self.columns),
                "partitionColumns": [TENANT, PULLED_ON],
                "configuration": {},
                "createdTime": now,
            }}),
        ];
        let log: String = actions.iter().flat_map(|action| [action.to_string(), "\n".to_owned()]).collect();
        // Another writer may have been first, which is as good.
        self.folder.create("_delta_log/00000000000000000000.json", log).map(|_| ())
    }

    /// The newest version.
    pub(crate) fn snapshot(&self) -> Result<SnapshotRef, HistoryError> {
        let name = self.folder.name();
        if !self.exists()? {
            return Err(HistoryError::NotATable { folder: name });
        }
        let snapshot = Snapshot::builder_for(self.folder.url().as_str())
            .build(self.folder.engine())
            .map_err(|error| HistoryError::store(format!("read the table {name}"), error))?;

        let protocol = snapshot.table_configuration().protocol();
        let (reader, writer) = (protocol.min_reader_version(), protocol.min_writer_version());
        if reader > 1 || writer > 2 {
            let features = protocol
                .writer_features()
                .into_iter()
                .flatten()
                .chain(protocol.reader_features().into_iter().flatten());
            let names: BTreeSet<_> = features.map(ToString::to_string).collect();
            let features = names.iter().flat_map(|name| [", ", name]).collect();
            return Err(HistoryError::Protocol { folder: name, reader, writer, features });
        }
        let schema = snapshot.schema();
        let missing = self.columns.iter().find(|column| schema.field(column.name).is_none());
        match missing {
            Some(column) => Err(HistoryError::OtherTable { folder: name, column: column.name }),
            None => Ok(snapshot),
        }
    }

    /// The files of the newest version, by partition and then by path.
    pub(crate) fn files(&self) -> Result<Vec<DataFile>, HistoryError> {
        self.files_of(&self.snapshot()?)
    }

    fn files_of(&self, snapshot: &SnapshotRef) -> Result<Vec<DataFile>, HistoryError> {
        let failed = |error| HistoryError::store(format!("read the table {}", self.folder.name()), error);
        let engine = self.folder.engine();
        let mut files = Vec::new();
        let scan = Arc::clone(snapshot).scan_builder().build().map_err(failed)?;
        for part in scan.scan_metadata(engine).map_err(failed)? {
            files = part.and_then(|part| part.visit_scan_files(files, add_file)).map_err(failed)?;
        }
        files.sort_unstable_by(|one, other| (&one.partition, &one.path).cmp(&(&other.partition, &other.path)));
        Ok(files)
    }

    /// Whether a version names a file.
    fn names(&self, snapshot: &SnapshotRef, file: &DataFile) -> Result<bool, HistoryError> {
        Ok(self.files_of(snapshot)?.iter().any(|named| named.path == file.path))
    }

    /// Whether the table has a transaction of this name.
    pub(crate) fn has(&self, snapshot: &SnapshotRef, transaction: &str) -> Result<bool, HistoryError> {
        let found = snapshot.get_app_id_version(transaction, self.folder.engine());
        let failed = |error| HistoryError::store(format!("read the table {}", self.folder.name()), error);
        found.map(|version| version.is_some()).map_err(failed)
    }

    /// The settings of the table.
    pub(crate) fn settings(&self) -> Result<HashMap<String, String>, HistoryError> {
        Ok(self.snapshot()?.table_configuration().metadata().configuration().clone())
    }

    /// Adds a file in a transaction that has a name. If the table has one of this name, which may
    /// be this one with a lost answer, nothing is added. Returns whether the file was added.
    pub(crate) fn add(&self, transaction: &str, file: &DataFile) -> Result<bool, HistoryError> {
        let mut may_have_landed = false;
        let result = self.retry(|| {
            let snapshot = self.snapshot()?;
            if self.has(&snapshot, transaction)? {
                // Its answer was lost, or another writer has added the same pull.
                return self.names(&snapshot, file).map(Some);
            }
            let update = self.prepare(snapshot, transaction, file).map_err(|error| self.not_written(error))?;
            self.commit(update, &mut may_have_landed)
        });
        if result.is_err() && !may_have_landed {
            // No version names it.
            self.folder.delete(&file.path);
        }
        result
    }

    /// Removes files in one version. Those that the table does not have are left out, so a lost
    /// answer does no harm. The files themselves stay.
    pub(crate) fn remove(&self, paths: &HashSet<String>) -> Result<(), HistoryError> {
        let mut may_have_landed = false;
        let result = self.retry(|| {
            let snapshot = self.snapshot()?;
            let update = self.prepare_removal(snapshot, paths).map_err(|error| self.not_written(error))?;
            update.map_or(Ok(Some(true)), |update| self.commit(update, &mut may_have_landed))
        });
        result.map(|_| ())
    }

    fn not_written(&self, error: KernelError) -> HistoryError {
        HistoryError::store(format!("write the table {}", self.folder.name()), error)
    }

    /// Tries to be the first to write the next version until it is written. Each attempt begins
    /// again at the newest version, so one whose answer was lost finds what it has done.
    fn retry<T>(&self, mut attempt: impl FnMut() -> Result<Option<T>, HistoryError>) -> Result<T, HistoryError> {
        let waits = backon::ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(5))
            .with_max_delay(Duration::from_millis(500))
            .with_jitter()
            .with_max_times(ATTEMPTS)
            .build();
        let mut failures = 0;
        let mut attempts = waits.map(|wait| {
            let attempt = attempt();
            failures = if attempt.is_ok() { 0 } else { failures + 1 };
            match attempt {
                Ok(Some(done)) => return Some(Ok(done)),
                // The store has tried again before it fails, so this is for what it gives up on.
                Err(error) if failures == FAILURES || is_final(&error) => return Some(Err(error)),
                Ok(None) | Err(_) => std::thread::sleep(wait),
            }
            None
        });
        let ended = attempts.find_map(|ended| ended);
        let contended = || Err(HistoryError::Contended { folder: self.folder.name(), attempts: ATTEMPTS });
        ended.unwrap_or_else(contended)
    }

    /// Writes the next version. `None` if another writer was first. Notes whether it may be in the
    /// table although the answer was lost.
    fn commit(&self, update: Transaction, may_have_landed: &mut bool) -> Result<Option<bool>, HistoryError> {
        match update.commit(self.folder.engine()) {
            Ok(CommitResult::Committed(committed)) => {
                self.checkpoint(committed.commit_version());
                Ok(Some(true))
            }
            Ok(CommitResult::Conflicted(_)) => Ok(None),
            Ok(CommitResult::Retryable(retryable)) => {
                *may_have_landed = true;
                Err(self.not_written(retryable.error))
            }
            Err(error) => {
                *may_have_landed = true;
                Err(self.not_written(error))
            }
        }
    }

    /// The next version, which adds the file.
    fn prepare(&self, snapshot: SnapshotRef, transaction: &str, file: &DataFile) -> Result<Transaction, KernelError> {
        let engine = self.folder.engine();
        let mut update = snapshot
            .update_table(UpdateTableOperation::Write, concat!("endstate ", env!("CARGO_PKG_VERSION")), true)
            .with_blind_append()
            .with_transaction_id(transaction, 1)
            .build(engine, Box::new(FileSystemCommitter::new()))?;

        let tenant = file.partition.tenant.clone();
        let days = file
            .partition
            .pulled_on
            .since(jiff::civil::Date::constant(1970, 1, 1))
            .map_err(KernelError::generic_err)?;
        let partition = HashMap::from([
            (TENANT.to_owned(), tenant.map_or(Scalar::Null(DataType::STRING), Scalar::String)),
            (PULLED_ON.to_owned(), Scalar::Date(days.get_days())),
        ]);
        let context = update.write_state()?.write_context_builder().with_partition_values(partition).build()?;
        let location = self.folder.url().join(&file.path).map_err(KernelError::generic_err)?;
        let modified = jiff::Timestamp::now().as_millisecond();
        let statistics = statistics(file.rows.unwrap_or_default());
        let about = DataFileMetadata::new(FileMeta::new(location, modified, file.bytes), statistics);
        update.add_files(build_add_file_metadata(about, &context)?);
        Ok(update)
    }

    /// The next version, which does not have the files. `None` if the table has none of them.
    fn prepare_removal(
        &self,
        snapshot: SnapshotRef,
        paths: &HashSet<String>,
    ) -> Result<Option<Transaction>, KernelError> {
        let engine = self.folder.engine();
        let mut removed = Vec::new();
        let scan = Arc::clone(&snapshot).scan_builder().build()?;
        for part in scan.scan_metadata(engine)? {
            let (rows, mut selected) = part?.scan_files.into_parts();
            let rows = ArrowEngineData::try_from_engine_data(rows)?;
            let names = rows.record_batch().column_by_name("path").and_then(|names| names.as_string_opt::<i32>());
            let names = names.ok_or_else(|| KernelError::missing_column("path"))?;
            selected.resize(names.len(), true);
            let selected: Vec<_> = selected
                .iter()
                .zip(names)
                .map(|(is_there, name)| *is_there && name.is_some_and(|name| paths.contains(name)))
                .collect();
            if selected.contains(&true) {
                removed.push(FilteredEngineData::try_new(rows, selected)?);
            }
        }

        if removed.is_empty() {
            return Ok(None);
        }
        let mut update = snapshot
            .update_table(UpdateTableOperation::Write, concat!("endstate ", env!("CARGO_PKG_VERSION")), true)
            .build(engine, Box::new(FileSystemCommitter::new()))?;
        for files in removed {
            update.remove_files(files);
        }
        Ok(Some(update))
    }

    /// Writes a checkpoint if one is due. The table is whole without it.
    fn checkpoint(&self, version: u64) {
        if !version.is_multiple_of(COMMITS_A_CHECKPOINT) {
            return;
        }
        let engine = self.folder.engine();
        if let Ok(snapshot) = Snapshot::builder_for(self.folder.url().as_str()).at_version(version).build(engine) {
            _ = snapshot.checkpoint(engine, None);
        }
    }
}

/// Whether another attempt fails as well.
fn is_final(error: &HistoryError) -> bool {
    !matches!(error, HistoryError::Store { .. })
}

/// What the log says of a file: the number of its rows.
fn statistics(rows: u64) -> StructArray {
    let rows: ArrayRef = Arc::new(Int64Array::from(vec![i64::try_from(rows).unwrap_or(i64::MAX)]));
    let is_exact: ArrayRef = Arc::new(BooleanArray::from(vec![true]));
    StructArray::from(vec![
        (Arc::new(Field::new("numRecords", ArrowType::Int64, true)), rows),
        (Arc::new(Field::new("tightBounds", ArrowType::Boolean, true)), is_exact),
    ])
}

fn add_file(files: &mut Vec<DataFile>, file: ScanFile) {
    let value = |name: &str| file.partition_values.get(name).filter(|value| !value.is_empty());
    let pulled_on = value(PULLED_ON).and_then(|date| date.parse().ok()).unwrap_or_default();
    files.push(DataFile {
        bytes: u64::try_from(file.size).unwrap_or_default(),
        rows: file.stats.as_ref().map(|stats| stats.num_records),
        partition: Partition { tenant: value(TENANT).cloned(), pulled_on },
        path: file.path,
    });
}
