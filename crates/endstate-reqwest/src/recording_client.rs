//! The HTTP client for `azure_identity`: the client of this crate, which also records refusals.
//!
//! The library reads the text of a refusal as a borrowed string. Text with an escape cannot be
//! borrowed, and every text of Microsoft Entra has a line break. So an error about JSON hides what
//! the identity service reports (<https://github.com/Azure/azure-sdk-for-rust/pull/3479>). This
//! client records the text before the library reads it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use azure_core::http::{AsyncRawResponse, HttpClient, Request};
use futures_util::StreamExt;

use crate::connections::Connections;
use crate::identity_client::{IdentityError, LONGEST_ANSWER, is_unavailable};
use crate::redaction;

/// Sends requests, and records why there was no token.
#[derive(Debug)]
pub(crate) struct RecordingClient {
    connections: Arc<Connections>,
    noted: Mutex<Option<RecordedRefusal>>,
}

/// Why there was no token.
#[derive(Debug)]
pub(crate) enum RecordedRefusal {
    /// The identity service refused, with this error.
    Refusal(IdentityError),
    /// The identity service was unavailable, with this status. Its text is not about the sign-in.
    Unavailable(u16),
}

impl RecordingClient {
    pub(crate) fn new(connections: Arc<Connections>) -> Arc<Self> {
        Arc::new(Self { connections, noted: Mutex::default() })
    }

    /// Takes the last reason why there was no token, if it came from the identity service.
    pub(crate) fn take(&self) -> Option<RecordedRefusal> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[async_trait]
impl HttpClient for RecordingClient {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let client = self.connections.current();
        let give_up = |error| {
            self.connections.give_up(&client);
            error
        };
        let response = client.client.execute_request(request).await.map_err(give_up)?;
        let (status, headers, mut stream) = response.deconstruct();
        let mut body = Vec::new();
        while let Some(chunk) = stream.next().await {
            body.extend_from_slice(&chunk.map_err(give_up)?);
            if body.len() > LONGEST_ANSWER {
                let message = format!("the answer has more than {LONGEST_ANSWER} bytes");
                return Err(azure_core::Error::with_message(azure_core::error::ErrorKind::DataConversion, message));
            }
        }

        if status.is_success() {
            redaction::remember_response(&body);
            return Ok(AsyncRawResponse::from_bytes(status, headers, body));
        }
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
