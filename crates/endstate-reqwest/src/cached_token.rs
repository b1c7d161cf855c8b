//! A token that is asked for once and used until shortly before it expires.

use std::fmt;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::{Result, TokenClaims, TokenProvider};

/// A token that was just given out.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The token.
    pub token: SecretString,
    /// When it expires, where whoever gave it said so; else the token itself is asked.
    pub expires_at: Option<SystemTime>,
}

/// Gets a new token each time that it is asked: an identity service, a command.
#[async_trait]
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// A new token.
    ///
    /// # Errors
    /// [`Error::SignInUnreachable`](crate::Error::SignInUnreachable) where asking again may help, which a pull does;
    /// [`Error::NoToken`](crate::Error::NoToken), [`Error::SignInRefused`](crate::Error::SignInRefused) or
    /// [`Error::SignInFailed`](crate::Error::SignInFailed) where not.
    async fn acquire(&self) -> Result<AccessToken>;
}

/// The tokens of a source, each used until two minutes before it expires, or until the service has refused it. One that does not
/// say when it expires is used for ten minutes.
///
/// However many requests ask at once, the source is asked once. Tokens are kept in memory alone.
#[derive(Debug)]
pub struct CachedToken<S> {
    source: S,
    /// The token, and until when it is used.
    cached: Mutex<Option<(SecretString, SystemTime)>>,
}

impl<S: TokenSource> CachedToken<S> {
    const WITHOUT_EXPIRY: Duration = Duration::from_mins(10);
    const BEFORE_EXPIRY: Duration = Duration::from_mins(2);

    /// Takes the source; nothing is asked yet.
    pub fn new(source: S) -> Self {
        Self { source, cached: Mutex::new(None) }
    }
}

#[async_trait]
impl<S: TokenSource> TokenProvider for CachedToken<S> {
    async fn token(&self) -> Result<SecretString> {
        // Held while the source is asked: many callers, one question.
        let mut cached = self.cached.lock().await;
        if let Some((token, until)) = cached.as_ref()
            && SystemTime::now() < *until
        {
            return Ok(token.clone());
        }
        let AccessToken { token, expires_at } = self.source.acquire().await?;
        let expires_at = expires_at.or_else(|| TokenClaims::of(&token)?.expires_at);
        let until = match expires_at {
            Some(expiry) => expiry.checked_sub(Self::BEFORE_EXPIRY).unwrap_or(SystemTime::UNIX_EPOCH),
            None => SystemTime::now() + Self::WITHOUT_EXPIRY,
        };
        *cached = Some((token.clone(), until));
        Ok(token)
    }

    async fn refused(&self, token: &SecretString) {
        let mut cached = self.cached.lock().await;
        if cached.as_ref().is_some_and(|(kept, _)| kept.expose_secret() == token.expose_secret()) {
            *cached = None;
        }
    }
}
