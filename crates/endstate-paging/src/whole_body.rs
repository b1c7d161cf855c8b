//! Reads a body whole, up to a limit on its size.

use futures_util::StreamExt;

use crate::{FetchError, FetchErrorKind, PageResponse};

/// A body of which chunk after chunk arrives.
pub(crate) trait ArrivingBody {
    /// Bytes that have arrived.
    fn length(&self) -> usize;

    fn push(&mut self, chunk: &[u8]);
}

impl ArrivingBody for Vec<u8> {
    fn length(&self) -> usize {
        self.len()
    }

    fn push(&mut self, chunk: &[u8]) {
        self.extend_from_slice(chunk);
    }
}

/// Reads a body to its end.
///
/// `what` names the body in the error of one above the limit. `body` is called once, and makes a
/// body with room for so many bytes.
pub(crate) async fn read_whole<B: ArrivingBody>(
    mut response: PageResponse,
    limit: usize,
    what: impl Fn() -> String,
    body: impl FnOnce(usize) -> B,
) -> Result<B, FetchError> {
    let too_large =
        || FetchError::new(FetchErrorKind::TooLarge, format!("{} is larger than the limit of {limit} bytes", what()));

    // The announced length is only a hint. It sets the initial size of the buffer, up to 16 MiB,
    // and rejects a body that is too large before it arrives.
    let announced = usize::try_from(response.content_length.unwrap_or(0)).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(too_large());
    }

    let mut body = body(announced.min(16 * 1024 * 1024));
    while let Some(chunk) = response.body.next().await {
        let chunk = chunk?;
        if chunk.len() > limit - body.length() {
            return Err(too_large());
        }
        body.push(&chunk);
    }
    Ok(body)
}
