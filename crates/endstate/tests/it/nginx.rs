//! The whole command against static pages on nginx, a third-party web server.

use std::fmt::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use endstate_emulator::Fleet;

use super::program::Program;

struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

fn is_installed() -> bool {
    let found = Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    // On a build machine, a skipped test would go unnoticed.
    assert!(found || std::env::var_os("CI").is_none(), "nginx is not installed");
    found
}

/// Starts nginx on a folder. If another process takes the port first, tries another port.
fn start(folder: &Path) -> (Nginx, u16) {
    for _ in 0..5 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder_name = folder.display();
        let config = format!(
            "daemon off; worker_processes 1; pid {folder_name}/pid; error_log stderr;\n\
             events {{}}\n\
             http {{ access_log off; client_body_temp_path {folder_name}/a; proxy_temp_path {folder_name}/b;\n\
             fastcgi_temp_path {folder_name}/c; uwsgi_temp_path {folder_name}/d; scgi_temp_path {folder_name}/e;\n\
             gzip on; gzip_types application/json; default_type application/json;\n\
             server {{ listen 127.0.0.1:{port}; root {folder_name}; }} }}\n"
        );
        std::fs::write(folder.join("nginx.conf"), config).unwrap();

        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).arg("-c").arg(folder.join("nginx.conf"));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();

        loop {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return (Nginx(child), port);
            }
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    panic!("nginx does not start");
}

/// Writes the pages as files. Each links to the next by a reference relative to the context URL.
fn write_pages(folder: &Path, port: u16, fleet: Fleet, page_size: u64) {
    let service = folder.join("testwdatppreview");
    std::fs::create_dir_all(&service).unwrap();
    let pages = fleet.len().div_ceil(page_size);
    for page in 0..pages {
        let mut body = format!(
            "{{\"@odata.context\":\"http://127.0.0.1:{port}/testwdatppreview/$metadata#MachineSecurityStates\","
        );
        if page == 0 {
            write!(body, "\"@odata.count\":{},", fleet.len()).unwrap();
        }
        if page + 1 < pages {
            write!(body, "\"@odata.nextLink\":\"machinesecuritystates-{}?$skiptoken=hidden\",", page + 1).unwrap();
        }
        let end = ((page + 1) * page_size).min(fleet.len());
        let items: Vec<_> =
            (page * page_size..end).map(|at| serde_json::to_string(&fleet.device(at)).unwrap()).collect();
        write!(body, "\"value\":[{}]}}", items.join(",")).unwrap();
        let name = if page == 0 { "machinesecuritystates".to_owned() } else { format!("machinesecuritystates-{page}") };
        std::fs::write(service.join(name), body).unwrap();
    }
}

#[test]
fn static_pages_of_nginx_are_pulled_whole_and_triaged() {
    if !is_installed() {
        eprintln!("skipped: nginx is not installed (on Debian: apt-get install nginx-light)");
        return;
    }
    let program = Program::new();
    let folder = tempfile::Builder::new().permissions(readable()).tempdir().unwrap();
    let (_nginx, port) = start(folder.path());
    let fleet = Fleet::new(3, 12_345);
    write_pages(folder.path(), port, fleet, 1000);

    let root = format!("http://127.0.0.1:{port}/testwdatppreview");

    let ran = program.run(&["pull", "--service-root", &root, "-o", "d.ndjson"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let expected: String =
        (0..fleet.len()).map(|at| serde_json::to_string(&fleet.device(at)).unwrap() + "\n").collect();
    assert_eq!(program.read("d.ndjson"), expected);

    let ran = program.run(&["triage", "--service-root", &root]);
    assert!(
        ran.stdout.ends_with("complete: all 12,345 devices (13 pages; matches the service's count)\n"),
        "{}",
        ran.stdout
    );

    // To the client, a deleted page is a continuation that the server no longer knows.
    std::fs::remove_file(folder.path().join("testwdatppreview/machinesecuritystates-7")).unwrap();
    let ran = program.run(&["pull", "--service-root", &root, "-o", "short.ndjson"]);
    assert_eq!((ran.code, program.read("short.ndjson.partial").lines().count()), (Some(4), 7000), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("incomplete (link_expired): "), "{}", ran.stderr);
}

/// Permissions with which nginx can read the folder after it drops its privileges.
fn readable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o755)
}
