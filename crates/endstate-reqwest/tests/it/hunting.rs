//! Queries of advanced hunting: what a request carries, what a failure keeps, and a pull in parts.

use std::sync::Arc;
use std::time::Duration;

use endstate_odata::ErrorBody;
use endstate_paging::{
    FetchError, FetchErrorKind, Part, PartAnswer, PartFacts, PartPull, PartQuery, QueryTransport, RetryPolicy,
};
use endstate_reqwest::{CallLimits, HuntingTransport, TokioClock};
use futures_util::TryStreamExt;
use serde_json::Value;

use super::raw_server::{RawServer, STALL, answer};
use super::{TOKEN, transport_to};

fn hunting(server: &RawServer) -> HuntingTransport {
    transport_to(&format!("{}/v1.0", server.root)).build_for_hunting().unwrap()
}

/// Returns the answer to one query.
async fn query(transport: &HuntingTransport, text: &str) -> Result<String, FetchError> {
    let chunks: Vec<_> = transport.query(text).await?.body.try_collect().await?;
    Ok(String::from_utf8(chunks.concat()).unwrap())
}

async fn failure_of(status: &str, headers: &str, body: &str) -> FetchError {
    let server = RawServer::start(vec![answer(status, headers, body.as_bytes())]).await;
    let failure = query(&hunting(&server), "DeviceInfo").await.unwrap_err();
    assert_eq!(server.requests().len(), 1, "the transport never retries");
    assert!(!format!("{failure:?}").contains(TOKEN));
    failure
}

#[tokio::test]
async fn a_query_is_posted_as_json_with_the_headers_of_every_request() {
    let server = RawServer::start(vec![answer("200 OK", "", b"{\"results\":[]}")]).await;
    // A preference for a size of pages is not for queries.
    let transport = transport_to(&format!("{}/v1.0", server.root)).page_size(9.try_into().unwrap());
    let text = "DeviceInfo\n| where DeviceName == \"a\\\\b\"";
    assert_eq!(query(&transport.build_for_hunting().unwrap(), text).await.unwrap(), "{\"results\":[]}");

    let request = server.requests().concat().replace("\r\n", "\n");
    assert!(request.contains(&format!("authorization: Bearer {TOKEN}\n")));
    insta::with_settings!({filters => vec![
        (r"127\.0\.0\.1:\d+", "HOST"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "UUID"),
        (r"Bearer \S+", "Bearer TOKEN"),
        (r"endstate/\d+\.\d+\.\d+", "endstate/VERSION"),
    ]}, {
        insta::assert_snapshot!(request, @r#"
        POST /v1.0/security/runHuntingQuery HTTP/1.1
        accept: application/json
        accept-encoding: gzip
        content-type: application/json
        odata-maxversion: 4.0
        authorization: Bearer TOKEN
        client-request-id: UUID
        user-agent: endstate/VERSION
        host: HOST
        content-length: 74

        {"Query":"DeviceInfo\n| where DeviceName == \"a\\\\b\"","Timespan":"P30D"}
        "#);
    });
}

#[tokio::test]
async fn what_the_service_reports_about_a_query_is_kept() {
    let body = r#"{"error":{"code":"BadRequest","message":"Query execution has exceeded the allowed limits.",
        "innerError":{"request-id":"5f0c","client-request-id":"5f0d"}}}"#;
    let failure = failure_of("400 Bad Request", "", body).await;
    assert_eq!((failure.kind(), failure.status()), (FetchErrorKind::Rejected, Some(400)));
    let server = failure.server().unwrap();
    assert_eq!(server.to_string(), "BadRequest: Query execution has exceeded the allowed limits.");
    assert_eq!(failure.correlation_id(), Some("5f0c"));
    assert!(failure.to_string().ends_with("/v1.0/security/runHuntingQuery"), "{failure}");

    let empty = failure_of("500 Internal Server Error", "", r#"{"error":{"code":"UnknownError","message":""}}"#).await;
    assert_eq!(empty.server(), Some(&ErrorBody::new("UnknownError", "")));
    let html = failure_of("413 Request Entity Too Large", "", "<html>nginx</html>").await;
    assert_eq!((html.status(), html.server()), (Some(413), None));
    let throttled = failure_of("429 Too Many Requests", "Retry-After: 10\r\n", "").await;
    assert_eq!(throttled.retry_after(), Some(Duration::from_secs(10)));
}

