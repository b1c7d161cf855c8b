//! What a response that is no page says: its kind, when to try again, and what the server reports.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use endstate_odata::{ErrorBody, PageUrl};
use http::header::{DATE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, StatusCode};
use url::Url;

use crate::{FetchError, FetchErrorKind, parse_retry_after};

/// A response whose status is not 200, from any HTTP stack, as the failure that a transport
/// returns.
///
/// ```
/// use std::time::Duration;
///
/// use endstate_odata::PageUrl;
/// use endstate_paging::{FetchErrorKind, RefusedResponse};
///
/// let url = PageUrl::new("https://host/devices?$skiptoken=secret")?;
/// let response = http::Response::builder().status(429).header("retry-after", "30").body(())?;
///
/// let failure = RefusedResponse::new(&url, response.status(), response.headers())
///     .body(br#"{"error":{"code":"TooManyRequests","message":"later"}}"#)
///     .into_error();
/// assert_eq!(failure.to_string(), "the service answered 429 Too Many Requests to https://host/devices?[redacted]");
/// assert_eq!((failure.kind(), failure.retry_after()), (FetchErrorKind::Throttled, Some(Duration::from_secs(30))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RefusedResponse<'r> {
    url: &'r PageUrl,
    status: StatusCode,
    headers: &'r HeaderMap,
    body: &'r [u8],
    redact: &'r Redact<'r>,
}

/// Removes secrets from a text.
pub type Redact<'r> = dyn for<'t> Fn(&'t str) -> Cow<'t, str> + Sync + 'r;

/// The most bytes of an error's body that a transport needs to read.
pub const MAX_ERROR_BYTES: usize = 64 * 1024;

/// The longest correlation id that is kept, in characters.
const LONGEST_ID: usize = 64;

fn unchanged(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

impl<'r> RefusedResponse<'r> {
    /// A response to the request for this URL, whose body is not known.
    pub fn new(url: &'r PageUrl, status: StatusCode, headers: &'r HeaderMap) -> Self {
        Self { url, status, headers, body: &[], redact: &unchanged }
    }

    /// Sets the body, after content codings are undone, or the beginning of it:
    /// [`MAX_ERROR_BYTES`] are enough.
    #[must_use]
    pub fn body(self, body: &'r [u8]) -> Self {
        Self { body, ..self }
    }

    /// Sets what removes secrets from the texts of the response, which may echo the token. The
    /// query of the URL is left out in any case.
    #[must_use]
    pub fn redact(self, redact: &'r Redact<'r>) -> Self {
        Self { redact, ..self }
    }

    /// The failure of the request, for [`Transport::fetch`](crate::Transport::fetch) to return.
    pub fn into_error(self) -> FetchError {
        let Self { url, status, headers, body, redact } = self;
        let kind = FetchErrorKind::from_status(status.as_u16());
        let target = self.redirect_origin().filter(|_| kind == FetchErrorKind::Redirected);
        let target = target.map(|origin| format!(", a redirect to {origin}")).unwrap_or_default();
        let message = format!("the service answered {status} to {url}{target}");
        let server = ErrorBody::from_slice(body).map(|body| body.map_texts(&|text| redact(text).into_owned()));
        FetchError::new(kind, redact(&message))
            .with_status(status.as_u16())
            .with_retry_after(retry_after(headers))
            .with_correlation_id(correlation_id(headers, redact))
            .with_server(server)
    }

    /// The origin of a redirect, without path and query, which may hold secrets.
    fn redirect_origin(&self) -> Option<String> {
        let target = Url::parse(self.url.as_str()).ok()?.join(text(self.headers, LOCATION.as_str())?).ok()?;
        Some(target.origin().ascii_serialization())
    }
}

impl std::fmt::Debug for RefusedResponse<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RefusedResponse").field("url", &self.url).field("status", &self.status).finish_non_exhaustive()
    }
}

/// How long a response asks to wait (`Retry-After`). A date is measured from the server's own date,
/// if the response has one, because clocks differ.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let now = text(headers, DATE.as_str()).and_then(|date| httpdate::parse_http_date(date).ok());
    parse_retry_after(text(headers, RETRY_AFTER.as_str())?, now.unwrap_or_else(SystemTime::now))
}

/// The id under which the server's operators find a request: Graph's `request-id`, or the header
/// that other Azure front ends use. `redact` removes secrets from it, which a server may echo
/// there.
pub fn correlation_id(headers: &HeaderMap, redact: &Redact<'_>) -> Option<String> {
    let names = ["request-id", "x-ms-request-id", "x-correlation-id"];
    let id = names.iter().find_map(|name| text(headers, name))?;
    // Before it is cut: a part of a secret is not found as surely.
    Some(redact(id).chars().filter(char::is_ascii_graphic).take(LONGEST_ID).collect())
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
