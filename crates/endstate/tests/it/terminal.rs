//! What a person sees on a terminal; `script` provides the terminal.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use endstate_emulator::Emulator;
use serde_json::json;

use super::program::{Program, TOKEN, run};
use super::server::RunningEmulator;

/// Starts an identity service, and returns its URL. The person has entered the code by the second
/// poll, one second after the first. The service uses plain http, which is allowed on loopback.
fn identity_service(user_code: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let authority = format!("http://{}", listener.local_addr().unwrap());
    let code = json!({
        "device_code": "d",
        "user_code": user_code,
        "verification_uri": "https://microsoft.com/devicelogin",
        "expires_in": 900,
        "interval": 1,
    })
    .to_string();
    thread::spawn(move || {
        let granted = format!(r#"{{"access_token":"{TOKEN}","expires_in":3600}}"#);
        for (status, body) in
            [("200 OK", &*code), ("400 Bad Request", r#"{"error":"authorization_pending"}"#), ("200 OK", &granted)]
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

/// Signs in on a terminal, and returns what it shows.
fn sign_in(user_code: &str) -> String {
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
    command.current_dir(program.path("")).env("AZURE_AUTHORITY_HOST", identity_service(user_code)).env("TERM", "xterm");
    let ran = run(&mut command);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    ran.stdout
}

#[test]
fn the_terminal_shows_the_code_and_the_time_left() {
    let shown = sign_in("E6WX4RTZ");
    let code = "To sign in, open https://microsoft.com/devicelogin on any device and enter the code E6WX4RTZ (valid for 15 min)";
    assert!(shown.contains(code), "{shown}");
    assert!(shown.contains("waiting for the code to be entered, 14:5"), "{shown}");
    assert!(!shown.contains(TOKEN));
}

#[test]
fn the_code_of_an_identity_service_cannot_act_on_the_terminal() {
    let shown = sign_in("E6\u{1b}]0;title\u{7}\u{202e}Z\r\n");
    assert!(shown.contains("enter the code E6\\u{1b}]0;title\\u{7}\\u{202e}Z\\u{d}\\u{a} (valid"), "{shown:?}");
    assert!(!shown.contains("\u{1b}]0;") && !shown.contains('\u{202e}'), "{shown:?}");
}
