//! A transport over ureq, whose requests block: they run in tokio's threads for that.

use std::borrow::Cow;
use std::io::Read;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::PageUrl;
use endstate_paging::{FetchError, FetchErrorKind, Pacer, PageResponse, PinnedOrigins, RefusedResponse, Transport};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::task::spawn_blocking;
use ureq::Agent;

#[derive(Debug)]
pub(crate) struct UreqTransport {
    agent: Agent,
    pinned: PinnedOrigins,
    pacer: Pacer,
    /// Marked as sensitive, so no `Debug` shows it.
    authorization: HeaderValue,
}

impl UreqTransport {
    pub(crate) fn new(pinned: PinnedOrigins, pacer: Pacer, mut authorization: HeaderValue) -> Self {
        authorization.set_sensitive(true);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A proxy would see the token of a service on loopback, which has plain http.
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(300)))
            .timeout_recv_response(Some(Duration::from_secs(60)));
        Self { agent: config.build().new_agent(), pinned, pacer, authorization }
    }

    /// A text of the service without the token, which it may echo.
    fn without_token<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.authorization.to_str().ok().and_then(|header| header.strip_prefix("Bearer ")) {
            Some(token) => text.replace(token, "***").into(),
            None => text.into(),
        }
    }
}

#[async_trait]
impl Transport for UreqTransport {
    async fn fetch(&self, url: &PageUrl) -> Result<PageResponse, FetchError> {
        let pinned = self.pinned.check(url)?;
        let permit = self.pacer.admit().await;
        let request = self.agent.get(pinned.as_str()).header("authorization", self.authorization.clone());
        let response = blocking(move || request.call()).await?.map_err(|error| failure(error, url))?;
        drop(permit);

        let (head, body) = response.into_parts();
        let length = body.content_length();
        let mut reader = body.into_reader();
        if head.status == StatusCode::OK {
            refuse_coding(&head.headers, url)?;
            let owned_url = url.clone();
            let chunks = stream::unfold(Some(reader), move |reader| next_chunk(reader, owned_url.clone()));
            return Ok(PageResponse::new(chunks).with_content_length(length));
        }

        let read = blocking(move || {
            let mut body = Vec::new();
            // The status has already shown what matters.
            let _ = reader.by_ref().take(endstate_paging::MAX_ERROR_BYTES as u64).read_to_end(&mut body);
            body
        });
        let body = read.await?;
        let refused = RefusedResponse::new(url, head.status, &head.headers).body(&body);
        Err(refused.redact(&|text| self.without_token(text)).into_error())
    }

    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.without_token(text)
    }
}

/// Reads the next chunk, unless the body has ended.
async fn next_chunk<R: Read + Send + 'static>(
    reader: Option<R>,
    url: PageUrl,
) -> Option<(Result<Bytes, FetchError>, Option<R>)> {
    let mut reader = reader?;
    let read = blocking(move || {
        let mut chunk = vec![0; 64 * 1024];
        let length = reader.read(&mut chunk)?;
        chunk.truncate(length);
        Ok((chunk, reader))
    });
    match read.await {
        Ok(Ok((chunk, _))) if chunk.is_empty() => None,
        Ok(Ok((chunk, reader))) => Some((Ok(chunk.into()), Some(reader))),
        Ok(Err(error)) => Some((Err(failure(ureq::Error::Io(error), &url)), None)),
        Err(failure) => Some((Err(failure), None)),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, FetchError> {
    let broken = |error| FetchError::new(FetchErrorKind::Interrupted, "the request was abandoned").with_source(error);
    spawn_blocking(work).await.map_err(broken)
}

/// This build of ureq undoes no content coding, and requests none.
fn refuse_coding(headers: &HeaderMap, url: &PageUrl) -> Result<(), FetchError> {
    let Some(coding) = headers.get("content-encoding") else { return Ok(()) };
    Err(FetchError::new(FetchErrorKind::NotAPage, format!("the response from {url} has the coding {coding:?}")))
}

/// What a failure means for the next attempt.
fn failure(error: ureq::Error, url: &PageUrl) -> FetchError {
    let kind = match &error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed | ureq::Error::Tls(_) => FetchErrorKind::Connect,
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => FetchErrorKind::Connect,
        ureq::Error::Timeout(_) => FetchErrorKind::Timeout,
        _ => FetchErrorKind::Interrupted,
    };
    FetchError::new(kind, format!("cannot read {url}")).with_source(error)
}
