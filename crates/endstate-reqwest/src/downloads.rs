//! Downloads files by their signed URLs: without a token, and from storage hosts alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use endstate_odata::ErrorBody;
use endstate_paging::{FetchError, FetchErrorKind, PageResponse, correlation_id, retry_after};
use futures_util::{StreamExt, TryStreamExt};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap};
use reqwest::{Response, StatusCode};

use crate::connections::Connections;
use crate::signed_url::{SignedUrl, StorageHosts};
use crate::transport::{beginning, broken, no_answer_in_time, text};
use crate::{gzip, redacted, redaction};

/// Downloads gzip files. Its connections are its own, and it has no token that it could send.
#[derive(Debug)]
pub(crate) struct Downloads {
    pub(crate) connections: Arc<Connections>,
    pub(crate) hosts: StorageHosts,
    pub(crate) first_byte_timeout: Duration,
}

impl Downloads {
    /// Sends one request, and returns the decompressed file as it arrives.
    ///
    /// The HTTP library compares the bytes with `Content-Length`, and the end of each gzip member
    /// has its length and checksum: a file that is cut or altered ends with an error.
    pub(crate) async fn open(&self, file: &SignedUrl) -> Result<PageResponse, FetchError> {
        redaction::remember_signature(&file.url);
        let client = self.connections.current();
        // The file is compressed already.
        let request = client.client.get(file.url.clone()).header(ACCEPT_ENCODING, "identity");
        let shown = &file.shown;
        let shown_text = redacted(&shown.to_string()).into_owned();
        tracing::debug!(url = %shown_text, "requesting a file");

        let begun = Instant::now();
        let answer = tokio::time::timeout(self.first_byte_timeout, request.send()).await;
        let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let response = match answer {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => {
                self.connections.give_up(&client);
                let failure = broken(error, shown);
                tracing::info!(url = %shown_text, error = %failure, millis, "failed");
                return Err(failure);
            }
            Err(_) => {
                self.connections.give_up(&client);
                tracing::info!(url = %shown_text, error = "no response in time", millis, "failed");
                return Err(no_answer_in_time(&shown_text, self.first_byte_timeout));
            }
        };
        tracing::info!(url = %shown_text, status = response.status().as_u16(), millis, "answered");
        if response.status() != StatusCode::OK {
            return Err(refusal(response, file).await);
        }
        check_coding(response.headers(), file)?;

        let (broken_file, cut_file) = (shown.clone(), shown.clone());
        let bytes = response.bytes_stream().map_err(move |error| broken(error, &broken_file));
        let broken_gzip = move |error| {
            let message = format!("the file {cut_file} is cut off, altered, or not gzip");
            FetchError::new(FetchErrorKind::Malformed, redacted(&message)).with_source(error)
        };
        let connections = Arc::clone(&self.connections);
        let chunks = gzip::decompress(bytes.boxed(), broken_gzip).boxed().inspect_err(move |failure| {
            if failure.kind() != FetchErrorKind::Malformed {
                connections.give_up(&client);
            }
        });
        Ok(PageResponse::new(chunks))
    }
}

/// Refuses a content coding beside that of the file. Storage may call the file itself gzip.
fn check_coding(headers: &HeaderMap, file: &SignedUrl) -> Result<(), FetchError> {
    let coding = text(headers, CONTENT_ENCODING.as_str()).unwrap_or_default().to_ascii_lowercase();
    if ["", "identity", "gzip", "x-gzip"].contains(&coding.as_str()) {
        return Ok(());
    }
    let message = format!("the file {file} has the content coding '{coding}', which was not requested");
    Err(FetchError::new(FetchErrorKind::Rejected, redacted(&message)))
}

/// Returns the failure of a response that is not 200.
async fn refusal(response: Response, file: &SignedUrl) -> FetchError {
    let status = response.status();
    let headers = response.headers().clone();
    let body = beginning(response, &file.shown).await;
    let server = storage_error(&String::from_utf8_lossy(&body));
    let code = text(&headers, "x-ms-error-code").or(server.as_ref().map(|server| server.code.as_str()));
    let kind = match (status, code) {
        // A signature that is no longer valid, or a file that is gone: the service has another URL.
        (StatusCode::FORBIDDEN, Some("AuthenticationFailed" | "AuthorizationFailure"))
        | (StatusCode::NOT_FOUND, Some("BlobNotFound" | "ContainerNotFound" | "ResourceNotFound"))
        | (StatusCode::GONE, _) => FetchErrorKind::Expired,
        // No token was sent, so none can be renewed or lack a permission.
        (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) => FetchErrorKind::Rejected,
        _ => FetchErrorKind::from_status(status.as_u16()),
    };
    let message = format!("the storage answered {status} to {file}");
    FetchError::new(kind, redacted(&message))
        .with_status(status.as_u16())
        .with_retry_after(retry_after(&headers))
        .with_correlation_id(correlation_id(&headers, &redacted))
        .with_server(server.map(|server| server.map_texts(&|text| redacted(text).into_owned())))
}

/// Reads the error of the storage (Azure Storage, "Status and error codes"): an XML document with a
/// code and a message, of which the first line is for people. Its details repeat what was signed.
fn storage_error(body: &str) -> Option<ErrorBody> {
    let element = |name: &str| {
        let (_, rest) = body.split_once(&format!("<{name}>"))?;
        Some(rest.split_once("</")?.0)
    };
    let message = element("Message").unwrap_or_default();
    Some(ErrorBody::new(element("Code")?, message.lines().next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_and_the_first_line_of_the_message_are_read() {
        let body = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>AuthenticationFailed</Code>\
            <Message>Server failed to authenticate the request.\nRequestId:1\nTime:2</Message>\
            <AuthenticationErrorDetail>what was signed</AuthenticationErrorDetail></Error>";
        let expected = ErrorBody::new("AuthenticationFailed", "Server failed to authenticate the request.");
        assert_eq!(storage_error(body), Some(expected));
        assert_eq!(storage_error("<html>proxy</html>"), None);
        assert_eq!(storage_error("<Error><Code>Cut"), None);
    }
}
