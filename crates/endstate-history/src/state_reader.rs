//! Reads the table of states.

use std::collections::BTreeMap;

use bytes::Bytes;
use delta_kernel::arrow::array::{Array, AsArray as _, RecordBatch};
use delta_kernel::arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use delta_kernel::parquet::arrow::ProjectionMask;
use delta_kernel::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use endstate_analysis::{HistoryBuilder, HistoryRow};
use endstate_model::{AttentionProperties, AttentionProperty, DeviceId, UtcTime};

use crate::data_file::DataFile;
use crate::folder::Folder;
use crate::{HistoryError, PullId, Snapshot, TenantName};

/// Rows that are read at once.
const BATCH_ROWS: usize = 8_192;

/// The pulls that a file has. Another engine may have merged several into one.
pub(crate) fn snapshots(folder: &Folder, file: &DataFile) -> Result<Vec<Snapshot>, HistoryError> {
    let damaged = |error: &str| HistoryError::damaged(&file.path, error.to_owned());
    let mut pulls: BTreeMap<(i64, String), u64> = BTreeMap::new();
    for batch in read(folder.read(&file.path)?, &file.path, &["pulled_at", "pull_id"])? {
        let batch = batch.map_err(|error| HistoryError::damaged(&file.path, error))?;
        let (Some(moments), Some(ids)) = (column(&batch, "pulled_at"), column(&batch, "pull_id")) else {
            return Err(damaged("it has no column pulled_at, or none pull_id"));
        };
        let moments =
            moments.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| damaged("pulled_at is no moment"))?;
        let ids = ids.as_string_opt::<i32>().ok_or_else(|| damaged("pull_id is no text"))?;
        // Rows of a pull follow each other, so there is little to look up.
        let mut row = 0;
        while row < batch.num_rows() {
            let (moment, id) = (moments.value(row), ids.value(row));
            let same = (row..batch.num_rows())
                .take_while(|row| ids.value(*row) == id && moments.value(*row) == moment)
                .count();
            *pulls.entry((moment, id.to_owned())).or_default() += same as u64;
            row += same;
        }
    }

    let tenant = file.partition.tenant.as_deref().map(str::parse::<TenantName>).transpose()?;
    let snapshot = |((moment, id), devices): ((i64, String), u64)| Snapshot {
        pull: PullId::from_table(&id),
        tenant: tenant.clone(),
        started_at: UtcTime::from_second(moment.div_euclid(1_000_000)),
        devices,
        path: file.path.clone(),
    };
    Ok(pulls.into_iter().map(snapshot).collect())
}

/// Adds the states of a pull.
pub(crate) fn add(builder: &mut HistoryBuilder, folder: &Folder, snapshot: &Snapshot) -> Result<(), HistoryError> {
    let path = &snapshot.path;
    let columns = ["id", "build", "properties_require_attention", "is_known", "not_known", "machine_group", "pull_id"];
    for batch in read(folder.read(path)?, path, &columns)? {
        let batch = batch.map_err(|error| HistoryError::damaged(path, error))?;
        add_batch(builder, &batch, snapshot).ok_or_else(|| HistoryError::damaged(path, "a column has another type"))?;
    }
    Ok(())
}

fn add_batch(builder: &mut HistoryBuilder, batch: &RecordBatch, snapshot: &Snapshot) -> Option<()> {
    let ids = column(batch, "id")?.as_string_opt::<i32>()?;
    let pulls = column(batch, "pull_id")?.as_string_opt::<i32>()?;
    let builds = column(batch, "build")?.as_primitive_opt::<Int32Type>()?;
    let is_known = column(batch, "is_known")?.as_boolean_opt()?;
    let groups = column(batch, "machine_group")?.as_string_opt::<i32>()?;
    let [required, not_known] = ["properties_require_attention", "not_known"].map(|name| column(batch, name));
    let (required, not_known) = (required?.as_list_opt::<i32>()?, not_known?.as_list_opt::<i32>()?);

    for row in 0..batch.num_rows() {
        if pulls.value(row) != snapshot.pull.as_str() {
            continue;
        }
        let of_list = |list: &delta_kernel::arrow::array::ListArray| -> Option<Option<AttentionProperties>> {
            if list.is_null(row) {
                return Some(None);
            }
            let values = list.value(row);
            let texts = values.as_string_opt::<i32>()?;
            Some(Some(texts.iter().flatten().map(AttentionProperty::from_wire).collect()))
        };
        let is_known = is_known.is_valid(row) && is_known.value(row);
        let not_known = of_list(not_known)?;
        let mut properties = of_list(required)?.unwrap_or_else(AttentionProperties::not_known);
        if !is_known && not_known.is_none() {
            // Something of the list could not be read.
            properties.mark_not_known();
        }
        let id = DeviceId::from(ids.value(row));
        builder.add(&HistoryRow {
            id: &id,
            properties: &properties,
            not_known: not_known.as_ref(),
            is_known,
            build: builds.is_valid(row).then(|| builds.value(row)).and_then(|build| u32::try_from(build).ok()),
            group: groups.is_valid(row).then(|| groups.value(row)),
        });
    }
    Some(())
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b dyn Array> {
    batch.column_by_name(name).map(AsRef::as_ref)
}

/// Reads some columns of a file.
fn read(file: Bytes, path: &str, columns: &[&str]) -> Result<ParquetRecordBatchReader, HistoryError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| HistoryError::damaged(path, error))?;
    let schema = builder.parquet_schema();
    let roots = schema.root_schema().get_fields().iter().enumerate();
    let roots = roots.filter(|(_, field)| columns.contains(&field.name())).map(|(place, _)| place);
    let mask = ProjectionMask::roots(schema, roots.collect::<Vec<_>>());
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
    reader.map_err(|error| HistoryError::damaged(path, error))
}
