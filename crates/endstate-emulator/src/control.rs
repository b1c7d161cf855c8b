//! The control endpoint: puts an emulator back to its start, between two tests.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::StatusCode;

use crate::service::{Service, lock};

/// The path of the endpoint. It needs no token: an emulator listens on loopback, and a reset shows
/// nothing.
pub(crate) const RESET_PATH: &str = "/_emulator/reset";

/// `POST /_emulator/reset`: all scripted faults are to come again, and no call was served yet.
pub(crate) async fn reset(State(service): State<Arc<Service>>) -> StatusCode {
    lock(&service.faults).reset();
    lock(&service.served).reset();
    service.calls.store(0, Ordering::Relaxed);
    tracing::info!("reset");
    StatusCode::NO_CONTENT
}
