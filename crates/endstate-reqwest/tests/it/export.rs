//! The files of an export: what a download carries, where it may go, and what ends a file.

use std::io::Write;
use std::time::Duration;

use endstate_odata::PageUrl;
use endstate_paging::{FetchError, FetchErrorKind, FileTransport};
use endstate_reqwest::{Cloud, ExportTransport};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::TryStreamExt;

use super::raw_server::{RawServer, STALL, answer};
use super::{TOKEN, transport_to};

const LINES: &[u8] = b"{\"DeviceId\":\"a\"}\n{\"DeviceId\":\"b\"}\n";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn export(root: &str) -> ExportTransport {
    transport_to(&format!("{root}/api")).build_for_export(Cloud::Commercial).unwrap()
}

/// The URL of a file of a server, with a signature that no output may ever show.
fn file(server: &RawServer) -> PageUrl {
    let url = format!("{}/tvm-export/f.json.gz?sv=2019-12-12&sp=r&sig=Secret%2Bsignature%3D", server.root);
    PageUrl::new(&url).unwrap()
}

/// Returns a whole file, or why it has none.
async fn download(transport: &ExportTransport, file: &PageUrl) -> Result<Vec<u8>, FetchError> {
    let chunks: Vec<_> = transport.open(file).await?.body.try_collect().await?;
    Ok(chunks.concat())
}

/// Returns the failure of a download with this response, which shows no secret.
async fn failure_of(response: Vec<u8>) -> FetchError {
    let server = RawServer::start(vec![response]).await;
    let failure = download(&export(&server.root), &file(&server)).await.unwrap_err();
    assert_eq!(server.requests().len(), 1, "the transport never retries");
    let shown = format!("{failure} {failure:?}");
    assert!(!shown.contains("ignature") && !shown.contains(TOKEN), "{shown}");
    failure
}

