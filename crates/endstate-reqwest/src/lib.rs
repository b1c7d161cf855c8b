//! The reqwest transport: where a request may go, what it carries, how fast, and what a failure means.
#![doc = include_str!("../README.md")]

#[cfg(feature = "azure-identity")]
mod azure_sign_in;
mod builder;
mod cached_token;
#[cfg(feature = "azure-identity")]
mod client_certificate;
mod clock;
mod cloud;
mod command_token;
mod device_code;
mod error;
mod http_client;
mod identity;
mod identity_client;
#[cfg(feature = "azure-identity")]
mod noting_client;
mod origin;
mod pacer;
mod reachability;
mod retry_after;
mod secret_place;
mod service_root;
mod token;
mod token_claims;
mod transport;

#[cfg(feature = "azure-identity")]
pub use azure_sign_in::{AzureMethod, AzureSignIn};
pub use builder::TransportBuilder;
pub use cached_token::{AccessToken, CachedToken, TokenSource};
pub use clock::TokioClock;
pub use cloud::{Cloud, Evidence, Region, Service};
pub use command_token::CommandToken;
pub use device_code::{DeviceCode, DeviceCodeStep, UserCode};
pub use error::{Error, Result};
pub use identity::{Authority, ClientId, Scope, TenantId};
pub use identity_client::IdentityClient;
pub use origin::Origin;
pub use pacer::{CallLimits, Pacer, Permit};
pub use reachability::{Answered, Reachability, Unanswered};
pub use retry_after::parse_retry_after;
pub use secret_place::SecretPlace;
pub use service_root::ServiceRoot;
pub use token::{EnvironmentToken, FileToken, FixedToken, TokenProvider};
pub use token_claims::TokenClaims;
pub use transport::ReqwestTransport;
