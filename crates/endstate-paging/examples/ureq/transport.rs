//! ureq as an HTTP stack. Its requests block, so they run in tokio's threads for that.

use std::io::Read;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use endstate_paging::{BodyChunks, FetchError, FetchErrorKind, HttpStack, PinnedUrl};
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Request, Response};
use tokio::task::spawn_blocking;

#[derive(Debug)]
pub(crate) struct Ureq(ureq::Agent);

impl Ureq {
    pub(crate) fn new() -> Self {
        // A proxy would see the token of a service on loopback, which has plain http. The last
        // limit ends a thread for which no one waits any more.
        let plain = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).max_redirects(0);
        let plain = plain.max_redirects_will_error(false).timeout_global(Some(Duration::from_secs(300)));
        Self(plain.build().new_agent())
    }
}

#[async_trait]
impl HttpStack for Ureq {
    async fn get(&self, url: &PinnedUrl, headers: HeaderMap) -> Result<Response<BodyChunks>, FetchError> {
        let not_a_url = |error| FetchError::new(FetchErrorKind::LinkRefused, "not a URL").with_source(error);
        let mut request = Request::get(url.as_str()).body(()).map_err(not_a_url)?;
        *request.headers_mut() = headers;
        let agent = self.0.clone();
        let response = blocking(move || agent.run(request)).await?;
        Ok(response.map(|body| stream::try_unfold(body.into_reader(), next_chunk).boxed()))
    }
}

async fn next_chunk<R: Read + Send + 'static>(mut body: R) -> Result<Option<(Bytes, R)>, FetchError> {
    let mut chunk = vec![0; 64 * 1024];
    blocking(move || {
        let length = body.read(&mut chunk)?;
        chunk.truncate(length);
        Ok((length > 0).then(|| (chunk.into(), body)))
    })
    .await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ureq::Error> + Send + 'static,
) -> Result<T, FetchError> {
    let done = spawn_blocking(work).await.unwrap_or_else(|error| Err(std::io::Error::other(error).into()));
    done.map_err(|error| {
        let kind = match &error {
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => FetchErrorKind::Connect,
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => FetchErrorKind::Connect,
            _ => FetchErrorKind::Interrupted,
        };
        FetchError::new(kind, "the request failed").with_source(error)
    })
}
