//! The HTTP client that `azure_identity` is given: ours, with an eye on refusals.
//!
//! The library reads a refusal's text as a borrowed string, which text with an escape in it cannot be, and every text of Microsoft
//! Entra has a line break: what the identity service says is lost behind an error about JSON
//! (<https://github.com/Azure/azure-sdk-for-rust/pull/3479>). So it is noted here, on its way there.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use reqwest::Client;

use crate::identity_client::{IdentityError, is_unavailable};

/// Sends what it is given, and notes why there was no token.
#[derive(Debug)]
pub(crate) struct RecordingClient {
    client: Client,
    noted: Mutex<Option<RecordedRefusal>>,
}

/// Why there was no token.
#[derive(Debug)]
pub(crate) enum RecordedRefusal {
    /// What the identity service says.
    Refusal(IdentityError),
    /// The status of one that is not well, whose words are not about the sign-in.
    Unavailable(u16),
}

impl RecordingClient {
    pub(crate) fn new(client: Client) -> Arc<Self> {
        Arc::new(Self { client, noted: Mutex::default() })
    }

    /// Why there was no token last, if it was the identity service.
    pub(crate) fn take(&self) -> Option<RecordedRefusal> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl HttpClient for RecordingClient {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let response = self.client.execute_request(request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, headers, body) = response.try_into_raw_response().await?.deconstruct();
        let number = u16::from(status);
        let noted = if is_unavailable(number) {
            Some(RecordedRefusal::Unavailable(number))
        } else {
            serde_json::from_slice(&body).ok().map(RecordedRefusal::Refusal)
        };
        *self.noted.lock().unwrap_or_else(PoisonError::into_inner) = noted;
        Ok(AsyncRawResponse::from_bytes(status, headers, body))
    }
}
