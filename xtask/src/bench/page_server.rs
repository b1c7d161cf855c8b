//! A minimal file server that runs in a separate process and can respond slowly.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// The number of parts in which a slow body arrives.
const PARTS: u64 = 20;

/// Serves the files until the process is killed.
pub(super) fn serve(folder: &Path, port: u16, first_byte_ms: u64, body_ms: u64) -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let pause = Duration::from_millis(first_byte_ms);
    let between = Duration::from_millis(body_ms) / u32::try_from(PARTS - 1).unwrap_or(1);
    for stream in listener.incoming() {
        let stream = stream?;
        let folder = folder.to_owned();
        // An error means that the client has disconnected.
        thread::spawn(move || answer(&stream, &folder, pause, between));
    }
    Ok(())
}

fn answer(stream: &TcpStream, folder: &Path, pause: Duration, between: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut requests = BufReader::new(stream);
    let mut line = String::new();

    loop {
        line.clear();
        if requests.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
        while line.trim() != "" {
            line.clear();
            requests.read_line(&mut line)?;
        }

        thread::sleep(pause);
        let mut writer = stream;
        let Ok(mut file) = File::open(folder.join(path)) else {
            writer.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
            continue;
        };

        let length = file.metadata()?.len();
        write!(writer, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n")?;
        if between.is_zero() {
            // This way, the kernel copies the file.
            io::copy(&mut file, &mut writer)?;
            continue;
        }
        for part in 0..PARTS {
            if part > 0 {
                thread::sleep(between);
            }
            let size = length / PARTS + if part + 1 == PARTS { length % PARTS } else { 0 };
            io::copy(&mut (&mut file).take(size), &mut writer)?;
        }
    }
}
