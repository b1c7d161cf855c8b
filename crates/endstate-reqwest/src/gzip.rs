//! Decompresses the body of a response while it arrives.
//!
//! A gzip file has one or more members (RFC 1952, 2.2), and a proxy may send several. The decoder
//! of the HTTP library ends at the first one, and rows would be missing.

use std::io::{self, Write};

use bytes::Bytes;
use endstate_paging::FetchError;
use flate2::write::MultiGzDecoder;
use futures_util::{Stream, StreamExt, stream};

/// Compressed bytes that are decompressed at once. Deflate expands a byte to at most 1,032, so the
/// reader of a bomb gets at most 4 MiB more than it accepts.
const AT_ONCE: usize = 4096;

/// Decompresses all members. `broken` makes the error of a body that is not gzip, or not whole.
pub(crate) fn decompress<S>(
    body: S,
    broken: impl Fn(io::Error) -> FetchError + Send + 'static,
) -> impl Stream<Item = Result<Bytes, FetchError>> + Send
where
    S: Stream<Item = Result<Bytes, FetchError>> + Send + Unpin + 'static,
{
    let state = Some(Decompression { body, decoder: MultiGzDecoder::new(Vec::new()), pending: Bytes::new(), broken });
    stream::unfold(state, |state| async move {
        let mut state = state?;
        match state.next().await {
            Ok(Some(chunk)) => Some((Ok(chunk), Some(state))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
}

struct Decompression<S, F> {
    body: S,
    decoder: MultiGzDecoder<Vec<u8>>,
    /// What has arrived and is not decompressed yet.
    pending: Bytes,
    broken: F,
}

impl<S, F> Decompression<S, F>
where
    S: Stream<Item = Result<Bytes, FetchError>> + Unpin,
    F: Fn(io::Error) -> FetchError,
{
    /// Returns the next decompressed bytes; `None` after the last member.
    async fn next(&mut self) -> Result<Option<Bytes>, FetchError> {
        loop {
            if self.pending.is_empty() {
                match self.body.next().await {
                    Some(chunk) => self.pending = chunk?,
                    None => return self.end(),
                }
            }
            let part = self.pending.split_to(self.pending.len().min(AT_ONCE));
            self.decoder.write_all(&part).map_err(&self.broken)?;
            if let Some(chunk) = self.take() {
                return Ok(Some(chunk));
            }
        }
    }

    fn end(&mut self) -> Result<Option<Bytes>, FetchError> {
        // Checks length and checksum of the last member.
        self.decoder.try_finish().map_err(&self.broken)?;
        Ok(self.take())
    }

    fn take(&mut self) -> Option<Bytes> {
        let chunk = std::mem::take(self.decoder.get_mut());
        (!chunk.is_empty()).then(|| chunk.into())
    }
}
