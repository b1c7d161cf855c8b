//! A transport over hyper, without TLS: enough for a service on loopback.

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::PageUrl;
use endstate_paging::{
    FetchError, FetchErrorKind, MAX_ERROR_BYTES, Pacer, PageResponse, PinnedOrigins, RefusedResponse, Transport,
};
use futures_util::TryStreamExt;
use http::{HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Collected, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

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
        let response = self.client.request(request).await.map_err(|error| {
            let kind = if error.is_connect() { FetchErrorKind::Connect } else { FetchErrorKind::Interrupted };
            FetchError::new(kind, format!("no response from {url}")).with_source(error)
        })?;
        drop(permit);

        let (head, body) = response.into_parts();
        if head.status != StatusCode::OK {
            // The status has already shown what matters.
            let body = Limited::new(body, MAX_ERROR_BYTES).collect().await.map(Collected::to_bytes);
            let body = body.unwrap_or_default();
            return Err(RefusedResponse::new(url, head.status, &head.headers).body(&body).into_error());
        }
        let length = head.headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
        let url = url.clone();
        let chunks = body.into_data_stream().map_err(move |error| {
            FetchError::new(FetchErrorKind::Interrupted, format!("the response from {url} broke off"))
                .with_source(error)
        });
        Ok(PageResponse::new(chunks).with_content_length(length))
    }
}
