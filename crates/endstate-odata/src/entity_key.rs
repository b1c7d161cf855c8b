//! The key that identifies one entity of a collection, stored in as few bytes as its usual form
//! allows.

use std::cmp::Ordering;
use std::fmt;
use std::str;
use std::sync::Arc;

/// The value of an entity's key property, or the values of all of them.
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
    let mut is_digits = true;
    for (bytes, eight) in digest.chunks_exact_mut(4).zip(digits.as_chunks::<8>().0) {
        let (four, are_digits) = four_bytes(*eight);
        bytes.copy_from_slice(&four);
        is_digits &= are_digits;
    }
    is_digits.then_some(digest)
}

/// Reads eight digits at once, each in its own byte of a word, and says whether they are digits.
///
/// Upper-case digits are none: they make another text, and so another key.
fn four_bytes(digits: [u8; 8]) -> ([u8; 4], bool) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let text = u64::from_le_bytes(digits);
    // Only letters have this bit. `a` is 0x61, so its value is 1 + 9.
    let letters = (text >> 6) & EACH;
    let values = (text & (EACH * 0x0f)) + letters * 9;
    // A text of digits comes back from its values; a letter is 0x27 further than a digit.
    let above_nine = ((values + EACH * 6) >> 4) & EACH;
    let are_digits = values & (EACH * 0xf0) == 0 && values + EACH * 0x30 + above_nine * 0x27 == text;

    // The first digit of a byte is its high half.
    let pairs = ((values << 4) | (values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | (pairs >> 8)) & 0x0000_ffff_0000_ffff;
    let [first, second, _, _, third, fourth, _, _] = fours.to_le_bytes();
    ([first, second, third, fourth], are_digits)
}

fn to_digits(digest: &[u8; 20]) -> [u8; 40] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut digits = [0; 40];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(digest) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
    digits
}
