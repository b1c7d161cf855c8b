//! What a person sees on a terminal; `script` provides the terminal.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use endstate_emulator::Emulator;

use super::program::{Program, TOKEN, run};
use super::server::RunningEmulator;

/// Starts an identity service, and returns its URL. The person has entered the code by the second
/// poll, one second after the first. The service uses plain http, which is allowed on loopback.
fn identity_service() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let authority = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let code = r#"{"device_code":"d","user_code":"E6WX4RTZ","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":1}"#;
        let granted = format!(r#"{{"access_token":"{TOKEN}","expires_in":3600}}"#);
        for (status, body) in
            [("200 OK", code), ("400 Bad Request", r#"{"error":"authorization_pending"}"#), ("200 OK", &granted)]
        {
            respond(listener.accept().unwrap().0, status, body);
        }
    });
    authority
}

fn respond(mut stream: TcpStream, status: &str, body: &str) {
    let mut reader = BufReader::new(&stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).unwrap() > 2 {
        let header = line.to_ascii_lowercase();
        length = header.strip_prefix("content-length:").map_or(length, |value| value.trim().parse().unwrap());
        line.clear();
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
}

#[test]
fn the_terminal_shows_the_code_and_the_time_left() {
    let emulator = RunningEmulator::start(Emulator::builder());
    let program = Program::new();
    let endstate = program.command(&[]);
    let mut command = Command::new("script");
    let arguments =
        format!("triage --auth device-code --tenant contoso.com --client app --service-root {}", emulator.root());
    command.args(["-qec", &format!("{} {arguments}", endstate.get_program().display()), "/dev/null"]);
    for (name, value) in endstate.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.current_dir(program.path("")).env("AZURE_AUTHORITY_HOST", identity_service()).env("TERM", "xterm");
    let ran = run(&mut command);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    let code = "To sign in, open https://microsoft.com/devicelogin on any device and enter the code E6WX4RTZ (valid for 15 min)";
    assert!(ran.stdout.contains(code), "{}", ran.stdout);
    assert!(ran.stdout.contains("waiting for the code to be entered, 14:5"), "{}", ran.stdout);
    assert!(!ran.stdout.contains(TOKEN));
}
