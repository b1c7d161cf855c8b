//! Reads the Parquet files of a table.

use std::sync::Arc;

use delta_kernel::arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, DictionaryArray, Int32Array, Int64Array, ListArray, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use delta_kernel::arrow::compute::cast;
use delta_kernel::arrow::datatypes::{
    DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, TimestampMicrosecondType,
};
use delta_kernel::parquet::arrow::ProjectionMask;
use delta_kernel::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use delta_kernel::parquet::errors::ParquetError;
use delta_kernel::parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use endstate_model::UtcTime;

use crate::HistoryError;
use crate::columns::{Column, arrow_schema};
use crate::store_file::StoreFile;

/// Rows that are read at once: those of a group, whose texts are then looked up once.
const BATCH_ROWS: usize = 32_768;

/// Reads some columns of a file, some of them as dictionaries: each text once, and a number a row.
pub(crate) fn read(
    file: StoreFile,
    path: &str,
    columns: &[&str],
    dictionaries: &[&str],
) -> Result<DataReader, HistoryError> {
    let builder = open(file.clone(), path, columns, dictionaries)?;
    DataReader::new(file, path, builder)
}

/// The rows of a file.
pub(crate) struct DataReader {
    file: StoreFile,
    path: String,
    batches: ParquetRecordBatchReader,
}

impl DataReader {
    fn new(
        file: StoreFile,
        path: &str,
        builder: ParquetRecordBatchReaderBuilder<StoreFile>,
    ) -> Result<Self, HistoryError> {
        let batches = builder.build().map_err(|error| unreadable(&file, path, error))?;
        Ok(Self { file, path: path.to_owned(), batches })
    }
}

impl Iterator for DataReader {
    type Item = Result<RecordBatch, HistoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.batches.next()?.map_err(|error| unreadable(&self.file, &self.path, error)))
    }
}

/// Why a file cannot be read: the store cannot be reached, or what it has is damaged.
fn unreadable(
    file: &StoreFile,
    path: &str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> HistoryError {
    file.take_failure().unwrap_or_else(|| HistoryError::damaged(path, error))
}

/// Reads some columns of some rows of a file that has so many rows.
pub(crate) fn read_rows(
    file: StoreFile,
    path: &str,
    columns: &[&str],
    rows: Vec<usize>,
    of: usize,
) -> Result<DataReader, HistoryError> {
    let selection = RowSelection::from_consecutive_ranges(rows.into_iter().map(|row| row..row + 1), of);
    let builder = open(file.clone(), path, columns, &[])?.with_row_selection(selection);
    DataReader::new(file, path, builder)
}

fn open(
    file: StoreFile,
    path: &str,
    columns: &[&str],
    dictionaries: &[&str],
) -> Result<ParquetRecordBatchReaderBuilder<StoreFile>, HistoryError> {
    let damaged = |error: ParquetError| unreadable(&file, path, error);
    // The types that another engine notes are its own.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let loaded = ArrowReaderMetadata::load(&file, options.clone()).map_err(damaged)?;
    // Each column of a group is read in turn, and this can be far from the others.
    if loaded
        .metadata()
        .row_groups()
        .iter()
        .any(|group| usize::try_from(group.num_rows()).is_ok_and(|rows| rows > BATCH_ROWS))
    {
        file.read_whole()?;
    }
    let as_dictionary = |field: &Arc<Field>| {
        let is_text = *field.data_type() == DataType::Utf8;
        let is_dictionary = is_text && dictionaries.contains(&field.name().as_str());
        // Without values there is no dictionary to read, and to make one takes very long.
        let is_dictionary = is_dictionary && !has_only_nulls(loaded.metadata(), field.name());
        if is_dictionary { Arc::new(Field::clone(field).with_data_type(dictionary())) } else { Arc::clone(field) }
    };
    let schema = Schema::new(loaded.schema().fields().iter().map(as_dictionary).collect::<Vec<_>>());
    let options = options.with_schema(Arc::new(schema));
    let loaded = ArrowReaderMetadata::try_new(Arc::clone(loaded.metadata()), options).map_err(damaged)?;

    let roots = loaded.parquet_schema().root_schema().get_fields().iter().enumerate();
    let is_read = |name: &str| columns.contains(&name) || dictionaries.contains(&name);
    let roots = roots.filter(|(_, field)| is_read(field.name())).map(|(place, _)| place);
    let mask = ProjectionMask::roots(loaded.parquet_schema(), roots.collect::<Vec<_>>());
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, loaded);
    Ok(builder.with_projection(mask).with_batch_size(BATCH_ROWS))
}

