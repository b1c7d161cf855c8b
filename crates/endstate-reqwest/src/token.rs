//! The bearer token of each request. Each request gets it again, so a renewed token is used at
//! once.

use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::Result;

/// Provides the bearer token of each request.
///
/// Implement it to bring your own. The token is held in a type that cannot be printed by accident.
/// If getting a token is slow or counted, implement [`Credential`](crate::Credential) instead and
/// wrap it in a [`CachedToken`](crate::CachedToken).
///
/// ```
/// use async_trait::async_trait;
/// use endstate_reqwest::{Error, Result, TokenProvider};
/// use secrecy::SecretString;
///
/// #[derive(Debug)]
/// struct Keyring;
///
/// #[async_trait]
/// impl TokenProvider for Keyring {
///     async fn token(&self) -> Result<SecretString> {
///         Err(Error::no_token("the keyring is locked"))
///     }
/// }
/// ```
#[async_trait]
pub trait TokenProvider: fmt::Debug + Send + Sync {
    /// Returns the token to send now.
    ///
    /// # Errors
    /// [`Error::NoSecret`](crate::Error::NoSecret) and the errors of a sign-in. The request is then
    /// not sent.
    async fn token(&self) -> Result<SecretString>;

    /// Called when the service refused this token, so a cached one is not returned again. Requests
    /// overlap: when one of them is refused, another may already have fetched a newer token. The
    /// newer token is kept.
    async fn refused(&self, _token: &SecretString) {}
}

/// A token that is known already and does not change.
#[derive(Debug, Clone)]
pub struct FixedToken(SecretString);

impl FixedToken {
    /// Takes the token.
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self(token.into())
    }
}

#[async_trait]
impl TokenProvider for FixedToken {
    async fn token(&self) -> Result<SecretString> {
        Ok(self.0.clone())
    }
}
