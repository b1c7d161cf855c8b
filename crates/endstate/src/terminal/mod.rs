//! The terminal: what is printed and how, progress, logs, and Ctrl-C. Nothing else prints.

pub(crate) mod error_chain;
pub(crate) mod escape;
pub(crate) mod interrupt;
pub(crate) mod interview;
pub(crate) mod logging;
pub(crate) mod number;
pub(crate) mod output;
pub(crate) mod program_output;
pub(crate) mod progress;
mod pull_status;
pub(crate) mod service_signal;
#[cfg(feature = "open-telemetry")]
mod span_export;
#[cfg(not(feature = "open-telemetry"))]
#[path = "no_span_export.rs"]
mod span_export;
