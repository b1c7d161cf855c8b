//! The rules of [`Transport`], tested over real connections: the same test for every HTTP stack.

use std::error::Error as StdError;
use std::fmt::{self, Write as _};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use endstate_odata::PageUrl;
use futures_util::StreamExt;

use super::scripted_server::{ScriptedServer, answer};
use crate::{FetchError, FetchErrorKind, Transport};

/// A token that no failure may show. A transport under test sends it to the pinned origin.
pub const TEST_TOKEN: &str = "test-token.that-must-not.be-shown";

/// The skip token in the URL of each request, which no failure may show.
const SKIP_TOKEN: &str = "skip-token-to-hide";

/// `{"value":[]}`.
const GZIPPED: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\x56\x2a\x4b\xcc\x29\x4d\x55\xb2\x8a\x8e\xad\x05\x00\x42\xea\x40\x44\x0c\x00\x00\x00";

/// A rule that a transport breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The rule.
    pub rule: &'static str,
    /// What the transport did instead.
    pub found: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, but {}", self.rule, self.found)
    }
}

/// Tests a transport on loopback, and returns the rules of [`Transport`] that it breaks. Timeouts
/// and the renewal of tokens are not tested.
///
/// `connect` makes a transport that has one pinned origin, that of the URL that it gets, and sends
/// [`TEST_TOKEN`] to it in a header. Each transport is used for one request, within a tokio runtime
/// if it needs one.
///
/// ```no_run
/// # async fn example(my_transport: fn(&str) -> std::sync::Arc<dyn endstate_paging::Transport>) -> std::io::Result<()> {
/// use endstate_paging::test_util::violations;
///
/// let violations = violations(|root| my_transport(root)).await?;
/// assert!(violations.is_empty(), "{violations:#?}");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If no server can be started on loopback.
pub async fn violations(connect: impl Fn(&str) -> Arc<dyn Transport>) -> io::Result<Vec<Violation>> {
    let mut test = Test { connect, violations: Vec::new() };
    test.bodies().await?;
    test.statuses().await?;
    test.what_a_failure_says().await?;
    test.what_a_failure_hides().await?;
    test.content_codings().await?;
    test.cut_bodies().await?;
    test.origins().await?;
    test.redirects().await?;
    test.no_connection().await?;
    Ok(test.violations)
}

struct Test<C> {
    connect: C,
    violations: Vec<Violation>,
}

/// What became of a request: the body, or the failure.
type Fetched = Result<Vec<u8>, FetchError>;

impl<C: Fn(&str) -> Arc<dyn Transport>> Test<C> {
    fn expect(&mut self, holds: bool, rule: &'static str, found: impl FnOnce() -> String) {
        if !holds {
            self.violations.push(Violation { rule, found: found() });
        }
    }

    /// Fetches the page at a path of a server that gives this answer. Returns the requests, too.
    async fn fetch(&mut self, path: &str, bytes: Vec<u8>) -> io::Result<(Fetched, Vec<String>)> {
        let server = ScriptedServer::start([bytes])?;
        let transport = (self.connect)(&server.root());
        let fetched = self.fetch_from(&*transport, &format!("{}{path}", server.root())).await;
        let requests = server.requests();
        self.expect(requests.len() == 1, "a transport sends each request once", || {
            format!("it made {} connections", requests.len())
        });
        Ok((fetched, requests))
    }

    async fn fetch_from(&mut self, transport: &dyn Transport, url: &str) -> Fetched {
        let url = PageUrl::new(url).map_err(|error| FetchError::new(FetchErrorKind::LinkRefused, error.to_string()))?;
        let fetched = read(transport, &url).await;
        if let Err(failure) = &fetched {
            let shown = everything(failure);
            let hides = !shown.contains(TEST_TOKEN) && !shown.contains(SKIP_TOKEN);
            self.expect(hides, "no failure shows the token, or the query of a URL", || shown);
        }
        fetched
    }

