//! A file of a store, of which only a part is in memory.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use delta_kernel::parquet::errors::ParquetError;
use delta_kernel::parquet::file::reader::{ChunkReader, Length};

use crate::HistoryError;
use crate::folder::{FileVersion, Folder};

/// Bytes that are read at once. A file of a million devices has about 23 MB.
const WINDOW_BYTES: u64 = 4 * 1024 * 1024;

/// Bytes at the end of a file that are read first, because they say where all others are. They are
/// kept.
const END_BYTES: u64 = 256 * 1024;

/// A file of a store, of which only a part is in memory. Clones share it.
#[derive(Clone)]
pub(crate) struct StoreFile(Arc<Inner>);

struct Inner {
    /// Where the file is; `None` if it is in memory whole.
    place: Option<(Folder, String, FileVersion)>,
    size: u64,
    windows: Mutex<Windows>,
    /// Why the store could not be read. The errors of Parquet have no place for it.
    failure: Mutex<Option<HistoryError>>,
}

/// Parts of the file, each with the place of its first byte.
#[derive(Default)]
struct Windows {
    current: (u64, Bytes),
    end: (u64, Bytes),
}

impl StoreFile {
    /// Reads the beginning of a file.
    pub(crate) fn open(folder: &Folder, path: &str) -> Result<Self, HistoryError> {
        let (bytes, version) = folder.read_range(path, 0..WINDOW_BYTES, None)?;
        let size = version.size;
        Ok(Self::new(Some((folder.clone(), path.to_owned(), version)), size, bytes))
    }

    /// A file that is in memory whole.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self::new(None, bytes.len() as u64, bytes)
    }

    fn new(place: Option<(Folder, String, FileVersion)>, size: u64, first: Bytes) -> Self {
        let windows = Windows { current: (0, first), ..Windows::default() };
        Self(Arc::new(Inner { place, size, windows: Mutex::new(windows), failure: Mutex::default() }))
    }

    /// Reads the whole file, of which parts that are far from each other are needed in turn.
    pub(crate) fn read_whole(&self) -> Result<(), HistoryError> {
        let Some((folder, path, version)) = &self.0.place else { return Ok(()) };
        let mut windows = self.0.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if (windows.current.1.len() as u64) < self.0.size {
            windows.current = (0, Bytes::new());
            windows.current = (0, folder.read_range(path, 0..self.0.size, Some(version))?.0);
        }
        Ok(())
    }

    /// Why the store could not be read, if that is why a read failed.
    pub(crate) fn take_failure(&self) -> Option<HistoryError> {
        self.0.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The bytes from a place on: at least one, except at the end, and at most so many.
    fn bytes_at(&self, at: u64, most: u64) -> Result<Bytes, HistoryError> {
        let Inner { place, size, windows, .. } = &*self.0;
        let mut windows = windows.lock().unwrap_or_else(PoisonError::into_inner);
        let part = |(first, bytes): &(u64, Bytes)| {
            let skipped = usize::try_from(at.checked_sub(*first)?).ok()?;
            let length = bytes.len().checked_sub(skipped).filter(|length| *length > 0)?;
            Some(bytes.slice(skipped..skipped + length.min(usize::try_from(most).unwrap_or(usize::MAX))))
        };
        if let Some(found) = part(&windows.current).or_else(|| part(&windows.end)) {
            return Ok(found);
        }

        let Some((folder, path, version)) = place.as_ref().filter(|_| at < *size) else { return Ok(Bytes::new()) };
        let end = size.saturating_sub(END_BYTES);
        if at >= end {
            windows.end = (end, folder.read_range(path, end..*size, Some(version))?.0);
            return Ok(part(&windows.end).unwrap_or_default());
        }
        let wanted = most.max(WINDOW_BYTES).min(size - at);
        // What is not needed any more makes room first.
        windows.current = (0, Bytes::new());
        windows.current = (at, folder.read_range(path, at..at + wanted, Some(version))?.0);
        Ok(part(&windows.current).unwrap_or_default())
    }

    /// The same, with the failure kept for [`take_failure`](Self::take_failure).
    fn try_bytes_at(&self, at: u64, most: u64) -> io::Result<Bytes> {
        self.bytes_at(at, most).map_err(|error| {
            let shown = error.to_string();
            *self.0.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            io::Error::other(shown)
        })
    }
}

impl Length for StoreFile {
    fn len(&self) -> u64 {
        self.0.size
    }
}

impl ChunkReader for StoreFile {
    type T = StoreFileReader;

    fn get_read(&self, start: u64) -> Result<StoreFileReader, ParquetError> {
        Ok(StoreFileReader { file: self.clone(), at: start })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let first = self.try_bytes_at(start, length as u64).map_err(ParquetError::from)?;
        if first.len() == length {
            return Ok(first);
        }
        // It begins in one part and ends in another.
        let mut bytes = Vec::with_capacity(length.min(usize::try_from(self.0.size).unwrap_or(usize::MAX)));
        self.get_read(start)?.take(length as u64).read_to_end(&mut bytes)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!("{length} bytes from {start} on are not in the file")));
        }
        Ok(bytes.into())
    }
}

/// Reads a file from a place on.
pub(crate) struct StoreFileReader {
    file: StoreFile,
    at: u64,
}

impl Read for StoreFileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.try_bytes_at(self.at, buffer.len() as u64)?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_part_of_a_file_is_what_the_whole_has(
            size in 0_usize..10_000_000,
            parts in prop::collection::vec((0_usize..10_000_000, 0_usize..5_000_000), 1..8),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
            std::fs::write(folder.path().join("file"), &bytes).unwrap();
            let file = StoreFile::open(&Folder::local(folder.path()).unwrap(), "file").unwrap();
            prop_assert_eq!(file.len(), size as u64);
            for (start, length) in parts {
                let start = start.min(size);
                let expected = bytes.get(start..start + length);
                let read = file.get_bytes(start as u64, length).ok();
                prop_assert_eq!(read.as_deref(), expected);
            }
        }
    }

    #[test]
    fn a_file_that_another_one_replaces_is_not_mixed_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, vec![0; usize::try_from(3 * WINDOW_BYTES).unwrap()]).unwrap();
        let file = StoreFile::open(&Folder::local(folder.path()).unwrap(), "file").unwrap();
        std::fs::write(folder.path().join("other"), vec![1; usize::try_from(3 * WINDOW_BYTES).unwrap()]).unwrap();
        std::fs::rename(folder.path().join("other"), &path).unwrap();
        assert!(file.get_bytes(2 * WINDOW_BYTES, 10).is_err());
        let failure = file.take_failure().unwrap();
        assert!(format!("{failure:?}").contains("replaced it while it was read"), "{failure:?}");
    }

    #[test]
    fn a_file_that_is_gone_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let large = vec![0; usize::try_from(3 * WINDOW_BYTES).unwrap()];
        std::fs::write(folder.path().join("file"), large).unwrap();
        let file = StoreFile::open(&Folder::local(folder.path()).unwrap(), "file").unwrap();
        std::fs::remove_file(folder.path().join("file")).unwrap();
        assert!(file.get_bytes(2 * WINDOW_BYTES, 10).is_err());
        assert!(matches!(file.take_failure(), Some(HistoryError::MissingFile { .. })));
    }
}
