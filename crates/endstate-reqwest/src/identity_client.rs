//! Sends forms to the identity service and parses its JSON responses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use endstate_odata::ErrorBody;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::connections::Connections;
use crate::{Authority, Error, Result, SignInMethod, http_client, redacted, redaction};

/// The HTTP client of a sign-in. It follows no redirects. For an authority on loopback, it uses no
/// proxy.
#[derive(Debug, Clone)]
pub struct IdentityClient {
    pub(crate) connections: Arc<Connections>,
}

/// Longest answer of an identity service that is read, in bytes. A real one has a few thousand.
pub(crate) const LONGEST_ANSWER: usize = 1024 * 1024;

/// An error response of the token endpoint (RFC 6749 section 5.2), with what Microsoft Entra adds.
#[derive(Deserialize)]
pub(crate) struct IdentityError {
    /// The code, such as `invalid_client`.
    pub(crate) error: String,
    #[serde(default)]
    error_description: String,
}

/// Leaves out the description, which may echo a secret.
impl fmt::Debug for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityError").field("error", &redacted(&self.error)).finish_non_exhaustive()
    }
}

/// Why a request returned no result.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// What the service reports.
    Answer(IdentityError),
    /// The service sent no response that can be understood.
    Failed(Error),
}

impl IdentityClient {
    /// A client for this authority. It also trusts the certificate authorities in `pem`, if any.
    ///
    /// # Errors
    /// [`Error::Certificate`] and [`Error::Client`].
    pub fn new(authority: &Authority, pem: Option<&[u8]>) -> Result<Self> {
        Self::with(authority.origin().is_loopback(), pem)
    }

    /// A client without a proxy, for a managed identity: its endpoint is on this machine.
    ///
    /// # Errors
    /// [`Error::Certificate`] and [`Error::Client`].
    pub fn direct(pem: Option<&[u8]>) -> Result<Self> {
        Self::with(true, pem)
    }

    fn with(directly: bool, pem: Option<&[u8]>) -> Result<Self> {
        let certificates = pem.map(http_client::certificates).transpose()?.unwrap_or_default();
        let connections = Connections::new(move || {
            http_client::builder(directly, &certificates)
                .user_agent(concat!("endstate/", env!("CARGO_PKG_VERSION")))
                .connect_timeout(Duration::from_secs(10))
                .timeout(Duration::from_secs(30))
                .build()
                .map_err(Error::client)
        })?;
        Ok(Self { connections: Arc::new(connections) })
    }

    /// Sends a form. Errors name the sign-in `method`.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        method: SignInMethod,
        url: &Url,
        form: &[(&str, &str)],
    ) -> std::result::Result<T, Refusal> {
        // The form may hold secrets, and so may its copy in the request.
        let body = SecretString::from(Serializer::new(String::new()).extend_pairs(form).finish());
        let client = self.connections.current();
        let request = client.client.post(url.clone()).header("content-type", "application/x-www-form-urlencoded");
        let failed = |error: reqwest::Error| {
            self.connections.give_up(&client);
            Refusal::Failed(unreachable_service(method, url, error))
        };
        let mut response = request.body(body.expose_secret().to_owned()).send().await.map_err(failed)?;
        let status = response.status();
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            answer.extend_from_slice(&chunk);
            if answer.len() > LONGEST_ANSWER {
                let host = url.origin().ascii_serialization();
                let reason = format!("{host} sent more than {LONGEST_ANSWER} bytes, which is no answer to a sign-in");
                return Err(Refusal::Failed(Error::SignInFailed { method, reason, source: None }));
            }
        }

        if is_unavailable(status.as_u16()) {
            let reason = format!("{} answered {status}", url.origin().ascii_serialization());
            return Err(Refusal::Failed(Error::SignInUnreachable { method, reason, source: None }));
        }
        redaction::remember_response(&answer);
        if status.is_success()
            && let Ok(answer) = serde_json::from_slice(&answer)
        {
            return Ok(answer);
        }

        Err(match serde_json::from_slice::<IdentityError>(&answer) {
            Ok(error) => Refusal::Answer(error),
            // Not quoted, because the body may hold a token.
            Err(_) => Refusal::Failed(Error::SignInFailed {
                method,
                reason: format!(
                    "{} answered {status}, but the body is not the response of an identity service",
                    url.origin().ascii_serialization()
                ),
                source: None,
            }),
        })
    }
}

fn unreachable_service(method: SignInMethod, url: &Url, error: reqwest::Error) -> Error {
    let reason = format!("no response from {}", url.origin().ascii_serialization());
    Error::SignInUnreachable { method, reason, source: Some(Arc::new(error.without_url())) }
}

/// Returns whether the status says nothing about the sign-in and may change soon.
pub(crate) fn is_unavailable(status: u16) -> bool {
    status == 429 || status >= 500
}

impl Refusal {
    pub(crate) fn into_error(self, method: SignInMethod) -> Error {
        match self {
            Self::Answer(error) => error.into_error(method),
            Self::Failed(error) => error,
        }
    }
}

impl IdentityError {
    /// Returns the error of a sign-in. It keeps the first line of the description without its code,
    /// because only ids and a time stamp follow.
    pub(crate) fn into_error(self, method: SignInMethod) -> Error {
        let line = self.error_description.lines().next().unwrap_or_default();
        let line = line.split(" Trace ID:").next().unwrap_or_default().trim();
        let server = match line.split_once(": ") {
            Some((code, message)) if is_entra_code(code) => ErrorBody::new(code, redacted(message)),
            _ => ErrorBody::new(redacted(&self.error), redacted(line)),
        };
        Error::SignInRefused { method, server }
    }
}

/// Returns whether the text is a code such as `AADSTS7000215`.
fn is_entra_code(text: &str) -> bool {
    text.strip_prefix("AADSTS")
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}
