//! Reads the table of states.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use delta_kernel::arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use delta_kernel::arrow::compute::cast;
use delta_kernel::arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use delta_kernel::parquet::arrow::ProjectionMask;
use delta_kernel::parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use delta_kernel::parquet::file::metadata::RowGroupMetaData;
use endstate_analysis::{HistoryBuilder, HistoryRow};
use endstate_model::{AttentionProperties, DeviceId, UtcTime};

use crate::columns::arrow_schema;
use crate::data_file::DataFile;
use crate::folder::Folder;
use crate::property_lists::PropertyLists;
use crate::state_columns::{COLUMNS, PULL_ID, STARTED_AT};
use crate::{HistoryError, PullId, Snapshot, TenantName};

/// Rows that are read at once.
const BATCH_ROWS: usize = 8_192;

/// The pulls that a file has. One that this crate wrote says it in its footer. Another engine may
/// have merged several into one, and taken the footer of the first.
pub(crate) fn snapshots(folder: &Folder, file: &DataFile) -> Result<Vec<Snapshot>, HistoryError> {
    let path = &file.path;
    let builder = open(folder.read(path)?, path)?;
    let tenant = file.partition.tenant.as_deref().map(str::parse::<TenantName>).transpose()?;
    let snapshot = |pull: &str, started_at: UtcTime, devices: u64| Snapshot {
        pull: PullId::from_table(pull),
        tenant: tenant.clone(),
        started_at,
        devices,
        paths: vec![path.clone()],
    };
    let about = builder.metadata().file_metadata();
    let text = |key: &str| {
        let pair = about.key_value_metadata()?.iter().find(|pair| pair.key == key)?;
        pair.value.as_deref()
    };
    if let (Some(pull), Some(Ok(started_at))) = (text(PULL_ID), text(STARTED_AT).map(str::parse))
        && builder.metadata().row_groups().iter().all(|group| has_only(group, pull))
    {
        let devices = u64::try_from(about.num_rows()).unwrap_or_default();
        return Ok(vec![snapshot(pull, started_at, devices)]);
    }

    let mut pulls: BTreeMap<(i64, String), u64> = BTreeMap::new();
    for batch in batches(builder, path, &["pulled_at", "pull_id"])? {
        let batch = batch.map_err(|error| HistoryError::damaged(path, error))?;
        count_pulls(&mut pulls, &batch).ok_or_else(|| other_type(path))?;
    }
    let started_at = |moment: i64| UtcTime::from_second(moment.div_euclid(1_000_000));
    Ok(pulls.into_iter().map(|((moment, id), devices)| snapshot(&id, started_at(moment), devices)).collect())
}

/// Whether the statistics of a group show that all its rows are of a pull.
fn has_only(group: &RowGroupMetaData, pull: &str) -> bool {
    let column = group.columns().iter().find(|column| column.column_path().string() == "pull_id");
    let Some(statistics) = column.and_then(|column| column.statistics()) else { return false };
    let bounds = [statistics.min_bytes_opt(), statistics.max_bytes_opt()];
    bounds == [Some(pull.as_bytes()); 2] && statistics.null_count_opt() == Some(0)
}

fn count_pulls(pulls: &mut BTreeMap<(i64, String), u64>, batch: &RecordBatch) -> Option<()> {
    let [moments, ids] = ["pulled_at", "pull_id"].map(|name| column(batch, name));
    let (moments, ids) = (moments?, ids?);
    let moments = moments.as_primitive_opt::<TimestampMicrosecondType>()?;
    let ids = ids.as_string_opt::<i32>()?;
    // Rows of a pull follow each other, so there is little to look up.
    let mut row = 0;
    while row < batch.num_rows() {
        let (moment, id) = (moments.value(row), ids.value(row));
        let is_same = |row: &usize| ids.value(*row) == id && moments.value(*row) == moment;
        let same = (row..batch.num_rows()).take_while(is_same).count();
        *pulls.entry((moment, id.to_owned())).or_default() += same as u64;
        row += same;
    }
    Some(())
}

fn other_type(path: &str) -> HistoryError {
    HistoryError::damaged(path, "a column is missing, or has another type")
}

/// Adds the states of a pull.
pub(crate) fn add(builder: &mut HistoryBuilder, folder: &Folder, snapshot: &Snapshot) -> Result<(), HistoryError> {
    let columns = ["id", "build", "properties_require_attention", "is_known", "not_known", "machine_group", "pull_id"];
    for path in &snapshot.paths {
        for batch in read(folder.read(path)?, path, &columns)? {
            let batch = batch.map_err(|error| HistoryError::damaged(path, error))?;
            add_batch(builder, &batch, snapshot).ok_or_else(|| other_type(path))?;
        }
    }
    Ok(())
}

