//! The tests of the binary: the real program, over real HTTP on loopback.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod clouds;
mod config;
mod diff;
mod doctor;
mod emulate;
mod exits;
mod faults;
mod identity_server;
mod interrupt;
mod limits;
mod nginx;
mod profile;
mod program;
mod pull;
mod readme;
mod resume;
mod secrets;
mod selection;
mod server;
mod sign_in;
mod soak;
mod tenants;
mod terminal;
mod triage;
mod updates;
