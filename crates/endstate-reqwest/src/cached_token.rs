//! A token that is fetched once and used until shortly before it expires.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;

use crate::{Error, Result, TokenClaims, TokenProvider, redaction};

/// A token that was just issued.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AccessToken {
    /// The token.
    pub token: SecretString,
    /// When it expires, if the issuer said so. If not, the claims of the token are read.
    pub expires_at: Option<SystemTime>,
}

impl AccessToken {
    /// A token, and when it expires if the issuer said so.
    pub fn new(token: impl Into<SecretString>, expires_at: Option<SystemTime>) -> Self {
        Self { token: token.into(), expires_at }
    }
}

/// Gets a new token each time: from an identity service or a command.
#[async_trait]
pub trait Credential: fmt::Debug + Send + Sync {
    /// Gets a new token.
    ///
    /// # Errors
    /// [`Error::SignInUnreachable`](crate::Error::SignInUnreachable) if another attempt may help,
    /// such as the one that a pull makes. [`Error::NoSecret`](crate::Error::NoSecret),
    /// [`Error::SignInRefused`](crate::Error::SignInRefused) or
    /// [`Error::SignInFailed`](crate::Error::SignInFailed) if not.
    async fn acquire(&self) -> Result<AccessToken>;
}

/// The tokens of a credential. Each is used until two minutes before it expires, or until the
/// service refuses it. A token that does not say when it expires is used for ten minutes.
///
/// However many requests need a token at once, the credential is used once, and all of them get its
/// token or its error. So a person who declines a device code is not shown a new one for each
/// request. Tokens are kept in memory only.
#[derive(Debug)]
pub struct CachedToken<C> {
    credential: C,
    cached: Mutex<Cached>,
    /// Attempts that have ended.
    attempts: AtomicU64,
}

#[derive(Debug, Default)]
struct Cached {
    /// The token, and until when it is used.
    token: Option<(SecretString, SystemTime)>,
    /// The error of the last attempt, if it failed.
    error: Option<Error>,
}

impl<C: Credential> CachedToken<C> {
    const WITHOUT_EXPIRY: Duration = Duration::from_secs(10 * 60);
    const BEFORE_EXPIRY: Duration = Duration::from_secs(2 * 60);

    /// Takes the credential. Nothing is requested yet.
    pub fn new(credential: C) -> Self {
        Self { credential, cached: Mutex::default(), attempts: AtomicU64::new(0) }
    }

    async fn acquire(&self) -> Result<(SecretString, SystemTime)> {
        let AccessToken { token, expires_at } = self.credential.acquire().await?;
        redaction::remember(&token);
        let expires_at = expires_at.or_else(|| TokenClaims::from_token(&token)?.expires_at);
        let until = match expires_at {
            Some(expiry) => expiry.checked_sub(Self::BEFORE_EXPIRY).unwrap_or(SystemTime::UNIX_EPOCH),
            None => SystemTime::now() + Self::WITHOUT_EXPIRY,
        };
        Ok((token, until))
    }
}

#[async_trait]
impl<C: Credential> TokenProvider for CachedToken<C> {
    async fn token(&self) -> Result<SecretString> {
        let attempts_before = self.attempts.load(Ordering::Acquire);
        // Held during the attempt: many callers, one attempt.
        let mut cached = self.cached.lock().await;
        if let Some((token, until)) = &cached.token
            && SystemTime::now() < *until
        {
            return Ok(token.clone());
        }
        // An attempt that failed while this caller waited was made for this caller, too.
        if let Some(error) = &cached.error
            && self.attempts.load(Ordering::Acquire) > attempts_before
        {
            return Err(error.clone());
        }

        let attempt = self.acquire().await;
        self.attempts.fetch_add(1, Ordering::Release);
        match attempt {
            Ok((token, until)) => {
                *cached = Cached { token: Some((token.clone(), until)), error: None };
                Ok(token)
            }
            Err(error) => {
                cached.error = Some(error.clone());
                Err(error)
            }
        }
    }

    async fn refused(&self, token: &SecretString) {
        let mut cached = self.cached.lock().await;
        if cached.token.as_ref().is_some_and(|(kept, _)| kept.expose_secret() == token.expose_secret()) {
            cached.token = None;
        }
    }
}
