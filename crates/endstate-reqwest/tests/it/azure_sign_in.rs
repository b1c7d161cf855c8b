//! Signs in with `azure_identity` over https, against the identity service of the emulator.

use endstate_emulator::{Emulator, SignIn};
use endstate_reqwest::{
    Authority, AzureMethod, AzureSignIn, CachedToken, ClientId, Error, IdentityClient, SecretSource, TenantId,
    TokenClaims, TokenProvider,
};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::raw_server::answer;
use super::tls_acceptor::tls_acceptor;

/// An emulator, and a folder for secrets.
struct Place {
    emulator: Emulator,
    folder: TempDir,
}

impl Place {
    async fn new(sign_in: SignIn) -> Self {
        let emulator = Emulator::builder().sign_in(sign_in).start().await.unwrap();
        Self { emulator, folder: TempDir::new().unwrap() }
    }

    fn secret(&self, secret: &str) -> SecretSource {
        let path = self.folder.path().join("secret");
        std::fs::write(&path, secret).unwrap();
        SecretSource::File(path)
    }

    fn token(&self, method: AzureMethod) -> CachedToken<AzureSignIn> {
        let authority: Authority = self.emulator.authority().unwrap().parse().unwrap();
        let pem = self.emulator.certificate_authority().map(str::as_bytes);
        let client = IdentityClient::new(&authority, pem).unwrap();
        let scope = "https://graph.microsoft.com/.default".parse().unwrap();
        CachedToken::new(AzureSignIn::new(method, client, authority, scope))
    }

    async fn error(&self, method: AzureMethod) -> Error {
        self.token(method).token().await.unwrap_err()
    }
}

fn tenant() -> TenantId {
    SignIn::TENANT.parse().unwrap()
}

fn client() -> ClientId {
    SignIn::CLIENT.parse().unwrap()
}

fn with_secret(secret: SecretSource) -> AzureMethod {
    AzureMethod::ClientSecret { tenant: tenant(), client: client(), secret }
}

#[tokio::test]
async fn a_client_secret_gets_a_token_that_is_used_until_it_is_refused() {
    let place = Place::new(SignIn::new()).await;
    let provider = place.token(with_secret(place.secret(SignIn::DEFAULT_SECRET)));
    let all = futures_util::future::join_all((0..10).map(|_| provider.token())).await;
    let first = all.into_iter().map(|token| TokenClaims::from_token(&token.unwrap()).unwrap()).next().unwrap();
    assert_eq!(first.audience.as_deref(), Some(SignIn::GRAPH));
    assert_eq!(first.roles, ["Machine.Read.All", "ThreatHunting.Read.All", "Vulnerability.Read.All"]);
    let token = provider.token().await.unwrap();
    provider.refused(&token).await;
    let renewed = provider.token().await.unwrap();
    assert_ne!(secrecy::ExposeSecret::expose_secret(&token), secrecy::ExposeSecret::expose_secret(&renewed));
}

#[tokio::test]
async fn a_refusal_shows_the_error_of_the_identity_service_not_the_secret() {
    let place = Place::new(SignIn::new()).await;
    let error = place.error(with_secret(place.secret("hidden"))).await;
    assert_eq!(error.to_string(), "the sign-in with a client secret was refused");
    assert_eq!(
        error.server().unwrap().to_string(),
        "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, \
         not the client secret ID, for a secret added to app '0e3dc0de-0000-4000-8000-00000000a991'."
    );
    assert!(!format!("{error:?}").contains("hidden"));

    let other = AzureMethod::ClientSecret {
        tenant: "contoso.onmicrosoft.com".parse().unwrap(),
        client: client(),
        secret: place.secret(SignIn::DEFAULT_SECRET),
    };
    assert_eq!(place.error(other).await.server().unwrap().code, "AADSTS90002");
    let other = AzureMethod::ClientSecret {
        tenant: tenant(),
        client: "another".parse().unwrap(),
        secret: place.secret(SignIn::DEFAULT_SECRET),
    };
    assert_eq!(place.error(other).await.server().unwrap().code, "AADSTS700016");
}

/// What the error says if an identity service refuses a sign-in and repeats this field of its form.
async fn error_of_an_echo(field: &'static str, method: AzureMethod) -> String {
    let (acceptor, pem) = tls_acceptor(&[]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let authority: Authority = format!("https://localhost:{}", listener.local_addr().unwrap().port()).parse().unwrap();

    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(acceptor.accept(stream).await.unwrap());
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            let value = line.to_ascii_lowercase().strip_prefix("content-length:").map(|value| value.trim().parse());
            length = value.map_or(length, Result::unwrap);
            line.clear();
            stream.read_line(&mut line).await.unwrap();
        }
        let mut form = vec![0; length];
        stream.read_exact(&mut form).await.unwrap();
        let form = String::from_utf8(form).unwrap();
        let sent = form.split('&').find_map(|pair| pair.strip_prefix(field)?.strip_prefix('=')).unwrap();
        let body = format!("{{\"error\":\"invalid_client\",\"error_description\":\"AADSTS1: You sent '{sent}'.\"}}");
        stream.write_all(&answer("401 Unauthorized", "", body.as_bytes())).await.unwrap();
        let _ = stream.shutdown().await;
    });

    let client = IdentityClient::new(&authority, Some(pem.as_bytes())).unwrap();
    let scope = "https://graph.microsoft.com/.default".parse().unwrap();
    let error = CachedToken::new(AzureSignIn::new(method, client, authority, scope)).token().await.unwrap_err();
    error.server().unwrap().to_string()
}

