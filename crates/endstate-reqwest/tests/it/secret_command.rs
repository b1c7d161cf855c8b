//! Commands that print a secret: however they behave, they end, and nothing of them is left.

use std::path::Path;
use std::time::{Duration, Instant};

use endstate_reqwest::{Error, SecretCommand, SecretSource};
use secrecy::ExposeSecret;

/// A command of a test, with the folder in which it leaves its traces.
fn secret_of(folder: &Path, line: &str, limit: Duration) -> impl Future<Output = Result<String, String>> {
    let line = format!("cd '{}'; {line}", folder.display());
    let source = SecretSource::Command(SecretCommand::new(line).time_limit(limit));
    async move {
        let shown = |error: Error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            format!("{error}{cause}")
        };
        source.secret().await.map(|secret| secret.expose_secret().to_owned()).map_err(shown)
    }
}

/// Whether the process whose id a command wrote to `pid` is gone, or is about to be.
async fn is_gone(folder: &Path) -> bool {
    let pid = std::fs::read_to_string(folder.join("pid")).unwrap();
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        if status.is_empty() || status.contains(") Z ") {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_command_that_does_not_end_is_ended_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let line = "sleep 600 & echo $! > pid; wait";
    let error = secret_of(folder.path(), line, Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(error, "the command for the secret was ended: the command did not end within 0.3 s");
    assert!(is_gone(folder.path()).await);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_command_is_ended_if_its_secret_is_no_longer_needed() {
    let folder = tempfile::tempdir().unwrap();
    let secret = secret_of(folder.path(), "sleep 600 & echo $! > pid; mv pid pid2; cp pid2 pid; wait", Duration::MAX);
    let pid = folder.path().join("pid");
    let has_begun = async {
        while !pid.exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = secret => panic!("the command waits"),
        () = has_begun => {}
    }
    assert!(is_gone(folder.path()).await);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_child_that_keeps_the_output_open_does_not_hold_up_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let line = "sleep 600 & echo $! > pid; echo token";
    let secret = secret_of(folder.path(), line, Duration::from_mins(1)).await;
    assert_eq!(secret.as_deref(), Ok("token"));
    assert!(is_gone(folder.path()).await);
}

#[tokio::test]
async fn a_secret_has_at_most_64_kibibytes_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let limit = Duration::from_mins(1);
    let error = secret_of(folder.path(), "yes", limit).await.unwrap_err();
    assert_eq!(error, "the command for the secret was ended: the command printed more than 65536 bytes");
    let whole = secret_of(folder.path(), "printf %065536d 7", limit).await.unwrap();
    assert_eq!(whole.len(), 65536);

    let file = folder.path().join("secret");
    std::fs::write(&file, "x".repeat(65537)).unwrap();
    let error = SecretSource::File(file.clone()).secret().await.unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "it has more than 65536 bytes");
}
