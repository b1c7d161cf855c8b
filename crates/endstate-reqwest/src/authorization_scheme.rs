//! How the secret of a token provider is sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use endstate_paging::{FetchError, FetchErrorKind};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use crate::own_header::is_reserved;
use crate::{Error, Result, redaction};

/// How the secret of a [`TokenProvider`](crate::TokenProvider) is sent with each request: as a
/// bearer token by default.
///
/// For a key or a password, [`FixedToken`](crate::FixedToken) is the provider;
/// [`StoredToken`](crate::StoredToken) accepts only what a bearer token may have. For a scheme that
/// has no constructor here, use `in_header("authorization")` and a secret such as `ApiKey KEY`.
///
/// ```
/// use endstate_reqwest::AuthorizationScheme;
///
/// let scheme = AuthorizationScheme::in_header("x-api-key")?;
/// assert_ne!(scheme, AuthorizationScheme::default());
/// assert!(AuthorizationScheme::basic("a:b").is_err());
/// # Ok::<(), endstate_reqwest::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorizationScheme(Scheme);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Scheme {
    #[default]
    Bearer,
    Basic {
        user: String,
    },
    InHeader(HeaderName),
}

impl AuthorizationScheme {
    /// `Authorization: Bearer SECRET` (RFC 6750, section 2.1).
    pub fn bearer() -> Self {
        Self::default()
    }

    /// `Authorization: Basic`, with this user name and the secret as the password (RFC 7617).
    ///
    /// # Errors
    /// [`Error::Setting`] if the name has a colon, which would end it, or a control character.
    pub fn basic(user: impl Into<String>) -> Result<Self> {
        let user = user.into();
        if user.contains(|character: char| character == ':' || character.is_control()) {
            return Err(Error::setting("the user name", "it has a colon or a control character"));
        }
        Ok(Self(Scheme::Basic { user }))
    }

    /// The secret as it is, in a header of this name, such as `x-api-key`.
    ///
    /// # Errors
    /// [`Error::Setting`] if this is not the name of a header, or one that the transport or HTTP
    /// itself sets.
    pub fn in_header(name: &str) -> Result<Self> {
        let refuse = |reason| Error::setting("the header of the secret", reason);
        let name = HeaderName::try_from(name).map_err(|_| refuse("this is not the name of a header"))?;
        if name != AUTHORIZATION && is_reserved(&name) {
            return Err(refuse("the transport or HTTP itself sets it"));
        }
        Ok(Self(Scheme::InHeader(name)))
    }

    /// The header that has the secret. Its value is marked as sensitive.
    pub(crate) fn header(&self, secret: &SecretString) -> Result<(HeaderName, HeaderValue), FetchError> {
        let secret = secret.expose_secret();
        let (name, value) = match &self.0 {
            Scheme::Bearer => (AUTHORIZATION, format!("Bearer {secret}")),
            Scheme::Basic { user } => {
                let encoded = SecretString::from(STANDARD.encode(format!("{user}:{secret}")));
                redaction::remember(&encoded);
                (AUTHORIZATION, format!("Basic {}", encoded.expose_secret()))
            }
            Scheme::InHeader(name) => (name.clone(), secret.to_owned()),
        };
        let mut value = HeaderValue::try_from(value).map_err(|_| {
            FetchError::new(FetchErrorKind::NoToken, "the token contains characters that a header cannot carry")
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    }
}
