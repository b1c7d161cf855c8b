//! The wire form of an outcome.

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};

use crate::{Outcome, Reason, UnknownReason};

/// With the feature `serde`, an outcome is an object with the word and the reason:
/// `{"outcome":"incomplete","reason":"truncated"}`.
impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Outcome", 2)?;
        fields.serialize_field("outcome", self.as_str())?;
        let reason = match self {
            Self::Complete => None,
            Self::Incomplete(reason) => Some(reason.as_str()),
            Self::Unknown(reason) => Some(reason.as_str()),
        };
        fields.serialize_field("reason", &reason)?;
        fields.end()
    }
}

/// Reads what it writes. Other members are ignored. A word that this version does not know is an
/// error, because it must not be taken for another outcome.
impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Outcome;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object with the members outcome and reason")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Outcome, A::Error> {
                let (mut outcome, mut reason) = (None, None);
                while let Some(name) = members.next_key::<String>()? {
                    match name.as_str() {
                        "outcome" => outcome = Some(members.next_value::<String>()?),
                        "reason" => reason = members.next_value::<Option<String>>()?,
                        _ => _ = members.next_value::<IgnoredAny>()?,
                    }
                }
                let outcome = outcome.ok_or_else(|| A::Error::missing_field("outcome"))?;
                of_words(&outcome, reason.as_deref())
                    .ok_or_else(|| A::Error::custom(format!("unknown outcome {outcome:?} with the reason {reason:?}")))
            }
        }

        deserializer.deserialize_struct("Outcome", &["outcome", "reason"], Fields)
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
        ] {
            assert!(serde_json::from_str::<Outcome>(text).is_err(), "{text}");
        }
        let more = r#"{"verdict":"...","outcome":"complete","devices":3}"#;
        assert_eq!(serde_json::from_str::<Outcome>(more).unwrap(), Outcome::Complete);
    }
}
