//! A server that sends prepared bytes and records the requests.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Serves one connection for each response, in order. The listener lives as long as the runtime of
/// the test.
pub(crate) struct RawServer {
    pub(crate) root: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl RawServer {
    pub(crate) async fn start(answers: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);

        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8_lossy(&request).to_ascii_lowercase();
                let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
                for _ in 0..length.map_or(0, |length| length.parse().unwrap()) {
                    request.push(stream.read_u8().await.unwrap());
                }
                seen.lock().unwrap().push(String::from_utf8(request).unwrap());

                let sent = answer.strip_suffix(STALL).unwrap_or(&answer);
                stream.write_all(sent).await.unwrap();
                if sent.len() < answer.len() {
                    std::future::pending::<()>().await;
                }
                stream.shutdown().await.unwrap();
            }
            // Any further connection is recorded and gets no response.
            let _ = listener.accept().await;
            seen.lock().unwrap().push("one connection too many".to_owned());
        });

        Self { root, requests }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// At the end of a response: leave the connection open and send nothing more.
pub(crate) const STALL: &[u8] = b"\x00stall";

/// Returns a response with a status line, headers and a body of the right length.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}
