//! The key that identifies one entity of a collection, stored in as few bytes as its usual form
//! allows.

use std::cmp::Ordering;
use std::fmt;
use std::str;
use std::sync::Arc;

/// The value of an entity's key property.
///
/// Forty lower-case hexadecimal digits, the form of the document's device ids, take 20 bytes and no
/// allocation. Any other text is stored unchanged and shared between copies. Keys compare and sort
/// like their texts.
///
/// ```
/// use endstate_odata::EntityKey;
///
/// let key = EntityKey::from("000050e1b4afeee3742489ede9ad7a3e16bbd9c4");
/// assert!(key < EntityKey::from("121688558380765161_2136280442"));
/// assert_eq!(key.to_string(), "000050e1b4afeee3742489ede9ad7a3e16bbd9c4");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EntityKey(Form);

/// Each text has exactly one form, so equality and hashing can be derived.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Form {
    Digits([u8; 20]),
    Text(Arc<str>),
}

impl EntityKey {
    /// The 20 bytes that forty lower-case hexadecimal digits encode; `None` for a key of any other
    /// form.
    // Public only for the speed of `endstate-paging`, which keeps keys of this form in 20 bytes.
    #[doc(hidden)]
    pub fn as_digest(&self) -> Option<&[u8; 20]> {
        match &self.0 {
            Form::Digits(digest) => Some(digest),
            Form::Text(_) => None,
        }
    }

    /// Calls `read` with the key's text, without an allocation.
    fn with_text<R>(&self, read: impl FnOnce(&[u8]) -> R) -> R {
        match &self.0 {
            Form::Digits(digest) => read(&to_digits(digest)),
            Form::Text(text) => read(text.as_bytes()),
        }
    }
}

impl From<&str> for EntityKey {
    fn from(text: &str) -> Self {
        match from_digits(text) {
            Some(digest) => Self(Form::Digits(digest)),
            None => Self(Form::Text(text.into())),
        }
    }
}

impl fmt::Display for EntityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.pad(str::from_utf8(text).unwrap_or_default()))
    }
}

impl fmt::Debug for EntityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| fmt::Debug::fmt(str::from_utf8(text).unwrap_or_default(), f))
    }
}

impl Ord for EntityKey {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            // Lower-case digits sort like the bytes that they encode.
            (Form::Digits(left), Form::Digits(right)) => left.cmp(right),
            _ => self.with_text(|left| other.with_text(|right| left.cmp(right))),
        }
    }
}

impl PartialOrd for EntityKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl serde::Serialize for EntityKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for EntityKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl serde::de::Visitor<'_> for Text {
            type Value = EntityKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key that is a string or a whole number")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<EntityKey, E> {
                // An empty key cannot identify an entity.
                if text.is_empty() { Err(E::custom("the key is empty")) } else { Ok(EntityKey::from(text)) }
            }

            fn visit_u64<E>(self, number: u64) -> Result<EntityKey, E> {
                Ok(EntityKey::from(number.to_string().as_str()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<EntityKey, E> {
                Ok(EntityKey::from(number.to_string().as_str()))
            }
        }

        deserializer.deserialize_any(Text)
    }
}

fn from_digits(text: &str) -> Option<[u8; 20]> {
    let digits: &[u8; 40] = text.as_bytes().try_into().ok()?;
    let mut digest = [0; 20];
    // One check at the end is enough: a digit's value is below 16, and that of any other byte is
    // not.
    let mut all = 0;
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let high = VALUES[usize::from(pair[0])];
        let low = VALUES[usize::from(pair[1])];
        all |= high | low;
        *byte = high << 4 | low;
    }
    (all < 16).then_some(digest)
}

/// The value of each byte as a digit. Upper-case digits do not count: they make another text, and
/// so another key.
const VALUES: [u8; 256] = {
    let mut values = [0xff; 256];
    let mut digit = 0;
    while digit < 16 {
        values[b"0123456789abcdef"[digit as usize] as usize] = digit;
        digit += 1;
    }
    values
};

fn to_digits(digest: &[u8; 20]) -> [u8; 40] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = [0; 40];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(digest) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    digits
}
