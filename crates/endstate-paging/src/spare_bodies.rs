//! Memory of bodies that were read and handed on, to be used for the next ones.

use std::sync::{Mutex, PoisonError};

/// A few buffers, as large as pages are.
///
/// Without it each page is read into memory that the system has to provide, and to clear, anew (`docs/performance.md`).
#[derive(Debug)]
pub(crate) struct SpareBodies {
    bodies: Mutex<Vec<Vec<u8>>>,
    most: usize,
}

/// Larger bodies are not kept: they are rare, and would be held for ever.
const LARGEST: usize = 16 * 1024 * 1024;

impl SpareBodies {
    /// Keeps so many at the most.
    pub(crate) fn new(most: usize) -> Self {
        Self { bodies: Mutex::default(), most }
    }

    /// An empty buffer with room for so many bytes.
    pub(crate) fn take(&self, capacity: usize) -> Vec<u8> {
        let spare = self.bodies.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut body = spare.unwrap_or_default();
        body.reserve(capacity);
        body
    }

    /// Takes a buffer back.
    pub(crate) fn give(&self, mut body: Vec<u8>) {
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        if body.capacity() <= LARGEST && bodies.len() < self.most {
            body.clear();
            bodies.push(body);
        }
    }
}
