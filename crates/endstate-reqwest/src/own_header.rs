//! A header that the caller sets.

use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue,
    PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING,
};

use crate::exchange::is_shown;
use crate::{Error, Result};

/// A header of the caller's. Its value is marked as sensitive, unless headers of this name have no
/// secrets.
///
/// # Errors
/// [`Error::Setting`] if this is not a header, or one that the transport or HTTP itself sets.
pub(crate) fn own_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue)> {
    let refuse = |reason: String| Error::setting("the header", reason);
    let name = HeaderName::try_from(name).map_err(|_| refuse(format!("{name:?} is not the name of a header")))?;
    let mut value = HeaderValue::try_from(value)
        .map_err(|_| refuse(format!("the value of {name} has characters that a header cannot contain")))?;
    if name == AUTHORIZATION {
        return Err(refuse("the secret has a setting of its own: `authorization`".to_owned()));
    }
    if is_reserved(&name) {
        return Err(refuse(format!("the transport or HTTP itself sets {name}")));
    }
    value.set_sensitive(!is_shown(&name));
    Ok((name, value))
}

/// Sets a header of the caller's, in place of others of this name. `Prefer` has one preference in
/// each (RFC 7240), so it is sent beside others.
pub(crate) fn set(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    if name != "prefer" {
        headers.remove(&name);
    }
    headers.append(name, value);
}

/// Whether the transport or HTTP itself sets a header, or nothing of it belongs in a request of
/// this transport.
pub(crate) fn is_reserved(name: &HeaderName) -> bool {
    const RESERVED: [HeaderName; 9] = [
        AUTHORIZATION,
        ACCEPT_ENCODING,
        CONNECTION,
        CONTENT_LENGTH,
        COOKIE,
        HOST,
        PROXY_AUTHORIZATION,
        TE,
        TRANSFER_ENCODING,
    ];
    RESERVED.contains(name) || name == "client-request-id"
}
