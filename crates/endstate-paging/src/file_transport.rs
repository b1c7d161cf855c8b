//! What a pull of files needs from an HTTP stack.

use std::fmt;

use async_trait::async_trait;
use endstate_odata::PageUrl;

use crate::{FetchError, PageResponse};

/// Fetches the list of an export's files, and the files.
///
/// The rules of a [`Transport`](crate::Transport) apply to the list. The URL of a file is its own
/// permission: a file is fetched without a token, only from hosts that are known to store files,
/// and the query of its URL is a secret.
#[async_trait]
pub trait FileTransport: fmt::Debug + Send + Sync {
    /// Requests the list and returns once the head of a successful response (200) has arrived.
    ///
    /// # Errors
    /// A [`FetchError`] for any other response.
    async fn list(&self) -> Result<PageResponse, FetchError>;

    /// Checks that a file may be fetched. Nothing is sent.
    ///
    /// # Errors
    /// [`LinkRefused`](crate::FetchErrorKind::LinkRefused) if its host is not known to store files.
    fn check(&self, file: &PageUrl) -> Result<(), FetchError>;

    /// Requests a file and returns once the head of a successful response (200) has arrived. The
    /// body is what the file holds, decompressed. It ends with an error unless the file was whole.
    ///
    /// # Errors
    /// [`Expired`](crate::FetchErrorKind::Expired) if a new URL may help, and any other
    /// [`FetchError`] for any other response that is not 200.
    async fn open(&self, file: &PageUrl) -> Result<PageResponse, FetchError>;
}
