//! From settings to a live service: how to sign in, and the transport to it.

pub(crate) mod automatic_source;
pub(crate) mod permission;
pub(crate) mod sign_in;
pub(crate) mod source;
pub(crate) mod source_kind;
#[cfg(feature = "history")]
pub(crate) mod storage_sign_in;
pub(crate) mod webhook;
