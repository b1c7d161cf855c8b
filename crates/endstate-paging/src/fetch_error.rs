//! Why a page could not be fetched, classified by how the caller should react.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use endstate_odata::ErrorBody;

/// One failed attempt at one page.
///
/// ```
/// use std::time::Duration;
/// use endstate_paging::{FetchError, FetchErrorKind};
///
/// let failure = FetchError::new(FetchErrorKind::Throttled, "too many requests")
///     .with_status(429)
///     .with_retry_after(Duration::from_secs(30));
/// assert!(failure.kind().is_transient());
/// ```
#[derive(Debug, Clone)]
pub struct FetchError {
    kind: FetchErrorKind,
    message: String,
    status: Option<u16>,
    retry_after: Option<Duration>,
    server: Option<Arc<ErrorBody>>,
    correlation_id: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FetchErrorKind {
    /// No connection: name not found, refused, TLS handshake failed. Transient.
    Connect,
    /// The server did not respond, or did not finish, in time. Transient.
    Timeout,
    /// The connection broke before the end of the response. Transient.
    Interrupted,
    /// The server limits the rate of requests (429). Transient.
    Throttled,
    /// The server is temporarily unavailable (408, 409, 421, 423, 425 and most 5xx). Transient.
    Unavailable,
    /// A successful response whose body is cut off, broken, or holds an error. Transient.
    Malformed,
    /// The server does not accept the token (401). One more attempt is made, with a renewed token.
    Unauthorized,
    /// The server accepts the token, but the token may not read this (403).
    Forbidden,
    /// Nothing exists at this URL (404). On a continuation, this means that it expired.
    NotFound,
    /// A continuation that the server no longer knows (410), or a signed URL of a file that is no
    /// longer valid.
    Expired,
    /// The server redirects the request (3xx). A redirect is never followed.
    Redirected,
    /// Any other response that is not 200.
    Rejected,
    /// A successful response that is not an OData collection, such as the page of a captive portal.
    NotAPage,
    /// The URL leads to an origin that is not pinned. Nothing was sent.
    LinkRefused,
    /// No token is available to send.
    NoToken,
    /// The page is larger than the limit.
    TooLarge,
}

impl FetchErrorKind {
    /// The kind of a response with this HTTP status, which is no page: any other than 200. A
    /// transport that knows better, such as for signed URLs, decides for itself.
    ///
    /// ```
    /// use endstate_paging::FetchErrorKind;
    ///
    /// assert_eq!(FetchErrorKind::from_status(429), FetchErrorKind::Throttled);
    /// assert_eq!(FetchErrorKind::from_status(204), FetchErrorKind::Rejected);
    /// ```
    pub fn from_status(status: u16) -> Self {
        match status {
            300..=399 => Self::Redirected,
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            410 => Self::Expired,
            429 => Self::Throttled,
            // 501 and 505 are permanent. A request that only reads may be sent again after 409
            // (another request was in the way), 421 and 425 (RFC 9110, 15.5.20; RFC 8470, 5.2) and
            // 423 (a lock ends).
            408 | 409 | 421 | 423 | 425 | 500 | 502..=504 | 506..=599 => Self::Unavailable,
            _ => Self::Rejected,
        }
    }

    /// Whether another attempt may help. [`Unauthorized`](Self::Unauthorized) counts, but only for
    /// one more attempt.
    pub fn is_transient(self) -> bool {
        match self {
            Self::Connect
            | Self::Timeout
            | Self::Interrupted
            | Self::Throttled
            | Self::Unavailable
            | Self::Malformed
            | Self::Unauthorized => true,
            Self::Forbidden
            | Self::NotFound
            | Self::Expired
            | Self::Redirected
            | Self::Rejected
            | Self::NotAPage
            | Self::LinkRefused
            | Self::NoToken
            | Self::TooLarge => false,
        }
    }
}

impl FetchError {
    /// A failure. The message says what happened, in lower case and without secrets.
    pub fn new(kind: FetchErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            status: None,
            retry_after: None,
            server: None,
            correlation_id: None,
            source: None,
        }
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds the minimum wait that the server requests.
    #[must_use]
    pub fn with_retry_after(mut self, delay: impl Into<Option<Duration>>) -> Self {
        self.retry_after = delay.into();
        self
    }

    /// Adds what the server reports about the failure.
    #[must_use]
    pub fn with_server(mut self, error: impl Into<Option<ErrorBody>>) -> Self {
        self.server = error.into().map(Arc::new);
        self
    }

    /// Adds the id under which the server's operators find the request.
    #[must_use]
    pub fn with_correlation_id(mut self, id: impl Into<Option<String>>) -> Self {
        self.correlation_id = id.into();
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// Returns the failure with its message, and the texts of the server, changed by `text`: to
    /// remove secrets from them.
    #[must_use]
    pub fn map_texts(mut self, text: &dyn Fn(&str) -> String) -> Self {
        self.message = text(&self.message);
        self.server = self.server.map(|server| Arc::new((*server).clone().map_texts(text)));
        self.correlation_id = self.correlation_id.as_deref().map(text);
        self
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> FetchErrorKind {
        self.kind
    }

    /// The HTTP status, if there was a response.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The minimum wait before the next attempt that the server requests.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Whether the request reached a connection.
    pub(crate) fn was_sent(&self) -> bool {
        !matches!(self.kind, FetchErrorKind::Connect | FetchErrorKind::NoToken | FetchErrorKind::LinkRefused)
    }

    /// What the server reports about the failure.
    pub fn server(&self) -> Option<&ErrorBody> {
        self.server.as_deref()
    }

    /// The id under which the server's operators find the request: from the body, else from a
    /// header.
    pub fn correlation_id(&self) -> Option<&str> {
        self.server().and_then(ErrorBody::correlation_id).or(self.correlation_id.as_deref())
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for FetchError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
