//! MSAL and azure-identity for Python against the emulator: real clients that are not ours.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;

use super::program::{Program, interrupt, run};
use super::python_packages::installed;

#[test]
fn clients_of_microsoft_sign_in_and_pull_every_page() {
    let Some(packages) = installed("python-clients", &["msal", "azure/identity"]) else { return };
    let program = Program::new();
    let arguments = ["emulate", "--devices", "23", "--page-size", "5", "--sign-in", "--write-ca", "ca.pem"];
    let mut child = program.start(&arguments);
    let lines: Vec<_> = BufReader::new(child.stdout.take().unwrap()).lines().take(8).map(Result::unwrap).collect();
    let exports: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("export ")?.split_once('=')).collect();

    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python-clients/pull_every_page.py");
    for client in ["msal", "azure-identity"] {
        let mut command = Command::new("python3");
        command.arg(&script).arg(client).current_dir(program.path("")).env("PYTHONPATH", &packages);
        // requests prefers these to the authority that a client names.
        for variable in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"] {
            command.env_remove(variable);
        }
        let ran = run(command.envs(exports.iter().copied()).env("NO_PROXY", "127.0.0.1"));
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), "23 5\n"), "{client}: {}", ran.stderr);
    }
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
