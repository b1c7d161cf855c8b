//! Runs the program as a user would, in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// The access token of the tests, which no output may ever show.
pub(crate) const TOKEN: &str = "secret-token-of-a-test";

/// The program, with a temporary folder to run in.
pub(crate) struct Program {
    folder: TempDir,
}

/// The exit code and the output of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// The names of the files in the folder, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        names_in(self.folder.path())
    }

    /// The command, with the token in its environment and without the developer's own settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_endstate"));
        command.current_dir(self.folder.path()).args(arguments).stdin(Stdio::null());
        let is_setting = |name: &str| {
            ["AZURE", "ENDSTATE_", "GITHUB_", "IDENTITY_", "MSI_", "OTEL_", "SYSTEM_"]
                .iter()
                .any(|start| name.starts_with(start))
        };
        for (name, _) in std::env::vars().filter(|(name, _)| is_setting(name)) {
            command.env_remove(name);
        }

        // The developer's own configuration file.
        command.env("XDG_CONFIG_HOME", self.path("home")).env("ENDSTATE_TOKEN", TOKEN);
        for name in [
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "http_proxy",
            "https_proxy",
            "all_proxy",
            "NO_COLOR",
            "RUST_BACKTRACE",
            "COLUMNS",
        ] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(&mut self.command(arguments))
    }

    /// Starts the program with stdout and stderr piped.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Snapshot settings that replace what varies from run to run.
pub(crate) fn steady() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    for (varying, shown) in [
        (r"127\.0\.0\.1:\d+", "HOST"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
        (r"retrying in [0-9.]+ s", "retrying in N s"),
        (r" +\d+\.\d+s ", "TIME "),
        // The date of a response has whole seconds, so it may be another second than now.
        (r"\b[01] s off the clock", "0 s off the clock"),
        (r"millis=\d+", "millis=N"),
        (r"pulled \d{4}-\d\d-\d\d \d\d:\d\d UTC, \d+ \w+ ago", "pulled TIME, AGE ago"),
        (r#""(started_at|pulled_at|since)": "20[^"]+""#, r#""$1": "TIME""#),
        // As wide as a time, so tables keep their widths.
        (r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", "YYYY-MM-DDTHH:MM:SSZ"),
        (r#""age_seconds": \d+"#, r#""age_seconds": "SECONDS""#),
        (r#""elapsed_ms": \d+"#, r#""elapsed_ms": "MILLISECONDS""#),
        (r#""version": "[^"]+""#, r#""version": "VERSION""#),
    ] {
        settings.add_filter(varying, shown);
    }
    settings
}

/// Sends SIGINT, as Ctrl-C does.
pub(crate) fn interrupt(child: &Child) {
    signal(child, "-INT");
}

/// Sends a signal, such as `-TERM`.
pub(crate) fn signal(child: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
