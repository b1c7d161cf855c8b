//! The wire form of an outcome.

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use crate::{Outcome, Reason, UnknownReason};

/// The members.
#[derive(serde::Serialize, serde::Deserialize)]
struct Words {
    outcome: String,
    #[serde(default)]
    reason: Option<String>,
}

/// With the feature `serde`, an outcome is an object with the word and the reason:
/// `{"outcome":"incomplete","reason":"truncated"}`.
impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reason = self.reason_word().map(ToOwned::to_owned);
        Words { outcome: self.as_str().to_owned(), reason }.serialize(serializer)
    }
}

/// Reads what it writes. Other members are ignored. A word that this version does not know is an
/// error, because it must not be taken for another outcome.
impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Words { outcome, reason } = Words::deserialize(deserializer)?;
        let unknown = || D::Error::custom(format!("unknown outcome {outcome:?} with the reason {reason:?}"));
        of_words(&outcome, reason.as_deref()).ok_or_else(unknown)
    }
}

fn of_words(outcome: &str, reason: Option<&str>) -> Option<Outcome> {
    match (outcome, reason) {
        ("complete", None) => Some(Outcome::Complete),
        ("incomplete", Some(word)) => Reason::from_word(word).map(Outcome::Incomplete),
        ("unknown", Some(word)) => UnknownReason::from_word(word).map(Outcome::Unknown),
        _ => None,
    }
}

/// Writes the word.
impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Reads the word. One that this version does not know is an error.
impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::from_word(&word).ok_or_else(|| D::Error::custom(format!("unknown reason {word:?}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_is_read_back_as_it_was() {
        let outcomes = Reason::ALL.map(Outcome::Incomplete).into_iter().chain(UnknownReason::ALL.map(Outcome::Unknown));
        for outcome in outcomes.chain([Outcome::Complete]) {
            let text = serde_json::to_string(&outcome).unwrap();
            assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome, "{text}");
        }
        for reason in Reason::ALL {
            let text = serde_json::to_string(&reason).unwrap();
            assert_eq!(serde_json::from_str::<Reason>(&text).unwrap(), reason, "{text}");
        }
    }

    #[test]
    fn a_word_that_is_not_known_is_never_taken_for_another_outcome() {
        for text in [
            r#"{"outcome":"complete","reason":"truncated"}"#,
            r#"{"outcome":"incomplete","reason":null}"#,
            r#"{"outcome":"incomplete","reason":"no_receipt"}"#,
            r#"{"outcome":"whole","reason":null}"#,
            r#"{"reason":"truncated"}"#,
            r#"{"outcome":"incomplete","reason":"truncated","outcome":"complete","reason":null}"#,
        ] {
            assert!(serde_json::from_str::<Outcome>(text).is_err(), "{text}");
        }
        let more = r#"{"verdict":"...","outcome":"complete","devices":3}"#;
        assert_eq!(serde_json::from_str::<Outcome>(more).unwrap(), Outcome::Complete);
    }
}
