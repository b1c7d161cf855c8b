//! Reads the states of a pull back, one at a time.

use std::vec::IntoIter;

use endstate_model::DeviceId;

use crate::data_reader::{Columns, DataReader, other_type, read, read_rows, text};
use crate::folder::Folder;
use crate::state_columns::COLUMNS;
use crate::store_file::StoreFile;
use crate::stored_state::states;
use crate::{HistoryError, PullId, Snapshot, StoredState};

/// The states of a pull, in the order in which they were added. After an error there are no more.
pub struct States {
    folder: Folder,
    pull: PullId,
    paths: IntoIter<String>,
    /// The file that is read, with its path.
    file: Option<(String, DataReader)>,
    rows: IntoIter<StoredState>,
}

impl States {
    pub(crate) fn of(folder: Folder, snapshot: &Snapshot) -> Self {
        let paths = snapshot.paths.clone().into_iter();
        Self { folder, pull: snapshot.pull.clone(), paths, file: None, rows: Vec::new().into_iter() }
    }

    /// Reads the next rows. `false` after the last ones.
    fn advance(&mut self) -> Result<bool, HistoryError> {
        let Some((path, reader)) = &mut self.file else {
            let Some(path) = self.paths.next() else { return Ok(false) };
            let names: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
            let reader = read(StoreFile::open(&self.folder, &path)?, &path, &names, &[])?;
            self.file = Some((path, reader));
            return Ok(true);
        };
        match reader.next() {
            None => self.file = None,
            Some(batch) => {
                let batch = batch?;
                self.rows = states(&batch, &self.pull).ok_or_else(|| other_type(path))?.into_iter();
            }
        }
        Ok(true)
    }
}

/// The states of the devices that are wanted, by their ids and names. Other rows are not decoded.
pub(crate) fn find(
    folder: &Folder,
    snapshot: &Snapshot,
    is_wanted: impl Fn(&DeviceId, Option<&str>) -> bool,
) -> Result<Vec<StoredState>, HistoryError> {
    let mut found = Vec::new();
    for path in &snapshot.paths {
        let file = StoreFile::open(folder, path)?;
        let mut wanted = Vec::new();
        let mut first = 0;
        for batch in read(file.clone(), path, &["id", "device_name"], &[])? {
            let batch = batch?;
            let columns = Columns::new(&batch, COLUMNS);
            let columns = columns.texts("id").zip(columns.texts("device_name"));
            let (ids, names) = columns.ok_or_else(|| other_type(path))?;
            let is_row_wanted = |row: &usize| is_wanted(&DeviceId::from(ids.value(*row)), text(&names, *row));
            wanted.extend((0..batch.num_rows()).filter(is_row_wanted).map(|row| first + row));
            first += batch.num_rows();
        }

        if wanted.is_empty() {
            continue;
        }
        let names: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
        for batch in read_rows(file, path, &names, wanted, first)? {
            let batch = batch?;
            found.extend(states(&batch, &snapshot.pull).ok_or_else(|| other_type(path))?);
        }
    }
    Ok(found)
}

impl Iterator for States {
    type Item = Result<StoredState, HistoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(state) = self.rows.next() {
                return Some(Ok(state));
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return None,
                Err(error) => {
                    (self.paths, self.file) = (Vec::new().into_iter(), None);
                    return Some(Err(error));
                }
            }
        }
    }
}

impl std::fmt::Debug for States {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("States").field("pull", &self.pull).finish_non_exhaustive()
    }
}
