//! The reqwest transport: where a request may go, what it carries, how fast, and what a failure means.
#![doc = include_str!("../README.md")]

mod builder;
mod clock;
mod error;
mod origin;
mod pacer;
mod retry_after;
mod service_root;
mod token;
mod token_expiry;
mod transport;

pub use builder::TransportBuilder;
pub use clock::TokioClock;
pub use error::{Error, Result};
pub use origin::Origin;
pub use pacer::{CallLimits, Pacer, Permit};
pub use retry_after::parse_retry_after;
pub use service_root::ServiceRoot;
pub use token::{CommandToken, EnvironmentToken, FileToken, FixedToken, TokenProvider};
pub use transport::ReqwestTransport;
