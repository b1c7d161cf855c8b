//! Parses any text as a fault. Parsing must not panic, and a fault must print as it was written.
#![no_main]

use endstate_emulator::Fault;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(fault) = text.parse::<Fault>() {
        assert_eq!(fault.to_string(), text);
    }
});
