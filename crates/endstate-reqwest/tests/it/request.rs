//! What a request carries.

use std::num::NonZeroU32;

use endstate_odata::{Literal, Query, ResourcePath};
use endstate_paging::{Limits, Pull};
use endstate_reqwest::{ServiceRoot, TokioClock};
use futures_util::TryStreamExt;

use super::raw_server::{RawServer, answer};
use super::{TOKEN, fetch, transport_to};

#[tokio::test]
async fn a_request_carries_the_headers_of_the_document_and_of_odata() {
    let server = RawServer::start(vec![answer("200 OK", "", b"{}")]).await;
    let transport = transport_to(&server.root).page_size(NonZeroU32::new(500).unwrap()).build().unwrap();
    fetch(&transport, &format!("{}/machinesecuritystates", server.root)).await.unwrap();

    let request = server.requests().concat().replace("\r\n", "\n");
    assert!(request.contains(&format!("authorization: Bearer {TOKEN}\n")));
    insta::with_settings!({filters => vec![
        (r"127\.0\.0\.1:\d+", "HOST"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "UUID"),
        (r"Bearer \S+", "Bearer TOKEN"),
        (r"endstate/\d+\.\d+\.\d+", "endstate/VERSION"),
    ]}, {
        insta::assert_snapshot!(request, @"
        GET /machinesecuritystates HTTP/1.1
        accept: application/json
        accept-encoding: gzip
        content-type: application/json
        odata-maxversion: 4.0
        prefer: odata.maxpagesize=500
        authorization: Bearer TOKEN
        client-request-id: UUID
        user-agent: endstate/VERSION
        host: HOST
        ");
    });
}

#[tokio::test]
async fn each_request_has_its_own_id_and_no_preference_unless_one_is_set() {
    let server = RawServer::start(vec![answer("200 OK", "", b"{}"), answer("200 OK", "", b"{}")]).await;
    let transport = transport_to(&server.root).build().unwrap();
    for _ in 0..2 {
        fetch(&transport, &server.root).await.unwrap();
    }
    let ids: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.lines().find(|line| line.starts_with("client-request-id:")).unwrap().to_owned())
        .collect();
    assert_ne!(ids[0], ids[1]);
    assert!(!server.requests().concat().contains("prefer"));
}

#[tokio::test]
async fn a_skip_token_reaches_the_server_byte_for_byte() {
    let token = "a+b%20c%2F=,;:@!*()[]{}|^`~$skip&x='q'";
    let server = RawServer::start(vec![answer("200 OK", "", b"{}")]).await;
    let transport = transport_to(&server.root).build().unwrap();
    fetch(&transport, &format!("{}/m?$skiptoken={token}", server.root)).await.unwrap();
    let line = server.requests()[0].lines().next().unwrap().to_owned();
    // The only exception: the URL standard writes an apostrophe in a query as %27, which every
    // server reads the same.
    let token = token.replace('\'', "%27");
    assert_eq!(line, format!("GET /m?$skiptoken={token} HTTP/1.1"));
}

#[tokio::test]
async fn query_options_and_keys_reach_the_server_as_they_were_written() {
    let server = RawServer::start(vec![answer("200 OK", "", b"{}")]).await;
    let transport = transport_to(&server.root).build().unwrap();
    let root = ServiceRoot::parse(&server.root).unwrap();
    let query = Query::new()
        .filter(&format!("name eq {} or contains(tag, {})", Literal::from("O'Neil & c#d"), Literal::from("a+b=100%")))
        .select(["id", "name"])
        .order_by(["name desc"])
        .search("\"two words\"")
        .count(true)
        .option("api-version", "\u{fc}[1]|{2}\\^`<>");
    let path = ResourcePath::new("machines").key("a/b?c#d'").segment("alerts of it");
    let url = root.collection(&path.to_string()).unwrap().with_query(&query);
    fetch(&transport, url.as_str()).await.unwrap();

    let line = server.requests()[0].lines().next().unwrap().to_owned();
    let written = url.as_str().strip_prefix(server.root.as_str()).unwrap();
    assert_eq!(line, format!("GET {written} HTTP/1.1"));
    insta::assert_snapshot!(written.replace('&', "\n&"), @"
    /machines('a%2Fb%3Fc%23d''')/alerts%20of%20it?$filter=name%20eq%20%27O%27%27Neil%20%26%20c%23d%27%20or%20contains(tag,%20%27a%2Bb=100%25%27)
    &$select=id,name
    &$orderby=name%20desc
    &$search=%22two%20words%22
    &$count=true
    &api-version=%C3%BC%5B1%5D%7C%7B2%7D%5C%5E%60%3C%3E
    ");
}

#[test]
fn a_query_in_the_name_of_a_collection_is_refused() {
    let root = ServiceRoot::parse("https://host/service").unwrap();
    for name in ["machines?$filter=a+b&c#d", "machines#d", "machines?"] {
        let error = root.collection(name).unwrap_err().to_string();
        assert!(error.contains("`PageUrl::with_query`"), "{error}");
    }
}

#[test]
fn no_name_of_a_collection_leaves_the_service_root() {
    let root = ServiceRoot::parse("https://host/service").unwrap();
    for name in ["", "/x", "../x", "x/..", "x/./y", "%2e%2E/x", "x/.%2e", "x\\..", "x//y", "//evil.host/x"] {
        let error = root.collection(name).unwrap_err().to_string();
        assert!(error.contains("name what is below the root"), "{name}: {error}");
    }
    let up = ResourcePath::new("machines").segment("..").segment("users");
    assert!(root.collection(&up.to_string()).is_err());
    // A key in parentheses is a part of its segment, and an encoded percent sign encodes no dot.
    for path in [ResourcePath::new("machines").key(".."), ResourcePath::new("machines").segment("%2e%2e")] {
        assert!(root.collection(&path.to_string()).is_ok(), "{path}");
    }
}

#[tokio::test]
async fn a_body_is_decompressed_and_the_limit_counts_what_comes_out() {
    let bomb = || answer("200 OK", "Content-Encoding: gzip\r\n", testkit::GZIP_BOMB);
    let server = RawServer::start(vec![bomb(), bomb()]).await;
    let root = ServiceRoot::parse(&server.root).unwrap();
    let transport = std::sync::Arc::new(transport_to(&server.root).build().unwrap());
    for (limit, is_read) in [(33 * 1024 * 1024, true), (1024 * 1024, false)] {
        let mut limits = Limits::default();
        limits.max_page_bytes = limit;
        let clock = std::sync::Arc::new(TokioClock::new());
        let pull = Pull::new(transport.clone(), clock, root.collection("m").unwrap()).limits(limits);
        let pages: Result<Vec<_>, _> = pull.pages().try_collect().await;
        assert_eq!(pages.is_ok(), is_read, "at {limit} bytes");
    }
}
