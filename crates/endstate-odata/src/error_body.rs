//! The body of an error response, in the formats of OData, Defender for Endpoint and Microsoft
//! Graph.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// What the service reports about a failure (section 21.1).
///
/// Branch on [`code`](Self::code): the message is free text and may change (the vendor's page on
/// common errors).
///
/// ```
/// use endstate_odata::ErrorBody;
///
/// let body = br#"{"error":{"code":"TooManyRequests","message":"slow down","target":"a9b1-7c"}}"#;
/// let error = ErrorBody::from_slice(body).ok_or("no error body")?;
/// assert_eq!(error.code, "TooManyRequests");
/// assert_eq!(error.correlation_id(), Some("a9b1-7c"));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The code that a program may branch on, such as `Unauthorized`.
    #[serde(deserialize_with = "text_or_nothing")]
    pub code: String,
    /// The message for people to read.
    #[serde(deserialize_with = "text_or_nothing")]
    pub message: String,
    /// In OData, the part of the request that the error is about. Defender for Endpoint puts the
    /// correlation id here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Further errors.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "list_or_nothing")]
    pub details: Vec<ErrorDetail>,
    /// Details for the operators of the service. OData writes `innererror`, Graph writes
    /// `innerError`.
    #[serde(alias = "innererror", skip_serializing_if = "Option::is_none")]
    pub inner_error: Option<Box<InnerError>>,
}

/// One of the further errors of an [`ErrorBody`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ErrorDetail {
    /// The code; see [`ErrorBody::code`].
    #[serde(deserialize_with = "text_or_nothing")]
    pub code: String,
    /// The message; see [`ErrorBody::message`].
    #[serde(deserialize_with = "text_or_nothing")]
    pub message: String,
    /// The target; see [`ErrorBody::target`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// The inner error. It contains Graph's request id and date, and inner errors may nest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct InnerError {
    /// A more specific code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A more specific message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When the error occurred, as the service wrote it. The service does not promise a time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The service's id for the request.
    #[serde(rename = "request-id", skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The caller's id for the request.
    #[serde(rename = "client-request-id", skip_serializing_if = "Option::is_none")]
    pub client_request_id: Option<String>,
    /// The next inner error.
    #[serde(rename = "innerError", alias = "innererror", skip_serializing_if = "Option::is_none")]
    pub inner_error: Option<Box<InnerError>>,
}

impl ErrorBody {
    /// Creates an error with a code and a message.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), ..Self::default() }
    }

    /// Reads the body of an error response. Returns `None` if it is not an OData error, for example
    /// a gateway's HTML.
    pub fn from_slice(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Document {
            error: ErrorBody,
        }
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        serde_json::from_slice::<Document>(body).ok().map(|document| document.error)
    }

    /// The id that the vendor's support needs to find the request: Graph's request id, or else the
    /// target from Defender for Endpoint.
    pub fn correlation_id(&self) -> Option<&str> {
        let mut inner = self.inner_error.as_deref();
        while let Some(error) = inner {
            if error.request_id.is_some() {
                return error.request_id.as_deref();
            }
            inner = error.inner_error.as_deref();
        }
        self.target.as_deref()
    }
}

impl ErrorBody {
    /// Replaces each of its texts, such as to remove what must not be shown.
    #[must_use]
    pub fn map_texts(mut self, map: &(impl Fn(&str) -> String + ?Sized)) -> Self {
        let each = |text: &mut String| *text = map(text);
        each(&mut self.code);
        each(&mut self.message);
        self.target.iter_mut().for_each(each);
        for detail in &mut self.details {
            each(&mut detail.code);
            each(&mut detail.message);
            detail.target.iter_mut().for_each(each);
        }

        let mut inner = self.inner_error.as_deref_mut();
        while let Some(error) = inner {
            let InnerError { code, message, date, request_id, client_request_id, inner_error } = error;
            [code, message, date, request_id, client_request_id].into_iter().flatten().for_each(each);
            inner = inner_error.as_deref_mut();
        }
        self
    }
}

impl fmt::Display for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.as_str(), self.message.as_str()) {
            ("", "") => f.write_str("no code and no message"),
            (code, "") => f.write_str(code),
            ("", message) => f.write_str(message),
            (code, message) => write!(f, "{code}: {message}"),
        }
    }
}

/// Reads null as an empty text. Code and message are both required (section 21.1), but an error
/// without one of them is still useful.
fn text_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads null as an empty list.
fn list_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ErrorDetail>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
