//! One request for one page or query: where it may go, what it carries, and what its response
//! means.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::PageUrl;
use endstate_paging::{
    FetchError, FetchErrorKind, MAX_ERROR_BYTES, Pacer, PageResponse, PinnedOrigins, RefusedResponse, Transport,
    correlation_id,
};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use secrecy::SecretString;
use tracing::Instrument;
use tracing::field::Empty;
use url::Url;
use uuid::Uuid;

use crate::connections::{Connections, CurrentClient};
use crate::exchange::{Exchange, OnExchange, ResponseHead, shown};
use crate::own_header::{self, own_header};
use crate::{AuthorizationScheme, Error, TokenProvider, gzip, redacted, redaction};

/// The id of a request, by which the service's operators find it (Microsoft Graph).
const REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

/// Fetches pages with reqwest.
///
/// The origin of the service root is pinned, and so are those that
/// [`TransportBuilder::also_pinned`](crate::TransportBuilder::also_pinned) names. A link to any
/// other origin is refused before anything is sent.
#[derive(Debug, Clone)]
pub struct ReqwestTransport {
    pub(crate) connections: Arc<Connections>,
    /// The origin of the service root first.
    pub(crate) pinned: PinnedOrigins,
    /// `None` sends no secret.
    pub(crate) token: Option<Arc<dyn TokenProvider>>,
    pub(crate) scheme: AuthorizationScheme,
    /// The headers of each request, without the secret.
    pub(crate) headers: HeaderMap,
    pub(crate) on_exchange: OnExchange,
    pub(crate) pacer: Arc<Pacer>,
    pub(crate) first_byte_timeout: Duration,
    pub(crate) page_timeout: Duration,
}

impl ReqwestTransport {
    /// The pacer of the calls of this transport.
    pub fn pacer(&self) -> &Pacer {
        &self.pacer
    }

    /// A transport that shares everything with this one, and sends a header with its requests, such
    /// as `ConsistencyLevel` or `Prefer` for one collection. It replaces the header of this name;
    /// `Prefer` is sent beside others.
    ///
    /// # Errors
    /// As for [`TransportBuilder::header`](crate::TransportBuilder::header).
    pub fn with_header(&self, name: &str, value: &str) -> Result<Self, Error> {
        let (name, value) = own_header(name, value)?;
        let mut changed = self.clone();
        own_header::set(&mut changed.headers, name, value);
        Ok(changed)
    }

    /// Sends a GET, or a POST with a JSON body, and returns once a successful response has begun.
    pub(crate) async fn request(&self, url: &PageUrl, body: Option<String>) -> Result<PageResponse, FetchError> {
        let Answer { response, correlation_id, token, client } = self.send(url, body).await?;
        if response.status() != StatusCode::OK {
            match response.status() {
                StatusCode::UNAUTHORIZED => {
                    if let (Some(provider), Some(token)) = (&self.token, &token) {
                        provider.refused(token).await;
                    }
                }
                // This connection does not serve the origin (RFC 9110, 15.5.20).
                StatusCode::MISDIRECTED_REQUEST => self.connections.give_up(&client),
                _ => {}
            }
            return Err(refusal(response, url).await.with_correlation_id(correlation_id));
        }
        let is_coded = response.headers().contains_key(CONTENT_ENCODING);
        let length = response.content_length().filter(|_| !is_coded);
        let connections = Arc::clone(&self.connections);
        let chunks = decoded_body(response, url)?.inspect(move |chunk| {
            if chunk.is_err() {
                connections.give_up(&client);
            }
        });
        Ok(PageResponse::new(chunks).with_content_length(length))
    }

    /// Returns the parsed URL, if it may receive the token.
    fn pinned_url(&self, url: &PageUrl) -> Result<Url, FetchError> {
        let redact = |failure: FetchError| failure.map_texts(&|text| redacted(text).into_owned());
        let checked = self.pinned.check(url).map_err(redact)?;
        Url::parse(checked.as_str())
            .map_err(|error| FetchError::new(FetchErrorKind::LinkRefused, format!("the link is not a URL: {error}")))
    }

