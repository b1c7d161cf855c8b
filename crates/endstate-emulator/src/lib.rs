//! The service, emulated: what the vendor's document shows, over HTTP on loopback.
#![doc = include_str!("../README.md")]

mod call_limits;
mod collection;
mod connection;
mod contents;
mod emulator;
mod fault;
mod fault_plan;
mod faulty_answer;
mod fleet;
mod identity_error;
mod identity_service;
mod issued_tokens;
mod machine_groups;
mod page_content;
mod query;
mod response;
mod secure_door;
mod select;
mod service;
mod sign_in;
mod skip_token;
mod update_catalog;
mod windows_builds;

pub use call_limits::CallLimits;
pub use collection::Paging;
pub use emulator::{Emulator, EmulatorBuilder};
pub use fault::{Fault, FaultError};
pub use fleet::Fleet;
pub use sign_in::{DeviceCodeScript, SignIn};
