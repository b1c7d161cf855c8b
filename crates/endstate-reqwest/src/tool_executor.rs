//! Runs `az` and `azd` for `azure_identity`, within the bounds of every command.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::process::{Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_identity::Executor;
use tokio::process::Command;

use crate::bounded_command;

/// Runs commands, and keeps why one was ended: the library reports it as text only.
#[derive(Debug)]
pub(crate) struct BoundedExecutor {
    time_limit: Duration,
    ended: Mutex<Option<io::Error>>,
}

impl BoundedExecutor {
    pub(crate) fn new(time_limit: Duration) -> Self {
        Self { time_limit, ended: Mutex::default() }
    }

    /// Takes why the last command was ended, if it was.
    pub(crate) fn take_ended(&self) -> Option<io::Error> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl Executor for BoundedExecutor {
    async fn run(&self, program: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        let mut command = Command::new(program);
        command.args(args).stderr(Stdio::piped());
        bounded_command::run(command, self.time_limit).await.inspect_err(|error| {
            if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::FileTooLarge) {
                let kept = io::Error::new(error.kind(), error.to_string());
                *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
            }
        })
    }
}
