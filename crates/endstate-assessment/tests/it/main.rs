//! The tests of `endstate-assessment` through its public interface.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue should say where")]

mod devices;
mod fold;
mod hunting;
mod mapping;
mod rows;
mod vulnerabilities;
