//! Where a secret is kept: an environment variable, a file, a command, or standard input.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Where a secret is kept, such as a token or a client secret. The secret itself is never in an
/// argument or a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretSource {
    /// The environment variable of this name.
    Environment(String),
    /// This file. White space around the secret is ignored.
    File(PathBuf),
    /// What this command prints.
    Command(SecretCommand),
    /// Standard input to its end, which is read once and remembered.
    StandardInput,
}

/// A command that prints a secret, at most 64 KiB of it; the system's shell runs it.
///
/// After its time limit the command is ended, on Unix with all processes that it started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretCommand {
    pub(crate) line: String,
    pub(crate) time_limit: Duration,
}

impl SecretCommand {
    /// The time that a command may take by default.
    pub const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(30);

    /// A command line with the default time limit.
    pub fn new(line: impl Into<String>) -> Self {
        Self { line: line.into(), time_limit: Self::DEFAULT_TIME_LIMIT }
    }

    /// Sets how long the command may take.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Command(_) => f.write_str("the output of the command for the secret"),
            Self::StandardInput => f.write_str("standard input"),
        }
    }
}
