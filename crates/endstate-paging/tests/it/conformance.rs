//! The rules of every transport, kept by those of the examples.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use endstate_odata::PageUrl;
use endstate_paging::test_util::{ReplayTransport, TEST_TOKEN, violations};
use endstate_paging::{
    FetchError, FetchErrorKind, HttpStack, HttpTransport, PageResponse, PinnedOrigins, TokioClock, Transport,
};
use futures_util::stream;
use tokio::task::spawn_blocking;

use super::block_on;

#[path = "../../examples/hyper/transport.rs"]
mod hyper;
#[path = "../../examples/ureq/transport.rs"]
mod ureq;

fn violations_of<S: HttpStack + 'static>(stack: impl Fn() -> S) -> Vec<String> {
    let connect = |root: &str| -> Arc<dyn Transport> {
        let pinned = PinnedOrigins::new(root.parse().unwrap());
        let transport = HttpTransport::new(stack(), pinned, Arc::new(TokioClock::new()));
        Arc::new(transport.authorization(format!("Bearer {TEST_TOKEN}").try_into().unwrap()))
    };
    block_on(violations(connect)).unwrap().iter().map(ToString::to_string).collect()
}

#[test]
fn a_transport_over_ureq_keeps_every_rule() {
    assert_eq!(violations_of(ureq::Ureq::new), Vec::<String>::new());
}

#[test]
fn a_transport_over_hyper_keeps_every_rule() {
    assert_eq!(violations_of(hyper::Hyper::new), Vec::<String>::new());
}

/// Sends every request to where it leads, with the token, twice if it fails, and shows all of it.
#[derive(Debug)]
struct Careless;

#[async_trait]
impl Transport for Careless {
    async fn fetch(&self, url: &PageUrl) -> Result<PageResponse, FetchError> {
        let whole = url.as_str().to_owned();
        let request = move || {
            let send = || ::ureq::get(&whole).header("authorization", TEST_TOKEN).call();
            send().or_else(|_| send()).and_then(|response| response.into_body().read_to_vec())
        };
        let body = spawn_blocking(request).await.unwrap();
        let body = body.map_err(|error| {
            let message = format!("{} with {TEST_TOKEN}: {error}", url.as_str());
            FetchError::new(FetchErrorKind::Rejected, message)
        });
        Ok(PageResponse::new(stream::iter([Ok(Bytes::from(body?))])))
    }
}

#[test]
fn every_rule_can_be_broken() {
    let replayed = block_on(violations(|_| Arc::new(ReplayTransport::new()))).unwrap();
    let careless = block_on(violations(|_| Arc::new(Careless))).unwrap();
    let rules: BTreeSet<_> = replayed.iter().chain(&careless).map(|violation| violation.rule).collect();
    insta::assert_snapshot!(rules.into_iter().collect::<Vec<_>>().join("\n"), @"
    a chunked body is returned without its chunks
    a connection that is refused is the failure `Connect`
    a content coding is undone, or the response is a failure
    a date in Retry-After is measured from Date
    a failure has the wait, the id and the error of the server
    a link to an origin that is not pinned is refused
    a redirect is a failure
    a response that is cut off is a transient failure
    a status other than 200 is the failure that `from_status` says
    a transport sends each request once
    no failure shows the token, or the query of a URL
    no redirect is followed
    nothing is sent to an origin that is not pinned
    the URL is sent byte for byte
    the body is returned as it was sent
    the pinned origin receives the token
    ");
}
