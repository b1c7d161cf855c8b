//! The body of an error answer, in the shapes of OData, of Defender for Endpoint and of Microsoft Graph.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// What the service says of a failure (section 21.1).
///
/// Branch on [`code`](Self::code): the message is free text and may change (vendor's page on common errors).
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
    /// The text for a person.
    #[serde(deserialize_with = "text_or_nothing")]
    pub message: String,
    /// By OData the part of the request that is meant; Defender for Endpoint puts the correlation id here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Further errors.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "list_or_nothing")]
    pub details: Vec<ErrorDetail>,
    /// More for those who run the service; OData writes `innererror`, Graph `innerError`.
    #[serde(alias = "innererror", skip_serializing_if = "Option::is_none")]
    pub inner_error: Option<Box<InnerError>>,
}

/// One of the further errors of an [`ErrorBody`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ErrorDetail {
    /// As [`ErrorBody::code`].
    #[serde(deserialize_with = "text_or_nothing")]
    pub code: String,
    /// As [`ErrorBody::message`].
    #[serde(deserialize_with = "text_or_nothing")]
    pub message: String,
    /// As [`ErrorBody::target`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// The inner error: Graph's request id and date live here, and errors may nest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct InnerError {
    /// A more exact code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A more exact text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When, as the service wrote it; no time zone is promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The service's id of the request.
    #[serde(rename = "request-id", skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The caller's id of the request.
    #[serde(rename = "client-request-id", skip_serializing_if = "Option::is_none")]
    pub client_request_id: Option<String>,
    /// The next one inwards.
    #[serde(rename = "innerError", alias = "innererror", skip_serializing_if = "Option::is_none")]
    pub inner_error: Option<Box<InnerError>>,
}

impl ErrorBody {
    /// An error with a code and a message.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), ..Self::default() }
    }

    /// Reads the body of an error answer; `None` where it is not an OData error, such as a gateway's HTML.
    pub fn from_slice(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Document {
            error: ErrorBody,
        }
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        serde_json::from_slice::<Document>(body).ok().map(|document| document.error)
    }

    /// The id under which the vendor's support finds the request: Graph's request id, else the target of Defender for
    /// Endpoint.
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

/// Both are required (section 21.1), but an error that lacks one is still the best that there is.
fn text_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn list_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ErrorDetail>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
