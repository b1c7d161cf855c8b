//! Faulty responses: instead of a page, in the bytes of a page, or on its connection.

use std::io::Write as _;
use std::time::SystemTime;

use axum::body::{Body, Bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;

use crate::fault::{FaultKind, RetryAfter};
use crate::faulty_listener::{Control, End};
use crate::response;
use crate::response::Refused;

/// Whether a page arrives whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answering {
    Whole,
    Broken,
}

/// Returns the response that replaces a page, if one of the faults has one.
pub(crate) fn instead(faults: &[FaultKind], headers: &HeaderMap, call: u64) -> Option<Response<Body>> {
    faults.iter().find_map(|fault| {
        Some(match fault {
            FaultKind::Throttled(wait) => throttled(wait, call),
            FaultKind::Status(code) => {
                let status = StatusCode::from_u16(*code).ok()?;
                response::error(status, status.canonical_reason().unwrap_or("Error"), "As scripted.", call)
            }
            FaultKind::Unauthorized => response::unauthorized(Refused::Unknown, call),
            FaultKind::Forbidden => {
                response::error(StatusCode::FORBIDDEN, "Forbidden", "Missing application roles.", call)
            }
            FaultKind::Echo => {
                let sent = headers.get(AUTHORIZATION).and_then(|sent| sent.to_str().ok()).unwrap_or_default();
                response::error(StatusCode::FORBIDDEN, "Forbidden", &format!("You sent '{sent}'."), call)
            }
            FaultKind::Redirect(origin) => {
                let location = format!("{origin}/testwdatppreview/machinesecuritystates?code=stolen");
                with_header(response::error(StatusCode::FOUND, "Found", "Elsewhere.", call), LOCATION, &location)
            }
            FaultKind::Expired(410) => {
                response::error(StatusCode::GONE, "Gone", "The continuation token has expired.", call)
            }
            FaultKind::Expired(_) | FaultKind::NotFound => {
                response::error(StatusCode::NOT_FOUND, "ResourceNotFound", "There is nothing here.", call)
            }
            FaultKind::Html => {
                let page = "<!DOCTYPE html><html><title>Sign in to the network</title></html>";
                with_header(Response::new(Body::from(page)), CONTENT_TYPE, "text/html")
            }
            FaultKind::Endless => {
                let beginning = stream::iter([Bytes::from_static(b"{\"value\":[")]);
                let rest = stream::repeat(Bytes::from(vec![b' '; 64 * 1024]));
                let chunks = stream::StreamExt::chain(beginning, rest);
                Response::new(Body::from_stream(stream::StreamExt::map(chunks, Ok::<_, std::io::Error>)))
            }
            FaultKind::GzipBomb(mebibytes) => {
                with_header(Response::new(Body::from(bomb(*mebibytes))), CONTENT_ENCODING, "gzip")
            }
            _ => return None,
        })
    })
}

/// Corrupts the bytes of a page, or the connection that carries them.
pub(crate) fn corrupt(faults: &[FaultKind], body: &mut Vec<u8>, control: &Control) -> Answering {
    /// The approximate length of a response head.
    const HEAD: usize = 200;
    let middle = HEAD + body.len() / 2;

    let mut answering = Answering::Whole;
    for fault in faults {
        let end = match fault {
            FaultKind::CutJson => {
                body.truncate(body.len() / 2);
                None
            }
            FaultKind::InvalidUtf8 => {
                // This byte is within the name of the envelope's first member.
                if let Some(byte) = body.get_mut(5) {
                    *byte = 0xff;
                }
                None
            }
            FaultKind::GzipMembers => {
                *body = body.chunks(1 + body.len() / 3).flat_map(member).collect();
                continue;
            }
            FaultKind::Drip(pause) => {
                control.break_with(0, End::Drip(4096, *pause));
                continue;
            }
            FaultKind::Late(pause) => {
                // All of it at once, after one pause.
                control.break_with(0, End::Drip(usize::MAX, *pause));
                continue;
            }
            FaultKind::ResetBeforeHead => Some((0, End::Reset)),
            FaultKind::ResetInBody => Some((middle, End::Reset)),
            FaultKind::Stalled => Some((middle, End::Stall)),
            FaultKind::ShortBody => Some((middle, End::Close)),
            _ => continue,
        };
        answering = Answering::Broken;
        if let Some((after, end)) = end {
            control.break_with(after, end);
        }
    }
    answering
}

fn throttled(wait: &RetryAfter, call: u64) -> Response<Body> {
    let response = response::error(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", "Slow down.", call);
    match wait {
        RetryAfter::Absent => response,
        RetryAfter::Text(text) => with_header(response, RETRY_AFTER, text),
        RetryAfter::Date(after) => {
            let date = httpdate::fmt_http_date(SystemTime::now() + *after);
            with_header(response, RETRY_AFTER, &date)
        }
    }
}

fn with_header(mut response: Response<Body>, name: HeaderName, value: &str) -> Response<Body> {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// Returns a part of a body as a member of a gzip file.
fn member(part: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(part);
    encoder.finish().unwrap_or_default()
}

/// Returns an empty page with this much white space, compressed to a thousandth of its size.
fn bomb(mebibytes: u64) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let space = vec![b' '; 1024 * 1024];
    // Writing to memory does not fail.
    let _ = encoder.write_all(b"{\"value\":[");
    for _ in 0..mebibytes {
        let _ = encoder.write_all(&space);
    }
    let _ = encoder.write_all(b"]}");
    encoder.finish().unwrap_or_default()
}