#[tokio::test]
async fn a_download_has_no_token_and_the_url_byte_for_byte() {
    let server = RawServer::start(vec![answer("200 OK", "", &gzip(LINES))]).await;
    assert_eq!(download(&export(&server.root), &file(&server)).await.unwrap(), LINES);

    let request = server.requests().concat().replace("\r\n", "\n");
    let host = server.root.trim_start_matches("http://");
    let request = request.replace(host, "HOST").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!(request, @"
    GET /tvm-export/f.json.gz?sv=2019-12-12&sp=r&sig=Secret%2Bsignature%3D HTTP/1.1
    accept-encoding: identity
    accept: */*
    user-agent: endstate/VERSION
    host: HOST
    ");
}

#[tokio::test]
async fn the_list_is_requested_with_the_token() {
    let server = RawServer::start(vec![answer("200 OK", "", b"{\"exportFiles\":[]}")]).await;
    let chunks: Vec<_> = export(&server.root).list().await.unwrap().body.try_collect().await.unwrap();
    assert_eq!(chunks.concat(), b"{\"exportFiles\":[]}");
    let request = server.requests().concat();
    assert!(request.starts_with("GET /api/machines/SecureConfigurationsAssessmentExport HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("authorization: Bearer {TOKEN}\r\n")), "{request}");
}

#[tokio::test]
async fn a_file_that_is_cut_or_altered_is_broken_at_its_end() {
    let whole = gzip(LINES);
    let mut altered = whole.clone();
    let checksum = altered.len() - 8;
    altered[checksum] ^= 1;
    for body in [&whole[..whole.len() / 2], &whole[..whole.len() - 1], b"", LINES, &altered] {
        let failure = failure_of(answer("200 OK", "", body)).await;
        assert_eq!(failure.kind(), FetchErrorKind::Malformed, "{failure}");
        assert!(failure.kind().is_transient());
    }
}

#[tokio::test]
async fn a_file_shorter_than_its_length_is_interrupted_though_its_gzip_is_whole() {
    let whole = gzip(LINES);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", whole.len() + 20);
    let failure = failure_of([head.as_bytes(), &whole].concat()).await;
    assert_eq!(failure.kind(), FetchErrorKind::Interrupted, "{failure}");
}

#[tokio::test]
async fn storage_may_call_the_file_itself_gzip() {
    let headers = "Content-Encoding: gzip\r\n";
    let server = RawServer::start(vec![answer("200 OK", headers, &gzip(LINES))]).await;
    assert_eq!(download(&export(&server.root), &file(&server)).await.unwrap(), LINES);
    let failure = failure_of(answer("200 OK", "Content-Encoding: br\r\n", b"x")).await;
    assert!(failure.to_string().ends_with("has the content coding 'br', which was not requested"), "{failure}");
}

#[tokio::test]
async fn a_url_that_has_expired_is_told_apart_from_other_refusals() {
    let xml = |code: &str| format!("<?xml?><Error><Code>{code}</Code><Message>no.\nTime:1</Message></Error>");
    for (status, code, kind) in [
        ("403 Forbidden", "AuthenticationFailed", FetchErrorKind::Expired),
        ("403 Forbidden", "AuthorizationFailure", FetchErrorKind::Expired),
        ("404 Not Found", "BlobNotFound", FetchErrorKind::Expired),
        ("403 Forbidden", "AccountIsDisabled", FetchErrorKind::Rejected),
        ("401 Unauthorized", "NoAuthenticationInformation", FetchErrorKind::Rejected),
        ("503 Service Unavailable", "ServerBusy", FetchErrorKind::Unavailable),
        ("500 Internal Server Error", "InternalError", FetchErrorKind::Unavailable),
    ] {
        let failure = failure_of(answer(status, "", xml(code).as_bytes())).await;
        assert_eq!(failure.kind(), kind, "{code}");
        assert_eq!(failure.server().unwrap().to_string(), format!("{code}: no."));
    }
    let failure = failure_of(answer("403 Forbidden", "x-ms-error-code: AuthenticationFailed\r\n", b"")).await;
    assert_eq!(failure.kind(), FetchErrorKind::Expired, "the header says it, too");
    let failure = failure_of(answer("403 Forbidden", "", b"<html>the proxy says no</html>")).await;
    assert_eq!(failure.kind(), FetchErrorKind::Rejected);
}

#[tokio::test]
async fn an_error_that_repeats_the_signature_does_not_show_it() {
    let body = "<Error><Code>X</Code><Message>for Secret+signature= and Secret%2Bsignature%3D</Message></Error>";
    let failure = failure_of(answer("400 Bad Request", "", body.as_bytes())).await;
    assert_eq!(failure.server().unwrap().message, "for *** and ***");
}

#[tokio::test]
async fn a_redirect_of_a_file_is_not_followed() {
    let other = RawServer::start(vec![answer("200 OK", "", &gzip(LINES))]).await;
    let location = format!("Location: {}/f?sig=Secret%2Bsignature%3D\r\n", other.root);
    let failure = failure_of(answer("302 Found", &location, b"")).await;
    assert_eq!(failure.kind(), FetchErrorKind::Redirected);
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_file_of_another_host_is_refused_before_anything_is_sent() {
    let other = RawServer::start(vec![answer("200 OK", "", &gzip(LINES))]).await;
    // The service is not on this machine, so its files are not, either.
    let transport = export("https://api.security.microsoft.com");
    let failure = download(&transport, &file(&other)).await.unwrap_err();
    assert_eq!(failure.kind(), FetchErrorKind::LinkRefused);
    assert_eq!(transport.check(&file(&other)).unwrap_err().to_string(), failure.to_string());
    let expected =
        format!("a file of the export is at {}, but files are only at https://*.blob.core.windows.net", other.root);
    assert_eq!(failure.to_string(), expected);
    assert!(other.requests().is_empty());

    let storage = PageUrl::new("https://tvmexport.blob.core.windows.net/f.json.gz?sig=x").unwrap();
    assert!(transport.check(&storage).is_ok());
}

#[tokio::test]
async fn a_download_that_begins_late_or_stops_is_given_up() {
    let limit = Duration::from_millis(200);
    let half = answer("200 OK", "", &gzip(LINES));
    let half = [&half[..half.len() - 20], STALL].concat();
    for (response, limits) in [(STALL.to_vec(), [limit, limit * 100]), (half, [limit * 100, limit])] {
        let server = RawServer::start(vec![response]).await;
        let [first_byte, page] = limits;
        let builder = transport_to(&format!("{}/api", server.root)).first_byte_timeout(first_byte).page_timeout(page);
        let transport = builder.build_for_export(Cloud::Commercial).unwrap();
        let failure = download(&transport, &file(&server)).await.unwrap_err();
        assert_eq!(failure.kind(), FetchErrorKind::Timeout, "{failure}");
    }
}
