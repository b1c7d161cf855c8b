//! When a token expires, where it says so.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// The claim that matters here (RFC 7519 section 4.1.4).
#[derive(Deserialize)]
struct Claims {
    /// Seconds since 1970.
    exp: u64,
}

/// The expiry of a JSON Web Token. Tokens are opaque to a client, so that one that cannot be read is no error: it just does not
/// say when it expires. The signature is the service's business.
pub(crate) fn of(token: &SecretString) -> Option<SystemTime> {
    let payload = token.expose_secret().split('.').nth(1)?;
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: Claims = serde_json::from_slice(&payload).ok()?;
    // A century of seconds is enough, and no claim may overflow the clock.
    let exp = Duration::from_secs(claims.exp.min(100 * 366 * 24 * 3600));
    SystemTime::UNIX_EPOCH.checked_add(exp)
}
