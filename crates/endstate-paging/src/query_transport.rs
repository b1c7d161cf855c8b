//! What a pull in parts needs from an HTTP stack: one method.

use std::fmt;

use async_trait::async_trait;

use crate::{FetchError, PageResponse};

/// Sends a query to a service that answers queries, such as advanced hunting.
///
/// The rules of a [`Transport`](crate::Transport) apply: a token goes only to pinned origins, no
/// redirect is followed, no request is repeated, and the body is returned as it arrives. A failure
/// carries the status and what the server reports, because both decide whether a smaller part may
/// help.
#[async_trait]
pub trait QueryTransport: fmt::Debug + Send + Sync {
    /// Sends one query and returns once the head of a successful response (200) has arrived.
    ///
    /// # Errors
    /// A [`FetchError`] for any other response, so only a 200 is read as an answer.
    async fn query(&self, text: &str) -> Result<PageResponse, FetchError>;
}
