//! What a caller can set for a service of their own, and what no setting can undo.

use std::sync::{Arc, Mutex};

use endstate_paging::FetchErrorKind;
use endstate_reqwest::reqwest::header::{HeaderName, HeaderValue};
use endstate_reqwest::{AuthorizationScheme, Error, FixedToken, ReqwestTransport, ServiceRoot, TransportBuilder};

use super::raw_server::{RawServer, answer};
use super::{TOKEN, fetch, transport_to};

/// The request that a transport sends for `/m?$skiptoken=hidden`.
async fn request_of(build: impl FnOnce(TransportBuilder) -> TransportBuilder) -> String {
    let server = RawServer::start(vec![answer("200 OK", "", b"{}")]).await;
    let transport = build(transport_to(&server.root)).build().unwrap();
    fetch(&transport, &format!("{}/m?$skiptoken=hidden", server.root)).await.unwrap();
    server.requests().concat().to_ascii_lowercase()
}

#[tokio::test]
async fn a_header_is_sent_with_each_request_and_replaces_the_default() {
    let request = request_of(|builder| {
        let builder = builder.header("ConsistencyLevel", "eventual").unwrap();
        let builder = builder.header("Accept", "application/json;odata.metadata=none").unwrap();
        builder.header("Prefer", "odata.include-annotations=*").unwrap().page_size(50.try_into().unwrap())
    });
    let request = request.await;
    let values = |name: &str| -> Vec<_> { request.lines().filter_map(|line| line.strip_prefix(name)).collect() };
    assert_eq!(values("consistencylevel: "), ["eventual"]);
    assert_eq!(values("accept: "), ["application/json;odata.metadata=none"]);
    assert_eq!(values("prefer: "), ["odata.maxpagesize=50", "odata.include-annotations=*"]);
    assert_eq!(values("authorization: "), [format!("bearer {}", TOKEN.to_ascii_lowercase())]);
}

