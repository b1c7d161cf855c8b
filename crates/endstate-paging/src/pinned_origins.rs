//! The origins that may receive a token, and the check of each URL before a request.

use endstate_odata::PageUrl;
use url::Url;

use crate::{FetchError, FetchErrorKind, Origin};

/// The origins to which a transport may send a request, and with it its token.
///
/// ```
/// use endstate_odata::PageUrl;
/// use endstate_paging::{FetchErrorKind, PinnedOrigins};
///
/// let pinned = PinnedOrigins::new("https://graph.microsoft.com".parse()?);
/// let next = PageUrl::new("https://graph.microsoft.com/v1.0/devices?$skiptoken=x")?;
/// assert_eq!(pinned.check(&next)?.as_str(), next.as_str());
///
/// let look_alike = PageUrl::new("https://graph.microsoft.com.example/v1.0/devices?$skiptoken=x")?;
/// assert_eq!(pinned.check(&look_alike).unwrap_err().kind(), FetchErrorKind::LinkRefused);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedOrigins {
    first: Origin,
    others: Vec<Origin>,
}

/// A URL that leads to a [pinned origin](PinnedOrigins::check), as the URL standard reads and
/// writes it.
///
/// Send the request to this text. HTTP stacks parse URLs in different ways, and one that reads
/// another host than the check did would send the token there; of this text, there is one reading.
#[derive(Clone, PartialEq, Eq)]
pub struct PinnedUrl(Url);

impl PinnedOrigins {
    /// Pins one origin: that of the service.
    pub fn new(origin: Origin) -> Self {
        Self { first: origin, others: Vec::new() }
    }

    /// Pins more origins, to which the service's links may lead.
    #[must_use]
    pub fn and(mut self, origins: impl IntoIterator<Item = Origin>) -> Self {
        self.others.extend(origins);
        self
    }

    /// Returns the URL to which a request may be sent.
    ///
    /// # Errors
    /// [`FetchErrorKind::LinkRefused`] if the URL leads to another origin, or has a user name in
    /// front of the host. Nothing may be sent then.
    pub fn check(&self, url: &PageUrl) -> Result<PinnedUrl, FetchError> {
        let refuse = |reason: String| FetchError::new(FetchErrorKind::LinkRefused, reason);
        let parsed = Url::parse(url.as_str()).map_err(|error| refuse(format!("the link is not a URL: {error}")))?;
        let with_plain_http = self.iter().any(Origin::is_exposed);
        let origin = Origin::from_url(&parsed, with_plain_http)
            .map_err(|reason| refuse(format!("the link is refused: {reason}")))?;
        if self.iter().any(|pinned| *pinned == origin) {
            return Ok(PinnedUrl(parsed));
        }
        let pinned: Vec<_> = self.iter().map(ToString::to_string).collect();
        Err(refuse(format!("the link leads to {origin}, but only {} may receive the token", pinned.join(", "))))
    }

    fn iter(&self) -> impl Iterator<Item = &Origin> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl PinnedUrl {
    /// The whole URL, with its query, which may have a secret skip token. It has no fragment.
    pub fn as_str(&self) -> &str {
        let text = self.0.as_str();
        text.split('#').next().unwrap_or(text)
    }
}

/// Leaves out the query, as the URL of a page does.
impl std::fmt::Debug for PinnedUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PinnedUrl({}{})", self.0.origin().ascii_serialization(), self.0.path())
    }
}