/// The names of some devices in a pull.
pub(crate) fn device_names(
    folder: &Folder,
    snapshot: &Snapshot,
    devices: &HashSet<&DeviceId>,
) -> Result<HashMap<DeviceId, Box<str>>, HistoryError> {
    let mut names = HashMap::new();
    for path in &snapshot.paths {
        for batch in read(folder.read(path)?, path, &["id", "device_name", "pull_id"])? {
            let batch = batch.map_err(|error| HistoryError::damaged(path, error))?;
            add_names(&mut names, &batch, snapshot, devices).ok_or_else(|| other_type(path))?;
        }
    }
    Ok(names)
}

fn add_names(
    names: &mut HashMap<DeviceId, Box<str>>,
    batch: &RecordBatch,
    snapshot: &Snapshot,
    devices: &HashSet<&DeviceId>,
) -> Option<()> {
    let [ids, of_devices, pulls] = ["id", "device_name", "pull_id"].map(|name| column(batch, name));
    let (ids, of_devices, pulls) = (ids?, of_devices?, pulls?);
    let [ids, of_devices, pulls] = [&ids, &of_devices, &pulls].map(|column| column.as_string_opt::<i32>());
    let (ids, of_devices, pulls) = (ids?, of_devices?, pulls?);
    for row in (0..batch.num_rows()).filter(|row| of_devices.is_valid(*row)) {
        let id = DeviceId::for_join(ids.value(row));
        if pulls.value(row) == snapshot.pull.as_str() && devices.contains(&id) {
            names.insert(id, of_devices.value(row).into());
        }
    }
    Some(())
}

fn add_batch(builder: &mut HistoryBuilder, batch: &RecordBatch, snapshot: &Snapshot) -> Option<()> {
    let [ids, pulls, groups] = ["id", "pull_id", "machine_group"].map(|name| column(batch, name));
    let (ids, pulls, groups) = (ids?, pulls?, groups?);
    let [ids, pulls, groups] = [&ids, &pulls, &groups].map(|column| column.as_string_opt::<i32>());
    let (ids, pulls, groups) = (ids?, pulls?, groups?);
    let (builds, is_known) = (column(batch, "build")?, column(batch, "is_known")?);
    let (builds, is_known) = (builds.as_primitive_opt::<Int32Type>()?, is_known.as_boolean_opt()?);
    let [required, not_known] = ["properties_require_attention", "not_known"].map(|name| column(batch, name));
    let (required, not_known) = (required?, not_known?);
    let (required, not_known) = (required.as_list_opt::<i32>()?, not_known.as_list_opt::<i32>()?);

    let (mut required, mut not_known) = (PropertyLists::new(required)?, PropertyLists::new(not_known)?);
    let nothing_known = AttentionProperties::not_known();

    for row in 0..batch.num_rows() {
        if pulls.value(row) != snapshot.pull.as_str() {
            continue;
        }
        // Of a list that is known in part, `not_known` has all others.
        let properties = required.get(row).unwrap_or(&nothing_known);
        let is_known = is_known.is_valid(row) && is_known.value(row);
        let id = DeviceId::from(ids.value(row));
        builder.add(&HistoryRow {
            id: &id,
            properties,
            not_known: not_known.get(row),
            is_known,
            build: builds.is_valid(row).then(|| builds.value(row)).and_then(|build| u32::try_from(build).ok()),
            group: groups.is_valid(row).then(|| groups.value(row)),
        });
    }
    Some(())
}

/// A column with the type of the table. Another engine may have written another one.
fn column(batch: &RecordBatch, name: &str) -> Option<ArrayRef> {
    let schema = arrow_schema(COLUMNS);
    let (column, kind) = (batch.column_by_name(name)?, schema.field_with_name(name).ok()?.data_type());
    if column.data_type() == kind { Some(Arc::clone(column)) } else { cast(column, kind).ok() }
}

/// Reads some columns of a file.
fn read(file: Bytes, path: &str, columns: &[&str]) -> Result<ParquetRecordBatchReader, HistoryError> {
    batches(open(file, path)?, path, columns)
}

fn open(file: Bytes, path: &str) -> Result<ParquetRecordBatchReaderBuilder<Bytes>, HistoryError> {
    // The types that another engine notes are its own.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let opened = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options);
    opened.map_err(|error| HistoryError::damaged(path, error))
}

fn batches(
    builder: ParquetRecordBatchReaderBuilder<Bytes>,
    path: &str,
    columns: &[&str],
) -> Result<ParquetRecordBatchReader, HistoryError> {
    let schema = builder.parquet_schema();
    let roots = schema.root_schema().get_fields().iter().enumerate();
    let roots = roots.filter(|(_, field)| columns.contains(&field.name())).map(|(place, _)| place);
    let mask = ProjectionMask::roots(schema, roots.collect::<Vec<_>>());
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
    reader.map_err(|error| HistoryError::damaged(path, error))
}