#[tokio::test]
async fn a_header_of_one_pull_is_not_sent_with_another() {
    let server = RawServer::start(vec![answer("200 OK", "", b"{}"), answer("200 OK", "", b"{}")]).await;
    let plain = transport_to(&server.root).build().unwrap();
    let eventual = plain.with_header("ConsistencyLevel", "eventual").unwrap().with_header("Prefer", "x").unwrap();
    for transport in [&eventual, &plain] {
        fetch(transport, &format!("{}/m", server.root)).await.unwrap();
    }
    let has_header = |request: &String| request.to_ascii_lowercase().contains("consistencylevel: eventual");
    assert_eq!(server.requests().iter().map(has_header).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_header_that_the_transport_sets_or_that_is_none_is_refused() {
    for (name, value) in [
        ("Authorization", "Bearer other"),
        ("Host", "evil.example"),
        ("Content-Length", "5"),
        ("Accept-Encoding", "br"),
        ("client-request-id", "1"),
        ("Cookie", "session=1"),
        ("Proxy-Authorization", "Basic x"),
        ("not a name", "x"),
        ("x-name", "a\r\nInjected: 1"),
    ] {
        let refused = transport_to("http://127.0.0.1:1").header(name, value).unwrap_err();
        assert!(matches!(refused, Error::Setting { .. }), "{name}: {refused}");
    }
}

#[tokio::test]
async fn the_secret_is_sent_as_the_scheme_says() {
    let basic = AuthorizationScheme::basic("app").unwrap();
    let request = request_of(|builder| builder.authorization(basic)).await;
    // Of `app:eyJ0eXAi.secret-token.signature`, in lower case as all of the request.
    assert!(request.contains("authorization: basic yxbwomv5sjblwefplnnly3jldc10b2tlbi5zawduyxr1cmu="), "{request}");

    let key = AuthorizationScheme::in_header("X-Api-Key").unwrap();
    let request = request_of(|builder| builder.authorization(key)).await;
    let expected = format!("x-api-key: {}", TOKEN.to_ascii_lowercase());
    assert!(request.contains(&expected) && !request.contains("authorization"), "{request}");
}

#[tokio::test]
async fn an_anonymous_transport_sends_no_secret() {
    let server = RawServer::start(vec![answer("200 OK", "", b"{}"), answer("401 Unauthorized", "", b"")]).await;
    let transport = ReqwestTransport::anonymous(&ServiceRoot::parse(&server.root).unwrap()).build().unwrap();
    fetch(&transport, &format!("{}/m", server.root)).await.unwrap();
    assert!(!server.requests().concat().to_ascii_lowercase().contains("authorization"));
    let refused = fetch(&transport, &format!("{}/m", server.root)).await.unwrap_err();
    assert_eq!(refused.kind(), FetchErrorKind::Unauthorized);
}

#[tokio::test]
async fn an_exchange_is_shown_without_any_secret() {
    let echo = format!("Server: got {TOKEN}\r\nSet-Cookie: session=hidden\r\nLink: </x?$skiptoken=hidden>\r\n");
    let server = RawServer::start(vec![answer("302 Found", &echo, b"")]).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let builder = transport_to(&server.root).header("ConsistencyLevel", "eventual").unwrap();
    let builder = builder.header("x-gateway-key", "hidden").unwrap().on_exchange(move |exchange| {
        let request: Vec<_> = exchange.request_headers.iter().map(|(name, value)| header(name, value)).collect();
        let response = exchange.response.as_ref().ok();
        let response = response.map(|head| head.headers.iter().map(|(name, value)| header(name, value)).collect());
        let response: Vec<_> = response.unwrap_or_default();
        noted.lock().unwrap().push((request, response, format!("{exchange:?}")));
    });
    assert!(!format!("{builder:?}").contains("hidden"));
    let transport = builder.build().unwrap();
    fetch(&transport, &format!("{}/m?$skiptoken=hidden", server.root)).await.unwrap_err();

    let seen = seen.lock().unwrap();
    let (request, response, debug) = &seen[0];
    for expected in ["consistencylevel: eventual", "authorization: ***", "x-gateway-key: ***"] {
        assert!(request.contains(&expected.to_owned()), "{expected}: {request:?}");
    }
    assert!(response.contains(&"server: got ***".to_owned()), "{response:?}");
    let shown = format!("{request:?} {response:?} {debug} {transport:?}");
    assert!(!shown.contains("hidden") && !shown.contains("secret-token"), "{shown}");
}

fn header(name: &HeaderName, value: &HeaderValue) -> String {
    format!("{name}: {}", value.to_str().unwrap())
}

#[tokio::test]
async fn an_exchange_without_a_response_has_its_failure() {
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let builder = transport_to(&format!("http://{gone}")).on_exchange(move |exchange| {
        noted.lock().unwrap().push(exchange.response.as_ref().err().map(|failure| failure.kind()));
    });
    fetch(&builder.build().unwrap(), &format!("http://{gone}/m")).await.unwrap_err();
    assert_eq!(*seen.lock().unwrap(), [Some(FetchErrorKind::Connect)]);
}

#[tokio::test]
async fn no_setting_of_the_client_makes_it_follow_a_redirect() {
    let other = RawServer::start(vec![]).await;
    let redirect = format!("Location: {}/x\r\n", other.root);
    let server = RawServer::start(vec![answer("307 Temporary Redirect", &redirect, b"")]).await;
    let builder = transport_to(&server.root);
    let builder = builder.configure_client(|client| client.redirect(reqwest::redirect::Policy::limited(5)));
    let refused = fetch(&builder.build().unwrap(), &format!("{}/m", server.root)).await.unwrap_err();
    assert_eq!(refused.kind(), FetchErrorKind::Redirected);
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_proxy_is_never_between_this_machine_and_itself() {
    let proxy = RawServer::start(vec![]).await;
    let server = RawServer::start(vec![answer("200 OK", "", b"{}")]).await;
    let through = reqwest::Proxy::all(&proxy.root).unwrap();
    let builder = transport_to(&server.root).configure_client(move |client| client.proxy(through.clone()));
    fetch(&builder.build().unwrap(), &format!("{}/m", server.root)).await.unwrap();
    assert!(proxy.requests().is_empty());
}

#[test]
fn a_secret_cannot_take_the_place_of_a_header_of_http() {
    for name in ["Host", "content-length", "client-request-id", "no name"] {
        assert!(AuthorizationScheme::in_header(name).is_err(), "{name}");
    }
    assert!(AuthorizationScheme::in_header("Authorization").is_ok(), "a scheme of the service's own");
}

#[tokio::test]
async fn requests_go_through_a_proxy_that_the_caller_sets() {
    let proxy = RawServer::start(vec![answer("200 OK", "", b"{}")]).await;
    let through = reqwest::Proxy::http(&proxy.root).unwrap();
    let root = ServiceRoot::with_plain_http("http://service.internal/s").unwrap();
    let builder = ReqwestTransport::builder(&root, Arc::new(FixedToken::new(TOKEN)));
    let transport = builder.configure_client(move |client| client.proxy(through.clone())).build().unwrap();
    fetch(&transport, "http://service.internal/s/m").await.unwrap();
    assert!(proxy.requests().concat().starts_with("GET http://service.internal/s/m HTTP/1.1"));
}

#[tokio::test]
async fn plain_http_is_only_for_the_host_that_was_allowed() {
    assert!(ServiceRoot::parse("http://service.internal/s").is_err());
    let root = ServiceRoot::with_plain_http("http://service.internal/s").unwrap();
    let transport = ReqwestTransport::builder(&root, Arc::new(FixedToken::new(TOKEN))).build().unwrap();
    for link in ["http://other.internal/s/m", "http://service.internal:8080/m", "https://service.internal/s/m"] {
        let refused = fetch(&transport, link).await.unwrap_err();
        assert_eq!(refused.kind(), FetchErrorKind::LinkRefused, "{link}: {refused}");
    }
}
