//! Links between pages. They are opaque: never rebuilt, sent byte for byte, and never shown with
//! their query.

use std::borrow::Cow;
use std::fmt;

use crate::reference::{self, Reference};
use crate::{Error, Query, Result};

/// The link to the next page, as the server wrote it: absolute or relative, with an opaque skip
/// token.
///
/// A client must follow the link unchanged and add no query options (Protocol 11.2.6.7), so this
/// type has no method that changes it. `Debug` omits the query, because the query contains the skip
/// token.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NextLink(Box<str>);

/// The link to later changes of a collection, as the server wrote it. Section 4.5.7.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DeltaLink(Box<str>);

/// The absolute URL of one page: the first page's URL, or the URL that a [`NextLink`] resolves to.
///
/// `Display` and `Debug` omit the query. Only the transport should call [`as_str`](Self::as_str),
/// which includes it.
///
/// ```
/// use endstate_odata::PageUrl;
///
/// let url = PageUrl::new(
///     "https://graph.microsoft.com/testwdatppreview/machinesecuritystates?$skiptoken=secret",
/// )?;
/// assert_eq!(
///     url.to_string(),
///     "https://graph.microsoft.com/testwdatppreview/machinesecuritystates?[redacted]",
/// );
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PageUrl(Box<str>);

impl NextLink {
    /// Wraps a link as the server wrote it. Returns `None` if it is empty, which means that there
    /// is no next page.
    pub fn new(link: &str) -> Option<Self> {
        (!link.is_empty()).then(|| Self(link.into()))
    }

    /// The link, byte for byte.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the absolute URL that the link refers to. An absolute link is returned byte for
    /// byte. A relative link is resolved against the context URL, which may be relative too. If
    /// there is no context URL, it is resolved against the URL of the request (section 4.3, RFC
    /// 3986 section 5.2).
    ///
    /// ```
    /// use endstate_odata::{NextLink, PageUrl};
    ///
    /// let request = PageUrl::new("https://host/service/machines?$count=true")?;
    /// let link = NextLink::new("machines?$skiptoken=a'b").ok_or("empty")?;
    /// assert_eq!(
    ///     link.resolve(None, &request)?.as_str(),
    ///     "https://host/service/machines?$skiptoken=a'b",
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::Link`] if a request cannot be sent to the resulting URL.
    pub fn resolve(&self, context: Option<&str>, request: &PageUrl) -> Result<PageUrl> {
        resolve(&self.0, context, request)
    }
}

impl DeltaLink {
    /// Wraps a link as the server wrote it. Returns `None` if it is empty.
    pub fn new(link: &str) -> Option<Self> {
        (!link.is_empty()).then(|| Self(link.into()))
    }

    /// The link, byte for byte.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the absolute URL that the link refers to, as [`NextLink::resolve`] does.
    ///
    /// # Errors
    /// Returns [`Error::Link`] if a request cannot be sent to the resulting URL.
    pub fn resolve(&self, context: Option<&str>, request: &PageUrl) -> Result<PageUrl> {
        resolve(&self.0, context, request)
    }
}

/// The URL that a link refers to (RFC 3986 section 5.2).
fn resolve(link: &str, context: Option<&str>, request: &PageUrl) -> Result<PageUrl> {
    let reference = Reference::split(link);
    if reference.scheme.is_some() {
        return PageUrl::new(link);
    }
    let request = Reference::split(&request.0);
    let resolved = match context.filter(|context| !context.is_empty()) {
        Some(context) => {
            let base = reference::resolve(&request, &Reference::split(context));
            reference::resolve(&Reference::split(&base), &reference)
        }
        None => reference::resolve(&request, &reference),
    };
    PageUrl::new(&resolved)
}

impl PageUrl {
    /// Wraps an absolute URL unchanged. The transport decides, from the parsed URL, which hosts it
    /// may send requests to.
    ///
    /// # Errors
    /// Returns [`Error::Link`] if the URL has no scheme or no host, or if it contains control
    /// characters.
    pub fn new(url: &str) -> Result<Self> {
        let reference = Reference::split(url);
        if reference.scheme.is_none() {
            return Err(Error::Link { reason: "it is not absolute" });
        }
        if reference.authority.is_none_or(str::is_empty) {
            return Err(Error::Link { reason: "it names no host" });
        }
        if url.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(Error::Link { reason: "it holds control characters" });
        }
        Ok(Self(url.into()))
    }

    /// Returns the URL with query options appended. It must not have any of them already. This is
    /// for the first URL of a walk: a next link is followed as it is (Protocol 11.2.6.7).
    ///
    /// ```
    /// use endstate_odata::{PageUrl, Query};
    ///
    /// let url = PageUrl::new("https://host/machines?api-version=2")?;
    /// assert_eq!(url.with_query(&Query::new().top(5)).as_str(), "https://host/machines?api-version=2&$top=5");
    /// # Ok::<(), endstate_odata::Error>(())
    /// ```
    #[must_use]
    pub fn with_query(&self, query: &Query) -> Self {
        if query.is_empty() {
            return self.clone();
        }
        let fragment = self.0.find('#').unwrap_or(self.0.len());
        let (url, fragment) = self.0.split_at(fragment);
        let mark = match url.split_once('?') {
            None => "?",
            Some((_, options)) if options.is_empty() || options.ends_with('&') => "",
            Some(_) => "&",
        };
        Self(format!("{url}{mark}{query}{fragment}").into())
    }

    /// The value of a query option such as `$top`, decoded, if the URL has it; of several, the
    /// first.
    ///
    /// ```
    /// use endstate_odata::PageUrl;
    ///
    /// let url = PageUrl::new("https://host/machines?%24top=5&$filter=name%20eq%20%27a%27")?;
    /// assert_eq!(url.query_option("$top").as_deref(), Some("5"));
    /// assert_eq!(url.query_option("$filter").as_deref(), Some("name eq 'a'"));
    /// assert_eq!(url.query_option("top"), None);
    /// # Ok::<(), endstate_odata::Error>(())
    /// ```
    pub fn query_option(&self, name: &str) -> Option<Cow<'_, str>> {
        let url = self.0.split('#').next()?;
        let (_, query) = url.split_once('?')?;
        query.split('&').find_map(|option| {
            let (other, value) = option.split_once('=')?;
            (decoded(other) == name).then(|| decoded(value))
        })
    }

    /// The whole URL, byte for byte, including the skip token.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn decoded(part: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(part).decode_utf8_lossy()
}

/// Writes a URL without the parts that may be secret: the query, the fragment, and anything before
/// `@` in the authority.
fn redact(url: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (shown, hidden) = url.split_at(end);
    let parts = Reference::split(shown);
    if let Some(scheme) = parts.scheme {
        write!(f, "{scheme}:")?;
    }
    if let Some(authority) = parts.authority {
        let (userinfo, host) = authority.rsplit_once('@').map_or(("", authority), |(_, host)| ("[redacted]@", host));
        write!(f, "//{userinfo}{host}")?;
    }
    f.write_str(parts.path)?;
    if hidden.len() > 1 { f.write_str("?[redacted]") } else { Ok(()) }
}

impl fmt::Display for PageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        redact(&self.0, f)
    }
}

impl fmt::Debug for PageUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PageUrl(")?;
        redact(&self.0, f)?;
        f.write_str(")")
    }
}

impl fmt::Debug for NextLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NextLink(")?;
        redact(&self.0, f)?;
        f.write_str(")")
    }
}

impl fmt::Debug for DeltaLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeltaLink(")?;
        redact(&self.0, f)?;
        f.write_str(")")
    }
}
