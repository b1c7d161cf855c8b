//! Compressed responses.

use std::io::Write;

use endstate_paging::{FetchError, FetchErrorKind};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::raw_server::{RawServer, answer};
use super::{fetch, transport_to};

fn member(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Fetches a page with this status, header and body.
async fn fetched(status: &str, coding: &str, body: &[u8]) -> Result<String, FetchError> {
    let server = RawServer::start(vec![answer(status, &format!("Content-Encoding: {coding}\r\n"), body)]).await;
    let transport = transport_to(&server.root).build().unwrap();
    let page = fetch(&transport, &format!("{}/m", server.root)).await;
    assert!(server.requests()[0].to_ascii_lowercase().contains("accept-encoding: gzip\r\n"));
    page
}

#[tokio::test]
async fn gzip_of_several_members_is_read_to_the_last() {
    let page = br#"{"value":[{"id":"a"},{"id":"b"}]}"#;
    for cut in [0, 1, 20, page.len()] {
        let body = [member(&page[..cut]), member(b""), member(&page[cut..])].concat();
        assert_eq!(fetched("200 OK", "GZIP", &body).await.unwrap().as_bytes(), page, "cut at {cut}");
    }
}

#[tokio::test]
async fn gzip_that_is_cut_altered_or_followed_by_anything_else_is_broken() {
    let whole = member(br#"{"value":[{"id":"a"}]}"#);
    let mut altered = whole.clone();
    let checksum = altered.len() - 8;
    altered[checksum] ^= 1;
    let bodies =
        [&whole[..whole.len() - 1], &whole[..10], b"", b"{\"value\":[]}", &altered, &[&whole[..], b"more"].concat()];
    for body in bodies {
        let failure = fetched("200 OK", "gzip", body).await.unwrap_err();
        assert_eq!(failure.kind(), FetchErrorKind::Malformed, "{failure}");
        assert!(failure.kind().is_transient());
    }
}

#[tokio::test]
async fn the_error_in_a_compressed_response_is_read() {
    let body = member(br#"{"error":{"code":"Forbidden","message":"no"}}"#);
    let failure = fetched("403 Forbidden", "gzip", &body).await.unwrap_err();
    assert_eq!(failure.server().unwrap().code, "Forbidden");
}

#[tokio::test]
async fn a_coding_that_was_not_requested_is_named() {
    let failure = fetched("200 OK", "br", b"\x0b").await.unwrap_err();
    assert_eq!(failure.kind(), FetchErrorKind::NotAPage);
    assert!(failure.to_string().ends_with("has the content coding 'br', which was not requested"), "{failure}");
    assert_eq!(fetched("200 OK", "identity", b"{}").await.unwrap(), "{}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_text_in_any_members_is_that_text(parts in prop::collection::vec("[ -~]{0,5000}", 1..4)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let body: Vec<u8> = parts.iter().flat_map(|part| member(part.as_bytes())).collect();
        prop_assert_eq!(runtime.block_on(fetched("200 OK", "gzip", &body)).unwrap(), parts.concat());
    }
}
