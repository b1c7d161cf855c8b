//! A signed URL of a file in Microsoft's storage: its query is its permission, and a secret.

use std::fmt;

use endstate_odata::PageUrl;
use endstate_paging::{FetchError, FetchErrorKind};
use url::{Host, Url};

use crate::{Cloud, Origin, redacted};

/// The hosts from which files may be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StorageHosts {
    suffixes: &'static [&'static str],
    /// Whether files may be on loopback, too, which needs no TLS.
    with_loopback: bool,
}

/// Blob storage of the worldwide cloud, and of the US government's (Azure, "Compare Azure
/// Government and global Azure").
const WORLDWIDE: &str = "blob.core.windows.net";
const GOVERNMENT: &str = "blob.core.usgovcloudapi.net";

impl StorageHosts {
    /// The hosts of a cloud's storage. A service on loopback has its files there, too.
    pub(crate) fn for_cloud(cloud: Cloud, with_loopback: bool) -> Self {
        let suffixes: &[_] = match cloud {
            Cloud::Commercial => &[WORLDWIDE],
            // No document says which storage serves this cloud, which is part of both.
            Cloud::Gcc => &[WORLDWIDE, GOVERNMENT],
            Cloud::GccHigh | Cloud::Dod => &[GOVERNMENT],
        };
        Self { suffixes, with_loopback }
    }

    /// Whether a URL leads to one of these hosts.
    fn accept(&self, url: &Url) -> bool {
        let is_account = |host: &str| self.suffixes.iter().any(|suffix| is_below(host, suffix));
        match (url.scheme(), url.host()) {
            ("http" | "https", _) if is_loopback(url) => self.with_loopback,
            ("https", Some(Host::Domain(host))) => is_account(host) && url.port().is_none(),
            _ => false,
        }
    }
}

fn is_loopback(url: &Url) -> bool {
    url.origin().ascii_serialization().parse().is_ok_and(|origin: Origin| origin.is_loopback())
}

/// Whether a host has labels in front of this suffix, and none of them is empty.
fn is_below(host: &str, suffix: &str) -> bool {
    let account = host.strip_suffix(suffix).and_then(|rest| rest.strip_suffix('.'));
    account.is_some_and(|account| account.split('.').all(|label| !label.is_empty()))
}

/// The URL of a file that leads to a known host. Its `Display` and `Debug` leave out the query.
#[derive(Clone)]
pub(crate) struct SignedUrl {
    pub(crate) url: Url,
    /// As the service wrote it, for messages.
    pub(crate) shown: PageUrl,
}

impl SignedUrl {
    /// Checks a URL, before anything is sent to it.
    ///
    /// # Errors
    /// [`FetchErrorKind::LinkRefused`] if it leads to any other host.
    pub(crate) fn new(file: &PageUrl, hosts: &StorageHosts) -> Result<Self, FetchError> {
        let refuse = |reason: String| FetchError::new(FetchErrorKind::LinkRefused, redacted(&reason).into_owned());
        let url = Url::parse(file.as_str())
            .map_err(|error| refuse(format!("the URL of a file of the export is not a URL: {error}")))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("the URL of a file of the export has a user name or a password".to_owned()));
        }
        if hosts.accept(&url) {
            return Ok(Self { url, shown: file.clone() });
        }
        let known: Vec<_> = hosts.suffixes.iter().map(|suffix| format!("https://*.{suffix}")).collect();
        let origin = url.origin().ascii_serialization();
        Err(refuse(format!("a file of the export is at {origin}, but files are only at {}", known.join(" and "))))
    }
}

impl fmt::Display for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shown.fmt(f)
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(url: &str, cloud: Cloud, with_loopback: bool) -> bool {
        SignedUrl::new(&PageUrl::new(url).unwrap(), &StorageHosts::for_cloud(cloud, with_loopback)).is_ok()
    }

    #[test]
    fn only_the_storage_of_the_cloud_is_accepted() {
        let worldwide = "https://tvmexport.blob.core.windows.net/tvm-export/a.json.gz?sig=x";
        let government = "https://tvmexport.blob.core.usgovcloudapi.net/a.json.gz?sig=x";
        for (cloud, expected) in [
            (Cloud::Commercial, [true, false]),
            (Cloud::Gcc, [true, true]),
            (Cloud::GccHigh, [false, true]),
            (Cloud::Dod, [false, true]),
        ] {
            assert_eq!([worldwide, government].map(|url| is_accepted(url, cloud, false)), expected, "{cloud}");
        }
    }

    #[test]
    fn a_host_that_looks_like_storage_is_refused() {
        for url in [
            "http://a.blob.core.windows.net/f",
            "https://a.blob.core.windows.net:8443/f",
            "https://blob.core.windows.net/f",
            "https://.blob.core.windows.net/f",
            "https://a..blob.core.windows.net/f",
            "https://a.blob.core.windows.net./f",
            "https://ablob.core.windows.net/f",
            "https://a.blob.core.windows.net.example/f",
            "https://example/a.blob.core.windows.net",
            "https://example?a.blob.core.windows.net",
            "https://example#@a.blob.core.windows.net",
            "https://example\\@a.blob.core.windows.net/f",
            "https://user@a.blob.core.windows.net/f",
            "https://user:word@a.blob.core.windows.net/f",
            "https://a.blob.core.windows.net%2eexample/f",
            "https://192.0.2.1/f",
            "ftp://a.blob.core.windows.net/f",
        ] {
            assert!(!is_accepted(url, Cloud::Commercial, true), "{url}");
        }
        assert!(is_accepted("https://A.BLOB.core.Windows.net:443/f", Cloud::Commercial, false), "the same host");
    }

    #[test]
    fn loopback_is_accepted_only_beside_a_service_on_loopback() {
        for url in ["http://127.0.0.1:1/f", "http://[::1]:1/f", "https://localhost:1/f"] {
            assert!(is_accepted(url, Cloud::Commercial, true), "{url}");
            assert!(!is_accepted(url, Cloud::Commercial, false), "{url}");
        }
        for url in ["http://example/f", "ftp://127.0.0.1/f", "http://127.0.0.1.example/f"] {
            assert!(!is_accepted(url, Cloud::Commercial, true), "{url}");
        }
    }

    #[test]
    fn nothing_that_prints_a_signed_url_shows_its_signature() {
        let file = PageUrl::new("https://a.blob.core.windows.net/f.json.gz?se=2026&sig=secret-signature").unwrap();
        let url = SignedUrl::new(&file, &StorageHosts::for_cloud(Cloud::Commercial, false)).unwrap();
        assert_eq!(url.to_string(), "https://a.blob.core.windows.net/f.json.gz?[redacted]");
        assert_eq!(format!("{url:?}"), "SignedUrl(https://a.blob.core.windows.net/f.json.gz?[redacted])");

        let file = PageUrl::new("https://user:word@example/f?sig=secret-signature").unwrap();
        for hosts in [Cloud::Commercial, Cloud::Dod].map(|cloud| StorageHosts::for_cloud(cloud, true)) {
            let failure = SignedUrl::new(&file, &hosts).unwrap_err();
            assert!(
                !format!("{failure:?}").contains("secret") && !failure.to_string().contains("word@"),
                "{failure:?}"
            );
        }
    }
}
