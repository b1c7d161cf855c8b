//! What a result for programs says of the history that it follows from.

use endstate_paging::Outcome;
use serde::Serialize;

use crate::terminal::number::counted;

/// How far a history can be trusted. Only complete pulls of all devices enter it.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct HistoryVerdict {
    /// The profile of the last pull; null if it has none.
    profile: Option<String>,
    /// `complete`, also if the history has no pull.
    #[serde(flatten)]
    #[cfg_attr(test, schemars(with = "super::schema_parts::OutcomeFields"))]
    outcome: Outcome,
    /// The outcome as a sentence for people.
    verdict: String,
}

impl HistoryVerdict {
    /// The verdict of an answer from so many pulls, the last with this profile.
    pub(crate) fn new(pulls: usize, profile: Option<String>) -> Self {
        Self {
            profile,
            outcome: Outcome::Complete,
            verdict: format!("complete: {}", counted(pulls as u64, "complete pull")),
        }
    }
}
