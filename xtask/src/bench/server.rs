//! The server of a scene, in a separate process. If nginx is installed and no delay is wanted, it
//! is nginx; otherwise it is our own server.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{bail, ensure};
use clap::Args;

use super::certificates::Certificates;

/// How pages are delivered.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Delivery {
    /// Delay before the first byte of a page, in milliseconds
    #[arg(long, global = true, default_value_t = 0)]
    pub(crate) first_byte_ms: u64,

    /// Time that the body of a page takes to arrive, in milliseconds
    #[arg(long, global = true, default_value_t = 0)]
    pub(crate) body_ms: u64,

    /// Serve the pages over https with HTTP/2, by nginx
    #[arg(long, global = true)]
    pub(crate) tls: bool,
}

/// A running server. Dropping it stops the server.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    /// Scheme, host and port.
    pub(crate) origin: String,
    pub(crate) kind: &'static str,
    /// The certificate that clients have to trust, if any.
    pub(crate) authority: Option<PathBuf>,
}

impl Server {
    /// The base URL of the preview's collections.
    pub(crate) fn root(&self) -> String {
        format!("{}/testwdatppreview", self.origin)
    }

    /// Serves the files of a folder. `link` writes the links among them, once the origin is known.
    pub(crate) fn start(
        folder: &Path,
        link: impl Fn(&str) -> anyhow::Result<()>,
        delivery: Delivery,
    ) -> anyhow::Result<Self> {
        let Delivery { first_byte_ms, body_ms, tls } = delivery;
        let is_fast = first_byte_ms == 0 && body_ms == 0;
        let has_nginx = Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_ok_and(|s| s.success());

        ensure!(!tls || is_fast && has_nginx, "--tls needs nginx, and no delays");
        let certificates = tls.then(|| Certificates::create(&folder.join("nginx"))).transpose()?;

        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let origin = format!("{}://127.0.0.1:{port}", if tls { "https" } else { "http" });
            link(&origin)?;

            let (mut command, kind) = if is_fast && has_nginx {
                let kind = if tls { "nginx over https" } else { "nginx" };
                (nginx(folder, port, certificates.as_ref())?, kind)
            } else {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("serve-pages").arg(folder).args(["--port", &port.to_string()]);
                command.args(["--first-byte-ms", &first_byte_ms.to_string(), "--body-ms", &body_ms.to_string()]);
                (command, "our own server")
            };

            let mut process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
            // If another process took the port in the meantime, the server exits; try another port.
            while process.try_wait()?.is_none() {
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    let authority = certificates.map(|certificates| certificates.authority);
                    return Ok(Self { process, origin, kind, authority });
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }

        bail!("cannot start the page server: 5 attempts on different ports failed")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // `kill` sends SIGTERM, because only then does nginx stop its workers. An error means that
        // the server has already stopped.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

fn nginx(folder: &Path, port: u16, certificates: Option<&Certificates>) -> anyhow::Result<Command> {
    let own = folder.join("nginx");
    std::fs::create_dir_all(&own)?;
    let root = folder.display();
    let own = own.display();
    let user = if std::fs::metadata("/proc/self").is_ok() && is_root() { "user root;" } else { "" };
    let tls = certificates.map_or(String::new(), |Certificates { certificate, key, .. }| {
        format!("ssl http2; ssl_certificate {}; ssl_certificate_key {}", certificate.display(), key.display())
    });
    let config = format!(
        "daemon off; worker_processes 1; {user} pid {own}/pid; error_log stderr;\n\
         events {{}}\n\
         http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000;\n\
         client_body_temp_path {own}/a; proxy_temp_path {own}/b; fastcgi_temp_path {own}/c;\n\
         uwsgi_temp_path {own}/d; scgi_temp_path {own}/e; default_type application/json;\n\
         server {{ listen 127.0.0.1:{port} {tls}; root {root}; }} }}\n"
    );
    let path = folder.join("nginx").join("nginx.conf");
    std::fs::write(&path, config)?;
    let mut command = Command::new("nginx");
    command.arg("-p").arg(folder).arg("-c").arg(path);
    Ok(command)
}

#[cfg(unix)]
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
