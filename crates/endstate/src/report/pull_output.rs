//! A pull, as the results for programs name it.

use endstate_paging::{Outcome, Reason};
use serde::Serialize;

use crate::store::pull_info::PullInfo;

/// How a pull ended.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct OutcomeOutput {
    /// `complete`, `incomplete` or `unknown`.
    pub(crate) outcome: &'static str,
    /// Why it is incomplete, such as `page_lost`; null if it is complete or unknown.
    pub(crate) reason: Option<&'static str>,
    /// The outcome as a sentence for people.
    pub(crate) verdict: String,
}

impl OutcomeOutput {
    pub(crate) fn new(pull: &PullInfo) -> Self {
        let outcome: Outcome = pull.outcome();
        let reason = outcome.reason().map(Reason::as_str);
        Self { outcome: outcome.as_str(), reason, verdict: pull.completeness.line() }
    }
}

/// A pull that a result follows from.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PullOutput<'p> {
    /// The file, or the URL without its query.
    pub(crate) source: &'p str,
    /// `complete`, `incomplete` or `unknown`.
    pub(crate) outcome: &'static str,
    /// The outcome as a sentence for people.
    pub(crate) verdict: String,
    pub(crate) profile: Option<&'p str>,
    pub(crate) tenant: Option<&'p str>,
    /// When it started, in UTC; null if that is not known.
    pub(crate) pulled_at: Option<&'p str>,
    pub(crate) age_seconds: Option<i64>,
}

impl<'p> PullOutput<'p> {
    pub(crate) fn new(pull: &'p PullInfo) -> Self {
        Self {
            source: &pull.name,
            outcome: pull.outcome().as_str(),
            verdict: pull.completeness.line(),
            profile: pull.profile.as_deref(),
            tenant: pull.tenant.as_deref(),
            pulled_at: pull.started_at.as_deref(),
            age_seconds: pull.age_seconds(),
        }
    }
}
