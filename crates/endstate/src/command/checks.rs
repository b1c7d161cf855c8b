//! Checks that several commands have, and the exit code that follows from checks.

use std::time::Duration;

use crate::exit::Exit;
use crate::report::checks::{Check, CheckResult, Quantity};
use crate::store::pull_info::PullInfo;
use crate::terminal::number::span;
use crate::terminal::output;

/// How far the clocks of two machines may be apart.
const CLOCK_SKEW_SECONDS: i64 = 300;

/// Whether none of the pulls is older than a limit. The age of the oldest counts.
pub(super) fn max_age(pulls: &[&PullInfo], limit: Duration) -> Check {
    let name = "--max-age".to_owned();
    let seconds = i64::try_from(limit.as_secs()).unwrap_or(i64::MAX);
    let limit = Quantity::Age(span(seconds), seconds);
    let ages: Option<Vec<_>> = pulls.iter().map(|pull| pull.age_seconds()).collect();
    let Some(age) = ages.and_then(|ages| ages.into_iter().max()) else {
        let reason = "it is unknown when the devices were pulled: the file has no receipt".to_owned();
        return Check { name, limit, value: Quantity::Nothing, result: CheckResult::Unknown(reason) };
    };
    let youngest = pulls.iter().filter_map(|pull| pull.age_seconds()).min().unwrap_or_default();
    if youngest < -CLOCK_SKEW_SECONDS {
        let reason = "the pull is dated in the future: check the clocks".to_owned();
        return Check { name, limit, value: Quantity::Nothing, result: CheckResult::Unknown(reason) };
    }
    let value = Quantity::Age(span(age), age);
    let result = if age > seconds {
        CheckResult::Unknown(format!("pulled {} ago; pull again", value.shown()))
    } else {
        CheckResult::Passed
    };
    Check { name, limit, value, result }
}

/// The exit code of checks.
pub(super) fn exit_of(checks: &[Check]) -> Exit {
    let exit = |check: &Check| match check.result {
        CheckResult::Passed => Exit::Done,
        CheckResult::Failed => Exit::Found,
        CheckResult::Unknown(_) => Exit::Incomplete,
    };
    checks.iter().map(exit).max().unwrap_or(Exit::Done)
}

/// Prints each check on a line, for formats without a place for them.
pub(super) fn print_checks(checks: &[Check]) {
    for check in checks {
        output::say(check.line());
    }
}
