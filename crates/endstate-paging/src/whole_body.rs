//! Reads a body whole, up to a limit on its size.

use futures_util::StreamExt;

use crate::{FetchError, FetchErrorKind, PageResponse};

/// Reads a body to its end.
///
/// `what` names the body in the error of one above the limit. `buffer` provides memory for at least
/// so many bytes. `arrived` gets all bytes so far after each chunk.
pub(crate) async fn read_whole(
    mut response: PageResponse,
    limit: usize,
    what: impl Fn() -> String,
    buffer: impl FnOnce(usize) -> Vec<u8>,
    mut arrived: impl FnMut(&[u8]),
) -> Result<Vec<u8>, FetchError> {
    let too_large =
        || FetchError::new(FetchErrorKind::TooLarge, format!("{} is larger than the limit of {limit} bytes", what()));

    // The announced length is only a hint. It sets the initial size of the buffer, up to 16 MiB,
    // and rejects a body that is too large before it arrives.
    let announced = usize::try_from(response.content_length.unwrap_or(0)).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(too_large());
    }

    let mut body = buffer(announced.min(16 * 1024 * 1024));
    while let Some(chunk) = response.body.next().await {
        let chunk = chunk?;
        if chunk.len() > limit - body.len() {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
        arrived(&body);
    }
    Ok(body)
}
