//! The certificates of a scene that is served over https, from OpenSSL 3.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

/// The files of a certificate for loopback, in PEM.
#[derive(Debug)]
pub(crate) struct Certificates {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    /// What clients have to trust.
    pub(crate) authority: PathBuf,
}

impl Certificates {
    /// Creates them, with new keys, for two days.
    pub(crate) fn create(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let file = |name: &str| folder.join(name);
        let (authority, authority_key) = (file("authority.pem"), file("authority-key.pem"));
        let (certificate, key) = (file("certificate.pem"), file("key.pem"));

        let mut request = new_key(&authority_key, &authority);
        run(request.args(["-subj", "/CN=endstate bench authority", "-addext", "keyUsage=keyCertSign"]))?;
        let mut request = new_key(&key, &certificate);
        request.args(["-subj", "/CN=endstate bench", "-addext", "subjectAltName=IP:127.0.0.1"]);
        request.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        run(request.arg("-CA").arg(&authority).arg("-CAkey").arg(&authority_key))?;
        Ok(Self { certificate, key, authority })
    }
}

/// A request for a certificate with a new key.
fn new_key(key: &Path, certificate: &Path) -> Command {
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-days", "2", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    command.arg("-keyout").arg(key).arg("-out").arg(certificate);
    command
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let ran = command.stdin(Stdio::null()).output().context("--tls needs openssl")?;
    ensure!(ran.status.success(), "openssl made no certificate: {}", String::from_utf8_lossy(&ran.stderr));
    Ok(())
}
