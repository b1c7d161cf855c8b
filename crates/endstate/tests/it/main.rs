//! Integration tests of the binary: they run the real program over HTTP on loopback.
#![expect(clippy::unwrap_used, reason = "a failed unwrap in a test shows where it failed")]

mod clouds;
mod config;
mod diff;
mod doctor;
mod emulate;
mod exits;
mod faults;
mod gates;
mod identity_server;
mod input_files;
mod interrupt;
mod limits;
mod nginx;
mod odd_devices;
mod output_files;
mod profile;
mod program;
mod pull;
mod python_clients;
mod readme;
mod resume;
mod right_tenant;
mod screen;
mod secrets;
mod selection;
mod server;
mod sign_in;
mod sign_in_failures;
mod since;
mod soak;
mod tenants;
mod terminal;
mod triage;
mod updates;
