//! What the footer of a file of the table of states says.

use delta_kernel::parquet::errors::ParquetError;
use delta_kernel::parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use endstate_model::UtcTime;

use crate::HistoryError;
use crate::data_file::DataFile;
use crate::folder::Folder;
use crate::state_columns::{PULL_ID, STARTED_AT};

/// Bytes at the end of a file that are read first. A file of a million devices has a footer of
/// about 200 kB.
const END_BYTES: u64 = 256 * 1024;

/// What the footer of a file of one pull says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StateFooter {
    pub(crate) pull: String,
    pub(crate) started_at: UtcTime,
    pub(crate) devices: u64,
}

impl StateFooter {
    /// Reads the end of a file. `None` if it may have several pulls: another engine may have merged
    /// them, and kept the footer of the first.
    pub(crate) fn read(folder: &Folder, file: &DataFile) -> Result<Option<Self>, HistoryError> {
        let damaged = |error: ParquetError| HistoryError::damaged(&file.path, error);
        let mut reader = ParquetMetaDataReader::new();
        let mut bytes = END_BYTES.min(file.bytes);
        loop {
            let (end, version) = folder.read_range(&file.path, file.bytes.saturating_sub(bytes)..file.bytes, None)?;
            if version.size != file.bytes {
                let message = format!("it has {} bytes, and the table says {}", version.size, file.bytes);
                return Err(HistoryError::damaged(&file.path, message));
            }
            match reader.try_parse_sized(&end, file.bytes) {
                Ok(()) => return Ok(Self::of(&reader.finish().map_err(damaged)?)),
                Err(ParquetError::NeedMoreData(needed)) if needed as u64 > bytes => bytes = needed as u64,
                Err(error) => return Err(damaged(error)),
            }
        }
    }

    fn of(metadata: &ParquetMetaData) -> Option<Self> {
        let about = metadata.file_metadata();
        let text = |key: &str| about.key_value_metadata()?.iter().find(|pair| pair.key == key)?.value.as_deref();
        let (pull, started_at) = (text(PULL_ID)?, text(STARTED_AT)?.parse().ok()?);
        if !metadata.row_groups().iter().all(|group| has_only(group, pull)) {
            return None;
        }
        let devices = u64::try_from(about.num_rows()).ok()?;
        Some(Self { pull: pull.to_owned(), started_at, devices })
    }
}

/// Whether the statistics of a group show that all its rows are of a pull.
fn has_only(group: &RowGroupMetaData, pull: &str) -> bool {
    let column = group.columns().iter().find(|column| column.column_path().string() == "pull_id");
    let Some(statistics) = column.and_then(|column| column.statistics()) else { return false };
    let bounds = [statistics.min_bytes_opt(), statistics.max_bytes_opt()];
    bounds == [Some(pull.as_bytes()); 2] && statistics.null_count_opt() == Some(0)
}
