//! A server on loopback that sends prepared responses and records the requests, on a thread of its
//! own.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Serves one connection for each response, in order, and closes every further one. It ends when it
/// is dropped.
#[derive(Debug)]
pub(crate) struct ScriptedServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    has_ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// How long a client may take to send its request, and to take its response.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

impl ScriptedServer {
    pub(crate) fn start(answers: impl IntoIterator<Item = Vec<u8>>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let requests = Arc::new(Mutex::new(Vec::new()));
        let has_ended = Arc::new(AtomicBool::new(false));

        let (seen, is_over) = (Arc::clone(&requests), Arc::clone(&has_ended));
        let mut answers = answers.into_iter().collect::<Vec<_>>().into_iter();
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::Acquire) {
                    return;
                }
                let Ok(mut stream) = stream else { continue };
                // A client that breaks off has sent no request. What it sent is noted before it
                // gets an answer, so it is there once the client has one.
                let request = read_head(&mut stream).unwrap_or_default();
                seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                // A client that is gone needs no answer.
                let _ = stream.write_all(&answers.next().unwrap_or_default());
            }
        });
        Ok(Self { address, requests, has_ended, thread: Some(thread) })
    }

    /// Its root, such as `http://127.0.0.1:49152`.
    pub(crate) fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The heads of the requests so far, one for each connection.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.has_ended.store(true, Ordering::Release);
        // The thread waits for a connection. If it cannot have one, it waits on, and is left.
        let woken = TcpStream::connect(self.address);
        if let (Ok(_), Some(thread)) = (woken, self.thread.take()) {
            // It has no result.
            let _ = thread.join();
        }
    }
}

fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    stream.set_read_timeout(Some(REQUEST_TIMEOUT))?;
    stream.set_write_timeout(Some(REQUEST_TIMEOUT))?;
    let until = Instant::now() + REQUEST_TIMEOUT;
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && Instant::now() < until && stream.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// A response with a status line, headers that each end in a line break, and a body of the right
/// length.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}
