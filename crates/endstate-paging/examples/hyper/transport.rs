//! hyper as an HTTP stack, without TLS: enough for a service on loopback.

use async_trait::async_trait;
use bytes::Bytes;
use endstate_paging::{BodyChunks, FetchError, FetchErrorKind, HttpStack, PinnedUrl};
use futures_util::{StreamExt, TryStreamExt};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

#[derive(Debug)]
pub(crate) struct Hyper(Client<HttpConnector, Empty<Bytes>>);

impl Hyper {
    pub(crate) fn new() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }
}

#[async_trait]
impl HttpStack for Hyper {
    async fn get(&self, url: &PinnedUrl, headers: HeaderMap) -> Result<Response<BodyChunks>, FetchError> {
        let not_a_url = |error| FetchError::new(FetchErrorKind::LinkRefused, "not a URL").with_source(error);
        let mut request = Request::get(url.as_str()).body(Empty::new()).map_err(not_a_url)?;
        *request.headers_mut() = headers;
        let response = self.0.request(request).await.map_err(|error| {
            let kind = if error.is_connect() { FetchErrorKind::Connect } else { FetchErrorKind::Interrupted };
            FetchError::new(kind, "no response").with_source(error)
        })?;
        let broke = |error| FetchError::new(FetchErrorKind::Interrupted, "it broke off").with_source(error);
        Ok(response.map(|body| body.into_data_stream().map_err(broke).boxed()))
    }
}
