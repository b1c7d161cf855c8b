//! Where the bearer token comes from: asked for each request, so that a renewed one is used at once.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{Error, Result};

/// Gives the bearer token of each request.
///
/// Bring your own by implementing it; the token is held in a type that cannot be printed by accident. Where asking for a token is
/// slow or counted, implement [`TokenSource`](crate::TokenSource) instead and put a [`CachedToken`](crate::CachedToken) around it.
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
    /// The token to send now.
    ///
    /// # Errors
    /// [`Error::NoToken`] where there is none; the request is not sent then.
    async fn token(&self) -> Result<SecretString>;

    /// Told when the service refused this token, so that a cached one is not given again. Requests overlap: by the time that one
    /// of them is refused, another may have brought a newer token already, which is kept.
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

/// The token in an environment variable.
#[derive(Debug, Clone)]
pub struct EnvironmentToken {
    name: String,
}

impl EnvironmentToken {
    /// Names the variable.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

#[async_trait]
impl TokenProvider for EnvironmentToken {
    async fn token(&self) -> Result<SecretString> {
        let name = &self.name;
        match env::var(name) {
            Ok(token) => usable(&token, || format!("the environment variable {name}")),
            Err(env::VarError::NotPresent) => {
                Err(Error::no_token(format!("the environment variable {name} is not set")))
            }
            Err(env::VarError::NotUnicode(_)) => {
                Err(Error::no_token(format!("the environment variable {name} is not text")))
            }
        }
    }
}

/// The token in a file, read again for each request: something else keeps it fresh.
#[derive(Debug, Clone)]
pub struct FileToken {
    path: PathBuf,
}

impl FileToken {
    /// Names the file. White space around the token is passed over.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned() }
    }
}

#[async_trait]
impl TokenProvider for FileToken {
    async fn token(&self) -> Result<SecretString> {
        let path = self.path.display();
        // A few kilobytes from a local disk; a thread of its own would cost more.
        let text = std::fs::read_to_string(&self.path).map_err(|error| Error::NoToken {
            reason: format!("the file {path} cannot be read"),
            source: Some(Box::new(error)),
        })?;
        usable(&text, || format!("the file {path}"))
    }
}

/// A token that a header can carry, from text that may have white space around it. The text is never shown.
pub(crate) fn usable(text: &str, place: impl Fn() -> String) -> Result<SecretString> {
    let token = text.trim();
    if token.is_empty() {
        return Err(Error::no_token(format!("{} is empty", place())));
    }
    // RFC 6750 section 2.1.
    if !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)) {
        return Err(Error::no_token(format!(
            "{} holds more than a token; give the access token alone, not the JSON or the header around it",
            place()
        )));
    }
    Ok(token.to_owned().into())
}