    async fn bodies(&mut self) -> io::Result<()> {
        let path = "/s/m$?a=%2f%2F+b&$skiptoken=x~(1)*;:@/?";
        let (fetched, requests) = self.fetch(path, answer("200 OK", "", b"{\"value\":[]}")).await?;
        self.expect(is_body(&fetched, b"{\"value\":[]}"), "the body is returned as it was sent", || shown(&fetched));
        let line = requests.first().and_then(|request| request.lines().next()).unwrap_or_default().to_owned();
        self.expect(line == format!("GET {path} HTTP/1.1"), "the URL is sent byte for byte", || line.clone());
        // Not in the URL.
        let has_token = requests.iter().any(|request| request.lines().skip(1).any(|line| line.contains(TEST_TOKEN)));
        self.expect(has_token, "the pinned origin receives the token", || "it did not".to_owned());

        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
            5\r\n{\"val\r\n8\r\nue\":[ ]}\r\n0\r\n\r\n";
        let (fetched, _) = self.fetch("/m", chunked.to_vec()).await?;
        let is_whole = is_body(&fetched, b"{\"value\":[ ]}");
        self.expect(is_whole, "a chunked body is returned without its chunks", || shown(&fetched));
        Ok(())
    }

    async fn statuses(&mut self) -> io::Result<()> {
        for status in [201, 206, 400, 401, 403, 404, 408, 409, 410, 421, 423, 425, 429, 500, 501, 502, 503, 504] {
            let (fetched, _) = self.fetch("/m", answer(&format!("{status} Some Reason"), "", b"")).await?;
            let expected = FetchErrorKind::from_status(status);
            let is_expected =
                failure(&fetched).is_some_and(|failure| failure.kind() == expected && failure.status() == Some(status));
            self.expect(is_expected, "a status other than 200 is the failure that `from_status` says", || {
                format!("{status} is {}", shown(&fetched))
            });
        }
        Ok(())
    }

    async fn what_a_failure_says(&mut self) -> io::Result<()> {
        let body = br#"{"error":{"code":"TooManyRequests","message":"later"}}"#;
        let headers = "Retry-After: 17\r\nrequest-id: 0a1b2c\r\nContent-Type: application/json\r\n";
        let path = format!("/m?$skiptoken={SKIP_TOKEN}");
        let (fetched, _) = self.fetch(&path, answer("429 Too Many Requests", headers, body)).await?;
        let said = failure(&fetched).map(|failure| {
            (failure.retry_after(), failure.correlation_id(), failure.server().map(|server| server.code.as_str()))
        });
        let expected = (Some(Duration::from_secs(17)), Some("0a1b2c"), Some("TooManyRequests"));
        let says_all = said == Some(expected);
        self.expect(says_all, "a failure has the wait, the id and the error of the server", || shown(&fetched));

        let dated = "Date: Mon, 02 Mar 2026 08:00:00 GMT\r\nRetry-After: Mon, 02 Mar 2026 08:01:00 GMT\r\n";
        let (fetched, _) = self.fetch(&path, answer("503 Service Unavailable", dated, b"")).await?;
        let wait = failure(&fetched).and_then(FetchError::retry_after);
        self.expect(wait == Some(Duration::from_secs(60)), "a date in Retry-After is measured from Date", || {
            format!("the wait is {wait:?}")
        });
        Ok(())
    }

    /// The server sends back what it got.
    async fn what_a_failure_hides(&mut self) -> io::Result<()> {
        let body = format!(r#"{{"error":{{"code":"Refused","message":"not {TEST_TOKEN}"}}}}"#);
        let headers = format!("request-id: {TEST_TOKEN}\r\nx-echo: {TEST_TOKEN}\r\n");
        let (fetched, _) = self.fetch("/m", answer("400 Bad Request", &headers, body.as_bytes())).await?;
        // What it must not say is checked of every failure.
        let is_refused = failure(&fetched).is_some_and(|failure| failure.status() == Some(400));
        self.expect(is_refused, "a status other than 200 is the failure that `from_status` says", || shown(&fetched));
        Ok(())
    }

    async fn content_codings(&mut self) -> io::Result<()> {
        let coded = answer("200 OK", "Content-Encoding: gzip\r\n", GZIPPED);
        let (fetched, _) = self.fetch("/m", coded).await?;
        let is_right = fetched.is_err() || is_body(&fetched, b"{\"value\":[]}");
        self.expect(is_right, "a content coding is undone, or the response is a failure", || shown(&fetched));
        Ok(())
    }

    async fn cut_bodies(&mut self) -> io::Result<()> {
        let whole = answer("200 OK", "", b"{\"value\":[]}");
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"val\r\n";
        let path = format!("/m?$skiptoken={SKIP_TOKEN}");
        for cut in [whole[..whole.len() - 4].to_vec(), chunked.to_vec(), b"HTTP/1.1 200".to_vec(), Vec::new()] {
            let (fetched, _) = self.fetch(&path, cut).await?;
            let is_transient = failure(&fetched).is_some_and(|failure| failure.kind().is_transient());
            self.expect(is_transient, "a response that is cut off is a transient failure", || shown(&fetched));
        }
        Ok(())
    }

    async fn origins(&mut self) -> io::Result<()> {
        let pinned = ScriptedServer::start([])?;
        let other = ScriptedServer::start([])?;
        let transport = (self.connect)(&pinned.root());
        let port = |server: &ScriptedServer| server.root().rsplit(':').next().unwrap_or_default().to_owned();
        let (port, other_port) = (port(&pinned), port(&other));
        // Whatever a transport does with these, it stays on this machine.
        for link in [
            other.root(),
            format!("http://127.0.0.1:{port}@127.0.0.1:{other_port}"),
            format!("http://user@127.0.0.1:{port}"),
            format!("http://127.0.0.1:{other_port}\\@127.0.0.1:{port}"),
            format!("http://0x7f.1:{other_port}"),
            format!("http://localhost:{port}"),
            format!("http://127.0.0.2:{port}"),
            format!("https://127.0.0.1:{port}"),
        ] {
            let fetched = self.fetch_from(&*transport, &format!("{link}/m?$skiptoken={SKIP_TOKEN}")).await;
            let is_refused = failure(&fetched).is_some_and(|failure| failure.kind() == FetchErrorKind::LinkRefused);
            self.expect(is_refused, "a link to an origin that is not pinned is refused", || {
                format!("{link} is {}", shown(&fetched))
            });
        }

        let connections = pinned.requests().len() + other.requests().len();
        self.expect(connections == 0, "nothing is sent to an origin that is not pinned", || {
            format!("it made {connections} connections")
        });
        Ok(())
    }

    async fn redirects(&mut self) -> io::Result<()> {
        let other = ScriptedServer::start([answer("200 OK", "", b"{\"value\":[]}")])?;
        for status in ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
            let location = format!("Location: {}/m?code={SKIP_TOKEN}\r\n", other.root());
            let (fetched, _) = self.fetch("/m", answer(status, &location, b"")).await?;
            let is_redirected = failure(&fetched).is_some_and(|failure| failure.kind() == FetchErrorKind::Redirected);
            self.expect(is_redirected, "a redirect is a failure", || format!("{status} is {}", shown(&fetched)));
        }
        let (fetched, _) = self.fetch("/m", answer("302 Found", "Location: /other\r\n", b"")).await?;
        let is_redirected = failure(&fetched).is_some_and(|failure| failure.kind() == FetchErrorKind::Redirected);
        self.expect(is_redirected, "a redirect is a failure", || {
            format!("one to the same origin is {}", shown(&fetched))
        });
        let requests = other.requests().len();
        self.expect(requests == 0, "no redirect is followed", || format!("it followed {requests} of 5"));
        Ok(())
    }

    async fn no_connection(&mut self) -> io::Result<()> {
        // Its port is free again once it is dropped.
        let root = ScriptedServer::start([])?.root();
        let transport = (self.connect)(&root);
        let fetched = self.fetch_from(&*transport, &format!("{root}/m?$skiptoken={SKIP_TOKEN}")).await;
        let is_connect = failure(&fetched).is_some_and(|failure| failure.kind() == FetchErrorKind::Connect);
        self.expect(is_connect, "a connection that is refused is the failure `Connect`", || shown(&fetched));
        Ok(())
    }
}

async fn read(transport: &dyn Transport, url: &PageUrl) -> Fetched {
    let mut response = transport.fetch(url).await?;
    let mut body = Vec::new();
    while let Some(chunk) = response.body.next().await {
        body.extend_from_slice(&chunk?);
    }
    Ok(body)
}

fn is_body(fetched: &Fetched, expected: &[u8]) -> bool {
    fetched.as_ref().is_ok_and(|body| body == expected)
}

fn failure(fetched: &Fetched) -> Option<&FetchError> {
    fetched.as_ref().err()
}

fn shown(fetched: &Fetched) -> String {
    match fetched {
        Ok(body) => format!("a body: {}", String::from_utf8_lossy(body)),
        Err(failure) => format!("{:?}: {failure}", failure.kind()),
    }
}

/// Everything that a failure can show to a person.
fn everything(failure: &FetchError) -> String {
    let mut text = format!("{failure:?} {failure}");
    let mut source = failure.source();
    while let Some(error) = source {
        // A `String` takes any text.
        let _ = write!(text, " {error} {error:?}");
        source = error.source();
    }
    text
}
