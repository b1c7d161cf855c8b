//! Reads a page while its body arrives.

use crate::item_finder::ItemFinder;
use crate::{PageBuf, Result};

/// Reads a page whose body arrives in chunks.
///
/// It gives the same page as [`PageBuf::from_vec`], and finds the items of each chunk while the
/// chunk is still in the processor's cache.
///
/// ```
/// use endstate_odata::PageParser;
///
/// let mut parser = PageParser::default();
/// for chunk in [r#"{"value":[{"id":"a"},{"i"#, r#"d":"b"}]}"#] {
///     parser.push(chunk.as_bytes());
/// }
/// assert_eq!(parser.finish()?.len(), 2);
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct PageParser {
    body: Vec<u8>,
    finder: ItemFinder,
}

impl PageParser {
    /// A parser that keeps the body in the memory of this buffer, whose content is dropped.
    pub fn with_buffer(mut buffer: Vec<u8>) -> Self {
        buffer.clear();
        Self { body: buffer, finder: ItemFinder::default() }
    }

    /// Adds the next chunk of the body. It may end anywhere, even within a character.
    pub fn push(&mut self, chunk: &[u8]) {
        self.body.extend_from_slice(chunk);
        self.finder.advance(&self.body);
    }

    /// What has arrived of the body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The page, once its body has arrived whole.
    ///
    /// # Errors
    /// Returns the errors of [`Page::from_slice`](crate::Page::from_slice).
    pub fn finish(self) -> Result<PageBuf> {
        PageBuf::from_bytes(self.body, self.finder)
    }
}