    async fn send(&self, url: &PageUrl, body: Option<String>) -> Result<Answer, FetchError> {
        let parsed = self.pinned_url(url)?;
        let permit = self.pacer.admit().await;
        let mut headers = self.headers.clone();
        let token = match &self.token {
            Some(provider) => {
                let token = provider.token().await.map_err(no_token)?;
                redaction::remember(&token);
                let (name, value) = self.scheme.header(&token)?;
                headers.insert(name, value);
                Some(token)
            }
            None => None,
        };
        redaction::remember_link(&parsed);
        let request_id = Uuid::new_v4().to_string();
        let client = self.connections.current();
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let request = client.client.request(method.clone(), parsed);
        let request = match body {
            None => request,
            Some(body) => request.body(body),
        };
        headers.extend(HeaderValue::try_from(&request_id).map(|id| (REQUEST_ID, id)));
        let shown_headers = self.on_exchange.0.is_some().then(|| shown(&headers));
        let request = request.headers(headers).timeout(self.page_timeout);
        let shown_url = url.to_string();
        let shown_url = &*redacted(&shown_url);
        tracing::debug!(url = %shown_url, correlation_id = request_id, "requesting");

        let span = tracing::info_span!(
            "request",
            otel.name = %method,
            otel.kind = "client",
            http.request.method = %method,
            url.full = %shown_url,
            http.response.status_code = Empty,
            error.type = Empty,
            endstate.correlation_id = Empty,
        );
        let begun = Instant::now();
        let sent = request.send().instrument(span.clone());
        let answer = tokio::time::timeout(self.first_byte_timeout, sent).await;
        drop(permit);
        let elapsed = begun.elapsed();
        let answer = match answer {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(broken(error, url)),
            Err(_) => Err(no_answer_in_time(shown_url, self.first_byte_timeout)),
        };
        if let (Some(notify), Some(request_headers)) = (&self.on_exchange.0, shown_headers) {
            let head = |response: &Response| ResponseHead::new(response.status().as_u16(), response.headers());
            let response = answer.as_ref().map(head);
            notify(&Exchange { method: &method, url: shown_url, request_headers, response, elapsed });
        }

        let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        match answer {
            Ok(response) => {
                let status = response.status().as_u16();
                let correlation_id = correlation_id(response.headers(), &redacted).unwrap_or(request_id);
                span.record("http.response.status_code", i64::from(status))
                    .record("endstate.correlation_id", &correlation_id);
                tracing::info!(parent: &span, url = %shown_url, status, millis, correlation_id, "answered");
                Ok(Answer { response, correlation_id, token, client })
            }
            Err(failure) => {
                self.connections.give_up(&client);
                span.record("error.type", tracing::field::debug(failure.kind()))
                    .record("endstate.correlation_id", &request_id);
                tracing::info!(parent: &span, url = %shown_url, error = %failure, millis, correlation_id = request_id, "failed");
                Err(failure.with_correlation_id(request_id))
            }
        }
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn fetch(&self, url: &PageUrl) -> Result<PageResponse, FetchError> {
        self.request(url, None).await
    }

    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        redacted(text)
    }
}

/// A response, and what it belongs to.
struct Answer {
    response: Response,
    correlation_id: String,
    /// The token that was sent, if any.
    token: Option<SecretString>,
    client: CurrentClient,
}

/// Returns the body as it was before compression.
fn decoded_body(
    response: Response,
    url: &PageUrl,
) -> Result<BoxStream<'static, Result<Bytes, FetchError>>, FetchError> {
    let codings = response.headers().get_all(CONTENT_ENCODING).iter();
    let codings: Vec<_> =
        codings.map(|coding| String::from_utf8_lossy(coding.as_bytes()).to_ascii_lowercase()).collect();
    let coding = codings.join(", ");
    let owned_url = url.clone();
    let bytes = response.bytes_stream().map(move |chunk| chunk.map_err(|error| broken(error, &owned_url)));

    match coding.trim() {
        "" | "identity" => Ok(bytes.boxed()),
        "gzip" | "x-gzip" => {
            let url = url.clone();
            let broken_gzip = move |error| {
                let message = format!("the response from {url} cannot be decompressed");
                FetchError::new(FetchErrorKind::Malformed, message).with_source(error)
            };
            Ok(gzip::decompress(bytes.boxed(), broken_gzip).boxed())
        }
        coding => {
            let message = format!("the response from {url} has the content coding '{coding}', which was not requested");
            Err(FetchError::new(FetchErrorKind::NotAPage, redacted(&message)))
        }
    }
}

/// Returns the failure of a missing token; nothing was sent. The cause keeps its type, so a program
/// can choose advice from it.
fn no_token(error: Error) -> FetchError {
    let kind = match error {
        Error::SignInUnreachable { .. } => FetchErrorKind::Connect,
        _ => FetchErrorKind::NoToken,
    };
    FetchError::new(kind, "could not get a token").with_server(error.server().cloned()).with_source(error)
}

/// Returns the failure of a broken request or response. It removes the URL from the library's
/// error, whose text would show the query.
pub(crate) fn broken(error: reqwest::Error, url: &PageUrl) -> FetchError {
    let error = error.without_url();
    // First: a connection that is not made in time is no slow service.
    let (kind, what) = if error.is_connect() {
        (FetchErrorKind::Connect, "no connection to")
    } else if error.is_timeout() {
        (FetchErrorKind::Timeout, "timed out while fetching")
    } else {
        (FetchErrorKind::Interrupted, "the connection broke before the end of the response from")
    };
    FetchError::new(kind, redacted(&format!("{what} {url}"))).with_source(error)
}

/// Returns the failure of a request without a response.
pub(crate) fn no_answer_in_time(shown_url: &str, waited: Duration) -> FetchError {
    let message = format!("no response from {shown_url} within {} s", waited.as_secs_f64());
    FetchError::new(FetchErrorKind::Timeout, message)
}

/// Returns the failure of a response that is not 200.
async fn refusal(response: Response, url: &PageUrl) -> FetchError {
    let (status, headers) = (response.status(), response.headers().clone());
    let body = beginning(response, url).await;
    RefusedResponse::new(url, status, &headers).body(&body).redact(&redacted).into_error()
}

pub(crate) fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Returns the beginning of an error response. If the body breaks off, the status has already shown
/// what matters.
pub(crate) async fn beginning(response: Response, url: &PageUrl) -> Vec<u8> {
    let mut beginning = Vec::new();
    let Ok(mut chunks) = decoded_body(response, url) else { return beginning };
    while beginning.len() < MAX_ERROR_BYTES
        && let Some(Ok(chunk)) = chunks.next().await
    {
        beginning.extend_from_slice(&chunk[..chunk.len().min(MAX_ERROR_BYTES - beginning.len())]);
    }
    beginning
}
