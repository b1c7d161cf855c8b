//! The header `Retry-After`.

use std::time::{Duration, SystemTime};

use endstate_paging::parse_retry_after;
use proptest::prelude::*;

#[test]
fn seconds_decimals_and_dates_are_read_and_bounded() {
    let now = httpdate::parse_http_date("Mon, 02 Mar 2026 08:00:00 GMT").unwrap();
    let read = |value| parse_retry_after(value, now);
    assert_eq!(read("0"), Some(Duration::ZERO));
    assert_eq!(read(" 120 "), Some(Duration::from_mins(2)));
    assert_eq!(read("0.249"), Some(Duration::from_millis(249)));
    assert_eq!(read("Mon, 02 Mar 2026 08:01:00 GMT"), Some(Duration::from_mins(1)));
    assert_eq!(read("Monday, 02-Mar-26 08:01:00 GMT"), Some(Duration::from_mins(1)), "the obsolete form");
    assert_eq!(read("Mon, 02 Mar 2026 07:00:00 GMT"), Some(Duration::ZERO), "a date that is past");
    let day = Some(Duration::from_hours(24));
    assert_eq!(read("99999999999999999999999"), day);
    assert_eq!(read("Sat, 02 Mar 2126 08:00:00 GMT"), day);
    for nonsense in ["", "soon", "-1", "1,5", "1e3", "NaN", "inf", ".", "1.2.3", "5s"] {
        assert_eq!(read(nonsense), None, "for {nonsense:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_not_but_never_panics_or_waits_longer_than_a_day(value in "\\PC{0,30}|[0-9.]{0,30}") {
        if let Some(wait) = parse_retry_after(&value, SystemTime::UNIX_EPOCH) {
            prop_assert!(wait <= Duration::from_hours(24));
        }
    }
}
