//! A service or a proxy that sends secrets back: no output has them, in whatever form they come.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::program::{Program, Ran, run};
use super::server::{Answer, FixedServer, ok};

const HEADER: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
const PAYLOAD: &str = "eyJvaWQiOiJ0aGUtcGF5bG9hZC1vZi1hLXRlc3QifQ";
const SIGNATURE: &str = "dGhlLXNpZ25hdHVyZS1vZi1hLXRlc3Q";
const SKIP_TOKEN: &str = "the+skip/token=of-a-test";

const PATH: &str = "/testwdatppreview/machinesecuritystates";

fn token() -> String {
    [HEADER, PAYLOAD, SIGNATURE].join(".")
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        write!(encoded, "%{byte:02x}").unwrap();
        encoded
    })
}

/// The forms in which a secret comes back.
fn forms() -> Vec<(&'static str, String)> {
    let token = token();
    vec![
        ("whole", token.clone()),
        ("upper case", token.to_uppercase()),
        ("percent", percent(&token)),
        ("percent twice", percent(&percent(&token))),
        ("base64", STANDARD.encode(format!("Authorization: Bearer {token}"))),
        ("payload", PAYLOAD.to_owned()),
        ("signature", SIGNATURE.to_owned()),
        ("cut off", token[..40].to_owned()),
        ("skip token", SKIP_TOKEN.to_owned()),
        ("skip token, percent", percent(SKIP_TOKEN)),
    ]
}

/// What comes back of a secret if it comes back in pieces or another case.
fn assert_no_echo(what: &str, text: &str) {
    let text = text.to_lowercase();
    for (form, secret) in forms() {
        let found = text.contains(&secret.to_lowercase());
        assert!(!found, "{what} has the secret, {form}:\n{text}");
    }
    for part in [&HEADER[4..24], &PAYLOAD[8..28], &SIGNATURE[8..], "skip/token", "skip%2ftoken"] {
        assert!(!text.contains(&part.to_lowercase()), "{what} has {part}:\n{text}");
    }
}

/// A collection whose second page answers with this.
fn answering(answer: impl FnOnce(&str) -> Answer) -> FixedServer {
    FixedServer::start(|root| {
        let host = root.trim_end_matches("/testwdatppreview");
        let next = format!("{PATH}?$skiptoken={}", percent(SKIP_TOKEN));
        let first = format!("{{\"@odata.nextLink\":\"{host}{next}\",\"value\":[{{\"id\":\"a\"}}]}}");
        [(PATH.to_owned(), ok(first)), (next, answer(host))].into()
    })
}

/// Pulls at the highest verbosity. Only the rows may have what a service says.
fn assert_pull_is_silent(what: &str, server: &FixedServer) -> Ran {
    let program = Program::new();
    let arguments =
        ["pull", "-vvv", "--service-root", &server.root, "-o", "d.ndjson", "--retries", "1", "--retry-delay", "0.01"];
    let ran = run(program.command(&arguments).env("ENDSTATE_TOKEN", token()));
    assert_no_echo(what, &ran.stderr);
    assert_no_echo(what, &program.read("d.ndjson.receipt.json"));
    assert!(server.requests().len() > 1, "{}", ran.stderr);
    ran
}

#[test]
fn an_error_that_echoes_a_secret_is_redacted_wherever_it_has_it() {
    for (form, secret) in forms() {
        let errors = [
            format!("{{\"error\":{{\"code\":\"{secret}\",\"message\":\"no\"}}}}"),
            format!("{{\"error\":{{\"code\":\"no\",\"message\":\"you sent '{secret}'\",\"target\":\"{secret}\"}}}}"),
            format!("{{\"error\":{{\"code\":\"no\",\"innerError\":{{\"request-id\":\"{secret}\"}}}}}}"),
        ];
        for body in errors {
            for status in ["401 Unauthorized", "403 Forbidden", "500 Internal Server Error", "200 OK"] {
                let server = answering(|_| (status, String::new(), body.clone()));
                let ran = assert_pull_is_silent(&format!("{form}, {status}"), &server);
                assert!(ran.stderr.contains("***"), "{}", ran.stderr);
            }
        }
    }
}

#[test]
fn a_header_or_a_link_that_echoes_a_secret_is_redacted() {
    for (form, secret) in forms() {
        for header in ["request-id", "x-ms-request-id"] {
            let server = answering(|_| ("403 Forbidden", format!("{header}: {secret}\r\n"), String::new()));
            assert_pull_is_silent(&format!("{form}, {header}"), &server);
        }
        let in_url = percent(&secret);
        let targets = [format!("https://{}.example/", secret.replace(['/', '+', '=', '%'], "-")), format!("/{in_url}")];
        for target in &targets[usize::from(secret.contains(['/', '%']))..] {
            let server = answering(|_| ("307 Temporary Redirect", format!("Location: {target}\r\n"), String::new()));
            assert_pull_is_silent(&format!("{form}, redirect to {target}"), &server);
        }
        for link in
            [format!("http://127.0.0.1:1/{in_url}"), format!("HOST/{in_url}/page"), format!("HOST/m?x={in_url}")]
        {
            let server = answering(|host| {
                let link = link.replace("HOST", host);
                ok(format!("{{\"@odata.nextLink\":\"{link}\",\"value\":[]}}"))
            });
            assert_pull_is_silent(&format!("{form}, link {link}"), &server);
        }
    }
}

#[test]
fn a_device_that_echoes_a_secret_does_not_bring_it_into_results() {
    for (form, secret) in forms() {
        let item =
            format!("{{\"id\":\"{secret}\",\"build\":\"{secret}\",\"propertiesRequireAttention\":[\"{secret}\"]}}");
        let server = answering(|_| ok(format!("{{\"value\":[{item},7]}}")));
        assert_pull_is_silent(form, &server);

        for format in ["table", "json", "csv", "markdown", "prometheus"] {
            let program = Program::new();
            let arguments = ["triage", "--service-root", &server.root, "--format", format];
            let ran = run(program.command(&arguments).env("ENDSTATE_TOKEN", token()));
            assert_no_echo(&format!("{form}, {format}"), &(ran.stdout + &ran.stderr));
        }
    }
}

#[test]
fn the_doctor_shows_no_secret_that_came_back() {
    for (form, secret) in forms().into_iter().filter(|(form, _)| !form.starts_with("skip")) {
        let body = format!("{{\"error\":{{\"code\":\"{secret}\",\"message\":\"{secret}\"}}}}");
        let server = FixedServer::start(|_| [(PATH.to_owned(), ("403 Forbidden", String::new(), body))].into());
        for more in [&[][..], &["--format", "json"]] {
            let program = Program::new();
            let arguments = [&["doctor", "-vvv", "--service-root", &server.root], more].concat();
            let ran = run(program.command(&arguments).env("ENDSTATE_TOKEN", token()));
            assert_no_echo(form, &(ran.stdout + &ran.stderr));
        }
    }
}
