//! The outcome of a pull as a receipt has it.

use endstate_paging::{Outcome, Reason};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The fields `outcome` and `reason` of a receipt.
///
/// The word is `complete`, `incomplete`, or `failed` for a pull that read nothing at all: an
/// incomplete pull has rows that can be used, a failed one has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordedOutcome {
    pub(crate) outcome: Outcome,
    /// Whether at least one page was read.
    has_pages: bool,
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Fields {
    /// `complete`, `incomplete`, or `failed` if nothing was read.
    outcome: String,
    /// Why it is not complete.
    reason: Option<String>,
}

const FAILED: &str = "failed";

impl RecordedOutcome {
    /// The outcome of a pull that read this number of pages.
    pub(crate) fn new(outcome: Outcome, pages: u64) -> Self {
        Self { outcome, has_pages: pages > 0 }
    }

    /// Whether the pull read nothing that can be used.
    pub(crate) fn is_failed(self) -> bool {
        !self.outcome.is_complete() && !self.has_pages
    }
}

impl Serialize for RecordedOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let word = if self.is_failed() { FAILED } else { self.outcome.as_str() };
        let reason = self.outcome.reason().map(|reason| reason.as_str().to_owned());
        Fields { outcome: word.to_owned(), reason }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RecordedOutcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Fields { outcome: word, reason } = Fields::deserialize(deserializer)?;
        let reason = match reason.as_deref() {
            Some(word) => Some(Reason::from_word(word).ok_or_else(|| {
                serde::de::Error::custom(format!("unknown reason '{word}'; a newer version of endstate may know it"))
            })?),
            None => None,
        };

        match (word.as_str(), reason) {
            ("complete", None) => Ok(Self { outcome: Outcome::Complete, has_pages: true }),
            ("incomplete", Some(reason)) => Ok(Self { outcome: Outcome::Incomplete(reason), has_pages: true }),
            (FAILED, Some(reason)) => Ok(Self { outcome: Outcome::Incomplete(reason), has_pages: false }),
            ("complete", Some(reason)) => {
                Err(serde::de::Error::custom(format!("a complete pull has no reason, but the reason is '{reason}'")))
            }
            ("incomplete" | FAILED, None) => {
                Err(serde::de::Error::custom(format!("an outcome '{word}' needs a reason")))
            }
            _ => Err(serde::de::Error::custom(format!("unknown outcome '{word}'"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_of_a_pull_is_read_back_as_it_was() {
        let incomplete = Reason::ALL.into_iter().map(Outcome::Incomplete);
        for outcome in incomplete.chain([Outcome::Complete]) {
            for pages in [0, 1] {
                let recorded = RecordedOutcome::new(outcome, pages);
                let text = serde_json::to_string(&recorded).unwrap();
                let read: RecordedOutcome = serde_json::from_str(&text).unwrap();
                assert_eq!((read.outcome, read.is_failed()), (outcome, recorded.is_failed()), "{text}");
            }
        }
    }

    #[test]
    fn an_outcome_that_contradicts_its_reason_is_an_error() {
        for text in [
            r#"{"outcome":"complete","reason":"truncated"}"#,
            r#"{"outcome":"incomplete","reason":null}"#,
            r#"{"outcome":"failed"}"#,
        ] {
            assert!(serde_json::from_str::<RecordedOutcome>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_word_of_another_version_is_an_error_and_never_complete() {
        for text in [r#"{"outcome":"splendid"}"#, r#"{"outcome":"incomplete","reason":"eclipse"}"#, "{}"] {
            assert!(serde_json::from_str::<RecordedOutcome>(text).is_err(), "{text}");
        }
    }
}
