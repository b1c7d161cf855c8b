//! What a failed query needs: a smaller part, or another attempt.

use crate::{FetchError, FetchErrorKind};

/// How to react to a failed query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// A smaller part. The same query would fail again.
    Split,
    /// One more attempt, then a smaller part: the service may be unavailable for a moment, or the
    /// query may be too large for it.
    RetryOnceThenSplit,
    /// What the retry policy says.
    RetryPolicy,
}

/// What advanced hunting reports about a query over its limits on CPU and memory, and about an
/// answer over its limit on size. The code is `BadRequest` for both, as it is for a query that is
/// wrong, so only the message distinguishes them.
const OVER_LIMITS: [&str; 2] = ["exceeded the allowed limits", "exceeded the allowed result size"];

impl Remedy {
    pub(crate) fn for_failure(failure: &FetchError) -> Self {
        match (failure.kind(), failure.status()) {
            (FetchErrorKind::TooLarge, _) | (_, Some(413)) => Self::Split,
            (_, Some(400)) if is_over_limits(failure) => Self::Split,
            (FetchErrorKind::Timeout, _) | (_, Some(500 | 502 | 504)) => Self::RetryOnceThenSplit,
            _ => Self::RetryPolicy,
        }
    }
}

fn is_over_limits(failure: &FetchError) -> bool {
    let message = failure.server().map(|error| error.message.to_ascii_lowercase()).unwrap_or_default();
    OVER_LIMITS.iter().any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use endstate_odata::ErrorBody;

    use super::*;

    fn remedy(status: u16, kind: FetchErrorKind, message: &str) -> Remedy {
        let server = ErrorBody::new("BadRequest", message);
        Remedy::for_failure(&FetchError::new(kind, "failed").with_status(status).with_server(server))
    }

    #[test]
    fn a_query_over_the_limits_needs_a_smaller_part() {
        use FetchErrorKind::{Rejected, TooLarge};
        let cpu = "Query execution has exceeded the allowed limits. The query execution was preempted. This could \
            possibly be due to high CPU and/or memory resource consumption. Optimize your query by following best \
            practices and try again.";
        let size = "Query execution has exceeded the allowed result size. Optimize your query by limiting the amount \
            of results and try again.";
        for message in [cpu, size] {
            assert_eq!(remedy(400, Rejected, message), Remedy::Split);
        }
        assert_eq!(remedy(413, Rejected, ""), Remedy::Split);
        assert_eq!(Remedy::for_failure(&FetchError::new(TooLarge, "above 64 MiB")), Remedy::Split);
    }

    #[test]
    fn a_backend_that_fails_needs_one_more_attempt_first() {
        use FetchErrorKind::{Timeout, Unavailable};
        for status in [500, 502, 504] {
            assert_eq!(remedy(status, Unavailable, ""), Remedy::RetryOnceThenSplit);
        }
        assert_eq!(Remedy::for_failure(&FetchError::new(Timeout, "silence")), Remedy::RetryOnceThenSplit);
    }

    #[test]
    fn a_smaller_part_does_not_help_a_query_that_is_wrong_or_throttled() {
        use FetchErrorKind::{Forbidden, Rejected, Throttled, Unavailable};
        let unknown = "'where' operator: Failed to resolve table or column expression named 'DeviceProcessEvents'. \
            Fix semantic errors in your query.";
        for (status, kind, message) in [
            (400, Rejected, unknown),
            (403, Forbidden, "Insufficient privileges to complete the operation."),
            (429, Throttled, "exceeded the allowed limits"),
            (503, Unavailable, ""),
        ] {
            assert_eq!(remedy(status, kind, message), Remedy::RetryPolicy, "{status}");
        }
    }
}
