//! A header that the caller sets.

use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, HeaderName, HeaderValue, TE, TRANSFER_ENCODING,
};

use crate::{Error, Result};

/// A header of the caller's.
///
/// # Errors
/// [`Error::Setting`] if this is no header, or one that the transport or HTTP itself sets.
pub(crate) fn own_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue)> {
    // A secret has its own setting, in which it is redacted. The others say how a message is sent.
    const RESERVED: [HeaderName; 7] =
        [AUTHORIZATION, ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, HOST, TE, TRANSFER_ENCODING];
    let refuse = |reason| Error::setting("the header", reason);
    let name = HeaderName::try_from(name).map_err(|_| refuse("this is no name of a header"))?;
    let value = HeaderValue::try_from(value).map_err(|_| refuse("its value has characters that a header cannot"))?;
    if RESERVED.contains(&name) || name == "client-request-id" {
        return Err(refuse("the transport sets it; a secret has the setting `authorization`"));
    }
    Ok((name, value))
}
