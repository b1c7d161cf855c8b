//! The service, emulated: what the vendor's document shows, over HTTP on loopback.
#![doc = include_str!("../README.md")]

mod call_limits;
mod collection;
mod connection;
mod emulator;
mod fault;
mod fault_plan;
mod faulty_answer;
mod fleet;
mod page_content;
mod query;
mod response;
mod select;
mod service;
mod skip_token;
mod windows_builds;

pub use call_limits::CallLimits;
pub use emulator::{Emulator, EmulatorBuilder};
pub use fault::{Fault, FaultError};
pub use fleet::Fleet;
