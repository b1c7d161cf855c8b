//! The rules of a transport, over any HTTP stack.

use std::borrow::Cow;
use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use endstate_odata::PageUrl;
use futures_util::future::{Either, select};
use futures_util::{StreamExt, stream};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::transport::BodyChunks;
use crate::{
    CallLimits, Clock, FetchError, FetchErrorKind, MAX_ERROR_BYTES, Pacer, PageResponse, PinnedOrigins, PinnedUrl,
    RefusedResponse, Transport,
};

/// An HTTP stack: it sends a request, and knows no rules of a pull. [`HttpTransport`] has them.
#[async_trait]
pub trait HttpStack: fmt::Debug + Send + Sync {
    /// Sends one GET request with these headers, and no others than HTTP itself needs. Returns once
    /// the head of the response has arrived. It follows no redirect, retries nothing, and leaves a
    /// content coding as it is.
    ///
    /// # Errors
    ///
    /// [`FetchErrorKind::Connect`] without a connection, and [`FetchErrorKind::Interrupted`] if it
    /// broke. The message needs no URL, and the cause is its source. The body ends with the same.
    async fn get(&self, url: &PinnedUrl, headers: HeaderMap) -> Result<Response<BodyChunks>, FetchError>;
}

/// A [`Transport`] over an HTTP stack. It sends requests and the token to pinned origins alone, in
/// time and within the limits of calls, and says what a response that is no page means, without
/// the token.
///
/// It does not renew the token: for that, implement [`Transport`] around it.
///
/// ```
/// use std::sync::Arc;
///
/// use endstate_paging::{HttpStack, HttpTransport, PinnedOrigins, Pull, TokioClock};
/// use endstate_odata::PageUrl;
///
/// # fn example(my_stack: impl HttpStack + 'static) -> Result<(), Box<dyn std::error::Error>> {
/// let clock = Arc::new(TokioClock::new());
/// let pinned = PinnedOrigins::new("https://graph.microsoft.com".parse()?);
/// let transport = HttpTransport::new(my_stack, pinned, clock.clone()).authorization("Bearer token".try_into()?);
/// let first = PageUrl::new("https://graph.microsoft.com/v1.0/users")?;
/// let pages = Pull::new(Arc::new(transport), clock, first).pages();
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct HttpTransport<S> {
    stack: S,
    pinned: PinnedOrigins,
    clock: Arc<dyn Clock>,
    pacer: Pacer,
    /// Marked as sensitive, so no `Debug` shows it.
    authorization: Option<HeaderValue>,
    head_within: Duration,
    page_within: Duration,
}

impl<S: HttpStack> HttpTransport<S> {
    /// A transport without authorization, limits of calls other than those of the server, and with
    /// 60 seconds for the head of a response and 5 minutes for a page.
    pub fn new(stack: S, pinned: PinnedOrigins, clock: Arc<dyn Clock>) -> Self {
        let pacer = Pacer::new(CallLimits::NONE, Arc::clone(&clock));
        let (head_within, page_within) = (Duration::from_secs(60), Duration::from_secs(300));
        Self { stack, pinned, clock, pacer, authorization: None, head_within, page_within }
    }

    /// Sets the header that authorizes requests, such as `Bearer TOKEN`.
    #[must_use]
    pub fn authorization(mut self, mut header: HeaderValue) -> Self {
        header.set_sensitive(true);
        self.authorization = Some(header);
        self
    }

    /// Sets what decides when a request may be sent.
    #[must_use]
    pub fn pacer(self, pacer: Pacer) -> Self {
        Self { pacer, ..self }
    }

    /// Sets how long the head of a response may take, and the whole of it.
    #[must_use]
    pub fn time_limits(self, head: Duration, page: Duration) -> Self {
        Self { head_within: head, page_within: page, ..self }
    }

    /// A text of the server without the token, which it may echo.
    fn without_token<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let header = self.authorization.as_ref().and_then(|header| header.to_str().ok()).unwrap_or_default();
        // After the scheme, if there is one.
        let secret = header.split_once(' ').map_or(header, |(_, secret)| secret).trim();
        if secret.is_empty() { text.into() } else { text.replace(secret, "***").into() }
    }
}

#[async_trait]
impl<S: HttpStack> Transport for HttpTransport<S> {
    async fn fetch(&self, url: &PageUrl) -> Result<PageResponse, FetchError> {
        let pinned = self.pinned.check(url)?;
        let headers = self.authorization.iter().map(|header| (AUTHORIZATION, header.clone())).collect();
        let permit = self.pacer.admit().await;
        let until = self.clock.now() + self.page_within;
        let response = within(&*self.clock, self.head_within, self.stack.get(&pinned, headers)).await;
        let response = response.unwrap_or_else(|| Err(late(url)));
        drop(permit);

        let (head, body) = response.map_err(|error| of_url(error, url))?.into_parts();
        let mut body = in_time(body, Arc::clone(&self.clock), until, url.clone());
        if head.status != StatusCode::OK {
            let mut text = Vec::new();
            // The status has already shown what matters.
            while let Some(Ok(chunk)) = body.next().await
                && text.len() < MAX_ERROR_BYTES
            {
                text.extend_from_slice(&chunk[..chunk.len().min(MAX_ERROR_BYTES - text.len())]);
            }
            let refused = RefusedResponse::new(url, head.status, &head.headers).body(&text);
            return Err(refused.redact(&|text| self.without_token(text)).into_error());
        }
        // None was requested.
        if let Some(coding) = head.headers.get(CONTENT_ENCODING) {
            let message = format!("the response from {url} has the coding {coding:?}");
            return Err(FetchError::new(FetchErrorKind::NotAPage, self.without_token(&message)));
        }
        let length = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        Ok(PageResponse::new(body).with_content_length(length))
    }

    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.without_token(text)
    }
}

/// The chunks of a body until a moment, after which it ends with an error: one that stalls ends
/// when one that is slow does.
fn in_time(body: BodyChunks, clock: Arc<dyn Clock>, until: Duration, url: PageUrl) -> BodyChunks {
    let chunks = stream::unfold(Some(body), move |body| {
        let (clock, url) = (Arc::clone(&clock), url.clone());
        async move {
            let mut body = body?;
            let left = until.saturating_sub(clock.now());
            let chunk = within(&*clock, left, body.next()).await.unwrap_or_else(|| Some(Err(late(&url))))?;
            let chunk = chunk.map_err(|error| of_url(error, &url));
            let rest = chunk.is_ok().then_some(body);
            Some((chunk, rest))
        }
    });
    chunks.boxed()
}

/// The output of a future; `None` if it takes longer.
async fn within<T>(clock: &dyn Clock, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), clock.sleep(limit)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

fn late(url: &PageUrl) -> FetchError {
    FetchError::new(FetchErrorKind::Timeout, format!("no response from {url} in time"))
}

/// A failure of the stack, with the URL of the request.
fn of_url(error: FetchError, url: &PageUrl) -> FetchError {
    if error.kind() == FetchErrorKind::Timeout {
        return late(url);
    }
    FetchError::new(error.kind(), format!("cannot read {url}")).with_source(error)
}
