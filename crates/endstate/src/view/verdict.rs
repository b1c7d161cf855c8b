//! The end of a pull, told on stderr: the verdict, what went wrong, what the server said, what to do next.

use endstate_paging::{FetchError, FetchErrorKind};

use crate::hint;
use crate::output;
use crate::receipt::{Outcome, Receipt};
use crate::service_place::ServicePlace;
use crate::view::completeness::Completeness;
use crate::view::number::counted;

/// Tells how a pull ended.
pub(crate) fn tell(receipt: &Receipt, failure: Option<&FetchError>) {
    match (receipt.outcome, failure) {
        (Outcome::Failed, Some(failure)) => output::verdict(false, format_args!("failed: {failure}")),
        (Outcome::Failed, None) => output::verdict(false, "failed: it was interrupted before anything was read"),
        _ => {
            let completeness = Completeness::of_receipt(receipt);
            output::verdict(completeness.is_complete(), completeness.line());
        }
    }
    tell_failure(receipt, failure);
}

/// Tells what went wrong, if anything did, and of duplicates.
pub(crate) fn tell_failure(receipt: &Receipt, failure: Option<&FetchError>) {
    if let Some(failure) = failure {
        if receipt.outcome != Outcome::Failed {
            output::hint(format_args!("page {}: {failure}", receipt.pages + 1));
        }
        let mut cause = std::error::Error::source(failure);
        while let Some(error) = cause {
            output::hint(format_args!("because: {error}"));
            cause = error.source();
        }
        if let Some(server) = failure.server() {
            let whose = if failure.kind() == FetchErrorKind::NoToken { "identity service" } else { "service" };
            output::hint(format_args!("the {whose} says: {server}"));
        }
        if let Some(id) = failure.correlation_id() {
            output::hint(format_args!("correlation id: {id}"));
        }
        if let Some(next) = hint::what_next(failure, receipt.pages == 0) {
            output::hint(next);
        }
        if receipt.pages == 0
            && let Some(caveat) = receipt.cloud.as_deref().and_then(ServicePlace::caveat)
        {
            output::hint(caveat);
        }
    }
    if receipt.partial_items > 0 {
        let items = counted(receipt.partial_items, "item");
        output::hint(format_args!(
            "{items} with a list that goes on elsewhere (a nested next link, which is not followed)"
        ));
    }
    if receipt.duplicates > 0 {
        let kept = if receipt.rows < receipt.items { "left out" } else { "kept" };
        let duplicates = counted(receipt.duplicates, "duplicate");
        output::hint(format_args!("{duplicates} {kept}, {} of them with other contents", receipt.conflicts));
    }
}
