//! The tests of the binary: the real program, over real HTTP on loopback.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod diff;
mod emulate;
mod exits;
mod faults;
mod interrupt;
mod nginx;
mod profile;
mod program;
mod pull;
mod readme;
mod resume;
mod secrets;
mod selection;
mod server;
mod soak;
mod triage;
mod updates;
