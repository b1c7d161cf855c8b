//! What to do next, by the kind of a failure.

use endstate_paging::{Failure, FailureKind};

/// One or two sentences for the person at the keyboard; `None` where the message says it all.
pub(crate) fn what_next(failure: &Failure, is_first_page: bool) -> Option<String> {
    let text = match failure.kind() {
        FailureKind::Connect => {
            "Check the service root, the name resolution and the proxy (HTTPS_PROXY); a proxy that opens TLS needs --ca-file."
        }
        FailureKind::Timeout => "Try again, or give a page more time with --timeout.",
        FailureKind::Interrupted | FailureKind::Unavailable => "Every attempt failed; try again later.",
        FailureKind::Throttled => {
            let seconds = failure.retry_after().map_or(60, |wait| wait.as_secs().max(1));
            return Some(format!(
                "Come back in {seconds} s, or lower --calls-per-minute: another client may share the limit."
            ));
        }
        FailureKind::Malformed => "Every attempt ended in a broken answer; try again later.",
        FailureKind::Unauthorized => {
            "The token has expired or is for another service: get a new one whose audience is this service."
        }
        FailureKind::Forbidden => {
            "The token is good but may not read device states: ask the administrator for the read permission and its consent."
        }
        FailureKind::NotFound if is_first_page => {
            "Either the path is wrong (check --service-root), or the service answers so when it has none: \
             --empty-on-404 accepts it as an empty collection."
        }
        FailureKind::NotFound | FailureKind::Expired => "The continuation has expired; pull again.",
        FailureKind::Redirected => {
            "Redirects are never followed, because the token would go along: check --service-root, or sign in to the proxy."
        }
        FailureKind::NotAPage => {
            "That is no OData service: check --service-root, or sign in to the network (a captive portal answers so)."
        }
        FailureKind::LinkRefused => {
            "Nothing was sent there. If that is where the collection now stands, pull from it: --service-root."
        }
        FailureKind::NoToken => {
            "Set ENDSTATE_TOKEN, or use --token-file, --token-command or --profile; without a tenant, try --demo."
        }
        FailureKind::TooLarge => "Ask for smaller pages with --page-size, or allow larger ones with --max-page-bytes.",
        _ => return None,
    };
    Some(text.to_owned())
}
