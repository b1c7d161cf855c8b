//! Where a secret is kept: an environment variable, a file, a command, or standard input.

use std::fmt;
use std::path::PathBuf;

/// Where a secret is kept, such as a token or a client secret. The secret itself is never in an
/// argument or a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretSource {
    /// The environment variable of this name.
    Environment(String),
    /// This file. White space around the secret is ignored.
    File(PathBuf),
    /// What this command prints; the system's shell runs it.
    Command(String),
    /// Standard input to its end, which is read once and remembered.
    StandardInput,
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
