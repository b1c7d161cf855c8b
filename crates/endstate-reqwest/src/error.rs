//! What can be wrong before a request, classified by what has to be changed.

use std::error::Error as StdError;
use std::sync::Arc;

use endstate_odata::ErrorBody;
use endstate_paging::OriginError;

use crate::secret_source::SecretSource;
use crate::sign_in_method::SignInMethod;

/// The result of setting up a transport or of getting a token.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A setting that cannot work, or a token that could not be obtained.
///
/// Clones share their cause: an error of a sign-in goes to every request that waited for it.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The service root is not a URL that may receive a token.
    #[error("the service root cannot be used: {reason}")]
    ServiceRoot {
        /// What is wrong, and what to write instead.
        reason: String,
    },

    /// The name of a collection does not make a URL below the service root.
    #[error("the name of the collection cannot be used: {reason}")]
    CollectionName {
        /// What is wrong, and what to write instead.
        reason: String,
    },

    /// A URL may not receive a token.
    #[error(transparent)]
    Origin(#[from] OriginError),

    /// A setting cannot be used, such as one of the sign-in, of the cloud, or a header. Change it.
    #[error("{setting} cannot be used: {reason}")]
    Setting {
        /// The setting, such as `the tenant`.
        setting: &'static str,
        /// What is wrong, and what to write instead; never a secret.
        reason: String,
        /// What a library reports.
        #[source]
        source: Option<Cause>,
    },

    /// The file of additional certificate authorities cannot be read.
    #[error("the certificate authority file has no usable PEM certificates")]
    Certificate {
        /// What the TLS library reports.
        #[source]
        source: Cause,
    },

    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Client {
        /// What the library reports.
        #[source]
        source: Cause,
    },

    /// A secret source has no secret, such as a variable that is not set.
    #[error("{reason}")]
    NoSecret {
        /// Where the secret was expected; `None` for a provider of another crate.
        secret_source: Option<SecretSource>,
        /// Where it was expected and what was found, never the secret itself.
        reason: String,
        /// What the system reports.
        #[source]
        source: Option<Cause>,
    },

    /// The token is of another tenant than the settings name. Sign in to that tenant, or change the
    /// setting.
    #[error("the token is of the tenant {actual}, not of {expected}")]
    WrongTenant {
        /// The tenant of the settings.
        expected: String,
        /// The tenant of the token (its `tid` claim).
        actual: String,
    },

    /// The identity service answered with a refusal. Ask the tenant's administrator.
    #[error("the sign-in with {method} was refused")]
    SignInRefused {
        /// How the sign-in was tried.
        method: SignInMethod,
        /// What the identity service reports. Its code is Microsoft Entra's, such as
        /// `AADSTS7000215`, if it has one, else that of OAuth 2.0 (RFC 6749 section 5.2), such as
        /// `invalid_client`.
        server: ErrorBody,
    },

    /// The identity service did not respond, or is unavailable. Try again, as a pull does, or fix
    /// the connection to it.
    #[error("the sign-in with {method} could not reach the identity service: {reason}")]
    SignInUnreachable {
        /// How the sign-in was tried.
        method: SignInMethod,
        /// What happened.
        reason: String,
        /// What the system or a library reports.
        #[source]
        source: Option<Cause>,
    },

    /// The sign-in failed, and would fail again: it was declined, a tool is missing, or a response
    /// cannot be read.
    #[error("the sign-in with {method} failed: {reason}")]
    SignInFailed {
        /// How the sign-in was tried.
        method: SignInMethod,
        /// What happened.
        reason: String,
        /// What the system or a library reports.
        #[source]
        source: Option<Cause>,
    },
}

/// The cause of an [`Error`], so no type of a dependency is in it.
pub(crate) type Cause = Arc<dyn StdError + Send + Sync + 'static>;

impl Error {
    /// The error of a missing token. The reason says where it was expected and never shows it. For
    /// a [`TokenProvider`](crate::TokenProvider) of your own.
    pub fn no_token(reason: impl Into<String>) -> Self {
        Self::NoSecret { secret_source: None, reason: reason.into(), source: None }
    }

    pub(crate) fn no_secret(secret_source: &SecretSource, reason: impl Into<String>) -> Self {
        Self::NoSecret { secret_source: Some(secret_source.clone()), reason: reason.into(), source: None }
    }

    pub(crate) fn unreadable(secret_source: &SecretSource, reason: impl Into<String>, source: std::io::Error) -> Self {
        let secret_source = Some(secret_source.clone());
        let source = Some(Arc::new(source) as Cause);
        Self::NoSecret { secret_source, reason: reason.into(), source }
    }

    pub(crate) fn setting(setting: &'static str, reason: impl Into<String>) -> Self {
        Self::Setting { setting, reason: reason.into(), source: None }
    }

    pub(crate) fn client(source: reqwest::Error) -> Self {
        Self::Client { source: Arc::new(source) }
    }

    /// Whether a command, such as one that prints a secret, was ended after its time limit.
    pub fn is_command_time_limit(&self) -> bool {
        let (Self::NoSecret { secret_source: Some(SecretSource::Command(_)), source: cause, .. }
        | Self::SignInFailed { source: cause, .. }) = self
        else {
            return false;
        };
        let cause = cause.as_ref().and_then(|cause| cause.downcast_ref::<std::io::Error>());
        cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::TimedOut)
    }

    /// What the identity service reports, if it refused the sign-in.
    pub fn server(&self) -> Option<&ErrorBody> {
        match self {
            Self::SignInRefused { server, .. } => Some(server),
            _ => None,
        }
    }
}
