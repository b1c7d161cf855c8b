//! The settings of a sign-in: tenant, client, authority and scope.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::{Error, Origin, Result, ServiceRoot};

/// A tenant (directory) of Microsoft Entra: its GUID, or one of its domains such as
/// `contoso.onmicrosoft.com`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TenantId(String);

impl TenantId {
    /// The tenant as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the GUID of the tenant, as in tokens, and not a domain.
    pub fn is_guid(&self) -> bool {
        uuid::Uuid::try_parse(&self.0).is_ok()
    }
}

impl FromStr for TenantId {
    type Err = Error;

    /// Accepts letters, digits, dots and hyphens, because the tenant becomes part of a path.
    fn from_str(text: &str) -> Result<Self> {
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
        if text.is_empty() || !text.bytes().all(is_legal) || text.bytes().all(|byte| byte == b'.') {
            let reason = "write its GUID (the directory id), or one of its domains, such as contoso.onmicrosoft.com";
            return Err(Error::setting("the tenant", reason));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An application (client) that is registered in a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// The client as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let reason = "write the GUID of the app registration (the application id)";
            return Err(Error::setting("the client", reason));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The identity service, such as `https://login.microsoftonline.com`: https, or http on loopback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    url: Url,
    origin: Origin,
}

impl Authority {
    /// The origin of the identity service.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns the URL of an endpoint of the tenant, such as `oauth2/v2.0/token`.
    pub(crate) fn endpoint(&self, tenant: &TenantId, path: &str) -> Result<Url> {
        self.url
            .join(&format!("/{tenant}/{path}"))
            .map_err(|error| Error::setting("the authority", format!("it makes no URL with the tenant ({error})")))
    }
}

impl FromStr for Authority {
    type Err = Error;

    /// A host without a scheme gets https, as Azure's tools read `AZURE_AUTHORITY_HOST`.
    fn from_str(text: &str) -> Result<Self> {
        let refuse = |reason: &str| Error::setting("the authority", reason);
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = Url::parse(&whole)
            .map_err(|_| refuse("it is not a whole URL; write it like https://login.microsoftonline.com"))?;
        let origin = whole.parse::<Origin>().map_err(|error| refuse(error.reason))?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("write only the host; the tenant is a separate setting"));
        }
        Ok(Self { url, origin })
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.origin.fmt(f)
    }
}

/// The scope of a token request, such as `https://graph.microsoft.com/.default`.
///
/// The `.default` of a resource means all permissions that the application was granted on it (v2.0
/// endpoint, client credentials flow).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope(String);

impl Scope {
    /// The scope of all permissions that were granted on the service at this root.
    pub fn default_of(root: &ServiceRoot) -> Self {
        Self(format!("{}/.default", root.origin()))
    }

    /// The scope as it is sent to the identity service.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The resource of the scope, which is the audience of its tokens: the scope without its last
    /// part.
    pub fn resource(&self) -> &str {
        self.0.rsplit_once('/').map_or(self.0.as_str(), |(resource, _)| resource)
    }
}

impl FromStr for Scope {
    type Err = Error;

    /// Accepts the characters that Azure's command line tools accept.
    fn from_str(text: &str) -> Result<Self> {
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:/".contains(&byte);
        if text.is_empty() || !text.bytes().all(is_legal) {
            let reason = "write one scope, such as https://graph.microsoft.com/.default";
            return Err(Error::setting("the scope", reason));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
