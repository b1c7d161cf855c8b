//! Emulates the service over HTTP on loopback, as Microsoft's document shows it.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod call_limits;
mod collection;
mod contents;
mod control;
mod defender;
mod device_order;
#[cfg(feature = "sign-in")]
mod discovery;
mod emulator;
mod emulator_builder;
mod emulator_defender;
#[cfg(feature = "sign-in")]
mod emulator_sign_in;
mod fault;
mod fault_plan;
mod faulty_listener;
mod faulty_response;
mod fleet;
mod front;
#[cfg(feature = "sign-in")]
mod identity;
#[cfg(feature = "sign-in")]
mod identity_error;
#[cfg(feature = "sign-in")]
mod identity_service;
#[cfg(feature = "sign-in")]
mod issued_tokens;
mod machine_groups;
mod own_runtime;
mod page_content;
mod paging;
mod query;
mod recorded_request;
mod resource;
mod response;
mod select;
mod server;
mod service;
#[cfg(feature = "sign-in")]
mod sign_in;
mod skip_token;
#[cfg(feature = "sign-in")]
mod tls_listener;
mod update_catalog;
mod windows_builds;

pub use call_limits::CallLimits;
pub use defender::{DefenderFault, DeviceSituation, MachinesPaging};
pub use device_order::DeviceOrder;
pub use emulator::Emulator;
pub use emulator_builder::EmulatorBuilder;
pub use fault::{Fault, FaultError};
pub use fleet::Fleet;
pub use paging::Paging;
pub use recorded_request::RecordedRequest;
#[cfg(feature = "sign-in")]
pub use sign_in::{DeviceCodeScript, SignIn};
