//! Where the bearer token comes from: asked for each request, so that a renewed one is used at once.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::{Error, Result, token_expiry};

/// Gives the bearer token of each request.
///
/// Bring your own by implementing it; the token is held in a type that cannot be printed by accident.
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

    /// Told when the service refused the token that was given last, so that a cached one is not given again.
    async fn refused(&self) {}
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

/// The token that a command prints, such as `az account get-access-token --query accessToken -o tsv`.
///
/// What it printed is used for ten minutes, but not in the last two before it expires (where it is a token that says when), nor
/// once the service has refused it: such commands take a second or two and keep a cache of their own.
#[derive(Debug)]
pub struct CommandToken {
    command: String,
    /// The token, and until when it is used.
    cached: Mutex<Option<(SecretString, SystemTime)>>,
}

impl CommandToken {
    const KEPT: Duration = Duration::from_mins(10);
    const BEFORE_EXPIRY: Duration = Duration::from_mins(2);

    /// Names the command, which the system's shell runs.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: command.into(), cached: Mutex::new(None) }
    }

    async fn run(&self) -> Result<SecretString> {
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let output = Command::new(shell)
            .args([flag, self.command.as_str()])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| Error::NoToken {
                reason: "the token command cannot be started".to_owned(),
                source: Some(Box::new(error)),
            })?;
        if !output.status.success() {
            return Err(Error::no_token(format!("the token command failed ({})", output.status)));
        }
        let text = SecretString::from(String::from_utf8_lossy(&output.stdout).into_owned());
        usable(text.expose_secret(), || "the output of the token command".to_owned())
    }
}

#[async_trait]
impl TokenProvider for CommandToken {
    async fn token(&self) -> Result<SecretString> {
        // Held while the command runs: many callers, one run.
        let mut cached = self.cached.lock().await;
        if let Some((token, until)) = cached.as_ref()
            && SystemTime::now() < *until
        {
            return Ok(token.clone());
        }
        let token = self.run().await?;
        let ten_minutes = SystemTime::now() + Self::KEPT;
        let until =
            token_expiry::of(&token).map_or(ten_minutes, |expiry| ten_minutes.min(expiry - Self::BEFORE_EXPIRY));
        *cached = Some((token.clone(), until));
        Ok(token)
    }

    async fn refused(&self) {
        *self.cached.lock().await = None;
    }
}

/// A token that a header can carry, from text that may have white space around it. The text is never shown.
fn usable(text: &str, place: impl Fn() -> String) -> Result<SecretString> {
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
