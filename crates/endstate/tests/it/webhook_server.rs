//! A server that receives posts.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

/// A server that answers posts with these statuses, and then with 200.
pub(crate) struct Receiving {
    pub(crate) address: String,
    posts: Receiver<(String, Value)>,
}

impl Receiving {
    pub(crate) fn start(statuses: &'static [&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/hook/s3cret-path?sig=s3cret-signature", listener.local_addr().unwrap());
        let (sender, posts) = channel();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let mut stream = stream.unwrap();
                let (head, body) = request(&mut stream);
                let status = statuses.get(number).unwrap_or(&"200 OK");
                let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                // Before the sender has its answer, and may look.
                sender.send((head, serde_json::from_str(&body).unwrap())).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { address, posts }
    }

    pub(crate) fn posted(&self) -> Vec<(String, Value)> {
        self.posts.try_iter().collect()
    }
}

/// The head and the body of a request.
fn request(stream: &mut TcpStream) -> (String, String) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the request ended early");
        request.extend_from_slice(&buffer[..read]);

        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_lowercase();
        let length = lower.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
        if body.len() >= length.parse::<usize>().unwrap() {
            return (head.to_owned(), body.to_owned());
        }
    }
}
