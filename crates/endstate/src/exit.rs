//! Exit codes: the same for every command.

use std::fmt;
use std::process::ExitCode;

use endstate_paging::{PullReport, Reason, Verdict};

/// How a command ended.
///
/// The worst of several is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// 0: done, complete.
    Done,
    /// 3: `--fail-on` found what it was told to look for.
    Found,
    /// 4: incomplete; what was read is kept, and marked.
    Incomplete,
    /// 130: interrupted before anything was kept.
    Interrupted,
    /// 1: failed, nothing usable was written.
    Failed,
    /// 2: wrong usage.
    Usage,
}

impl Exit {
    /// The exit of a pull by its report.
    pub(crate) fn of(report: &PullReport) -> Self {
        match report.verdict {
            Some(Verdict::Complete) => Self::Done,
            Some(Verdict::Incomplete(Reason::Cancelled)) if report.pages == 0 => Self::Interrupted,
            _ if report.pages == 0 => Self::Failed,
            _ => Self::Incomplete,
        }
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
            Exit::Interrupted => 130,
        })
    }
}

/// What is wrong with the way in which the program was called, and what to write instead: exit code 2.
#[derive(Debug)]
pub(crate) struct WrongUsage(pub(crate) String);

impl fmt::Display for WrongUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUsage {}
