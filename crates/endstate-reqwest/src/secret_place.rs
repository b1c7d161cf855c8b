//! Where a secret is kept: an environment variable, a file, a command, standard input.

use std::env;
use std::fmt;
use std::io::Read;
use std::path::PathBuf;
use std::sync::OnceLock;

use secrecy::{ExposeSecret, SecretString};

use crate::command_token::output_of;
use crate::{Error, Result};

/// The place of a secret, such as a client secret; the secret itself never stands in an argument or in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretPlace {
    /// The environment variable of this name.
    Environment(String),
    /// This file; white space around the secret is passed over.
    File(PathBuf),
    /// What this command prints, run by the system's shell.
    Command(String),
    /// Standard input to its end, which is read once and remembered.
    StandardInput,
}

impl SecretPlace {
    /// The secret that is there now.
    ///
    /// # Errors
    /// [`Error::NoToken`] where there is none. Its text names the place and never shows what is there.
    pub async fn secret(&self) -> Result<SecretString> {
        let text = match self {
            Self::Environment(name) => env::var(name)
                .map(SecretString::from)
                .map_err(|_| Error::no_token(format!("the environment variable {name} is not set to a text")))?,
            Self::File(path) => std::fs::read_to_string(path).map(SecretString::from).map_err(|error| {
                let reason = format!("the file {} cannot be read", path.display());
                Error::NoToken { reason, source: Some(Box::new(error)) }
            })?,
            Self::Command(command) => output_of(command, "the command for the secret").await?,
            Self::StandardInput => standard_input()?,
        };
        let secret = text.expose_secret().trim();
        if secret.is_empty() {
            return Err(Error::no_token(format!("{self} holds no secret")));
        }
        Ok(secret.to_owned().into())
    }
}

/// There is one standard input, and it can be read once.
fn standard_input() -> Result<SecretString> {
    static READ: OnceLock<SecretString> = OnceLock::new();
    if let Some(secret) = READ.get() {
        return Ok(secret.clone());
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| Error::NoToken {
        reason: "standard input cannot be read".to_owned(),
        source: Some(Box::new(error)),
    })?;
    Ok(READ.get_or_init(|| text.into()).clone())
}

impl fmt::Display for SecretPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Command(_) => f.write_str("the command for the secret"),
            Self::StandardInput => f.write_str("standard input"),
        }
    }
}
