//! Reads a secret from where it is kept.

use std::env;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use tokio::process::Command;

use crate::bounded_command::{self, LONGEST_OUTPUT};
use crate::{Error, Result, SecretCommand, SecretSource, redaction};

impl SecretSource {
    /// The secret that is there now, without white space around it.
    ///
    /// # Errors
    /// [`Error::NoSecret`] if the source has no secret. Its text names the source and never shows
    /// the content.
    pub async fn secret(&self) -> Result<SecretString> {
        let text = match self {
            Self::Environment(name) => self.variable(name)?,
            Self::File(path) => File::open(path).and_then(bounded_text).map_err(|error| {
                Error::unreadable(self, format!("the file {} cannot be read", path.display()), error)
            })?,
            Self::Command(command) => self.output_of(command).await?,
            Self::StandardInput => self.standard_input()?,
        };
        let secret = text.expose_secret().trim();
        if secret.is_empty() {
            return Err(Error::no_secret(self, format!("{self} is empty")));
        }
        let secret = SecretString::from(secret);
        redaction::remember(&secret);
        Ok(secret)
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
    async fn output_of(&self, command: &SecretCommand) -> Result<SecretString> {
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let mut shell = Command::new(shell);
        shell.args([flag, &command.line]).stderr(Stdio::inherit());
        let output = bounded_command::run(shell, command.time_limit).await.map_err(|error| {
            let what = match error.kind() {
                ErrorKind::TimedOut | ErrorKind::FileTooLarge => "the command for the secret was ended",
                _ => "the command for the secret cannot be started",
            };
            Error::unreadable(self, what, error)
        })?;
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
        let text = bounded_text(std::io::stdin())
            .map_err(|error| Error::unreadable(self, "standard input cannot be read", error))?;
        Ok(read.insert(text).clone())
    }
}

/// Reads a text to its end, up to the length of the longest secret.
fn bounded_text(file: impl Read) -> io::Result<SecretString> {
    let mut text = String::new();
    file.take(LONGEST_OUTPUT + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST_OUTPUT {
        let message = format!("it has more than {LONGEST_OUTPUT} bytes");
        return Err(io::Error::new(ErrorKind::FileTooLarge, message));
    }
    Ok(text.into())
}
