//! One check of `endstate doctor`: what was looked at, how it is, and how to mend it.

use serde::Serialize;

/// A line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) status: Status,
    pub(crate) message: String,
    /// The command or the page that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mend: Option<String>,
}

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Ok,
    /// It may be right, or become wrong.
    Warning,
    /// A pull cannot work like this.
    Failed,
    /// Not looked at, because something before it failed.
    Skipped,
}

impl Check {
    pub(crate) fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, message: message.into(), mend: None }
    }

    pub(crate) fn warning(name: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { name, status: Status::Warning, message: message.into(), mend: Some(mend.into()) }
    }

    pub(crate) fn failed(name: &'static str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { name, status: Status::Failed, message: message.into(), mend: Some(mend.into()) }
    }

    pub(crate) fn skipped(name: &'static str, because_of: &str) -> Self {
        Self { name, status: Status::Skipped, message: format!("not checked: {because_of} comes first"), mend: None }
    }
}

impl Status {
    /// The word in front of the line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warn",
            Self::Failed => "FAIL",
            Self::Skipped => "skip",
        }
    }
}
