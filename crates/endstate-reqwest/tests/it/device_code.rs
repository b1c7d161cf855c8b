//! The sign-in of a person, against the identity service of the emulator.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use endstate_emulator::{DeviceCodeScript, Emulator, SignIn};
use endstate_paging::Clock;
use endstate_reqwest::{
    Authority, CachedToken, ClientId, DeviceCode, DeviceCodeStep, Error, IdentityClient, Scope, TenantId, TokenClaims,
    TokenProvider,
};

use super::raw_server::{RawServer, answer};

/// A clock whose sleeps return at once and move its time forward.
#[derive(Debug, Default)]
struct Waited(Mutex<Duration>);

#[async_trait]
impl Clock for Waited {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}

struct Person {
    token: CachedToken<DeviceCode>,
    steps: Arc<Mutex<Vec<String>>>,
}

fn person(emulator: &Emulator, tenant: &str, scope: &str) -> Person {
    person_at(emulator.authority().unwrap(), emulator.certificate_authority(), tenant, scope)
}

fn person_at(authority: &str, pem: Option<&str>, tenant: &str, scope: &str) -> Person {
    let authority: Authority = authority.parse().unwrap();
    let client = IdentityClient::new(&authority, pem.map(str::as_bytes)).unwrap();
    let steps = Arc::new(Mutex::new(Vec::new()));
    let reported = Arc::clone(&steps);
    let tell = move |step: DeviceCodeStep<'_>| {
        reported.lock().unwrap().push(match step {
            DeviceCodeStep::Code(code) => format!("{} at {}", code.code, code.address),
            DeviceCodeStep::Waiting(left) => format!("{} s left", left.as_secs()),
            DeviceCodeStep::Over => "over".to_owned(),
            _ => unreachable!(),
        });
    };

    let tenant: TenantId = tenant.parse().unwrap();
    let client_id: ClientId = SignIn::CLIENT.parse().unwrap();
    let scope: Scope = scope.parse().unwrap();
    let clock = Arc::new(Waited::default());
    let device_code = DeviceCode::new(client, authority, tenant, client_id, &scope, clock, tell);
    Person { token: CachedToken::new(device_code), steps }
}

async fn emulator(script: DeviceCodeScript) -> Emulator {
    Emulator::builder().sign_in(SignIn::new().device_code(script)).start().await.unwrap()
}

const GRAPH: &str = "https://graph.microsoft.com/.default";

#[tokio::test]
async fn a_person_enters_the_code_once_and_renewals_need_no_person() {
    let emulator = emulator(DeviceCodeScript::Approved { after: 2 }).await;
    let person = person(&emulator, SignIn::TENANT, GRAPH);
    let token = person.token.token().await.unwrap();
    let claims = TokenClaims::from_token(&token).unwrap();
    assert_eq!(claims.scopes, ["User.Read", "Machine.Read"], "the token is delegated");
    let address = format!("EMUL00000 at {}/devicelogin", emulator.authority().unwrap());
    let expected = [address.as_str(), "900 s left", "899 s left", "898 s left", "over"];
    assert_eq!(*person.steps.lock().unwrap(), expected);
    person.token.refused(&token).await;
    let renewed = person.token.token().await.unwrap();
    assert_ne!(TokenClaims::from_token(&renewed).unwrap(), TokenClaims::default());
    assert_eq!(person.steps.lock().unwrap().len(), 5, "the person did not have to sign in again");
}

#[tokio::test]
async fn declined_and_expired_are_told_apart() {
    for (script, reason) in [
        (DeviceCodeScript::Declined { after: 1 }, "it was declined on the page where the code was typed in"),
        (DeviceCodeScript::Expired { after: 1 }, "the code expired before it was typed in"),
        // The service never reports it: the lifetime of the code ends the wait.
        (DeviceCodeScript::Approved { after: u32::MAX }, "the code expired before it was typed in"),
    ] {
        let emulator = emulator(script).await;
        let error = person(&emulator, SignIn::TENANT, GRAPH).token.token().await.unwrap_err();
        assert_eq!(error.to_string(), format!("the sign-in with a device code failed: {reason}"));
    }
}

#[tokio::test]
async fn an_unknown_tenant_or_resource_is_refused_with_the_code_of_entra() {
    let emulator = emulator(DeviceCodeScript::Approved { after: 0 }).await;
    for (tenant, scope, code) in
        [("contoso.com", GRAPH, "AADSTS90002"), (SignIn::TENANT, "https://nothing/.default", "AADSTS500011")]
    {
        let error = person(&emulator, tenant, scope).token.token().await.unwrap_err();
        assert!(matches!(&error, Error::SignInRefused { server, .. } if server.code == code), "{error:?}");
    }
}