/// Whether a column is null in all rows of a file, as far as its statistics say.
fn has_only_nulls(file: &ParquetMetaData, column: &str) -> bool {
    let has_no_value = |group: &RowGroupMetaData| {
        let column = group.columns().iter().find(|one| one.column_path().string() == column);
        let nulls = column.and_then(|column| column.statistics()?.null_count_opt());
        nulls.is_some_and(|nulls| i64::try_from(nulls) == Ok(group.num_rows()))
    };
    file.row_groups().iter().all(has_no_value)
}

fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// The columns of some rows, with the types of the table: another engine may have written others.
/// Each is `None` if it is missing, or cannot be read as that.
pub(crate) struct Columns<'b> {
    batch: &'b RecordBatch,
    schema: SchemaRef,
}

impl<'b> Columns<'b> {
    pub(crate) fn new(batch: &'b RecordBatch, columns: &[Column]) -> Self {
        Self { batch, schema: arrow_schema(columns) }
    }

    fn get(&self, name: &str) -> Option<ArrayRef> {
        with_type(self.batch.column_by_name(name)?, self.schema.field_with_name(name).ok()?.data_type())
    }

    pub(crate) fn texts(&self, name: &str) -> Option<StringArray> {
        self.get(name)?.as_string_opt().cloned()
    }

    pub(crate) fn dictionary(&self, name: &str) -> Option<DictionaryArray<Int32Type>> {
        let column = self.batch.column_by_name(name)?;
        if column.null_count() == column.len() {
            let rows = Int32Array::new_null(column.len());
            return DictionaryArray::try_new(rows, Arc::new(StringArray::new_null(0))).ok();
        }
        with_type(column, &dictionary())?.as_dictionary_opt().cloned()
    }

    pub(crate) fn lists(&self, name: &str) -> Option<ListArray> {
        self.get(name)?.as_list_opt().cloned()
    }

    pub(crate) fn integers(&self, name: &str) -> Option<Int32Array> {
        self.get(name)?.as_primitive_opt::<Int32Type>().cloned()
    }

    pub(crate) fn longs(&self, name: &str) -> Option<Int64Array> {
        self.get(name)?.as_primitive_opt::<Int64Type>().cloned()
    }

    pub(crate) fn booleans(&self, name: &str) -> Option<BooleanArray> {
        self.get(name)?.as_boolean_opt().cloned()
    }

    pub(crate) fn moments(&self, name: &str) -> Option<TimestampMicrosecondArray> {
        self.get(name)?.as_primitive_opt::<TimestampMicrosecondType>().cloned()
    }
}

fn with_type(column: &ArrayRef, kind: &DataType) -> Option<ArrayRef> {
    if column.data_type() == kind { Some(Arc::clone(column)) } else { cast(column, kind).ok() }
}

/// The text of a row; `None` if it is null.
pub(crate) fn text(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

/// The moment of a row; `None` if it is null.
pub(crate) fn moment(column: &TimestampMicrosecondArray, row: usize) -> Option<UtcTime> {
    let microseconds = column.is_valid(row).then(|| column.value(row))?;
    Some(UtcTime::from_second(microseconds.div_euclid(1_000_000)))
}

pub(crate) fn other_type(path: &str) -> HistoryError {
    HistoryError::damaged(path, "a column is missing, or has another type")
}
