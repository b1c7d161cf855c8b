//! What can be wrong before the first request, told apart by what has to be changed.

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
}

/// The cause of an [`Error`], its type kept out of the public interface.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

impl Error {
    /// There is no token; the reason says where it was looked for and never shows it. For providers of one's own.
    pub fn no_token(reason: impl Into<String>) -> Self {
        Self::NoToken { reason: reason.into(), source: None }
    }
}
