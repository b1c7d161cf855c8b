//! Tests of `endstate-emulator` through its public interface, over HTTP on loopback.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue should say where")]

mod antivirus;
mod assessments;
mod defender_fault;
mod embedding;
mod export;
mod fault;
mod fleet;
mod hunting;
mod machines;
mod service;
mod siblings;
#[cfg(feature = "sign-in")]
mod sign_in;
mod vulnerabilities;
