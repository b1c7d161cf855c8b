//! Removes secrets from text that others sent back.
//!
//! A service or a proxy may echo what it received: a token, a client secret, an assertion, a skip
//! token. The secrets that this process has used are remembered, and every text for people or
//! records passes through [`redacted`].

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// What takes the place of a secret.
const REPLACEMENT: &str = "***";

/// Characters of the beginning of a secret by which it is found. Shorter ones are found whole.
const PREFIX: usize = 12;

/// Shorter texts are no secrets: they would be found in any text.
const SHORTEST: usize = 8;

/// The values of this many links are remembered, with the newest ones.
const MAX_LINK_VALUES: usize = 32;

/// Secrets of this many sources are remembered.
const MAX_SECRETS: usize = 64;

static KNOWN: Mutex<Known> = Mutex::new(Known { secrets: VecDeque::new(), links: VecDeque::new() });

struct Known {
    secrets: VecDeque<Secret>,
    links: VecDeque<Secret>,
}

/// A secret, and the forms in which it may come back, in lower case.
struct Secret {
    whole: SecretString,
    forms: Vec<SecretString>,
}

/// Remembers a secret that is about to be used.
pub(crate) fn remember(secret: &SecretString) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    add(&mut known.secrets, secret.expose_secret(), MAX_SECRETS, all_forms);
}

/// Remembers the secrets in the response of an identity service.
pub(crate) fn remember_response(body: &[u8]) {
    const NAMES: [&str; 5] = ["access_token", "refresh_token", "id_token", "device_code", "oidcToken"];
    let Ok(members) = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(body) else { return };
    let secrets = NAMES.iter().filter_map(|name| members.get(*name)?.as_str());
    secrets.for_each(|secret| remember(&SecretString::from(secret)));
}

/// Remembers the values in the query of a link, such as its skip token.
pub(crate) fn remember_link(url: &Url) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    for (_, value) in url.query_pairs() {
        let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number && value.len() >= 8 {
            add(&mut known.links, &value, MAX_LINK_VALUES, |value| vec![value.to_owned()]);
        }
    }
}

/// Remembers the signature in the query of a file's URL. The other values are times and versions,
/// which would be found in any text.
pub(crate) fn remember_signature(url: &Url) {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    for (_, signature) in url.query_pairs().filter(|(name, _)| name == "sig") {
        add(&mut known.links, &signature, MAX_LINK_VALUES, |signature| vec![signature.to_owned()]);
    }
}

fn add(secrets: &mut VecDeque<Secret>, text: &str, most: usize, forms: fn(&str) -> Vec<String>) {
    let text = text.trim();
    if text.len() < SHORTEST || secrets.iter().any(|known| known.whole.expose_secret() == text) {
        return;
    }
    if secrets.len() == most {
        secrets.pop_front();
    }
    let forms = forms(text).into_iter().filter(|form| form.len() >= SHORTEST);
    let forms = forms.map(|form| form.to_ascii_lowercase().into()).collect();
    secrets.push_back(Secret { whole: text.to_owned().into(), forms });
}

/// The secret itself, the parts of a JWT, and both in base64 and in hexadecimal digits.
fn all_forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    if secret.matches('.').count() >= 2 {
        forms.extend(secret.split('.').map(ToOwned::to_owned));
    }
    // Three bytes make four characters, so what is before the secret shifts it in one of three
    // ways.
    for before in 0..3 {
        let shifted = [vec![0; before], secret.as_bytes().to_vec()].concat();
        for encoded in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            // The first and the last characters are also of what is beside the secret.
            let inner = encoded.get(if before == 0 { 0 } else { 4 }..encoded.len().saturating_sub(2));
            forms.extend(inner.map(ToOwned::to_owned));
        }
    }
    forms.push(each_byte(secret, ""));
    forms
}

/// The bytes of a text in hexadecimal digits, with something before each.
fn each_byte(text: &str, before: &str) -> String {
    text.bytes().fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{before}{byte:02x}");
        digits
    })
}

/// Returns the text without the secrets that this process has used, in any of these forms: as they
/// are, percent-encoded (also twice), escaped in JSON, in hexadecimal digits or base64, the parts
/// of a JWT, and whatever case they come in. Of a long secret, its beginning is enough.
///
/// ```
/// use endstate_reqwest::redacted;
///
/// assert_eq!(redacted("nothing is secret here"), "nothing is secret here");
/// ```
pub fn redacted(text: &str) -> Cow<'_, str> {
    // A search needs several times the memory of its text. No secret has a line feed.
    let pieces: Vec<_> = pieces(text).map(redacted_piece).collect();
    if pieces.iter().all(|piece| matches!(piece, Cow::Borrowed(_))) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(pieces.concat())
}

