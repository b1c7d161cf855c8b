//! The rows of an export's files on their way to states.

use std::error::Error;

use endstate_assessment::{ExportFiles, StateFold};
use endstate_model::{MachineSecurityState, StateSource};
use endstate_odata::{ItemReader, PageUrl};
use endstate_paging::{FetchError, FetchErrorKind, FileList, FileReader, PageFold};

use super::configuration_rows::ConfigurationRows;
use crate::rows::InvalidItems;

/// Folds the rows of files.
///
/// A file that breaks off has rows that may be altered, because the checksum of gzip is at its end.
#[derive(Debug)]
pub(super) struct ExportRows {
    items: ItemReader,
    /// The file that is arriving, and its number.
    file: (u64, ConfigurationRows),
    /// The files that were read whole.
    whole: StateFold,
    pub(super) invalid: InvalidItems,
}

impl ExportRows {
    pub(super) fn new() -> Self {
        Self {
            items: ItemReader::default(),
            file: (0, ConfigurationRows::new(StateSource::Export)),
            whole: StateFold::new(StateSource::Export),
            invalid: InvalidItems::new::<MachineSecurityState>(),
        }
    }

    /// Counts the file that was read whole.
    pub(super) fn keep_file(&mut self) {
        let (number, rows) = &self.file;
        rows.add_to(&mut self.whole, &mut self.invalid, |row| format!("row {row} of file {number}"));
    }

    /// Adds the rows that count to those of other collections.
    pub(super) fn add_to(&self, fold: &mut StateFold) {
        fold.merge_configurations(&self.whole);
    }
}

impl FileReader for ExportRows {
    fn read_list(&self, body: &[u8]) -> Result<FileList, FetchError> {
        let files = ExportFiles::parse(body).map_err(|error| {
            let kind = if error.is_broken { FetchErrorKind::Malformed } else { FetchErrorKind::NotAPage };
            let message = "the answer does not list the files of the export; try --source assessments";
            FetchError::new(kind, message).with_source(error)
        })?;
        let urls: Result<Vec<_>, _> = files.urls.iter().map(|url| PageUrl::new(url)).collect();
        let urls = urls.map_err(|error| {
            FetchError::new(FetchErrorKind::LinkRefused, "a file of the export has no URL").with_source(error)
        })?;
        Ok(FileList::new(urls, files.generated_at))
    }

    fn begin_file(&mut self, number: u64) {
        self.file = (number, ConfigurationRows::new(StateSource::Export));
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        let item = self.items.read(std::str::from_utf8(line)?)?;
        self.file.1.item(item);
        Ok(())
    }
}
