//! Links to the devices that a number counts.

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

use crate::terminal::escape::escaped;

/// What a number counts: the fragment of an address, which the page's script reads. Without the
/// script, it is the anchor of the list.
///
/// The value is escaped as the page shows it, because the script compares it with what is shown.
pub(super) fn link(name: &str, value: &str) -> String {
    format!("#{}", fragment(name, value))
}

pub(super) fn fragment(name: &str, value: &str) -> String {
    let value = percent_encode(escaped(value).as_bytes(), NON_ALPHANUMERIC).to_string();
    format!("{name}={value}")
}

/// Devices that need attention and have something.
pub(super) fn needing(name: &str, value: &str) -> String {
    format!("{}&status=attention", link(name, value))
}

/// A number, and the link to its devices.
#[derive(Debug, Clone)]
pub(super) struct Linked {
    pub(super) number: String,
    pub(super) name: &'static str,
    pub(super) link: String,
}

impl Linked {
    pub(super) fn new(number: u64, link: String) -> Self {
        Self::named(number, "", link)
    }

    pub(super) fn named(number: u64, name: &'static str, link: String) -> Self {
        Self { number: crate::terminal::number::grouped(number), name, link }
    }
}
