//! An error and its causes as text.

use std::error::Error;

/// The causes of an error, outermost first, without the error itself.
pub(crate) fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(error.source(), |error| (*error).source())
}

/// The error and its causes on one line.
pub(crate) fn one_line(error: &(dyn Error + 'static)) -> String {
    causes(error).fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}
