//! Buffers of pages that were read and released, for the pages that come next.

use std::sync::{Mutex, PoisonError};

/// A few buffers, each as large as a page.
///
/// Without the pool, each page is read into memory that the system has to provide and clear again
/// (`docs/performance.md`).
#[derive(Debug)]
pub(crate) struct BufferPool {
    buffers: Mutex<Vec<Vec<u8>>>,
    capacity: usize,
}

/// Most bytes of all buffers that are kept, because they stay allocated to the end of the pull. Six
/// pages of 16 MiB have room: four ahead, the one that is due, and the one that is used.
const MOST_KEPT_BYTES: usize = 96 * 1024 * 1024;

impl BufferPool {
    /// Keeps at most `capacity` buffers.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { buffers: Mutex::default(), capacity }
    }

    /// Returns an empty buffer with room for at least `bytes` bytes.
    pub(crate) fn take(&self, bytes: usize) -> Vec<u8> {
        let mut buffer = self.buffers.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        buffer.reserve(bytes);
        buffer
    }

    /// Returns a buffer to the pool.
    pub(crate) fn put_back(&self, mut buffer: Vec<u8>) {
        let mut buffers = self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let kept: usize = buffers.iter().map(Vec::capacity).sum();
        if kept + buffer.capacity() <= MOST_KEPT_BYTES && buffers.len() < self.capacity {
            buffer.clear();
            buffers.push(buffer);
        }
    }
}
