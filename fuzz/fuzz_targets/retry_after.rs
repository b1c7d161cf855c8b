//! Parses any text as `Retry-After`. Parsing must not panic or return a wait longer than a day.
#![no_main]

use std::time::{Duration, SystemTime};

use endstate_paging::parse_retry_after;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &str| {
    if let Some(wait) = parse_retry_after(value, SystemTime::UNIX_EPOCH) {
        assert!(wait <= Duration::from_secs(24 * 3600));
    }
});
