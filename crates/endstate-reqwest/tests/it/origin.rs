//! The token is sent only to the pinned origin, and follows no link or redirect elsewhere.

use endstate_paging::FetchErrorKind;
use endstate_reqwest::ServiceRoot;

use super::raw_server::{RawServer, answer};
use super::{TOKEN, fetch, transport_to};

#[tokio::test]
async fn a_link_to_another_origin_is_refused_before_anything_is_sent() {
    let other = RawServer::start(vec![]).await;
    let server = RawServer::start(vec![answer("200 OK", "", b"{}")]).await;
    let transport = transport_to(&server.root).build().unwrap();
    let port = server.root.rsplit(':').next().unwrap();
    let other_port = other.root.rsplit(':').next().unwrap();
    let links = [
        other.root.clone(),
        format!("http://127.0.0.1:{port}@127.0.0.1:{other_port}/"),
        format!("http://127.0.0.1:{port}%40127.0.0.1:{other_port}/"),
        format!("http://user@127.0.0.1:{port}/"),
        format!("http://user:pass@127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{other_port}\\@127.0.0.1:{port}/"),
        format!("http://0x7f.1:{other_port}/"),
        format!("http://2130706433:{other_port}/"),
        format!("http://localhost:{port}/"),
        format!("http://127.0.0.2:{port}/"),
        format!("http://127.0.0.1.evil.example:{port}/"),
        format!("https://127.0.0.1:{port}/"),
        format!("ftp://127.0.0.1:{port}/"),
        "http://graph.microsoft.com/".to_owned(),
        "https://graph.microsoft.com/".to_owned(),
    ];

    for link in links {
        let failure = fetch(&transport, &format!("{link}m?$skiptoken=hidden")).await.unwrap_err();
        assert_eq!(failure.kind(), FetchErrorKind::LinkRefused, "for {link}: {failure}");
        assert!(!failure.to_string().contains("hidden"), "{failure}");
    }
    assert!(server.requests().is_empty() && other.requests().is_empty());
}

#[tokio::test]
async fn other_spellings_of_the_pinned_origin_are_the_pinned_origin() {
    let spellings = ["http://0x7f.1", "http://2130706433", "http://127.1", "HTTP://127.0.0.1", "http://127.0.0.1"];
    let server = RawServer::start(vec![answer("200 OK", "", b"{}"); spellings.len()]).await;
    let transport = transport_to(&server.root).build().unwrap();
    let port = server.root.rsplit(':').next().unwrap();
    for spelling in spellings {
        fetch(&transport, &format!("{spelling}:{port}/m")).await.unwrap();
    }
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.contains(TOKEN)), "{requests:?}");
    assert_eq!(requests.len(), spellings.len());
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_its_path_is_not_shown() {
    let other = RawServer::start(vec![]).await;
    for status in
        ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let server =
            RawServer::start(vec![answer(status, &format!("Location: {}/x?code=hidden\r\n", other.root), b"")]).await;
        let transport = transport_to(&server.root).build().unwrap();
        let failure = fetch(&transport, &format!("{}/m", server.root)).await.unwrap_err();
        assert_eq!(failure.kind(), FetchErrorKind::Redirected);
        assert!(failure.to_string().ends_with(&format!(", a redirect to {}", other.root)), "{failure}");
    }
    assert!(other.requests().is_empty());
}

#[test]
fn a_service_root_is_https_or_on_loopback() {
    for root in [
        "https://graph.microsoft.com/testwdatppreview",
        "https://GRAPH.microsoft.com:443/testwdatppreview/",
        "http://127.0.0.1:8080",
        "http://localhost:8080/x",
        "http://[::1]:8080/x",
    ] {
        assert!(ServiceRoot::parse(root).is_ok(), "{root}");
    }

    let refused = [
        "graph.microsoft.com/testwdatppreview",
        "http://graph.microsoft.com/testwdatppreview",
        "http://localhost.evil.example/",
        "https://user:pass@graph.microsoft.com/",
        "https://graph.microsoft.com/x?y",
        "file:///etc/passwd",
        "",
    ];
    let errors: Vec<_> = refused.map(|root| ServiceRoot::parse(root).unwrap_err().to_string()).into();
    insta::assert_snapshot!(errors.join("\n"), @"
    the service root cannot be used: it is not a whole URL; write it like https://host/path
    the service root cannot be used: plain http would expose the token on the network; only loopback may use it
    the service root cannot be used: plain http would expose the token on the network; only loopback may use it
    the service root cannot be used: it has a user name or a password in front of the host
    the service root cannot be used: it has a query or a fragment; remove it
    the service root cannot be used: it has no host
    the service root cannot be used: it is not a whole URL; write it like https://host/path
    ");
}

#[test]
fn origins_of_one_host_in_two_spellings_are_equal() {
    let origin = |root: &str| ServiceRoot::parse(root).unwrap().origin().clone();
    assert_eq!(origin("https://GRAPH.microsoft.com:443/a"), origin("https://graph.microsoft.com/b"));
    assert_ne!(origin("https://graph.microsoft.com:444"), origin("https://graph.microsoft.com"));
    assert_eq!(origin("https://graph.microsoft.com:444").to_string(), "https://graph.microsoft.com:444");
}
