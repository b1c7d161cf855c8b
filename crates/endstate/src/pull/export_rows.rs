//! The rows of an export's files on their way to states.

use std::error::Error;

use endstate_assessment::{ConfigurationReader, ExportFiles, StateFold};
use endstate_model::{MachineSecurityState, StateSource};
use endstate_odata::{PageUrl, RawItem};
use endstate_paging::{FetchError, FetchErrorKind, FileList, FileReader};

use crate::rows::InvalidItems;

/// Folds the rows of one file, which count only once the file was read whole.
///
/// A file that breaks off has rows that may be altered, because the checksum of gzip is at its end.
/// So the rows of a file are folded apart, and what is folded is at most as large as the devices of
/// one file.
#[derive(Debug)]
pub(super) struct ExportRows {
    reader: ConfigurationReader,
    /// The file that is arriving.
    file: FileRows,
    /// The files that were read whole.
    whole: StateFold,
    pub(super) invalid: InvalidItems,
}

/// The rows of one file.
#[derive(Debug)]
struct FileRows {
    number: u64,
    fold: StateFold,
    lines: u64,
    /// Rows of another form.
    unread: u64,
    /// The first of them, with their lines: they are reported once the file counts.
    first_unread: Vec<(u64, String)>,
}

impl FileRows {
    /// As many as are ever reported.
    const MAX_KEPT: usize = 5;

    fn new(number: u64) -> Self {
        let fold = StateFold::new(StateSource::Export);
        Self { number, fold, lines: 0, unread: 0, first_unread: Vec::new() }
    }
}

impl ExportRows {
    pub(super) fn new() -> Self {
        Self {
            reader: ConfigurationReader::new(),
            file: FileRows::new(0),
            whole: StateFold::new(StateSource::Export),
            invalid: InvalidItems::new::<MachineSecurityState>(),
        }
    }

    /// Counts the file that was read whole.
    pub(super) fn keep_file(&mut self) {
        let FileRows { number, fold, unread, first_unread, .. } = std::mem::replace(&mut self.file, FileRows::new(0));
        self.whole.merge_configurations(&fold);
        for (line, raw) in &first_unread {
            let place = || format!("row {line} of file {number}");
            self.invalid.note_other("a configuration of a device", raw, place);
        }
        self.invalid.counts.invalid_items += unread - first_unread.len() as u64;
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
        self.file = FileRows::new(number);
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Box<dyn Error + Send + Sync>> {
        let item = RawItem::parse(std::str::from_utf8(line)?)?;
        let file = &mut self.file;
        file.lines += 1;
        if let Some(row) = self.reader.read(item) {
            file.fold.configuration(&row);
            return Ok(());
        }
        file.unread += 1;
        if file.first_unread.len() < FileRows::MAX_KEPT {
            file.first_unread.push((file.lines, item.compact().into_owned()));
        }
        Ok(())
    }
}
