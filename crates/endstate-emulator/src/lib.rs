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
#[cfg(feature = "sign-in")]
mod identity;
#[cfg(feature = "sign-in")]
mod identity_error;
#[cfg(feature = "sign-in")]
mod identity_service;
#[cfg(feature = "sign-in")]
mod issued_tokens;
mod machine_groups;
mod page_content;
mod query;
mod response;
#[cfg(feature = "sign-in")]
mod secure_door;
mod select;
mod service;
#[cfg(feature = "sign-in")]
mod sign_in;
mod skip_token;
mod update_catalog;
mod windows_builds;

pub use call_limits::CallLimits;
pub use collection::Paging;
pub use emulator::{Emulator, EmulatorBuilder};
pub use fault::{Fault, FaultError};
pub use fleet::Fleet;
#[cfg(feature = "sign-in")]
pub use sign_in::{DeviceCodeScript, SignIn};