/// Parts of a text that end in a line feed, each of about [`PIECE`] bytes or one line.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let after = rest.as_bytes().get(PIECE..).and_then(|bytes| memchr::memchr(b'\n', bytes));
        let (piece, left) = rest.split_at(after.map_or(rest.len(), |line_end| PIECE + line_end + 1));
        rest = left;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Bytes of a text that are searched at once.
const PIECE: usize = 64 * 1024;

fn redacted_piece(text: &str) -> Cow<'_, str> {
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let forms = || known.secrets.iter().chain(&known.links).flat_map(|secret| &secret.forms);
    if forms().next().is_none() || text.len() < SHORTEST {
        return Cow::Borrowed(text);
    }

    let mut found = Vec::new();
    let mut level = Some(Decoded::new(text));
    while let Some(decoded) = level {
        for form in forms() {
            decoded.find(form.expose_secret(), &mut found);
        }
        level = decoded.decode();
    }
    if found.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(replaced(text, found)) }
}

fn replaced(text: &str, mut found: Vec<Range<usize>>) -> String {
    found.sort_unstable_by_key(|range| range.start);
    let mut result = String::new();
    let mut end = 0;
    for Range { start, end: found_end } in found {
        // A secret and the text may part within a character.
        let is_boundary = |at: &usize| text.is_char_boundary(*at);
        let begin = (0..=start).rev().find(is_boundary).unwrap_or(0);
        let range = begin..(found_end..text.len()).find(is_boundary).unwrap_or(text.len());
        if range.start > end || result.is_empty() {
            result.push_str(&text[end..range.start]);
            result.push_str(REPLACEMENT);
        }
        end = end.max(range.end);
    }
    result + &text[end..]
}

/// A text in lower case, decoded so many times, with the place of each byte in the text.
struct Decoded {
    bytes: Vec<u8>,
    /// Where each byte begins, and at the end the length of the text.
    places: Vec<usize>,
    /// How many times more it may be decoded.
    left: u32,
}

impl Decoded {
    fn new(text: &str) -> Self {
        let bytes = text.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
        Self { bytes, places: (0..=text.len()).collect(), left: 2 }
    }

    /// Finds a secret by its beginning, and as much as follows of it.
    fn find(&self, form: &str, found: &mut Vec<Range<usize>>) {
        let form = form.as_bytes();
        let prefix = &form[..form.len().min(PREFIX)];
        let mut from = 0;
        while let Some(at) = memchr::memmem::find(&self.bytes[from..], prefix) {
            let start = from + at;
            let length = self.bytes[start..].iter().zip(form).take_while(|(byte, other)| byte == other).count();
            found.push(self.places[start]..self.places[start + length]);
            from = start + length;
        }
    }

    /// Decodes escapes of URLs and of JSON. Returns `None` if the text has no escape, or was
    /// decoded often enough.
    fn decode(&self) -> Option<Self> {
        let mut bytes = Vec::new();
        let mut places = Vec::new();
        let mut at = 0;
        while at < self.bytes.len() {
            let (byte, length) = escape(&self.bytes[at..]).unwrap_or((self.bytes[at], 1));
            bytes.push(byte.to_ascii_lowercase());
            places.push(self.places[at]);
            at += length;
        }
        places.push(*self.places.last()?);
        let left = self.left.checked_sub(1)?;
        (bytes.len() < self.bytes.len()).then_some(Self { bytes, places, left })
    }
}

