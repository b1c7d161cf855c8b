//! Percent-encoding of the parts of a URL (RFC 3986, section 2.1).

use std::fmt;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// A text, percent-encoded for its place.
pub(crate) struct PercentEncoded<'t>(pub(crate) &'t str, pub(crate) Place);

/// A place in a URL.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    PathSegment,
    OptionName,
    OptionValue,
}

/// What no part of a URL contains as it is, or what a server or another URL parser reads as
/// something else: `+` as a space, `\` as `/`, and `;` as the end of an option or of a segment.
const ANYWHERE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'+')
    .add(b';')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

const PATH_SEGMENT: &AsciiSet = &ANYWHERE.add(b'/').add(b'?');

/// The URL standard encodes an apostrophe in a query, so it is encoded here as well: the URL then
/// stays as it is on its way.
const OPTION_VALUE: &AsciiSet = &ANYWHERE.add(b'&').add(b'\'');

const OPTION_NAME: &AsciiSet = &OPTION_VALUE.add(b'=');

impl fmt::Display for PercentEncoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = match self.1 {
            Place::PathSegment => PATH_SEGMENT,
            Place::OptionName => OPTION_NAME,
            Place::OptionValue => OPTION_VALUE,
        };
        fmt::Display::fmt(&utf8_percent_encode(self.0, set), f)
    }
}
