//! Questions to a person at a terminal.

use std::io::{self, BufRead, IsTerminal, Stderr, Write};

use anyhow::{Context, bail};

use super::output;

/// A person who can answer.
#[derive(Debug)]
pub(crate) struct Interview {
    terminal: Stderr,
}

impl Interview {
    /// `None` if no person sees the questions, or none can answer.
    pub(crate) fn start() -> Option<Self> {
        (io::stdin().is_terminal() && io::stderr().is_terminal()).then(|| Self { terminal: io::stderr() })
    }

    /// Asks until `check` accepts the answer. An empty answer is the default.
    pub(crate) fn ask(
        &self,
        question: &str,
        default: &str,
        check: impl Fn(&str) -> anyhow::Result<()>,
    ) -> anyhow::Result<String> {
        loop {
            let hint = if default.is_empty() { String::new() } else { format!(" [{default}]") };
            write!(self.terminal.lock(), "{question}{hint}: ").context("cannot ask a question")?;
            let mut answer = String::new();
            if io::stdin().lock().read_line(&mut answer).context("cannot read the answer")? == 0 {
                bail!("the input ended before all questions were answered; nothing was written");
            }

            let answer = if answer.trim().is_empty() { default } else { answer.trim() };
            match check(answer) {
                Ok(()) => return Ok(answer.to_owned()),
                Err(error) => output::error(&error),
            }
        }
    }
}
