//! Reads a secret from where it is kept.

use std::env;
use std::io::Read;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

use crate::{Error, Result, SecretSource};

impl SecretSource {
    /// The secret that is there now, without white space around it.
    ///
    /// # Errors
    /// [`Error::NoSecret`] if the source has no secret. Its text names the source and never shows
    /// the content.
    pub async fn secret(&self) -> Result<SecretString> {
        let text = match self {
            Self::Environment(name) => self.variable(name)?,
            Self::File(path) => std::fs::read_to_string(path).map(SecretString::from).map_err(|error| {
                Error::unreadable(self, format!("the file {} cannot be read", path.display()), error)
            })?,
            Self::Command(command) => self.output_of(command).await?,
            Self::StandardInput => self.standard_input()?,
        };
        let secret = text.expose_secret().trim();
        if secret.is_empty() {
            return Err(Error::no_secret(self, format!("{self} is empty")));
        }
        Ok(secret.to_owned().into())
    }

    fn variable(&self, name: &str) -> Result<SecretString> {
        let what = match env::var(name) {
            Ok(text) => return Ok(text.into()),
            Err(env::VarError::NotPresent) => "is not set",
            Err(env::VarError::NotUnicode(_)) => "is not text",
        };
        Err(Error::no_secret(self, format!("{self} {what}")))
    }

    /// Returns what a command prints. Its stderr is shown as it comes.
    async fn output_of(&self, command: &str) -> Result<SecretString> {
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let output = Command::new(shell)
            .args([flag, command])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| Error::unreadable(self, "the command for the secret cannot be started", error))?;
        if !output.status.success() {
            return Err(Error::no_secret(self, format!("the command for the secret failed ({})", output.status)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned().into())
    }

    /// A process has one standard input, and can read it once.
    fn standard_input(&self) -> Result<SecretString> {
        static READ: Mutex<Option<SecretString>> = Mutex::new(None);
        // Held while reading, so a second caller gets the text of the first.
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(secret) = &*read {
            return Ok(secret.clone());
        }
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| Error::unreadable(self, "standard input cannot be read", error))?;
        Ok(read.insert(text.into()).clone())
    }
}