#[tokio::test]
async fn a_query_to_a_redirect_is_not_sent_again() {
    let failure = failure_of("307 Temporary Redirect", "Location: https://other.example/?secret\r\n", "").await;
    assert_eq!(failure.kind(), FetchErrorKind::Redirected);
    assert!(!failure.to_string().contains("secret"));
}

#[tokio::test]
async fn a_query_that_is_not_answered_in_time_times_out() {
    let server = RawServer::start(vec![STALL.to_vec()]).await;
    let transport = transport_to(&server.root).first_byte_timeout(Duration::from_millis(200));
    let failure = query(&transport.build_for_hunting().unwrap(), "DeviceInfo").await.unwrap_err();
    assert_eq!(failure.kind(), FetchErrorKind::Timeout);
}

#[test]
fn hunting_has_limits_of_its_own() {
    let limits = CallLimits::for_hunting();
    assert_eq!((limits.per_minute.map(u32::from), limits.per_hour.map(u32::from)), (Some(45), Some(1500)));
}

/// Counts devices, and reads their names.
struct Names;

fn rows(body: &[u8]) -> Result<Vec<Value>, FetchError> {
    let malformed = |error| FetchError::new(FetchErrorKind::Malformed, "not an answer").with_source(error);
    let answer: Value = serde_json::from_slice(body).map_err(malformed)?;
    Ok(answer["results"].as_array().unwrap().clone())
}

impl PartQuery for Names {
    type Rows = Vec<String>;

    fn count_text(&self, buckets: u32) -> String {
        let count = format!("summarize Devices = count() by Bucket = hash(DeviceId, {buckets})");
        format!("DeviceInfo | summarize by DeviceId | {count}")
    }

    fn part_text(&self, part: Part) -> String {
        format!("DeviceInfo | where hash(DeviceId, {}) == {}", part.modulus(), part.index())
    }

    fn read_counts(&self, body: &[u8]) -> Result<Vec<(u32, u64)>, FetchError> {
        let pair =
            |row: &Value| (u32::try_from(row["Bucket"].as_u64().unwrap()).unwrap(), row["Devices"].as_u64().unwrap());
        Ok(rows(body)?.iter().map(pair).collect())
    }

    fn read_part(&self, _: Part, body: Vec<u8>) -> Result<PartAnswer<Self::Rows>, FetchError> {
        let names: Vec<_> = rows(&body)?.iter().map(|row| row["DeviceName"].as_str().unwrap().to_owned()).collect();
        let number = names.len() as u64;
        Ok(PartAnswer::new(names, PartFacts::new(number, number)))
    }
}

#[tokio::test]
async fn a_pull_in_parts_splits_a_query_that_is_over_the_limits() {
    let message = "Query execution has exceeded the allowed result size. Optimize your query by limiting the amount \
        of results and try again.";
    let over_the_limits = format!(r#"{{"error":{{"code":"BadRequest","message":"{message}"}}}}"#);
    let server = RawServer::start(vec![
        answer("200 OK", "", br#"{"results":[{"Bucket":2,"Devices":1},{"Bucket":7,"Devices":1}]}"#),
        answer("400 Bad Request", "", over_the_limits.as_bytes()),
        answer("200 OK", "", br#"{"results":[{"DeviceName":"a"}]}"#),
        answer("200 OK", "", br#"{"results":[{"DeviceName":"b"}]}"#),
    ])
    .await;

    let pull = PartPull::new(Arc::new(hunting(&server)), Arc::new(TokioClock::new()), Arc::new(Names));
    let mut parts = pull.retry(RetryPolicy::never()).parts();
    let mut names = Vec::new();
    while let Some(part) = parts.next_part().await.unwrap() {
        names.extend(part.rows);
    }

    assert_eq!(names, ["a", "b"]);
    assert_eq!((parts.splits(), parts.report().calls), (1, 4));
    assert!(server.requests()[2].contains("hash(DeviceId, 2) == 0"));
}
