//! The root of a service, under which its collections are.

use std::fmt;

use endstate_odata::PageUrl;
use endstate_paging::OriginError;
use url::Url;

use crate::{Error, Origin, Result};

/// The URL under which the collections are, such as `https://graph.microsoft.com/testwdatppreview`
/// (from the collection's document).
///
/// ```
/// use endstate_reqwest::ServiceRoot;
///
/// let root = ServiceRoot::parse("https://graph.microsoft.com/testwdatppreview/")?;
/// let first = root.collection("machinesecuritystates")?;
/// assert_eq!(first.as_str(), "https://graph.microsoft.com/testwdatppreview/machinesecuritystates");
/// assert!(ServiceRoot::parse("http://graph.microsoft.com/testwdatppreview").is_err());
/// # Ok::<(), endstate_reqwest::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRoot {
    url: String,
    origin: Origin,
}

impl ServiceRoot {
    /// The root that the collection's document names.
    pub const DOCUMENTED: &str = "https://graph.microsoft.com/testwdatppreview";

    /// Parses a service root: https, or http on loopback.
    ///
    /// # Errors
    /// [`Error::ServiceRoot`] for anything else, and for a root with a query, a fragment or a user
    /// name.
    pub fn parse(root: &str) -> Result<Self> {
        Self::with_origin(root, str::parse)
    }

    /// Parses a service root that may have plain http, also beyond loopback: each machine on the
    /// way can then read and change what is sent, the token included. For a service in a network of
    /// your own that has no https.
    ///
    /// # Errors
    /// As for [`parse`](Self::parse).
    pub fn with_plain_http(root: &str) -> Result<Self> {
        Self::with_origin(root, Origin::with_plain_http)
    }

    fn with_origin(root: &str, origin: fn(&str) -> Result<Origin, OriginError>) -> Result<Self> {
        let refuse = |reason: &str| Error::ServiceRoot { reason: reason.to_owned() };
        let url = Url::parse(root).map_err(|_| refuse("it is not a whole URL; write it like https://host/path"))?;
        let origin = origin(root).map_err(|error| refuse(error.reason))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("it has a query or a fragment; remove it"));
        }
        Ok(Self { url: url.as_str().trim_end_matches('/').to_owned(), origin })
    }

    /// The URL of a collection's first page. The collection is named as in a URL, below the root; a
    /// [`ResourcePath`](endstate_odata::ResourcePath) encodes keys, and
    /// [`PageUrl::with_query`] adds query options.
    ///
    /// # Errors
    /// [`Error::CollectionName`] if the name does not make a URL below the root: if it has a `?` or
    /// a `#`, at which a filter would be cut, a `\`, a part that is empty, or one that leaves the
    /// part before it, such as `..`.
    pub fn collection(&self, entity_set: &str) -> Result<PageUrl> {
        let refuse = |reason: &str| Err(Error::CollectionName { reason: reason.to_owned() });
        if entity_set.contains(['?', '#']) {
            return refuse("it has a `?` or a `#`; set query options with `PageUrl::with_query`");
        }
        // The URL standard reads `\` as `/`, and `%2e` as a dot.
        let is_step = |part: &str| matches!(&*part.to_ascii_lowercase().replace("%2e", "."), "" | "." | "..");
        if entity_set.contains('\\') || entity_set.split('/').any(is_step) {
            return refuse("a part of it is empty, `.` or `..`, or has a `\\`; name what is below the root");
        }
        PageUrl::new(&format!("{}/{entity_set}", self.url))
            .map_err(|error| Error::CollectionName { reason: error.to_string() })
    }

    /// The origin of the root, which is the first pinned origin.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl fmt::Display for ServiceRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}