const CODE: &[u8] =
    br#"{"device_code":"d","user_code":"u","verification_uri":"https://x","expires_in":900,"interval":0}"#;

#[tokio::test]
async fn a_refresh_token_stays_valid_if_a_renewal_fails_or_brings_no_new_one() {
    let granted =
        |more: &str| answer("200 OK", "", format!(r#"{{"access_token":"t","expires_in":3600{more}}}"#).as_bytes());
    let server = RawServer::start(vec![
        answer("200 OK", "", CODE),
        granted(r#","refresh_token":"first""#),
        answer("503 Service Unavailable", "", b""),
        granted(""),
        granted(""),
    ])
    .await;
    let person = person_at(&server.root, None, SignIn::TENANT, GRAPH);
    let token = person.token.token().await.unwrap();
    person.token.refused(&token).await;
    assert!(matches!(person.token.token().await.unwrap_err(), Error::SignInUnreachable { .. }));
    for _ in 0..2 {
        person.token.refused(&person.token.token().await.unwrap()).await;
    }
    let requests = server.requests();
    assert!(requests[2..].iter().all(|request| request.contains("refresh_token=first")), "{requests:?}");
    assert_eq!(person.steps.lock().unwrap().len(), 3, "the person signed in once");
}

#[tokio::test]
async fn an_invalid_response_ends_the_wait_but_an_unavailable_service_does_not() {
    let html = answer("200 OK", "", b"<html>hidden</html>");
    let unavailable = answer("502 Bad Gateway", "", b"");
    let server = RawServer::start(vec![answer("200 OK", "", CODE), unavailable, html]).await;
    let error = person_at(&server.root, None, SignIn::TENANT, GRAPH).token.token().await.unwrap_err();
    let expected = format!(
        "the sign-in with a device code failed: {} answered 200 OK, but the body is not the response of \
         an identity service",
        server.root
    );
    assert_eq!(error.to_string(), expected);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn an_interval_of_0_is_at_most_one_request_a_second() {
    let pending = answer("400 Bad Request", "", br#"{"error":"authorization_pending"}"#);
    let code = br#"{"device_code":"d","user_code":"u","verification_uri":"https://x","expires_in":9,"interval":0}"#;
    let answers = std::iter::once(answer("200 OK", "", code)).chain(std::iter::repeat_n(pending, 20));
    let server = RawServer::start(answers.collect()).await;
    let error = person_at(&server.root, None, SignIn::TENANT, GRAPH).token.token().await.unwrap_err();
    assert!(error.to_string().ends_with("the code expired before it was typed in"), "{error}");
    assert_eq!(server.requests().len(), 1 + 9, "one for the code, and one for each second of its life");
}

#[tokio::test]
async fn an_answer_without_end_is_read_up_to_a_mebibyte() {
    let body = vec![b' '; 3 * 1024 * 1024];
    let server = RawServer::start(vec![answer("200 OK", "", &body)]).await;
    let error = person_at(&server.root, None, SignIn::TENANT, GRAPH).token.token().await.unwrap_err();
    let expected = "sent more than 1048576 bytes, which is no answer to a sign-in";
    assert!(error.to_string().ends_with(expected), "{error}");
}

#[tokio::test]
async fn an_interval_too_large_for_a_clock_ends_with_the_lifetime_of_the_code() {
    let huge = u64::MAX;
    let code = format!(
        r#"{{"device_code":"d","user_code":"u","verification_uri":"https://x","expires_in":9,"interval":{huge}}}"#
    );
    let slow = answer("400 Bad Request", "", br#"{"error":"slow_down"}"#);
    let granted = format!(r#"{{"access_token":"t","expires_in":{huge}}}"#);
    let answers = vec![answer("200 OK", "", code.as_bytes()), slow, answer("200 OK", "", granted.as_bytes())];
    let server = RawServer::start(answers).await;
    let error = person_at(&server.root, None, SignIn::TENANT, GRAPH).token.token().await.unwrap_err();
    assert!(error.to_string().ends_with("the code expired before it was typed in"), "{error}");
    let server = RawServer::start(vec![answer("200 OK", "", CODE), answer("200 OK", "", granted.as_bytes())]).await;
    assert!(person_at(&server.root, None, SignIn::TENANT, GRAPH).token.token().await.is_ok());
}