/// The byte that an escape means, and the length of the escape: `%41`, `\\u0041` or `\\/`.
fn escape(bytes: &[u8]) -> Option<(u8, usize)> {
    let hexadecimal = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
    match bytes {
        [b'%', high, low, ..] => Some((hexadecimal(&[*high, *low])?, 3)),
        [b'\\', b'u', b'0', b'0', high, low, ..] => Some((hexadecimal(&[*high, *low])?, 6)),
        [b'\\', b'/', ..] => Some((b'/', 2)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_secret_is_removed_in_every_form() {
        let token = "eyJhbGciOiJub25l.eyJvaWQiOiJyZWRhY3Rpb24ifQ.c2lnbmF0dXJl-_redaction";
        remember(&token.into());
        let percent = each_byte(token, "%");
        let twice = percent.replace('%', "%25");
        let json = each_byte(token, "\\u00");
        let hexadecimal = each_byte(token, "");
        let parts: Vec<_> = token.split('.').collect();
        for echo in
            [token, &percent, &twice, &json, &hexadecimal, &token.to_uppercase(), &token[..30], parts[1], parts[2]]
        {
            assert_eq!(redacted(&format!("said ({echo})")), "said (***)", "{echo}");
        }
        for before in ["", "a", "ab", "Bearer "] {
            let encoded = STANDARD_NO_PAD.encode(format!("{before}{token}"));
            let shown = redacted(&encoded).into_owned();
            assert!(shown.len() < 20 && shown.contains(REPLACEMENT), "{before}: {shown}");
        }
        assert_eq!(redacted(&format!("{token}{token}, {token}")), "******, ***".replacen("***", "", 1));
        assert_eq!(redacted("nothing of it"), "nothing of it");
    }

    #[test]
    fn a_long_text_is_searched_to_its_end() {
        remember(&"the-token-of-a-long-text".into());
        let line = "é".repeat(50_000);
        let text = format!("{line}\n{line} the-token-of-a-long-text\n{line}\n{line}\nthe-token-of-a-long-text");
        let expected = text.replace("the-token-of-a-long-text", REPLACEMENT);
        assert!(redacted(&text) == expected);
        assert!(pieces(&text).count() > 2 && pieces(&text).collect::<String>() == text);
        assert!(matches!(redacted(&line), Cow::Borrowed(_)));
    }

    #[test]
    fn the_query_of_a_link_is_a_secret_and_a_number_is_none() {
        remember_link(&Url::parse("https://host/m?$skiptoken=OpaqueValue%2B1&$skip=10000000&v=1.5").unwrap());
        assert_eq!(redacted("again: opaquevalue+1, OpaqueValue%2B1"), "again: ***, ***");
        assert_eq!(redacted("10000000 devices, version 1.5"), "10000000 devices, version 1.5");
    }

    #[test]
    fn the_signature_of_a_file_is_a_secret_and_its_times_are_not() {
        let url = "https://host/f?sv=2019-12-12&se=2026-11-25T12%3A00%3A00Z&sig=Signature%2Bof%2FaFile%3D";
        remember_signature(&Url::parse(url).unwrap());
        assert_eq!(redacted("signature+of/afile=, Signature%2Bof%2FaFile%3D"), "***, ***");
        assert_eq!(redacted("at 2026-11-25T12:00:00Z of 2019-12-12"), "at 2026-11-25T12:00:00Z of 2019-12-12");
    }

    #[test]
    fn a_secret_and_a_text_may_part_within_a_character() {
        remember_link(&Url::parse("https://host/m?t=parts-within-%C3%A9-here").unwrap());
        for (text, shown) in [
            ("parts-within-\u{e8}", "***"),
            ("(parts-within-\u{e9}-he)", "(***)"),
            ("parts-within-%C3%A8!", "***%A8!"),
            ("\u{e9}parts-within-\u{1f600}", "\u{e9}***\u{1f600}"),
        ] {
            assert_eq!(redacted(text), shown, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_link_and_no_text_make_it_panic(value in "[a-é%\u{1f600}]{8,20}", cut in 0_usize..20, text in "[a-é%+\\\\u/]{0,20}") {
            let mut url = Url::parse("https://host/m").unwrap();
            url.query_pairs_mut().append_pair("t", &value);
            remember_link(&url);
            let beginning: String = value.chars().take(cut).collect();
            for echo in [format!("{text}{beginning}{text}"), url.to_string(), format!("{value}{text}")] {
                let _ = redacted(&echo).into_owned();
            }
            prop_assert_eq!(redacted(value.trim()), REPLACEMENT);
        }

        #[test]
        fn any_text_is_redacted_without_a_panic_and_keeps_what_is_around(
            before in "[ -~é\u{1f600}]{0,20}",
            after in "[^s]{0,20}",
        ) {
            remember(&"Secret-of-the-property-test".into());
            let shown = redacted(&format!("{before}secret-of-the-property-test{after}")).into_owned();
            prop_assert!(!shown.contains("property-test"), "{}", shown);
            prop_assert!(shown.contains(REPLACEMENT));
        }
    }
}
