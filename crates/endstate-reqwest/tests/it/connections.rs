//! Connections that fail: the next attempt has a new one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use endstate_paging::FetchErrorKind;
use endstate_reqwest::ReqwestTransport;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::raw_server::{RawServer, STALL, answer};
use super::tls_acceptor::tls_acceptor;
use super::{fetch, transport_to};

/// What the first connection of a server does with requests. All others serve them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FirstConnection {
    /// Serves them.
    Serves,
    /// Reads them, and never answers.
    IsSilent,
    /// Ends with GOAWAY and an error.
    GoesAway,
    /// Answers 421: it does not serve this host.
    IsMisdirected,
    /// Sends half a page and nothing more.
    Stalls,
}

/// An HTTP/2 server on loopback.
struct Http2Server {
    root: String,
    authority: String,
    connections: Arc<AtomicUsize>,
    /// Notified when a request has arrived.
    has_request: Arc<Notify>,
}

impl Http2Server {
    async fn start(first: FirstConnection) -> Self {
        let (acceptor, authority) = tls_acceptor(&["h2"]);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let connections = Arc::new(AtomicUsize::new(0));
        let has_request = Arc::new(Notify::new());

        let (counted, notified) = (Arc::clone(&connections), Arc::clone(&has_request));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let stream = acceptor.accept(stream).await.unwrap();
                let number = counted.fetch_add(1, Ordering::SeqCst);
                let does = if number == 0 { first } else { FirstConnection::Serves };
                tokio::spawn(serve(h2::server::handshake(stream).await.unwrap(), does, Arc::clone(&notified)));
            }
        });
        Self { root, authority, connections, has_request }
    }

    fn transport(&self, first_byte: Duration) -> ReqwestTransport {
        let transport = transport_to(&self.root).first_byte_timeout(first_byte).page_timeout(first_byte * 2);
        transport.additional_authorities(self.authority.as_bytes()).unwrap().build().unwrap()
    }

    async fn fetch(&self, transport: &ReqwestTransport) -> Result<String, FetchErrorKind> {
        fetch(transport, &format!("{}/m", self.root)).await.map_err(|failure| failure.kind())
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

type Connection<T> = h2::server::Connection<T, Bytes>;

async fn serve<T>(mut connection: Connection<T>, does: FirstConnection, has_request: Arc<Notify>)
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let mut unanswered = Vec::new();

    while let Some(Ok((_, mut respond))) = connection.accept().await {
        has_request.notify_one();
        let status = if does == FirstConnection::IsMisdirected { 421 } else { 200 };
        let response = http::Response::builder().status(status).body(()).unwrap();
        match does {
            FirstConnection::Serves | FirstConnection::IsMisdirected => {
                let mut body = respond.send_response(response, false).unwrap();
                body.send_data(Bytes::from_static(b"{\"value\":[]}"), true).unwrap();
            }
            FirstConnection::IsSilent => {
                unanswered.push(respond);
                // Nothing is read any more, so no ping is answered either.
                std::future::pending::<()>().await;
            }
            FirstConnection::GoesAway => connection.abrupt_shutdown(h2::Reason::INTERNAL_ERROR),
            FirstConnection::Stalls => {
                let mut body = respond.send_response(response, false).unwrap();
                body.send_data(Bytes::from_static(b"{\"value\":["), false).unwrap();
                Box::leak(Box::new(body));
            }
        }
    }
}

#[tokio::test]
async fn requests_share_a_connection_while_it_works() {
    let server = Http2Server::start(FirstConnection::Serves).await;
    let transport = server.transport(Duration::from_mins(1));
    for _ in 0..3 {
        assert_eq!(server.fetch(&transport).await.unwrap(), r#"{"value":[]}"#);
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn after_a_failure_the_next_request_has_a_new_connection() {
    for (first, kind) in [
        (FirstConnection::IsSilent, FetchErrorKind::Timeout),
        (FirstConnection::GoesAway, FetchErrorKind::Interrupted),
        (FirstConnection::IsMisdirected, FetchErrorKind::Unavailable),
        (FirstConnection::Stalls, FetchErrorKind::Timeout),
    ] {
        let server = Http2Server::start(first).await;
        let transport = server.transport(Duration::from_millis(500));
        assert_eq!(server.fetch(&transport).await, Err(kind), "{first:?}");
        assert_eq!(server.fetch(&transport).await.as_deref(), Ok(r#"{"value":[]}"#), "{first:?}");
        assert_eq!(server.connections(), 2, "{first:?}");
    }
}

#[tokio::test]
async fn a_connection_that_answers_no_ping_ends_before_the_time_to_respond() {
    let server = Http2Server::start(FirstConnection::IsSilent).await;
    let transport = server.transport(Duration::from_mins(10));
    let begun = tokio::time::Instant::now();
    let fetched = async {
        server.has_request.notified().await;
        // From here on only timers are left, and the runtime goes from one to the next.
        tokio::time::pause();
    };
    let (failure, ()) = tokio::join!(server.fetch(&transport), fetched);
    assert_eq!(failure, Err(FetchErrorKind::Timeout));
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_connection_that_timed_out_is_not_used_again_over_http_1_either() {
    let page = br#"{"value":[]}"#;
    let stalled = [b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{", STALL].concat();
    let server = RawServer::start(vec![stalled, answer("200 OK", "", page)]).await;
    let first_byte = Duration::from_millis(200);
    let transport =
        transport_to(&server.root).first_byte_timeout(first_byte).page_timeout(first_byte * 2).build().unwrap();
    let url = format!("{}/m", server.root);
    assert_eq!(fetch(&transport, &url).await.unwrap_err().kind(), FetchErrorKind::Timeout);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_no_slow_service() {
    // The system accepts the connection, and no server responds.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("https://localhost:{}", silent.local_addr().unwrap().port());
    let limit = Duration::from_millis(200);
    for transport in [transport_to(&root).connect_timeout(limit), transport_to(&root).first_byte_timeout(limit)] {
        let failure = fetch(&transport.build().unwrap(), &format!("{root}/m")).await.unwrap_err();
        assert_eq!(failure.kind(), FetchErrorKind::Connect, "{failure}");
    }
}
