//! The tests of `endstate-analysis` through its public interface.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod triage;
