//! Finds the next link in a body that is still arriving, or was not parsed yet, so the caller can
//! fetch the next page early.

use serde_json::value::RawValue;

use crate::NextLink;
use crate::envelope::control_information;
use crate::item_scan::LONGEST_BEGINNING;

/// What the beginning of a body says about the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EarlyLink {
    /// More of the body is needed to decide.
    Pending,
    /// The next link comes before `value`, as in the document's example.
    Found {
        /// The link.
        next_link: NextLink,
        /// The context URL, if it came before the link: the base of a relative link.
        context: Option<String>,
    },
    /// No link came before `value` or before the end of the document. Only the whole body shows
    /// whether it has one.
    NotEarly,
}

/// Longest end that is searched for a link, in bytes.
const LONGEST_END: usize = 16 * 1024;

/// Searches the beginning of a body for the next link. The beginning may end anywhere, even within
/// a character.
///
/// If it returns [`EarlyLink::Pending`], call it again with a longer beginning. A link found early
/// is a hint: its page can still turn out to be broken.
///
/// ```
/// use endstate_odata::{EarlyLink, find_next_link};
///
/// let body =
///   br#"{"@odata.count":444,"@odata.nextLink":"https://host/next?$skiptoken=x","value":[{"id":"#;
/// assert_eq!(find_next_link(&body[..40]), EarlyLink::Pending);
/// assert!(matches!(find_next_link(body), EarlyLink::Found { .. }));
/// ```
pub fn find_next_link(beginning: &[u8]) -> EarlyLink {
    if beginning.len() > LONGEST_BEGINNING {
        return find_next_link(&beginning[..LONGEST_BEGINNING]).or_not_early();
    }
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        // The rest of a split character is still arriving.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&beginning[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return EarlyLink::NotEarly,
    };
    scan(text.trim_start_matches('\u{feff}')).unwrap_or(EarlyLink::Pending)
}

/// Returns the next link of a whole body if it is the last member, without parsing the rest.
///
/// Services that write their items first put the link there. Only an absolute link is returned,
/// because the base of a relative one is at the other end. The link is a hint: the page can still
/// turn out to be broken.
///
/// ```
/// use endstate_odata::find_last_link;
///
/// let body = br#"{"value":[{"id":"1"}],"@odata.nextLink":"https://host/next?$skiptoken=x"}"#;
/// assert!(find_last_link(body).is_some());
/// assert!(find_last_link(br#"{"value":[{"@odata.nextLink":"https://host/next"}]}"#).is_none());
/// ```
pub fn find_last_link(body: &[u8]) -> Option<NextLink> {
    let end = &body[body.len().saturating_sub(LONGEST_END)..];
    let members = end.trim_ascii_end().strip_suffix(b"}")?;
    let (before, link) = split_last_text(members)?;
    let (_, name) = split_last_text(before.trim_ascii_end().strip_suffix(b":")?)?;

    let is_next_link = control_information(&name) == Some("nextLink");
    let is_absolute = link.starts_with("https://") || link.starts_with("http://");
    if is_next_link && is_absolute { NextLink::new(&link) } else { None }
}

/// Splits off the text at the end. A name or a link has no quotation mark in it.
fn split_last_text(bytes: &[u8]) -> Option<(&[u8], String)> {
    let bytes = bytes.trim_ascii_end();
    let start = memchr::memrchr(b'"', bytes.strip_suffix(b"\"")?)?;
    Some((&bytes[..start], serde_json::from_slice(&bytes[start..]).ok()?))
}

impl EarlyLink {
    fn or_not_early(self) -> Self {
        if self == Self::Pending { Self::NotEarly } else { self }
    }
}

/// Walks over the members before `value`. Returns `None` if the text ends first.
fn scan(text: &str) -> Option<EarlyLink> {
    let mut context = None;
    let mut rest = match text.trim_ascii_start() {
        "" => return None,
        other => match other.strip_prefix('{') {
            Some(members) => members,
            None => return Some(EarlyLink::NotEarly),
        },
    };

    loop {
        let Some((name, after)) = take_value(rest)? else { return Some(EarlyLink::NotEarly) };
        let Ok(name) = serde_json::from_str::<String>(name) else { return Some(EarlyLink::NotEarly) };
        let after = after.trim_ascii_start();
        if after.is_empty() {
            return None;
        }
        let Some(after) = after.strip_prefix(':') else { return Some(EarlyLink::NotEarly) };
        if name == "value" {
            return Some(EarlyLink::NotEarly);
        }

        let Some((value, after)) = take_value(after)? else { return Some(EarlyLink::NotEarly) };
        match control_information(&name) {
            Some("context") => context = serde_json::from_str(value).ok(),
            Some("nextLink") => {
                let link = serde_json::from_str::<String>(value).ok();
                return Some(match link.as_deref().and_then(NextLink::new) {
                    Some(next_link) => EarlyLink::Found { next_link, context },
                    None => EarlyLink::NotEarly,
                });
            }
            _ => {}
        }

        let after = after.trim_ascii_start();
        match after.as_bytes().first() {
            None => return None,
            Some(b',') => rest = &after[1..],
            Some(_) => return Some(EarlyLink::NotEarly),
        }
    }
}

/// Splits off one whole JSON value. Returns `None` if the text ends before the value does, and
/// `Some(None)` if the value is not JSON.
#[expect(clippy::option_option, reason = "unfinished and broken are two results, and `?` propagates the first")]
fn take_value(text: &str) -> Option<Option<(&str, &str)>> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    match values.next() {
        // More digits may follow a number at the very end.
        Some(Ok(_)) if values.byte_offset() == text.len() && !text.ends_with(['"', '}', ']']) => None,
        Some(Ok(value)) => Some(Some((value.get(), &text[values.byte_offset()..]))),
        Some(Err(error)) if !error.is_eof() => Some(None),
        Some(Err(_)) | None => None,
    }
}
