//! A transport that replays recorded responses and records the requests.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::PageUrl;
use futures_util::stream;

use crate::{FetchError, FetchErrorKind, PageResponse, Transport};

/// Replays recorded responses. Each URL has its own queue; a URL without one is not found.
#[derive(Debug, Default)]
pub struct ReplayTransport {
    answers: Mutex<HashMap<String, VecDeque<Answer>>>,
    calls: Mutex<Vec<String>>,
}

/// The chunks of a body, or a failure before the response begins.
type Answer = Result<Vec<Result<Bytes, FetchError>>, FetchError>;

impl ReplayTransport {
    /// A transport without recorded responses: every URL is not found.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers the next request for `url` with a body in one chunk.
    #[must_use]
    pub fn page(self, url: &str, body: impl Into<Bytes>) -> Self {
        self.chunks(url, vec![Ok(body.into())])
    }

    /// Answers the next request for `url` with a body in chunks, which may end early with a
    /// failure.
    #[must_use]
    pub fn chunks(self, url: &str, chunks: Vec<Result<Bytes, FetchError>>) -> Self {
        self.answer(url, Ok(chunks))
    }

    /// Fails the next request for `url`.
    #[must_use]
    pub fn failure(self, url: &str, failure: FetchError) -> Self {
        self.answer(url, Err(failure))
    }

    fn answer(self, url: &str, answer: Answer) -> Self {
        self.answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(url.to_owned())
            .or_default()
            .push_back(answer);
        self
    }

    /// The requested URLs, in order.
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Transport for ReplayTransport {
    async fn fetch(&self, url: &PageUrl) -> Result<PageResponse, FetchError> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(url.as_str().to_owned());
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let chunks = answers.get_mut(url.as_str()).and_then(VecDeque::pop_front).unwrap_or_else(|| {
            Err(FetchError::new(FetchErrorKind::NotFound, "nothing was recorded").with_status(404))
        })?;
        Ok(PageResponse::new(stream::iter(chunks)))
    }
}
