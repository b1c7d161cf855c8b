//! A pull, as the results for programs name it.

use endstate_paging::Outcome;
use serde::Serialize;

use crate::store::pull_info::PullInfo;

/// A pull that a result follows from.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PullOutput<'p> {
    #[serde(flatten)]
    #[cfg_attr(test, schemars(with = "super::schema_parts::OutcomeFields"))]
    outcome: Outcome,
    /// The outcome as a sentence for people.
    verdict: String,
    /// The file, or the URL without its query.
    source: &'p str,
    profile: Option<&'p str>,
    tenant: Option<&'p str>,
    /// When it started, in UTC; null if that is not known.
    pulled_at: Option<&'p str>,
    age_seconds: Option<i64>,
    /// The condition that its rows had to match; absent if it has all.
    #[serde(rename = "where", skip_serializing_if = "Option::is_none")]
    condition: Option<&'p str>,
}

/// What was found in one of several tenants.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "TenantOf{T}"))]
pub(crate) struct TenantOutput<'p, T> {
    /// What tells it from the others.
    pub(crate) name: &'p str,
    pub(crate) states: PullOutput<'p>,
    #[serde(flatten)]
    pub(crate) found: &'p T,
}

impl<'p> PullOutput<'p> {
    pub(crate) fn new(pull: &'p PullInfo) -> Self {
        Self {
            outcome: pull.outcome(),
            verdict: pull.completeness.line(),
            source: &pull.name,
            profile: pull.profile.as_deref(),
            tenant: pull.tenant.as_deref(),
            pulled_at: pull.started_at.as_deref(),
            age_seconds: pull.age_seconds(),
            condition: pull.condition.as_deref(),
        }
    }
}
