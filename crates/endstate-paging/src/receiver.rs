//! Receives a body in a task of its own, while what has arrived of it is read in another.

use std::future::{poll_fn, ready};

use futures_channel::mpsc;
use futures_util::{FutureExt, StreamExt};

use crate::PageResponse;
use crate::page_task::Spawn;

/// Chunks that may wait for their reader.
const MAX_WAITING_CHUNKS: usize = 1;

/// Receives the body in a task. It ends early if the response is dropped.
///
/// Without it, a core receives a chunk and then reads it, and does one at a time.
pub(crate) fn receive_apart(response: PageResponse, spawn: &Spawn) -> PageResponse {
    let PageResponse { mut body, content_length } = response;
    let (mut sender, chunks) = mpsc::channel(MAX_WAITING_CHUNKS);
    let receiving = async move {
        while let Some(chunk) = body.next().await {
            let is_last = chunk.is_err();
            let is_ready = poll_fn(|context| sender.poll_ready(context)).await.is_ok();
            if !is_ready || sender.start_send(chunk).is_err() || is_last {
                break;
            }
        }
    };
    let (task, handle) = receiving.remote_handle();
    spawn(Box::pin(task));
    // Dropping the handle ends the task. A task that panicked did not reach the end of the body.
    let end = handle.into_stream().filter_map(|()| ready(None));
    PageResponse::new(chunks.chain(end)).with_content_length(content_length)
}
