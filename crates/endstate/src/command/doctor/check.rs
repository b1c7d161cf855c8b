//! One check of `endstate doctor`: what was checked, its status, and how to fix it.

use serde::Serialize;

pub(super) const CONFIGURATION: &str = "configuration";
pub(super) const CLOCK: &str = "clock";
pub(super) const DNS: &str = "name resolution";
pub(super) const TLS: &str = "TLS";
pub(super) const SIGN_IN: &str = "sign-in";
pub(super) const TOKEN: &str = "token";
pub(super) const PAGE: &str = "one page";
pub(super) const LIMITS: &str = "limits";

/// The names of all checks, in order.
pub(super) const ALL: [&str; 8] = [CONFIGURATION, CLOCK, DNS, TLS, SIGN_IN, TOKEN, PAGE, LIMITS];

/// A line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) status: Status,
    pub(super) message: String,
    /// The command or the page that fixes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) remedy: Option<String>,
}

/// The status of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    /// It may be right, or become wrong.
    Warning,
    /// A pull cannot work like this.
    Failed,
    /// Not checked, because a check before it failed.
    Skipped,
}

impl Check {
    pub(super) fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, message: message.into(), remedy: None }
    }

    pub(super) fn warning(name: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, status: Status::Warning, message: message.into(), remedy: Some(remedy.into()) }
    }

    pub(super) fn failed(name: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, status: Status::Failed, message: message.into(), remedy: Some(remedy.into()) }
    }

    pub(super) fn skipped(name: &'static str, needs: &str) -> Self {
        let message = format!("skipped: needs a successful {needs} check");
        Self { name, status: Status::Skipped, message, remedy: None }
    }

    /// Whether a pull can work with this.
    pub(super) fn is_passed(&self) -> bool {
        matches!(self.status, Status::Ok | Status::Warning)
    }
}

impl Status {
    /// The word at the start of the line.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warn",
            Self::Failed => "FAIL",
            Self::Skipped => "skip",
        }
    }
}
