//! A Defender service on loopback whose export has prepared files.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A service of three devices on loopback, and its storage.
pub(crate) struct Storage {
    pub(crate) root: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// A response of [`Storage`]: status and reason, and the body, which comes so many times.
pub(crate) type Response = (&'static str, Vec<u8>, usize);

pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Response {
    ("200 OK", body.into(), 1)
}

impl Storage {
    /// Starts the service. `respond` gets the target and how often it was requested before; without
    /// a response of its own, there are three machines and no antivirus report. `ORIGIN` in a body
    /// becomes that of the service.
    pub(crate) fn start(respond: impl Fn(&str, usize) -> Option<Response> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let root = format!("{origin}/api");
        thread::spawn(move || {
            let counts = Arc::new(Mutex::new(HashMap::new()));
            let respond = Arc::new(respond);
            for stream in listener.incoming() {
                let (respond, seen, counts) = (Arc::clone(&respond), Arc::clone(&seen), Arc::clone(&counts));
                let origin = origin.clone();
                thread::spawn(move || {
                    serve(&stream.unwrap(), &origin, &seen, |target| {
                        let mut counts = counts.lock().unwrap();
                        let count: &mut usize = counts.entry(target.to_owned()).or_default();
                        *count += 1;
                        respond(target, *count - 1).unwrap_or_else(|| default_response(target))
                    });
                });
            }
        });
        Self { root, requests }
    }

    /// The heads of the requests.
    pub(crate) fn whole_requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The targets of the requests, without those of the collections that are joined.
    pub(crate) fn requests(&self) -> Vec<String> {
        let requests = self.whole_requests();
        let target = |request: &String| request.split(' ').nth(1).unwrap().to_owned();
        let is_joined = |target: &String| target.contains('$');
        requests.iter().map(target).filter(|target| !is_joined(target)).collect()
    }
}

fn default_response(target: &str) -> Response {
    if target.contains("$skip=") {
        return ok("{\"value\":[]}");
    }
    if target.starts_with("/api/machines?") {
        let machine = |id: &str| format!("{{\"id\":\"{id}\",\"osPlatform\":\"Windows11\"}}");
        return ok(format!("{{\"value\":[{},{},{}]}}", machine("a"), machine("b"), machine("c")));
    }
    if target.starts_with("/api/deviceavinfo?") { ok("{\"value\":[]}") } else { ("404 Not Found", Vec::new(), 1) }
}

fn serve(stream: &TcpStream, origin: &str, seen: &Mutex<Vec<String>>, respond: impl Fn(&str) -> Response) {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let mut request = String::new();
        while !request.ends_with("\r\n\r\n") {
            if reader.read_line(&mut request).unwrap_or(0) == 0 {
                return;
            }
        }
        let target = request.split(' ').nth(1).unwrap().to_owned();
        seen.lock().unwrap().push(request);

        let (status, body, times) = respond(&target);
        let body = match String::from_utf8(body) {
            Ok(text) => text.replace("ORIGIN", origin).into_bytes(),
            Err(bytes) => bytes.into_bytes(),
        };

        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len() * times);
        let mut sent = writer.write_all(head.as_bytes());
        for _ in 0..times {
            sent = sent.and_then(|()| writer.write_all(&body));
        }
        if sent.is_err() {
            return;
        }
    }
}
