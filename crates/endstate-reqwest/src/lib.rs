//! The reqwest transport: where a request may go, what it carries, how fast it is sent, and what a
//! failure means.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(feature = "rustls", feature = "rustls-no-provider")))]
compile_error!(
    "without TLS a token would be readable by everyone: enable the feature `rustls` or `rustls-no-provider`"
);

mod authorization_scheme;
#[cfg(feature = "azure-identity")]
mod azure_sign_in;
mod bounded_command;
mod builder;
mod cached_token;
mod client;
#[cfg(feature = "azure-identity")]
mod client_certificate;
mod cloud_endpoint;
mod connections;
mod device_code;
mod downloads;
mod error;
mod exchange;
mod export_transport;
mod gzip;
mod http_client;
mod hunting_transport;
mod identity;
mod identity_client;
mod own_header;
mod probe;
#[cfg(feature = "azure-identity")]
mod recording_client;
mod redaction;
mod secret;
mod secret_source;
mod service_root;
mod sign_in_method;
mod signed_url;
mod stored_token;
mod tenant_guard;
mod token;
mod token_claims;
#[cfg(feature = "azure-identity")]
mod tool_executor;
mod transport;

pub use authorization_scheme::AuthorizationScheme;
#[cfg(feature = "azure-identity")]
pub use azure_sign_in::{AzureMethod, AzureSignIn};
pub use bounded_command::end_running_commands;
pub use builder::TransportBuilder;
pub use cached_token::{AccessToken, CachedToken, Credential};
pub use client::{Client, Collection};
pub use cloud_endpoint::{ApiEndpoint, Cloud, CloudEndpoint, Evidence, Region};
pub use device_code::{DeviceCode, DeviceCodeStep, UserCode};
// What the settings of a transport are made of.
pub use endstate_paging::{CallLimits, Origin, Pacer, TokioClock};
pub use error::{Error, Result};
pub use exchange::{Exchange, ResponseHead};
pub use export_transport::ExportTransport;
pub use hunting_transport::HuntingTransport;
pub use identity::{Authority, ClientId, Scope, TenantId};
pub use identity_client::IdentityClient;
pub use probe::{Probe, ProbeError, ProbeResponse};
pub use redaction::redacted;
pub use reqwest;
pub use secrecy::{ExposeSecret, SecretString};
pub use secret_source::{SecretCommand, SecretSource};
pub use service_root::ServiceRoot;
pub use sign_in_method::SignInMethod;
pub use stored_token::StoredToken;
pub use tenant_guard::TenantGuard;
pub use token::{FixedToken, TokenProvider};
pub use token_claims::TokenClaims;
pub use transport::ReqwestTransport;
