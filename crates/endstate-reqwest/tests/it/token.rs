//! Where tokens come from, and that no secret is shown when it cannot be used.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use endstate_reqwest::{
    AccessToken, CachedToken, Credential, Error, SecretCommand, SecretSource, SignInMethod, StoredToken, TokenProvider,
};
use secrecy::ExposeSecret;

async fn token(provider: &impl TokenProvider) -> Result<String, String> {
    provider.token().await.map(|token| token.expose_secret().to_owned()).map_err(|error| error.to_string())
}

fn variable(name: &str) -> StoredToken {
    StoredToken::new(SecretSource::Environment(name.to_owned()))
}

fn command(text: impl Into<String>) -> StoredToken {
    StoredToken::new(SecretSource::Command(SecretCommand::new(text)))
}

#[tokio::test]
async fn the_environment_variable_is_read() {
    // Cargo sets this variable for every test.
    assert_eq!(token(&variable("CARGO_PKG_NAME")).await.unwrap(), "endstate-reqwest");
    let missing = token(&variable("ENDSTATE_NO_SUCH_VARIABLE")).await.unwrap_err();
    assert_eq!(missing, "the environment variable ENDSTATE_NO_SUCH_VARIABLE is not set");
}

#[tokio::test]
async fn the_file_is_read_again_for_each_request() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let provider = StoredToken::new(SecretSource::File(file.path().to_owned()));
    assert!(token(&provider).await.unwrap_err().ends_with("is empty"));
    for text in ["first", "  second\r\n"] {
        std::fs::write(file.path(), text).unwrap();
        assert_eq!(token(&provider).await.unwrap(), text.trim());
    }
    let path = file.path().to_owned();
    file.close().unwrap();
    assert_eq!(token(&provider).await.unwrap_err(), format!("the file {} cannot be read", path.display()));
}

#[tokio::test]
async fn the_command_runs_once_until_its_token_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let count = folder.path().join("count");
    let provider = command(format!("echo x >> '{0}'; echo token-$(wc -l < '{0}' | tr -d ' ')", count.display()));
    assert_eq!(token(&provider).await.unwrap(), "token-1");
    assert_eq!(token(&provider).await.unwrap(), "token-1");
    provider.refused(&"token-1".into()).await;
    assert_eq!(token(&provider).await.unwrap(), "token-2");
    // Another request, whose response came late, was refused with the previous token.
    provider.refused(&"token-1".into()).await;
    assert_eq!(token(&provider).await.unwrap(), "token-2");
}

#[tokio::test]
async fn a_command_that_fails_says_so() {
    let error = token(&command("exit 3")).await.unwrap_err();
    assert!(error.starts_with("the command for the secret failed (exit"), "{error}");
}

