//! What device security states say about a fleet, with no input or output.
#![doc = include_str!("../README.md")]

mod triage;
mod urgency;

pub use triage::{Tally, Triage, TriageBuilder};
