//! A transport over hyper, without TLS: enough for a service on loopback.

use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::PageUrl;
use endstate_paging::{
    FetchError, FetchErrorKind, MAX_ERROR_BYTES, Pacer, PageResponse, PinnedOrigins, RefusedResponse, Transport,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Collected, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::{Instant, timeout, timeout_at};

/// How long the head of a response may take, and the whole of it.
const FIRST_BYTE: Duration = Duration::from_secs(60);
const WHOLE_PAGE: Duration = Duration::from_secs(300);

#[derive(Debug)]
pub(crate) struct HyperTransport {
    client: Client<HttpConnector, Empty<Bytes>>,
    pinned: PinnedOrigins,
    pacer: Pacer,
    /// Marked as sensitive, so no `Debug` shows it.
    authorization: HeaderValue,
}

impl HyperTransport {
    pub(crate) fn new(pinned: PinnedOrigins, pacer: Pacer, mut authorization: HeaderValue) -> Self {
        authorization.set_sensitive(true);
        Self { client: Client::builder(TokioExecutor::new()).build_http(), pinned, pacer, authorization }
    }

    /// A text of the service without the token, which it may echo.
    fn without_token<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.authorization.to_str().ok().and_then(|header| header.strip_prefix("Bearer ")) {
            Some(token) => text.replace(token, "***").into(),
            None => text.into(),
        }
    }
}

fn late(url: &PageUrl) -> FetchError {
    FetchError::new(FetchErrorKind::Timeout, format!("no response from {url} in time"))
}

#[async_trait]
impl Transport for HyperTransport {
    async fn fetch(&self, url: &PageUrl) -> Result<PageResponse, FetchError> {
        let pinned = self.pinned.check(url)?;
        let request = Request::get(pinned.as_str())
            .header("authorization", self.authorization.clone())
            .body(Empty::new())
            .map_err(|error| {
                FetchError::new(FetchErrorKind::LinkRefused, "the link is not a URL").with_source(error)
            })?;
        let permit = self.pacer.admit().await;
        let response = timeout(FIRST_BYTE, self.client.request(request)).await.map_err(|_| late(url))?;
        let response = response.map_err(|error| {
            let kind = if error.is_connect() { FetchErrorKind::Connect } else { FetchErrorKind::Interrupted };
            FetchError::new(kind, format!("no response from {url}")).with_source(error)
        })?;
        drop(permit);

        let (head, body) = response.into_parts();
        if head.status != StatusCode::OK {
            // The status has already shown what matters.
            let body = Limited::new(body, MAX_ERROR_BYTES).collect().await.map(Collected::to_bytes);
            let body = body.unwrap_or_default();
            let refused = RefusedResponse::new(url, head.status, &head.headers).body(&body);
            return Err(refused.redact(&|text| self.without_token(text)).into_error());
        }
        // hyper undoes no content coding, and none was requested.
        if let Some(coding) = head.headers.get("content-encoding") {
            let message = format!("the response from {url} has the coding {coding:?}");
            return Err(FetchError::new(FetchErrorKind::NotAPage, message));
        }
        let length = head.headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
        let owned_url = url.clone();
        let chunks = body.into_data_stream().map_err(move |error| {
            FetchError::new(FetchErrorKind::Interrupted, format!("the response from {owned_url} broke off"))
                .with_source(error)
        });
        // A body that stalls ends when one that is slow does.
        let (until, url) = (Instant::now() + WHOLE_PAGE, url.clone());
        let chunks = stream::unfold(Box::pin(chunks), move |mut chunks| {
            let url = url.clone();
            async move {
                let chunk = timeout_at(until, chunks.next()).await.unwrap_or_else(|_| Some(Err(late(&url))))?;
                Some((chunk, chunks))
            }
        });
        Ok(PageResponse::new(chunks).with_content_length(length))
    }

    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.without_token(text)
    }
}
