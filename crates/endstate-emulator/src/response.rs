//! Responses: pages, and errors in the form of Defender for Endpoint.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

/// The error body of Defender for Endpoint. The correlation id is in `target`.
#[derive(Serialize)]
struct ErrorBody<'e> {
    error: ErrorContent<'e>,
}

#[derive(Serialize)]
struct ErrorContent<'e> {
    code: &'e str,
    message: &'e str,
    target: String,
}

/// Returns a response with a page.
pub(crate) fn page(body: Vec<u8>, applied_page_size: Option<u64>) -> Response<Body> {
    let mut response = json(StatusCode::OK, body);
    if let Some(size) = applied_page_size
        && let Ok(applied) = HeaderValue::try_from(format!("odata.maxpagesize={size}"))
    {
        response.headers_mut().insert("preference-applied", applied);
    }
    response
}

/// Returns an error response. The correlation id is made from `call`, the number of the request.
pub(crate) fn error(status: StatusCode, code: &str, message: &str, call: u64) -> Response<Body> {
    let target = format!("00000000-0000-4000-8000-{call:012x}");
    let body = serde_json::to_vec(&ErrorBody { error: ErrorContent { code, message, target } }).unwrap_or_default();
    json(status, body)
}

/// The reason why the service refuses a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Unknown,
    #[cfg(feature = "sign-in")]
    Expired,
    #[cfg(feature = "sign-in")]
    WrongAudience,
}

/// Returns a 401: the request has no token, or one that is not valid for this service.
pub(crate) fn unauthorized(refused: Refused, call: u64) -> Response<Body> {
    let (code, message) = match refused {
        Refused::Unknown => (
            "Unauthorized",
            "Invalid or missing Authorization header. Check that the token is for this service and has not expired.",
        ),
        // These are the texts of Microsoft Graph.
        #[cfg(feature = "sign-in")]
        Refused::Expired => ("InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."),
        #[cfg(feature = "sign-in")]
        Refused::WrongAudience => ("InvalidAuthenticationToken", "Access token validation failure. Invalid audience."),
    };
    let mut response = error(StatusCode::UNAUTHORIZED, code, message, call);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// Returns a 429: the call exceeds a limit.
pub(crate) fn too_many_requests(wait: std::time::Duration, call: u64) -> Response<Body> {
    let message = "The limit of calls for this application and tenant is reached.";
    let mut response = error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message, call);
    // Rounds up, so a call after exactly this time is served.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Returns an error with the HTML of the proxy before the service.
pub(crate) fn proxy_error(status: StatusCode) -> Response<Body> {
    let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let head = format!("<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>");
    let mut response =
        Response::new(Body::from(format!("{head}\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

fn json(status: StatusCode, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; odata.metadata=minimal"));
    headers.insert("odata-version", HeaderValue::from_static("4.0"));
    response
}
