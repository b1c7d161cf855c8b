//! Speaks with the identity service: forms there, JSON back.

use std::sync::Arc;
use std::time::Duration;

use endstate_odata::ErrorBody;
use reqwest::Client;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::{Authority, Error, Result, SignInMethod, http_client};

/// The HTTP client of a sign-in. It follows no redirects, and goes to an authority on loopback without a proxy.
#[derive(Debug, Clone)]
pub struct IdentityClient {
    pub(crate) client: Client,
}

/// An error answer of the token endpoint (RFC 6749 section 5.2), with what Microsoft Entra adds.
#[derive(Debug, Deserialize)]
pub(crate) struct IdentityError {
    /// Such as `invalid_client`.
    pub(crate) error: String,
    #[serde(default)]
    error_description: String,
}

/// Why a request gave nothing.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// What the service says.
    Answer(IdentityError),
    /// It did not come to an answer that can be understood.
    Failed(Error),
}

impl IdentityClient {
    /// A client for this authority, which trusts the further certificate authorities in `pem`, if there are any.
    ///
    /// # Errors
    /// [`Error::Certificate`] and [`Error::Client`].
    pub fn new(authority: &Authority, pem: Option<&[u8]>) -> Result<Self> {
        Self::with(authority.origin().is_loopback(), pem)
    }

    /// A client that goes through no proxy: for the identity of the machine that this runs on, which is asked on the machine.
    ///
    /// # Errors
    /// [`Error::Certificate`] and [`Error::Client`].
    pub fn direct(pem: Option<&[u8]>) -> Result<Self> {
        Self::with(true, pem)
    }

    fn with(directly: bool, pem: Option<&[u8]>) -> Result<Self> {
        let certificates = pem.map(http_client::certificates).transpose()?.unwrap_or_default();
        let client = http_client::builder(directly, &certificates)
            .user_agent(concat!("endstate/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            .build()
            .map_err(Error::client)?;
        Ok(Self { client })
    }

    /// Sends a form; `method` is the sign-in's, for errors.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        method: SignInMethod,
        url: &Url,
        form: &[(&str, &str)],
    ) -> std::result::Result<T, Refusal> {
        // The form may hold secrets, and so may its copy in the request.
        let body = SecretString::from(Serializer::new(String::new()).extend_pairs(form).finish());
        let request = self.client.post(url.clone()).header("content-type", "application/x-www-form-urlencoded");
        let failed = |error: reqwest::Error| Refusal::Failed(unreachable_service(method, url, error));
        let response = request.body(body.expose_secret().to_owned()).send().await.map_err(failed)?;
        let status = response.status();
        let answer = response.bytes().await.map_err(failed)?;
        if is_unavailable(status.as_u16()) {
            let reason = format!("{} answered {status}", url.origin().ascii_serialization());
            return Err(Refusal::Failed(Error::SignInUnreachable { method, reason, source: None }));
        }
        if status.is_success()
            && let Ok(answer) = serde_json::from_slice(&answer)
        {
            return Ok(answer);
        }
        Err(match serde_json::from_slice::<IdentityError>(&answer) {
            Ok(error) => Refusal::Answer(error),
            // Not quoted: what stands there may be a token.
            Err(_) => Refusal::Failed(Error::SignInFailed {
                method,
                reason: format!(
                    "{} answered {status}, not as an identity service does",
                    url.origin().ascii_serialization()
                ),
                source: None,
            }),
        })
    }
}

fn unreachable_service(method: SignInMethod, url: &Url, error: reqwest::Error) -> Error {
    let reason = format!("no answer from {}", url.origin().ascii_serialization());
    Error::SignInUnreachable { method, reason, source: Some(Arc::new(error.without_url())) }
}

/// Statuses that say nothing of the sign-in, and may be another one in a moment.
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
    /// The error of a sign-in. Of the description the first line, without its code: what follows are ids and a time stamp.
    pub(crate) fn into_error(self, method: SignInMethod) -> Error {
        let line = self.error_description.lines().next().unwrap_or_default();
        let line = line.split(" Trace ID:").next().unwrap_or_default().trim();
        let server = match line.split_once(": ") {
            Some((code, message)) if is_entra_code(code) => ErrorBody::new(code, message),
            _ => ErrorBody::new(self.error, line),
        };
        Error::SignInRefused { method, server }
    }
}

/// Such as `AADSTS7000215`.
fn is_entra_code(text: &str) -> bool {
    text.strip_prefix("AADSTS")
        .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}
