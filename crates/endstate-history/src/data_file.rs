//! The Parquet files of a table.

use delta_kernel::parquet::arrow::ArrowWriter;
use delta_kernel::parquet::arrow::arrow_writer::ArrowWriterOptions;
use delta_kernel::parquet::basic::{Compression, ZstdLevel};
use delta_kernel::parquet::file::metadata::KeyValue;
use delta_kernel::parquet::file::properties::{EnabledStatistics, WriterProperties};
use jiff::civil::Date;

use crate::HistoryError;
use crate::columns::{Column, PULLED_ON, Rows, TENANT};
use crate::folder::{Folder, Upload};

/// Rows of a group: it is all that is in memory, and takes 0.8 % more bytes than four times as
/// many.
const GROUP_ROWS: usize = 32_768;

/// Bytes of texts of a group. Rows of a fleet have 10 MB.
const GROUP_BYTES: usize = 64 * 1024 * 1024;

/// A file that the table names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataFile {
    /// Relative to the folder of the table, as the Delta log has it.
    pub(crate) path: String,
    pub(crate) bytes: u64,
    /// `None` if the writer did not say it.
    pub(crate) rows: Option<u64>,
    pub(crate) partition: Partition,
}

/// A file that was just written.
#[derive(Debug, Clone)]
pub(crate) struct WrittenFile {
    pub(crate) file: DataFile,
    /// The SHA-256 of its bytes, as 64 hexadecimal digits.
    pub(crate) digest: String,
}

/// The folder of a file: what is the same in all its rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Partition {
    pub(crate) tenant: Option<String>,
    pub(crate) pulled_on: Date,
}

impl Partition {
    /// The folders, as Hive names them. Other engines read the values from them.
    fn folders(&self) -> String {
        let tenant = self.tenant.as_deref().unwrap_or("__HIVE_DEFAULT_PARTITION__");
        format!("{TENANT}={tenant}/{PULLED_ON}={}", self.pulled_on)
    }
}

/// Writes one file, in the memory of one group of rows.
pub(crate) struct DataFileWriter {
    pub(crate) rows: Rows,
    writer: ArrowWriter<Vec<u8>>,
    upload: Upload,
    path: String,
    written: u64,
    partition: Partition,
}

impl DataFileWriter {
    /// Begins a file. `plain` are the columns whose values hardly repeat.
    pub(crate) fn begin(
        folder: &Folder,
        columns: &[Column],
        plain: &[&'static str],
        partition: Partition,
        name: &str,
    ) -> Result<Self, HistoryError> {
        let path = format!("{}/{name}-{}.parquet", partition.folders(), uuid::Uuid::new_v4());
        let zstd = |level| ZstdLevel::try_new(level).map(Compression::ZSTD);
        let damaged = |error| HistoryError::damaged(&path, error);
        // Ids are random, and gain nothing from a higher level. Other columns do, and are small.
        let (of_plain, of_others) = (zstd(1).map_err(damaged)?, zstd(6).map_err(damaged)?);
        let mut properties = WriterProperties::builder()
            .set_created_by(concat!("endstate ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(of_others)
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true);
        for column in plain {
            properties = properties
                .set_column_dictionary_enabled((*column).into(), false)
                .set_column_compression((*column).into(), of_plain);
        }

        let rows = Rows::new(columns);
        let options = ArrowWriterOptions::new().with_properties(properties.build()).with_skip_arrow_metadata(true);
        let schema = rows.schema().clone();
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema, options)
            .map_err(|error| HistoryError::damaged(&path, error))?;
        let upload = folder.begin(&path)?;
        Ok(Self { rows, writer, upload, path, written: 0, partition })
    }

    /// Writes the rows if there are enough for a group.
    pub(crate) fn flush_group(&mut self) -> Result<(), HistoryError> {
        let is_full = self.rows.len() >= GROUP_ROWS || self.rows.bytes() >= GROUP_BYTES;
        if is_full { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), HistoryError> {
        if self.rows.len() == 0 {
            return Ok(());
        }
        let damaged = |error| HistoryError::damaged(&self.path, error);
        self.written += self.rows.len() as u64;
        let batch = self.rows.take().map_err(|error| HistoryError::damaged(&self.path, error))?;
        self.writer.write(&batch).map_err(damaged)?;
        self.writer.flush().map_err(damaged)?;
        self.upload.append(self.writer.inner_mut())
    }

    /// Ends the file. `about` goes into its footer.
    pub(crate) fn finish(mut self, about: Vec<(&str, String)>) -> Result<WrittenFile, HistoryError> {
        self.flush()?;
        for (key, value) in about {
            self.writer.append_key_value_metadata(KeyValue::new(key.to_owned(), value));
        }
        let mut end = self.writer.into_inner().map_err(|error| HistoryError::damaged(&self.path, error))?;
        self.upload.append(&mut end)?;
        let (bytes, digest) = self.upload.finish()?;
        let file = DataFile { path: self.path, bytes, rows: Some(self.written), partition: self.partition };
        Ok(WrittenFile { file, digest })
    }
}

impl std::fmt::Debug for DataFileWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataFileWriter")
            .field("path", &self.path)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}
