//! Errors in the form of Microsoft Graph.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use serde_json::Value;

use super::call::Call;

/// Returns an error of Microsoft Graph. It repeats the client's request id.
pub(crate) fn graph_error(call: &Call<'_>, now: Timestamp, status: u16, code: &str, message: &str) -> Response<Body> {
    let own_id = format!("00000000-0000-4000-8000-{:012x}", call.number);
    let client_id = call.headers.get("client-request-id").and_then(|id| id.to_str().ok()).unwrap_or(&own_id);
    let date = format!("{now:.0}");
    let (code, message, client_id) = (Value::from(code), Value::from(message), Value::from(client_id));
    let date = date.trim_end_matches('Z');
    let inner = format!(r#"{{"date":"{date}","request-id":"{own_id}","client-request-id":{client_id}}}"#);
    let body = format!(r#"{{"error":{{"code":{code},"message":{message},"innerError":{inner}}}}}"#);
    graph_json(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), body)
}

/// Returns a response of Microsoft Graph.
pub(crate) fn graph_json(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let json = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(json));
    response
}
