//! The HTTP client that `azure_identity` is given: ours, with an eye on refusals.
//!
//! The library reads a refusal's text as a borrowed string, which text with an escape in it cannot be, and every text of Microsoft
//! Entra has a line break: what the identity service says is lost behind an error about JSON
//! (<https://github.com/Azure/azure-sdk-for-rust/pull/3479>). So it is noted here, on its way there.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use reqwest::Client;

use crate::identity_client::IdentityError;

/// Sends what it is given, and notes the last refusal.
#[derive(Debug)]
pub(crate) struct NotingClient {
    client: Client,
    refusal: Mutex<Option<IdentityError>>,
}

impl NotingClient {
    pub(crate) fn new(client: Client) -> Arc<Self> {
        Arc::new(Self { client, refusal: Mutex::default() })
    }

    /// What the identity service said last, if it refused.
    pub(crate) fn take_refusal(&self) -> Option<IdentityError> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl HttpClient for NotingClient {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let response = self.client.execute_request(request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, headers, body) = response.try_into_raw_response().await?.deconstruct();
        let refusal = serde_json::from_slice(&body).ok();
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = refusal;
        Ok(AsyncRawResponse::from_bytes(status, headers, body))
    }
}
