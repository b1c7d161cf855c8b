//! The control endpoint: puts an emulator back to its start, between two tests.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::StatusCode;

use crate::front::Front;
use crate::service::lock;

/// The path of the endpoint. It needs no token: an emulator listens on loopback, and a reset shows
/// nothing.
pub(crate) const RESET_PATH: &str = "/_emulator/reset";

/// `POST /_emulator/reset`: all scripted faults are to come again, and no call was served yet.
pub(crate) async fn reset(State(front): State<Arc<Front>>) -> StatusCode {
    let service = &front.service;
    lock(&service.faults).reset();
    lock(&service.served).reset();
    service.calls.store(0, Ordering::Relaxed);
    front.defender.reset();
    if let Some(requests) = lock(&front.requests).as_mut() {
        requests.clear();
    }
    tracing::info!("reset");
    StatusCode::NO_CONTENT
}
