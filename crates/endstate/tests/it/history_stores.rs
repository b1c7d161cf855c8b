//! A history in an object store: Azure's as Azurite has it, S3 as moto has it, and Google's, of
//! which no package registry has a server.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{CertificateParams, KeyPair};

use super::history::with_pulls;
use super::program::{Program, Ran, run};
use super::python_packages::installed;

/// A store of this machine. It ends with this value.
struct Store {
    process: Child,
    variables: Vec<(String, String)>,
}

impl Store {
    fn start(packages: &Path, arguments: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/history-stores/stores.py");
        let mut command = Command::new("python3");
        command.arg(script).args(arguments).env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let lines = lines.take_while(|line| !line.is_empty());
        let variables: Vec<_> = lines.filter_map(|line| line.split_once('=').map(own)).collect();
        assert!(!variables.is_empty(), "the store did not start");
        Self { process, variables }
    }

    fn command(&self, program: &Program, arguments: &[&str]) -> Command {
        let mut command = program.command(arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn run(&self, program: &Program, arguments: &[&str]) -> Ran {
        run(&mut self.command(program, arguments))
    }
}

fn own((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

impl Drop for Store {
    fn drop(&mut self) {
        // It ends when its input does, and stops what it has started.
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Writers at once, the answers, and what is removed: as in a folder.
fn assert_works(store: &Store, location: &str) {
    let program = with_pulls(&[1, 2, 4]);
    let missing = store.run(&program, &["history", "trend", location]);
    assert!(missing.stderr.contains("is not a history; begin one with"), "{}", missing.stderr);

    let begun = store.run(&program, &["history", "add", location, "day1.ndjson"]);
    assert_eq!(begun.code, Some(0), "{}", begun.stderr);
    let writers = ["day1.ndjson", "day2.ndjson", "day2.ndjson", "day4.ndjson"]
        .map(|file| store.command(&program, &["history", "add", location, file]).spawn().unwrap());
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    program.run(&["history", "add", "lake", "day1.ndjson", "day2.ndjson", "day4.ndjson"]);

    for question in ["trend", "since", "resolved", "flapping", "list"] {
        let csv = |lake: &str| store.run(&program, &["history", question, lake, "--format", "csv"]).stdout;
        assert_eq!(csv(location), csv("lake"), "{question}");
    }
    let verified = store.run(&program, &["history", "verify", location]);
    assert!(verified.stderr.contains("3 pulls with 1,305 states in 3 files, 3 of them"), "{}", verified.stderr);
    let diff = |lake: &str| {
        let [older, newer] = ["2026-11-01", "2026-11-04"].map(|day| format!("{lake}@{day}"));
        store.run(&program, &["diff", &older, &newer, "--format", "csv"]).stdout
    };
    assert!(diff("lake").lines().count() > 10);
    assert_eq!(diff(location), diff("lake"));
    let expired = store.run(&program, &["history", "expire", location, "--keep", "1d"]);
    assert!(expired.stderr.contains("Removed 2 pulls"), "{}", expired.stderr);

    let (_, key) = store.variables.iter().find(|(name, _)| name.contains("KEY")).unwrap();
    let endpoint = match location.split_once(':') {
        Some(("s3", _)) => "AWS_ENDPOINT_URL",
        Some(("gs", _)) => "GOOGLE_BASE_URL",
        _ => "AZURE_STORAGE_ENDPOINT",
    };
    let mut elsewhere = store.command(&program, &["history", "list", location]);
    let refused = run(elsewhere.env(endpoint, "http://storage.example/x"));
    assert!(refused.stderr.contains("http://storage.example is plain HTTP to another machine"), "{}", refused.stderr);
    assert!(!refused.stderr.contains(key.as_str()));
}

#[test]
fn a_history_is_in_s3() {
    let Some(packages) = installed("history-stores", &["moto"]) else { return };
    let store = Store::start(&packages, &["s3"]);
    assert_works(&store, "s3://security/history");
}

#[test]
fn a_history_is_in_cloud_storage() {
    // Python has all that it needs.
    let store = Store::start(Path::new(""), &["google"]);
    assert_works(&store, "gs://security/history");
}

/// The packages of the stores, and the program of Azurite; `None` if they are not installed.
fn azurite() -> Option<(PathBuf, String)> {
    let packages = installed("history-stores", &["moto"])?;
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/history-stores/node_modules/.bin/azurite-blob");
    if !Path::new(program).exists() {
        assert!(std::env::var_os("CI").is_none(), "azurite is not installed");
        return None;
    }
    Some((packages, program.to_owned()))
}

#[test]
fn a_history_is_in_azure() {
    let Some((packages, azurite)) = azurite() else { return };
    let store = Store::start(&packages, &["azure", &azurite]);
    assert_works(&store, "az://security/history");
}

/// A token of Microsoft Entra ID for a resource, as Azurite checks it: not its signature.
fn token(audience: &str) -> String {
    let claims = serde_json::json!({
        "iss": "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/",
        "aud": audience,
        "iat": 0,
        "nbf": 0,
        "exp": 4_070_908_800_u64,
    });
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{}", part(r#"{"alg":"RS256","typ":"JWT"}"#), part(&claims.to_string()), part("signature"))
}

#[test]
fn the_sign_in_of_a_profile_reaches_azures_storage() {
    let Some((packages, azurite)) = azurite() else { return };
    let program = with_pulls(&[1, 2]);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
    program.write("certificate.pem", &certificate.pem());
    program.write("key.pem", &key.serialize_pem());
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| program.path(name).display().to_string());
    let store = Store::start(&packages, &["azure", &azurite, &certificate, &key]);

    let az = |audience: &str| {
        let answer = format!(r#"{{"accessToken":"{}","expires_on":4070908800,"tokenType":"Bearer"}}"#, token(audience));
        let log = program.path("az.calls");
        program.write("az", &format!("#!/bin/sh\necho \"$@\" >> {}\necho '{answer}'\n", log.display()));
        std::fs::set_permissions(program.path("az"), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    az("https://storage.azure.com");
    let profiles = "default-profile = \"other\"\n[profile.contoso]\nauth = \"azure-cli\"\n\
                    [profile.other]\nauth = \"token\"\ntoken-file = \"none\"\n\
                    [profile.automatic]\ntoken-file = \"none\"\n";
    program.write("config.toml", profiles);
    let path = format!("{}:{}", program.path("").display(), std::env::var("PATH").unwrap());
    let of_profile = |arguments: &[&str], more: &[&str]| {
        let arguments = [arguments, &["--config", "config.toml"], more].concat();
        run(store.command(&program, &arguments).env("PATH", &path))
    };
    let contoso = ["--profile", "contoso"];
    let lake = "az://security/history";
    for file in ["day1.ndjson", "day2.ndjson"] {
        let ran = of_profile(&["history", "add", lake, file], &contoso);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }

    // The tenant of a question is one of the history, and not that of the sign-in.
    let of_another = of_profile(&["history", "trend", lake, "--tenant", "elsewhere.example"], &contoso);
    assert!(of_another.stderr.contains("has no pull of 'elsewhere.example'"), "{}", of_another.stderr);
    let calls = program.read("az.calls");
    assert!(!calls.contains("elsewhere"), "{calls}");
    assert!(calls.lines().all(|call| call.contains("https://storage.azure.com/.default")), "{calls}");
    program.run(&["history", "add", "lake", "day1.ndjson", "day2.ndjson"]);
    let here = program.run(&["history", "since", "lake", "--format", "csv"]).stdout;
    let there = of_profile(&["history", "since", lake, "--format", "csv"], &contoso);
    assert_eq!(there.stdout, here, "{}", there.stderr);

    // The default profile signs in with a token, which is for Defender.
    // Nor is the sign-in of `az` taken, which that profile did not choose.
    for name in ["other", "automatic"] {
        let other = of_profile(&["history", "list", lake], &["--profile", name]);
        assert_eq!(other.code, Some(2), "{}", other.stderr);
        let refused = format!("profile '{name}' cannot sign in to Azure's storage");
        assert!(other.stderr.contains(&refused), "{}", other.stderr);
    }
    // A pull of several tenants has no profile for the storage but the default one.
    let default = program.read("config.toml").replace("default-profile = \"other\"", "default-profile = \"contoso\"");
    program.write("default.toml", &default);
    let mut list = store.command(&program, &["history", "list", lake, "--config", "default.toml", "--format", "csv"]);
    let by_default = run(list.env("PATH", &path));
    assert_eq!(by_default.stdout.lines().count(), 3, "{}", by_default.stderr);
    // The sign-in is only for Azure's storage: neither for another host nor over plain HTTP.
    for endpoint in ["https://storage.example/x", "http://127.0.0.1:9/x"] {
        let arguments = ["history", "list", lake, "--config", "config.toml", "--profile", "contoso"];
        let mut list = store.command(&program, &arguments);
        let refused = run(list.env("PATH", &path).env("AZURE_STORAGE_ENDPOINT", endpoint));
        assert!(refused.stderr.contains("is no host of Azure's storage with https"), "{}", refused.stderr);
    }
    // A token for another service is refused by the store, and is in no message.
    az("https://graph.microsoft.com");
    let refused = of_profile(&["history", "list", lake], &contoso);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(!refused.stderr.contains("eyJ"), "{}", refused.stderr);
    // A key of the storage wins over the profile.
    let mut with_key = store.command(&program, &["history", "list", lake, "--config", "config.toml"]);
    let with_key = run(with_key.env("AZURE_STORAGE_ACCOUNT_KEY", "Zm9v"));
    assert!(with_key.code == Some(1) && !with_key.stderr.contains("profile"), "{}", with_key.stderr);
}
