//! The token that a command prints.

use std::process::Stdio;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

use crate::token::usable;
use crate::{AccessToken, CachedToken, Error, Result, TokenProvider, TokenSource};

/// The token that a command prints, such as `az account get-access-token --query accessToken -o tsv`, cached as
/// [`CachedToken`] says: such commands take a second or two.
#[derive(Debug)]
pub struct CommandToken(CachedToken<TokenCommand>);

#[derive(Debug)]
struct TokenCommand(String);

impl CommandToken {
    /// Names the command, which the system's shell runs.
    pub fn new(command: impl Into<String>) -> Self {
        Self(CachedToken::new(TokenCommand(command.into())))
    }
}

#[async_trait]
impl TokenProvider for CommandToken {
    async fn token(&self) -> Result<SecretString> {
        self.0.token().await
    }

    async fn refused(&self, token: &SecretString) {
        self.0.refused(token).await;
    }
}

#[async_trait]
impl TokenSource for TokenCommand {
    async fn acquire(&self) -> Result<AccessToken> {
        let text = output_of(&self.0, "the token command").await?;
        let token = usable(text.expose_secret(), || "the output of the token command".to_owned())?;
        Ok(AccessToken { token, expires_at: None })
    }
}

/// What a command prints, run by the system's shell; what it says on stderr is shown as it comes.
pub(crate) async fn output_of(command: &str, what: &str) -> Result<SecretString> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let output = Command::new(shell)
        .args([flag, command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| Error::NoToken {
            reason: format!("{what} cannot be started"),
            source: Some(Box::new(error)),
        })?;
    if !output.status.success() {
        return Err(Error::no_token(format!("{what} failed ({})", output.status)));
    }
    Ok(SecretString::from(String::from_utf8_lossy(&output.stdout).into_owned()))
}
