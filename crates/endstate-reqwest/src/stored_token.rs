//! The token that a secret source holds.

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

use crate::{AccessToken, CachedToken, Credential, Error, Result, SecretSource, TokenProvider};

/// The token that a [`SecretSource`] holds.
///
/// A variable, a file or standard input is read for each request, because another program may keep
/// it fresh. A command, such as `az account get-access-token --query accessToken -o tsv`, takes a
/// second or two, so its token is cached as [`CachedToken`] describes.
///
/// ```
/// use endstate_reqwest::{SecretSource, StoredToken};
///
/// let token = StoredToken::new(SecretSource::Environment("ENDSTATE_TOKEN".to_owned()));
/// # let _ = token;
/// ```
#[derive(Debug)]
pub struct StoredToken(Reading);

#[derive(Debug)]
enum Reading {
    EachRequest(SecretSource),
    Cached(CachedToken<SecretSource>),
}

impl StoredToken {
    /// The token that `source` holds. Nothing is read yet.
    pub fn new(source: SecretSource) -> Self {
        Self(match source {
            SecretSource::Command(_) => Reading::Cached(CachedToken::new(source)),
            SecretSource::Environment(_) | SecretSource::File(_) | SecretSource::StandardInput => {
                Reading::EachRequest(source)
            }
        })
    }
}

#[async_trait]
impl TokenProvider for StoredToken {
    async fn token(&self) -> Result<SecretString> {
        match &self.0 {
            Reading::EachRequest(source) => Ok(source.acquire().await?.token),
            Reading::Cached(cached) => cached.token().await,
        }
    }

    async fn refused(&self, token: &SecretString) {
        if let Reading::Cached(cached) = &self.0 {
            cached.refused(token).await;
        }
    }
}

/// A secret source is a credential if what it holds is an access token.
#[async_trait]
impl Credential for SecretSource {
    async fn acquire(&self) -> Result<AccessToken> {
        let token = self.secret().await?;
        // RFC 6750 section 2.1. The text is never shown.
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        if !token.expose_secret().bytes().all(is_legal) {
            let reason = format!("{self} has more than a token; give the access token only, without JSON or a header");
            return Err(Error::no_secret(self, reason));
        }
        Ok(AccessToken { token, expires_at: None })
    }
}
