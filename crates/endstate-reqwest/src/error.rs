//! What can be wrong before a request, told apart by what has to be changed.

use endstate_odata::ErrorBody;

/// The result of setting up a transport or of getting a token.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A setting that cannot work, or a token that cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The service root is no URL that a token may be sent to.
    #[error("the service root cannot be used: {reason}")]
    ServiceRoot {
        /// What is wrong, and what to write instead.
        reason: String,
    },

    /// A setting of the sign-in or of the cloud cannot be used: change it.
    #[error("{setting} cannot be used: {reason}")]
    Setting {
        /// Which one, such as `the tenant`.
        setting: &'static str,
        /// What is wrong, and what to write instead; never a secret.
        reason: String,
        /// What a library says.
        #[source]
        source: Option<BoxError>,
    },

    /// The additional certificate authority cannot be read.
    #[error("the certificate authority file holds no usable PEM certificates")]
    Certificate {
        /// What the TLS library says.
        #[source]
        source: BoxError,
    },

    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Client {
        /// What it says.
        #[source]
        source: BoxError,
    },

    /// There is no token where one was to be found.
    #[error("there is no token: {reason}")]
    NoToken {
        /// Where it was looked for and what was found, never the token itself.
        reason: String,
        /// What the system says.
        #[source]
        source: Option<BoxError>,
    },

    /// The identity service answered, and gave no token: ask whoever runs the tenant.
    #[error("the sign-in with {method} was refused")]
    SignInRefused {
        /// How it was tried, such as `a client secret`.
        method: &'static str,
        /// What the identity service says. Its code is Microsoft Entra's, such as `AADSTS7000215`, where it has one, else that of
        /// OAuth 2.0 (RFC 6749 section 5.2), such as `invalid_client`.
        server: ErrorBody,
    },

    /// The identity service did not answer, or is not well: try again, which a pull does by itself, or mend the way there.
    #[error("the sign-in with {method} could not be made: {reason}")]
    SignInUnreachable {
        /// How it was tried.
        method: &'static str,
        /// What happened.
        reason: String,
        /// What the system or a library says.
        #[source]
        source: Option<BoxError>,
    },

    /// The sign-in came to nothing, and would again: it was declined, a tool is missing, an answer cannot be read.
    #[error("the sign-in with {method} failed: {reason}")]
    SignInFailed {
        /// How it was tried.
        method: &'static str,
        /// What happened.
        reason: String,
        /// What the system or a library says.
        #[source]
        source: Option<BoxError>,
    },
}

/// The cause of an [`Error`], its type kept out of the public interface.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

impl Error {
    /// There is no token; the reason says where it was looked for and never shows it. For providers of one's own.
    pub fn no_token(reason: impl Into<String>) -> Self {
        Self::NoToken { reason: reason.into(), source: None }
    }

    pub(crate) fn setting(setting: &'static str, reason: impl Into<String>) -> Self {
        Self::Setting { setting, reason: reason.into(), source: None }
    }

    /// What the identity service says, if it answered.
    pub fn server(&self) -> Option<&ErrorBody> {
        match self {
            Self::SignInRefused { server, .. } => Some(server),
            _ => None,
        }
    }
}