#[tokio::test]
async fn text_that_is_more_than_a_token_is_refused_without_being_shown() {
    for text in ["{\"accessToken\":\"hidden\"}", "Bearer hidden", "hidden\nhidden", "hidden\u{e9}"] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let error = token(&StoredToken::new(SecretSource::File(file.path().to_owned()))).await.unwrap_err();
        assert!(error.contains("has more than a token") && !error.contains("hidden"), "{error}");
    }
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires_or_kept_if_it_names_no_expiry() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    for (payload, runs) in [
        (format!(r#"{{"exp":{}}}"#, now + 3600), 1),
        (format!(r#"{{"exp":{}}}"#, now + 60), 3),
        (r#"{"exp":18446744073709551615}"#.to_owned(), 1),
        (r#"{"exp":0}"#.to_owned(), 3),
        (r#"{"aud":"x"}"#.to_owned(), 1),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let count = folder.path().join("count");
        let jwt = format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(&payload));
        let provider = command(format!("echo x >> '{}'; echo {jwt}", count.display()));
        for _ in 0..3 {
            assert_eq!(token(&provider).await.unwrap(), jwt);
        }
        assert_eq!(std::fs::read_to_string(count).unwrap().lines().count(), runs, "{payload}");
    }
}

#[tokio::test]
async fn many_requests_at_once_run_the_command_once() {
    let folder = tempfile::tempdir().unwrap();
    let count = folder.path().join("count");
    let provider = command(format!("echo x >> '{}'; echo token", count.display()));
    let all = futures_util::future::join_all((0..20).map(|_| provider.token())).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(std::fs::read_to_string(count).unwrap().lines().count(), 1);
}

#[tokio::test]
async fn a_secret_is_read_from_each_source_and_never_shown_in_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, " from-file\n").unwrap();
    let secret = async |place: SecretSource| {
        place.secret().await.map(|secret| secret.expose_secret().to_owned()).map_err(|error| error.to_string())
    };
    assert_eq!(secret(SecretSource::Environment("CARGO_PKG_NAME".to_owned())).await.unwrap(), "endstate-reqwest");
    assert_eq!(secret(SecretSource::File(file.clone())).await.unwrap(), "from-file");
    assert_eq!(secret(SecretSource::Command(SecretCommand::new("echo from-command"))).await.unwrap(), "from-command");
    std::fs::write(&file, "\n").unwrap();
    let empty = secret(SecretSource::File(file.clone())).await.unwrap_err();
    assert_eq!(empty, format!("the file {} is empty", file.display()));
    let failed = secret(SecretSource::Command(SecretCommand::new("echo hidden; exit 3"))).await.unwrap_err();
    assert_eq!(failed, "the command for the secret failed (exit status: 3)");
}

/// A credential that says when its tokens expire. The tokens themselves do not.
#[derive(Debug)]
struct Counted {
    lifetime: Duration,
    attempts_made: AtomicU32,
}

#[async_trait]
impl Credential for Counted {
    async fn acquire(&self) -> endstate_reqwest::Result<AccessToken> {
        let number = self.attempts_made.fetch_add(1, Ordering::Relaxed);
        let expires_at = SystemTime::now().checked_add(self.lifetime);
        Ok(AccessToken::new(format!("opaque-{number}"), expires_at))
    }
}

#[tokio::test]
async fn a_token_is_used_until_shortly_before_its_source_says_that_it_expires() {
    for (seconds, last) in [(3600, "opaque-0"), (150, "opaque-0"), (110, "opaque-2"), (0, "opaque-2")] {
        let source = Counted { lifetime: Duration::from_secs(seconds), attempts_made: AtomicU32::new(0) };
        let provider = CachedToken::new(source);
        for _ in 0..2 {
            token(&provider).await.unwrap();
        }
        assert_eq!(token(&provider).await.unwrap(), last, "{seconds} s");
    }
}

/// A sign-in that is declined after every request that needs it has begun to wait.
#[derive(Debug, Default)]
struct Declined {
    attempts_made: AtomicU32,
}

#[async_trait]
impl Credential for Declined {
    async fn acquire(&self) -> endstate_reqwest::Result<AccessToken> {
        self.attempts_made.fetch_add(1, Ordering::Relaxed);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        let method = SignInMethod::DeviceCode;
        Err(Error::SignInFailed { method, reason: "it was declined".to_owned(), source: None })
    }
}

#[tokio::test]
async fn a_sign_in_that_fails_is_made_once_for_all_that_wait_for_it() {
    let provider = std::sync::Arc::new(CachedToken::new(Declined::default()));
    let all = futures_util::future::join_all((0..5).map(|_| provider.token())).await;
    assert!(all.iter().all(|token| matches!(token, Err(Error::SignInFailed { .. }))), "{all:?}");
    assert_eq!(
        format!("{provider:?}").matches("attempts_made: 1").count(),
        1,
        "one attempt for five requests: {provider:?}"
    );

    assert!(provider.token().await.is_err());
    assert_eq!(
        format!("{provider:?}").matches("attempts_made: 2").count(),
        1,
        "a later request tries again: {provider:?}"
    );
}