#[tokio::test]
async fn an_identity_service_that_repeats_a_secret_is_not_quoted() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, content: &[u8]| {
        std::fs::write(folder.path().join(name), content).unwrap();
        folder.path().join(name)
    };
    let secret = with_secret(SecretSource::File(file("secret", b"the~client.secret/of-this+test=")));
    assert_eq!(error_of_an_echo("client_secret", secret).await, "AADSTS1: You sent '***'.");

    let (name, bytes) = testkit::CLIENT_CERTIFICATE_FILES.iter().find(|(name, _)| *name == "client.pem").unwrap();
    let certificate = AzureMethod::ClientCertificate {
        tenant: tenant(),
        client: client(),
        certificate: file(name, bytes),
        password: None,
        send_chain: true,
    };
    assert_eq!(error_of_an_echo("client_assertion", certificate).await, "AADSTS1: You sent '***'.");

    let workload = AzureMethod::WorkloadIdentity {
        tenant: tenant(),
        client: client(),
        token_file: file("token", b"e30.the-token-of-a-service-account.c2lnbmF0dXJl"),
    };
    assert_eq!(error_of_an_echo("client_assertion", workload).await, "AADSTS1: You sent '***'.");
}

#[tokio::test]
async fn a_certificate_signs_in_from_each_form_of_file() {
    let place = Place::new(SignIn::new().certificate(testkit::CLIENT_CERTIFICATE)).await;
    for (name, bytes) in testkit::CLIENT_CERTIFICATE_FILES {
        let path = place.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let has_password = matches!(name, "client-encrypted.pem" | "client.pfx");
        let method = |password: Option<SecretSource>, send_chain| AzureMethod::ClientCertificate {
            tenant: tenant(),
            client: client(),
            certificate: path.clone(),
            password,
            send_chain,
        };

        let password = has_password.then(|| place.secret(testkit::CLIENT_KEY_PASSWORD));
        for send_chain in [false, true] {
            let token = place.token(method(password.clone(), send_chain)).token().await;
            assert!(token.is_ok(), "{name}: {token:?}");
        }
        if has_password {
            for password in [None, Some(place.secret("hidden"))] {
                let error = place.error(method(password, false)).await.to_string();
                assert!(error.starts_with("the certificate cannot be used: ") && error.contains("password"), "{error}");
                assert!(!error.contains("hidden"));
            }
        }
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_says_why() {
    let place = Place::new(SignIn::new()).await;
    let path = place.folder.path().join("client.pem");
    let method = || AzureMethod::ClientCertificate {
        tenant: tenant(),
        client: client(),
        certificate: path.clone(),
        password: None,
        send_chain: false,
    };

    let mut errors = vec![place.error(method()).await.to_string()];
    for text in
        ["nothing", testkit::CLIENT_CERTIFICATE, testkit::CLIENT_CERTIFICATE_EC, "-----BEGIN CERTIFICATE-----\n!"]
    {
        std::fs::write(&path, text).unwrap();
        errors.push(place.error(method()).await.to_string());
    }
    let shown = errors.join("\n").replace(&path.display().to_string(), "client.pem");
    insta::assert_snapshot!(shown, @"
    the certificate cannot be used: client.pem cannot be read
    the certificate cannot be used: client.pem: it is neither PEM nor PKCS #12, or the password does not open it
    the certificate cannot be used: client.pem: it has no BEGIN PRIVATE KEY section; add the key to this file
    the certificate cannot be used: client.pem: its key is not an RSA key; Microsoft Entra requires RSA
    the certificate cannot be used: client.pem: it is not well-formed PEM
    ");
    // A valid certificate, but not that of the application.
    std::fs::write(&path, testkit::CLIENT_CERTIFICATE_FILES[0].1).unwrap();
    assert_eq!(place.error(method()).await.server().unwrap().code, "AADSTS700027");
}

#[tokio::test]
async fn a_workload_identity_signs_in_with_the_token_of_its_service_account() {
    let place = Place::new(SignIn::new()).await;
    let token_file = place.folder.path().join("federated");
    std::fs::write(&token_file, place.emulator.federated_token().unwrap()).unwrap();
    let method =
        || AzureMethod::WorkloadIdentity { tenant: tenant(), client: client(), token_file: token_file.clone() };
    assert!(place.token(method()).token().await.is_ok());
    std::fs::write(&token_file, "hidden").unwrap();
    let error = place.error(method()).await;
    assert_eq!(error.server().unwrap().code, "AADSTS70021");
    std::fs::remove_file(&token_file).unwrap();
    let error = place.error(method()).await.to_string();
    assert!(error.contains("failed to read federated token from file"), "{error}");
}

#[tokio::test]
async fn an_identity_service_that_cannot_be_reached_does_not_count_as_a_refusal() {
    let place = Place::new(SignIn::new()).await;
    let authority: Authority = "https://127.0.0.1:9".parse().unwrap();
    let client = IdentityClient::new(&authority, None).unwrap();
    let method = with_secret(place.secret("hidden"));
    let scope = "https://graph.microsoft.com/.default".parse().unwrap();
    let gone = AzureSignIn::new(method.clone(), client, authority, scope);
    let error = CachedToken::new(gone).token().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the sign-in with a client secret could not reach the identity service: no response from https://127.0.0.1:9"
    );
    // The cause is the error of the system.
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("refused"), "{error:?}");
}

#[tokio::test]
async fn the_sign_in_does_not_retry_an_unavailable_identity_service() {
    let place = Place::new(SignIn::new().unavailable(2)).await;
    let provider = place.token(with_secret(place.secret(SignIn::DEFAULT_SECRET)));
    for _ in 0..2 {
        let error = provider.token().await.unwrap_err();
        assert!(matches!(error, Error::SignInUnreachable { .. }), "{error:?}");
        assert!(error.to_string().ends_with(" answered 503"), "{error}");
    }
    assert!(provider.token().await.is_ok(), "each attempt was one request");
}
