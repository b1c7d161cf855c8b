//! Exit codes, the same for every command, and the errors that select one.

use std::fmt;
use std::process::ExitCode;

use endstate_paging::{Outcome, Reason};

/// How a command ended. Of several, the greatest is the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// 0: done, complete.
    Done,
    /// 3: `--fail-on` found what it was set to find.
    Found,
    /// 4: incomplete; what was read is kept, and marked.
    Incomplete,
    /// 5: the rows are written, but not their receipt, so it is not known what they are.
    NoReceipt,
    /// 130: interrupted before anything was kept.
    Interrupted,
    /// 1: failed; nothing usable was read or written.
    Failed,
    /// 2: wrong usage.
    Usage,
}

impl Exit {
    /// The exit of a pull that read this number of pages, and ended so.
    pub(crate) fn for_pull(outcome: Outcome, pages: u64) -> Self {
        match outcome {
            Outcome::Complete => Self::Done,
            Outcome::Incomplete(Reason::Cancelled) if pages == 0 => Self::Interrupted,
            _ if pages == 0 => Self::Failed,
            _ => Self::Incomplete,
        }
    }

    /// The exit of a result that is made of pulls with these outcomes.
    pub(crate) fn for_result(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        if outcomes.into_iter().any(Outcome::is_incomplete) { Self::Incomplete } else { Self::Done }
    }

    /// Whether the pull has a result that can be used.
    pub(crate) fn is_usable(self) -> bool {
        matches!(self, Self::Done | Self::Found | Self::Incomplete | Self::NoReceipt)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Found => 3,
            Exit::Incomplete => 4,
            Exit::NoReceipt => 5,
            Exit::Interrupted => 130,
        })
    }
}

/// Wrong usage: what is wrong with the call, and what to write instead. Its exit code is 2.
#[derive(Debug)]
pub(crate) struct UsageError {
    message: String,
    /// Where it is wrong, in a longer value.
    pub(crate) excerpt: Option<Excerpt>,
}

/// A value from the command line, and the faulty place in it.
#[derive(Debug)]
pub(crate) struct Excerpt {
    pub(crate) text: String,
    /// In characters from the beginning.
    pub(crate) position: usize,
}

impl UsageError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), excerpt: None }
    }

    /// Points at a place in a value.
    pub(crate) fn at(mut self, text: &str, position: usize) -> Self {
        self.excerpt = Some(Excerpt { text: text.to_owned(), position });
        self
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UsageError {}

/// A failure, and the ways to continue.
#[derive(Debug)]
pub(crate) struct ErrorWithHints {
    message: String,
    pub(crate) hints: Vec<String>,
}

impl ErrorWithHints {
    pub(crate) fn new(message: impl Into<String>, hints: &[&str]) -> Self {
        Self { message: message.into(), hints: hints.iter().map(ToString::to_string).collect() }
    }
}

impl fmt::Display for ErrorWithHints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ErrorWithHints {}

/// An end about which everything is printed already; only the exit code is left.
#[derive(Debug)]
pub(crate) struct Reported(pub(crate) Exit);

impl fmt::Display for Reported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the failure is reported above")
    }
}

impl std::error::Error for Reported {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_that_read_nothing_failed_or_was_interrupted() {
        assert_eq!(Exit::for_pull(Outcome::Complete, 0), Exit::Done, "an empty collection");
        assert_eq!(Exit::for_pull(Outcome::Incomplete(Reason::PageLost), 0), Exit::Failed);
        assert_eq!(Exit::for_pull(Outcome::Incomplete(Reason::Cancelled), 0), Exit::Interrupted);
        assert_eq!(Exit::for_pull(Outcome::Incomplete(Reason::Cancelled), 1), Exit::Incomplete);
        assert_eq!(Exit::for_pull(Outcome::default(), 1), Exit::Incomplete, "a pull without an end is not complete");
    }
}
