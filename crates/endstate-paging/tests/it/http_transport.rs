//! The transport over any HTTP stack: what the rules of all transports do not test.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::PageUrl;
use endstate_paging::test_util::ManualClock;
use endstate_paging::{
    BodyChunks, FetchError, FetchErrorKind, HttpStack, HttpTransport, PinnedOrigins, PinnedUrl, Transport,
};
use futures_util::{StreamExt, future, stream};
use http::{HeaderMap, Response};

use super::block_on;

/// What a stack does with a request.
#[derive(Debug, Clone, Copy)]
enum Stack {
    NeverAnswers,
    /// After its first chunk.
    Stalls,
    /// With a status and a body.
    Answers(u16, &'static str),
}

#[derive(Debug)]
struct Scripted(Stack, Arc<Mutex<Vec<HeaderMap>>>);

#[async_trait]
impl HttpStack for Scripted {
    async fn get(&self, _: &PinnedUrl, headers: HeaderMap) -> Result<Response<BodyChunks>, FetchError> {
        self.1.lock().unwrap().push(headers);
        let chunk = |text: &'static str| stream::iter([Ok(Bytes::from_static(text.as_bytes()))]);
        let (status, body) = match self.0 {
            Stack::NeverAnswers => future::pending().await,
            Stack::Stalls => (200, chunk("{").chain(stream::pending()).boxed()),
            Stack::Answers(status, text) => (status, chunk(text).boxed()),
        };
        Ok(Response::builder().status(status).body(body).unwrap())
    }
}

/// What is fetched, and the headers of the requests.
fn fetch(stack: Stack, authorization: Option<&'static str>) -> (Result<Vec<u8>, FetchError>, Vec<HeaderMap>) {
    let requests = Arc::default();
    let pinned = PinnedOrigins::new("https://host".parse().unwrap());
    // Waiting takes no time.
    let clock = Arc::new(ManualClock::new());
    let mut transport = HttpTransport::new(Scripted(stack, Arc::clone(&requests)), pinned, clock);
    if let Some(header) = authorization {
        transport = transport.authorization(header.parse().unwrap());
    }
    let url = PageUrl::new("https://host/devices?$skiptoken=secret").unwrap();
    let fetched = block_on(async {
        let mut body = transport.fetch(&url).await?.body;
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await {
            bytes.extend(chunk?);
        }
        Ok(bytes)
    });
    let requests = requests.lock().unwrap().clone();
    (fetched, requests)
}

#[test]
fn a_response_that_does_not_come_and_a_body_that_stalls_are_timeouts() {
    for stack in [Stack::NeverAnswers, Stack::Stalls] {
        let failure = fetch(stack, None).0.unwrap_err();
        assert_eq!(failure.kind(), FetchErrorKind::Timeout, "{stack:?}");
        assert_eq!(failure.to_string(), "no response from https://host/devices?[redacted] in time");
    }
}

#[test]
fn without_authorization_no_header_is_sent() {
    let (fetched, requests) = fetch(Stack::Answers(200, "{}"), None);
    assert_eq!((fetched.unwrap(), requests), (b"{}".to_vec(), vec![HeaderMap::new()]));
    let (_, requests) = fetch(Stack::Answers(200, "{}"), Some("Bearer t0ken"));
    assert!(requests[0]["authorization"].is_sensitive());
}

#[test]
fn a_secret_that_is_echoed_is_not_shown_with_a_scheme_or_without() {
    let echo = Stack::Answers(403, r#"{"error":{"code":"Denied","message":"t0ken may not"}}"#);
    for header in ["Bearer t0ken", "t0ken"] {
        let failure = fetch(echo, Some(header)).0.unwrap_err();
        assert_eq!(failure.server().unwrap().message, "*** may not", "{header}");
    }
    let failure = fetch(echo, None).0.unwrap_err();
    assert_eq!(failure.server().unwrap().message, "t0ken may not", "nothing is secret");
}
