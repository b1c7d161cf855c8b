//! Which failure each response causes, and that no failure shows the token or a skip token.

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::time::Duration;

use endstate_paging::{FetchError, FetchErrorKind};

use super::raw_server::{RawServer, STALL, answer};
use super::{TOKEN, fetch, transport_to};

/// Returns everything that a failure can show to a person.
fn everything(failure: &FetchError) -> String {
    let mut text = format!("{failure:?} {failure}");
    let mut source = failure.source();
    while let Some(error) = source {
        write!(text, " {error} {error:?}").unwrap();
        source = error.source();
    }
    text
}

/// Returns the failure of one request whose URL has a skip token.
async fn failure_of(bytes: Vec<u8>) -> FetchError {
    failure_within(Duration::from_secs(60), bytes).await
}

/// Returns the same failure, for a page that may take twice as long as its first byte.
async fn failure_within(first_byte: Duration, bytes: Vec<u8>) -> FetchError {
    let server = RawServer::start(vec![bytes]).await;
    let transport =
        transport_to(&server.root).first_byte_timeout(first_byte).page_timeout(first_byte * 2).build().unwrap();
    let failure = fetch(&transport, &format!("{}/m?$skiptoken=hidden", server.root)).await.unwrap_err();
    // The transport never retries, so each failure is one request.
    assert_eq!(server.requests().len(), 1, "{:?}", server.requests());
    let shown = everything(&failure);
    assert!(!shown.contains(TOKEN) && !shown.contains("hidden"), "{shown}");
    failure
}

#[tokio::test]
async fn each_status_has_the_kind_that_shows_what_to_do_next() {
    let statuses = [
        "201 Created",
        "204 No Content",
        "301 Moved Permanently",
        "304 Not Modified",
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "408 Request Timeout",
        "409 Conflict",
        "410 Gone",
        "421 Misdirected Request",
        "423 Locked",
        "425 Too Early",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "501 Not Implemented",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
        "509 Bandwidth Limit Exceeded",
    ];
    let mut table = String::new();

    for status in statuses {
        let failure = failure_of(answer(status, "", b"")).await;
        let kind = failure.kind();
        writeln!(table, "{status:<30} {kind:?}{}", if kind.is_transient() { ", transient" } else { "" }).unwrap();
    }

    insta::assert_snapshot!(table, @"
    201 Created                    Rejected
    204 No Content                 Rejected
    301 Moved Permanently          Redirected
    304 Not Modified               Redirected
    400 Bad Request                Rejected
    401 Unauthorized               Unauthorized, transient
    403 Forbidden                  Forbidden
    404 Not Found                  NotFound
    408 Request Timeout            Unavailable, transient
    409 Conflict                   Unavailable, transient
    410 Gone                       Expired
    421 Misdirected Request        Unavailable, transient
    423 Locked                     Unavailable, transient
    425 Too Early                  Unavailable, transient
    429 Too Many Requests          Throttled, transient
    500 Internal Server Error      Unavailable, transient
    501 Not Implemented            Rejected
    502 Bad Gateway                Unavailable, transient
    503 Service Unavailable        Unavailable, transient
    504 Gateway Timeout            Unavailable, transient
    509 Bandwidth Limit Exceeded   Unavailable, transient
    ");
}

#[tokio::test]
async fn the_error_of_the_server_is_kept_with_correlation_id_and_retry_after() {
    let failure =
        failure_of(answer("429 Too Many Requests", "Retry-After: 17\r\n", testkit::ERROR_DEFENDER.as_bytes())).await;
    assert_eq!(failure.retry_after(), Some(Duration::from_secs(17)));
    insta::assert_debug_snapshot!((failure.kind(), failure.status(), failure.server(), failure.correlation_id()), @r#"
    (
        Throttled,
        Some(
            429,
        ),
        Some(
            ErrorBody {
                code: "TooManyRequests",
                message: "Too many requests. Retry later.",
                target: Some(
                    "17a1f5ae-7d9c-4c4b-8f6e-0f3f1f2b9c11",
                ),
                details: [],
                inner_error: None,
            },
        ),
        Some(
            "17a1f5ae-7d9c-4c4b-8f6e-0f3f1f2b9c11",
        ),
    )
    "#);

    let failure = failure_of(answer("503 Service Unavailable", "request-id: from-a-header\r\n", b"<html>")).await;
    assert_eq!((failure.server(), failure.correlation_id()), (None, Some("from-a-header")));
}

#[tokio::test]
async fn a_retry_date_is_measured_by_the_servers_own_clock() {
    let headers = "Date: Mon, 02 Mar 2026 08:00:00 GMT\r\nRetry-After: Mon, 02 Mar 2026 08:00:42 GMT\r\n";
    let failure = failure_of(answer("503 Service Unavailable", headers, b"")).await;
    assert_eq!(failure.retry_after(), Some(Duration::from_secs(42)));
}

#[tokio::test]
async fn a_connection_that_breaks_at_any_point_is_interrupted() {
    let whole = answer("200 OK", "", testkit::SEED_PAGE.as_bytes());
    for bytes in [whole[..whole.len() - 9].to_vec(), b"HTTP/1.1 200 O".to_vec(), Vec::new()] {
        assert_eq!(failure_of(bytes).await.kind(), FetchErrorKind::Interrupted);
    }
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"val".to_vec();
    assert_eq!(failure_of(chunked).await.kind(), FetchErrorKind::Interrupted);
}

#[tokio::test]
async fn a_server_that_does_not_begin_or_does_not_end_times_out() {
    let soon = Duration::from_millis(300);
    assert_eq!(failure_within(soon, STALL.to_vec()).await.kind(), FetchErrorKind::Timeout);
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"value\":[".to_vec();
    assert_eq!(failure_within(soon, [head.as_slice(), STALL].concat()).await.kind(), FetchErrorKind::Timeout);
}

#[tokio::test]
async fn a_port_without_a_listener_is_a_failed_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let transport = transport_to(&root).build().unwrap();
    let failure = fetch(&transport, &format!("{root}/m?$skiptoken=hidden")).await.unwrap_err();
    assert_eq!(failure.kind(), FetchErrorKind::Connect);
    assert!(!everything(&failure).contains("hidden"));
}
