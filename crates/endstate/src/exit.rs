//! Exit codes: the same for every command.

use std::process::ExitCode;

use endstate_paging::{PullReport, Reason, Verdict};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done, complete.
    Done,
    /// 1: failed, nothing usable was written.
    Failed,
    /// 2: wrong usage.
    Usage,
    /// 3: `--fail-on` found what it was told to look for.
    Found,
    /// 4: incomplete; what was read is kept, and marked.
    Incomplete,
    /// 130: interrupted before anything was kept.
    Interrupted,
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
