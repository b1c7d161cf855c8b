//! Integration tests of the binary: they run the real program over HTTP on loopback.
//!
//! They send signals, set permissions and write shell scripts, which other systems do not have.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a failed unwrap in a test shows where it failed")]

mod bounds;
mod clouds;
mod columns;
mod config;
mod current_faults;
mod current_updates;
mod diff;
mod doctor;
mod echoes;
mod emulate;
mod every_source;
mod exits;
mod export;
mod faults;
mod files_at_rest;
mod gates;
mod help;
#[cfg(feature = "history")]
mod history;
#[cfg(feature = "history")]
mod history_engines;
#[cfg(feature = "history")]
mod history_reading;
#[cfg(feature = "history")]
mod history_stores;
mod identity_server;
mod init;
mod input_files;
mod interrupt;
mod limits;
mod list;
mod logging;
mod measured;
mod monitoring;
mod nginx;
mod not_known;
mod odd_devices;
mod oracle;
mod order;

mod other_programs;
mod output_files;
mod pipelines;
mod profile;
mod profiles;
mod program;
mod pull;
mod python_clients;
mod python_packages;
mod readme;
mod report;
mod resume;
mod right_tenant;
mod schemas;
mod screen;
mod secrets;
mod selection;
mod serve;
mod server;
mod sign_in;
mod sign_in_failures;
mod since;
mod soak;
mod sources;
#[cfg(feature = "open-telemetry")]
mod span_export;
mod storage;
mod tenants;
mod terminal;
mod transcripts;
mod triage;
mod triage_json;
mod updates;
mod webhook;
mod webhook_server;
mod workbook;
