//! The origin of a URL: scheme, host and port, compared as parsed values and never as strings.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

/// The scheme, host and port of a URL.
///
/// Two spellings that the URL standard normalizes are one origin (`https://GRAPH.microsoft.com:443`
/// and `https://graph.microsoft.com`). A look-alike host, another port and plain http are different
/// origins.
///
/// ```
/// use endstate_paging::Origin;
///
/// let origin: Origin = "https://GRAPH.microsoft.com:443/v1.0".parse()?;
/// assert_eq!(origin.to_string(), "https://graph.microsoft.com");
/// assert!("http://graph.microsoft.com".parse::<Origin>().is_err());
/// # Ok::<(), endstate_paging::OriginError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: String,
    host: Host<String>,
    port: u16,
}

/// A URL that may not receive a token: it uses neither https nor http on loopback, or it has a user
/// name or a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the origin cannot be used: {reason}")]
#[non_exhaustive]
pub struct OriginError {
    /// What is wrong.
    pub reason: &'static str,
}

impl Origin {
    /// Parses the origin of a URL that may receive a token, also over plain http to another
    /// machine: each machine on the way can then read and change what is sent, the token included.
    /// For a service in a network of your own that has no https.
    ///
    /// # Errors
    /// As for [`from_str`](Self::from_str), which refuses plain http beyond loopback.
    pub fn with_plain_http(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError { reason: "it is not a whole URL" })?;
        Self::from_url(&url, true).map_err(|reason| OriginError { reason })
    }

    /// Whether what is sent to the origin can be read on the way: plain http to another machine.
    pub(crate) fn is_exposed(&self) -> bool {
        self.scheme == "http" && !self.is_loopback()
    }

    pub(crate) fn from_url(url: &Url, with_plain_http: bool) -> Result<Self, &'static str> {
        let Some(host) = url.host() else { return Err("it has no host") };
        match url.scheme() {
            "https" => {}
            "http" if with_plain_http || is_loopback(&host) => {}
            "http" => {
                return Err("plain http would expose the token on the network; only loopback may use it");
            }
            _ => return Err("its scheme is not https (or http on loopback)"),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it has a user name or a password in front of the host");
        }
        let port = url.port_or_known_default().unwrap_or(443);
        Ok(Self { scheme: url.scheme().to_owned(), host: host.to_owned(), port })
    }

    /// Host and port for a connection. An IPv6 address has no brackets.
    pub fn address(&self) -> (String, u16) {
        let host = match &self.host {
            Host::Domain(name) => name.clone(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        (host, self.port)
    }

    /// Whether the origin is on this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    /// Parses the origin of a URL that may receive a token: https, or http on loopback. The path is
    /// ignored.
    fn from_str(text: &str) -> Result<Self, OriginError> {
        let url = Url::parse(text).map_err(|_| OriginError { reason: "it is not a whole URL" })?;
        Self::from_url(&url, false).map_err(|reason| OriginError { reason })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        match (self.scheme.as_str(), self.port) {
            ("https", 443) | ("http", 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}
