//! The origin of a URL: scheme, host and port, compared as parsed values and never as strings.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use crate::{Error, Result};

/// The scheme, host and port of a URL.
///
/// Two spellings that the URL standard normalizes are one origin (`https://GRAPH.microsoft.com:443`
/// and `https://graph.microsoft.com`). A look-alike host, another port and plain http are different
/// origins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: String,
    host: Host<String>,
    port: u16,
}

impl Origin {
    /// Returns the origin of a URL that may receive a token: https, or http on loopback of this
    /// machine.
    pub(crate) fn from_url(url: &Url) -> Result<Self, &'static str> {
        let Some(host) = url.host() else { return Err("it has no host") };
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&host) => {}
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

    /// Returns host and port for a connection. An IPv6 address has no brackets.
    pub(crate) fn address(&self) -> (String, u16) {
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

pub(crate) fn is_loopback<S: AsRef<str>>(host: &Host<S>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl FromStr for Origin {
    type Err = Error;

    /// Parses the origin of a URL that may receive a token: https, or http on loopback. The path is
    /// ignored.
    fn from_str(text: &str) -> Result<Self> {
        let url = Url::parse(text).map_err(|_| Error::setting("the origin", "it is not a whole URL"))?;
        Self::from_url(&url).map_err(|reason| Error::setting("the origin", reason))
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
