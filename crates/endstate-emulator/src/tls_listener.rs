//! Serves https: a certificate authority that is created at the start, and a listener that
//! completes TLS handshakes.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;

use crate::faulty_listener::{Connection, Control, FaultyListener};

/// Returns connections after their TLS handshake. A connection with a slow handshake does not delay
/// others.
#[derive(Debug)]
pub(crate) struct TlsListener {
    ready: mpsc::Receiver<(TlsStream<Connection>, Control)>,
    accepting: JoinHandle<()>,
}

/// A server certificate for loopback, and the certificate authority that signed it.
pub(crate) struct Certificates {
    acceptor: TlsAcceptor,
    /// The authority's certificate, in PEM.
    pub(crate) authority: String,
}

impl Certificates {
    /// Creates both, with new private keys that are stored nowhere.
    /// The certificate is for loopback and for `address`.
    pub(crate) fn make(address: IpAddr) -> io::Result<Self> {
        let (authority, config) = make(address).map_err(io::Error::other)?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), authority })
    }
}

fn make(address: IpAddr) -> Result<(String, ServerConfig), Box<dyn std::error::Error + Send + Sync>> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "endstate emulator");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

    let key = KeyPair::generate()?;
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    names.extend(Some(address.to_string()).filter(|address| !names.contains(address)));
    let certificate = CertificateParams::new(names)?;
    let certificate = certificate.signed_by(&key, &authority)?;

    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der())?)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((authority.pem(), config))
}

impl TlsListener {
    pub(crate) fn new(mut listener: FaultyListener, certificates: &Certificates) -> Self {
        let (sender, ready) = mpsc::channel(16);
        let acceptor = certificates.acceptor.clone();
        let accepting = tokio::spawn(async move {
            loop {
                let (connection, control) = listener.accept().await;
                let acceptor = acceptor.clone();
                let sender = sender.clone();
                tokio::spawn(async move {
                    // A client that does not trust the authority closes the connection, as it
                    // should.
                    if let Ok(stream) = acceptor.accept(connection).await {
                        let _ = sender.send((stream, control.secured())).await;
                    }
                });
            }
        });
        Self { ready, accepting }
    }
}

impl Drop for TlsListener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<Connection>;
    type Addr = Control;

    async fn accept(&mut self) -> (TlsStream<Connection>, Control) {
        match self.ready.recv().await {
            Some(ready) => ready,
            // The accepting task ends only when the listener is dropped.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Control> {
        Ok(Control::default())
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Control {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        stream.remote_addr().clone()
    }
}
