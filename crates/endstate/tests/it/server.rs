//! A server of fixed responses on threads, and the emulator on its own runtime.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use endstate_emulator::{Emulator, EmulatorBuilder};
use tokio::runtime::Runtime;

/// An emulator that runs until this value is dropped.
pub(crate) struct RunningEmulator {
    pub(crate) emulator: Emulator,
    _runtime: Runtime,
}

impl RunningEmulator {
    /// Starts an emulator that accepts the tests' token.
    pub(crate) fn start(builder: EmulatorBuilder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let emulator = runtime.block_on(builder.token(super::program::TOKEN).start()).unwrap();
        Self { emulator, _runtime: runtime }
    }

    pub(crate) fn root(&self) -> String {
        self.emulator.service_root()
    }
}

/// Responds by path and query, with 404 to everything else, and records the requests.
pub(crate) struct FixedServer {
    pub(crate) root: String,
    requests: Arc<Mutex<Vec<String>>>,
    responses: Responses,
}

/// The responses by path and query.
type Responses = Arc<Mutex<HashMap<String, Answer>>>;

/// A response: status and reason, further headers, body.
pub(crate) type Answer = (&'static str, String, String);

pub(crate) fn ok(body: impl Into<String>) -> Answer {
    ("200 OK", String::new(), body.into())
}

impl FixedServer {
    /// Starts the server. `make_responses` runs once the root is known, since pages link to each
    /// other. The threads end with the test.
    pub(crate) fn start(make_responses: impl FnOnce(&str) -> HashMap<String, Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let root = format!("http://{}/testwdatppreview", listener.local_addr().unwrap());
        let responses = Arc::new(Mutex::new(make_responses(&root)));
        let served = Arc::clone(&responses);
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (served, seen) = (Arc::clone(&served), Arc::clone(&seen));
                thread::spawn(move || serve(&stream.unwrap(), &served, &seen));
            }
        });
        Self { root, requests, responses }
    }

    /// Serves a collection of these pages, in this order. `NEXT` in a page becomes the URL of the
    /// page after it.
    pub(crate) fn pages(pages: &[&str]) -> Self {
        Self::start(|root| responses_of(root, pages))
    }

    /// Serves these pages from now on.
    pub(crate) fn replace(&self, pages: &[&str]) {
        *self.responses.lock().unwrap() = responses_of(&self.root, pages);
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// The responses of a collection of these pages.
fn responses_of(root: &str, pages: &[&str]) -> HashMap<String, Answer> {
    let path = |number: usize| match number {
        0 => "/testwdatppreview/machinesecuritystates".to_owned(),
        _ => format!("/testwdatppreview/machinesecuritystates?$skiptoken=hidden-{number}"),
    };
    let host = root.trim_end_matches("/testwdatppreview");
    let page = |(number, body): (usize, &&str)| {
        (path(number), ok(body.replace("NEXT", &format!("{host}{}", path(number + 1)))))
    };
    pages.iter().enumerate().map(page).collect()
}

fn serve(stream: &TcpStream, responses: &Mutex<HashMap<String, Answer>>, seen: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut request = String::new();
        while !request.ends_with("\r\n\r\n") {
            if reader.read_line(&mut request).unwrap_or(0) == 0 {
                return;
            }
        }
        let target = request.split(' ').nth(1).unwrap().to_owned();
        let length =
            request.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        io::copy(&mut reader.by_ref().take(length.unwrap_or(0)), &mut io::sink()).unwrap();
        seen.lock().unwrap().push(request);
        let missing = ("404 Not Found", String::new(), String::new());
        let (status, headers, body) = responses.lock().unwrap().get(&target).cloned().unwrap_or(missing);
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
        let mut writer = stream;
        if writer.write_all(&[head.as_bytes(), body.as_bytes()].concat()).is_err() {
            return;
        }
    }
}
