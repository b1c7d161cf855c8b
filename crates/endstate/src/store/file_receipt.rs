//! The receipt of a file, or of a pull of a history.

use std::path::Path;

use super::receipt::Receipt;
use super::stored_pull::StoredPull;

/// The receipt beside a file, or that of a pull of a history; `None` if it does not exist.
pub(crate) fn beside(file: &Path) -> anyhow::Result<Option<Receipt>> {
    if let Some(pull) = StoredPull::find(file)? {
        return Ok(pull.receipt);
    }
    Receipt::read(&Receipt::path_beside(file))
}

/// The receipt that describes a file. The one beside it may describe another: yesterday's file
/// stays beside today's incomplete pull.
pub(crate) fn for_file(file: &Path) -> anyhow::Result<Option<Receipt>> {
    Ok(beside(file)?.filter(|receipt| receipt.describes(file)))
}
