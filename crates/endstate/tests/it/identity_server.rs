//! The sign-in against a third-party identity service; a third-party library verifies the tokens.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::program::{Program, run};

const TENANT: &str = "0e3dc0de-0000-4000-8000-00000000c0de";

/// The server process, which ends when this value is dropped.
struct IdentityServer {
    child: Child,
    authority: String,
    root: String,
}

impl Drop for IdentityServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl IdentityServer {
    /// Starts the server, or returns `None` if its packages are not installed. To install them:
    /// `npm ci --prefix crates/endstate/tests/identity-server`
    fn start(program: &Program, secret: &str) -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/identity-server");
        if !folder.join("node_modules").exists() {
            // On a build machine, a skipped test would go unnoticed.
            assert!(std::env::var_os("CI").is_none(), "the packages of the identity server are not installed");
            return None;
        }
        let mut command = Command::new("node");
        command.arg(folder.join("server.mjs")).args([program.path("key.pem"), program.path("cert.pem")]);
        let mut child = command.args([TENANT, secret]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addresses: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = |name: &str| addresses[name].as_str().unwrap().to_owned();
        Some(Self { child, authority: address("authority"), root: address("root") })
    }
}

/// Writes a certificate for localhost, its key, and the authority that signed it.
fn write_certificates(program: &Program) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    program.write("cert.pem", &params.signed_by(&key, &authority).unwrap().pem());
    program.write("key.pem", &key.serialize_pem());
    program.write("ca.pem", &authority.pem());
}

#[test]
fn a_client_secret_works_with_a_third_party_identity_service() {
    let program = Program::new();
    write_certificates(&program);
    let Some(server) = IdentityServer::start(&program, "secret") else { return };

    let pull = |secret: &str| {
        let mut command = program.command(&["pull", "--service-root", &server.root, "--ca-file", "ca.pem"]);
        command.env_remove("ENDSTATE_TOKEN").env("AZURE_AUTHORITY_HOST", &server.authority);
        command.env("AZURE_TENANT_ID", TENANT).env("AZURE_CLIENT_ID", "client").env("AZURE_CLIENT_SECRET", secret);
        run(&mut command)
    };

    let good = pull("secret");
    assert_eq!(good.code, Some(0), "{}", good.stderr);
    let rows: Vec<serde_json::Value> = good.stdout.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let issued: Vec<_> = rows.iter().map(|row| row["issued"].clone()).collect();
    assert_eq!(issued, [1, 1, 1], "three pages, one token");

    let wrong = pull("hidden");
    assert_eq!(wrong.code, Some(1));
    assert!(!wrong.stderr.contains("hidden"));
    // This service sends no code of Microsoft Entra, only the error fields of the OAuth standard.
    let expected = "the identity service says: invalid_client: the secret is not that of the client";
    assert!(wrong.stderr.contains(expected), "{}", wrong.stderr);

    let doctor = program
        .command(&["doctor", "--service-root", &server.root, "--ca-file", "ca.pem"])
        .env_remove("ENDSTATE_TOKEN")
        .env("AZURE_AUTHORITY_HOST", &server.authority)
        .envs([("AZURE_TENANT_ID", TENANT), ("AZURE_CLIENT_ID", "client"), ("AZURE_CLIENT_SECRET", "secret")])
        .output()
        .unwrap();
    assert_eq!(doctor.status.code(), Some(0), "{}", String::from_utf8_lossy(&doctor.stdout));
}
