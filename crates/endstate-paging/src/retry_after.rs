//! Parses the `Retry-After` header in the forms that occur.

use std::time::{Duration, SystemTime};

/// The longest wait that is accepted from a server: a day.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Parses `Retry-After`: seconds (RFC 9110 section 10.2.3), seconds with a fraction
/// (microsoft-graph-docs#3877 shows `0.249`), or an HTTP date, which is measured from `now`. A past
/// date means no wait. A wait of more than a day becomes a day. Anything else is `None`.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use endstate_paging::parse_retry_after;
///
/// assert_eq!(parse_retry_after("30", SystemTime::now()), Some(Duration::from_secs(30)));
/// assert_eq!(parse_retry_after("0.249", SystemTime::now()), Some(Duration::from_millis(249)));
/// ```
pub fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        let seconds: f64 = value.parse().ok()?;
        return Some(Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO).min(LONGEST))
}
