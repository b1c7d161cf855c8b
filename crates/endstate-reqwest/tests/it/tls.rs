//! https with a private certificate authority.

use endstate_paging::FetchErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::tls_acceptor::tls_acceptor;
use super::{fetch, transport_to};

/// Starts an https server on loopback that answers each request with an empty page. Returns its
/// root and its authority in PEM.
async fn https_server() -> (String, String) {
    let (acceptor, authority) = tls_acceptor(&[]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = vec![0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{\"value\":[]}";
            stream.write_all(answer).await.unwrap();
            let _ = stream.shutdown().await;
        }
    });
    (format!("https://localhost:{port}"), authority)
}

#[tokio::test]
async fn an_additional_authority_is_trusted_and_needed_to_connect() {
    let (root, authority) = https_server().await;
    let trusting = transport_to(&root).additional_authorities(authority.as_bytes()).unwrap().build().unwrap();
    assert_eq!(fetch(&trusting, &format!("{root}/m")).await.unwrap(), r#"{"value":[]}"#);

    let wary = transport_to(&root).build().unwrap();
    assert_eq!(fetch(&wary, &format!("{root}/m")).await.unwrap_err().kind(), FetchErrorKind::Connect);
}

#[test]
fn a_file_without_certificates_is_refused() {
    let error = transport_to("https://host").additional_authorities(b"nothing").unwrap_err();
    assert_eq!(error.to_string(), "the certificate authority file has no usable PEM certificates");
}
