//! `GET /tvm-export/...`: a file of an export, as a storage service sends it. Its URL is its
//! permission.

use std::io::Write as _;
use std::sync::atomic::Ordering;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;

use super::Defender;
use super::assessment_rows::{AssessmentRows, Spelling};
use super::call::Call;
use super::export::signature;
use super::fault::DefenderFaultKind;

/// Responds with a file.
pub(crate) fn export_file(defender: &Defender, call: &Call<'_>) -> Response<Body> {
    if call.headers.contains_key(AUTHORIZATION) {
        let message = "Authentication information is not given in the correct format. Check the value of \
                       Authorization header.";
        return storage_error(StatusCode::BAD_REQUEST, "InvalidAuthenticationInfo", message, "");
    }

    let option = |name: &str| call.options.iter().find(|(its, _)| its == name).map_or("", |(_, value)| value);
    let (start, expiry, given) = (option("st"), option("se"), option("sig"));
    let now = defender.time();
    let is_signed = given == signature(defender, call.path, start, expiry);
    let detail = match expiry.parse::<Timestamp>() {
        _ if !is_signed => "Signature did not match.".to_owned(),
        Ok(end) if now <= end => String::new(),
        _ => format!(
            "Signature not valid in the specified time frame: Start [{start}] - Expiry [{expiry}] - Current [{now:.0}]"
        ),
    };
    if !detail.is_empty() {
        let message = "Server failed to authenticate the request. Make sure the value of Authorization header is \
                       formed correctly including the signature.";
        return storage_error(StatusCode::FORBIDDEN, "AuthenticationFailed", message, &detail);
    }

    let generation = defender.generation.load(Ordering::Relaxed);
    let Some(file) = (0..defender.files()).find(|file| defender.file_path(generation, *file) == call.path) else {
        return storage_error(StatusCode::NOT_FOUND, "BlobNotFound", "The specified blob does not exist.", "");
    };
    let mut body = compressed(&lines(defender, file));
    if defender.take(|kind| kind == DefenderFaultKind::CutGzip).is_some() {
        body.truncate(body.len() / 2);
    }
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    response
}

/// Returns the rows of a file, one in each line.
fn lines(defender: &Defender, file: u64) -> String {
    let mut lines = String::new();
    for position in defender.devices_of_file(file) {
        let rows = AssessmentRows::new(&defender.devices.device(position), Spelling::Pascal);
        for place in 0..rows.len() {
            rows.write(place, &mut lines);
            lines.push('\n');
        }
    }
    lines
}

fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(text.as_bytes());
    encoder.finish().unwrap_or_default()
}

/// Returns an error in the form of a storage service.
fn storage_error(status: StatusCode, code: &'static str, message: &str, detail: &str) -> Response<Body> {
    let detail = match detail {
        "" => String::new(),
        detail => format!("<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>"),
    };
    let head = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>";
    let body = format!("{head}<Error><Code>{code}</Code><Message>{message}</Message>{detail}</Error>");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response.headers_mut().insert("x-ms-error-code", HeaderValue::from_static(code));
    response
}
