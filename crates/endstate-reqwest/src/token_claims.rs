//! Reads the claims of a token, to check it before it is sent.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

/// The claims of an access token that matter to its bearer.
///
/// Tokens are opaque to a client, so a token that cannot be read is not an error: it has no claims.
/// Only the service checks the signature, so claims explain a failure and never grant anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenClaims {
    /// `aud`: the service for which the token was issued, as a URL or GUID (RFC 7519 section
    /// 4.1.3).
    pub audience: Option<String>,
    /// `tid`: the tenant's GUID.
    pub tenant: Option<String>,
    /// `appid`, or `azp` in tokens of version 2.0: the client.
    pub client: Option<String>,
    /// `roles`: the application permissions.
    pub roles: Vec<String>,
    /// `scp`: the delegated permissions, which the application uses on behalf of the person who
    /// signed in.
    pub scopes: Vec<String>,
    /// `exp`: when the token expires.
    pub expires_at: Option<SystemTime>,
}

/// The claims as they are stored in the token.
#[derive(Deserialize)]
struct WireClaims {
    #[serde(default, deserialize_with = "lenient")]
    aud: Option<OneOrMany>,
    #[serde(default, deserialize_with = "lenient")]
    tid: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    appid: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    azp: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    roles: Option<Vec<String>>,
    /// Separated by spaces.
    #[serde(default, deserialize_with = "lenient")]
    scp: Option<String>,
    /// Seconds since 1970.
    #[serde(default, deserialize_with = "lenient")]
    exp: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Ignores a claim of another shape, as if it were missing.
fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Claim<T> {
        Expected(T),
        Other(serde::de::IgnoredAny),
    }
    Ok(match Claim::deserialize(deserializer)? {
        Claim::Expected(value) => Some(value),
        Claim::Other(_) => None,
    })
}

impl TokenClaims {
    /// The claims of a JSON Web Token; `None` if the token is not one.
    pub fn from_token(token: &SecretString) -> Option<Self> {
        let payload = token.expose_secret().split('.').nth(1)?;
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        let claims: WireClaims = serde_json::from_slice(&payload).ok()?;
        // A century of seconds is enough, and no claim may overflow the clock.
        let since_1970 = |seconds: u64| Duration::from_secs(seconds.min(100 * 366 * 24 * 3600));
        Some(Self {
            audience: claims.aud.and_then(|audience| match audience {
                OneOrMany::One(audience) => Some(audience),
                OneOrMany::Many(audiences) => audiences.into_iter().next(),
            }),
            tenant: claims.tid,
            client: claims.appid.or(claims.azp),
            roles: claims.roles.unwrap_or_default(),
            scopes: claims
                .scp
                .map(|scopes| scopes.split_whitespace().map(ToOwned::to_owned).collect())
                .unwrap_or_default(),
            expires_at: claims.exp.and_then(|exp| SystemTime::UNIX_EPOCH.checked_add(since_1970(exp))),
        })
    }
}
