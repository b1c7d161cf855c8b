//! Sets up and starts the identity service of an emulator, and https (feature `sign-in`).

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use tokio::net::TcpListener;

use crate::SignIn;
use crate::address::reachable;
use crate::discovery;
use crate::faulty_listener::FaultyListener;
use crate::identity_service::IdentityService;
use crate::issued_tokens::IssuedTokens;
use crate::server::Server;
use crate::tls_listener::{Certificates, TlsListener};

/// What clients need to know about the identity service.
#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) origin: String,
    pub(crate) secret: String,
    pub(crate) certificate_authority: String,
}

/// The parts of https and the identity service before the service starts.
pub(crate) struct Secure {
    listener: FaultyListener,
    certificates: Certificates,
    identity: Arc<IdentityService>,
    outside: Identity,
}

impl Secure {
    /// Listens on `address` for https. `service` is the address of plain http.
    pub(crate) async fn prepare(sign_in: SignIn, address: SocketAddr, service: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let own = reachable(listener.local_addr()?);
        let origin = format!("https://{own}");
        let service = reachable(service);
        let tokens = IssuedTokens::new(&sign_in, vec![origin.clone(), format!("http://{service}")]);
        let outside =
            Identity { origin: origin.clone(), secret: sign_in.secret.clone(), certificate_authority: String::new() };
        Ok(Self {
            listener: FaultyListener::new(listener)?,
            certificates: Certificates::make(own.ip())?,
            identity: IdentityService::new(sign_in, Arc::new(Mutex::new(tokens)), origin),
            outside,
        })
    }

    /// Returns the issued tokens, for the service to look them up.
    pub(crate) fn tokens(&self) -> Arc<Mutex<IssuedTokens>> {
        Arc::clone(&self.identity.tokens)
    }

    /// Serves the collections of `router` and the identity service over https.
    pub(crate) fn start(self, router: Router) -> (Identity, Server) {
        let listener = TlsListener::new(self.listener, &self.certificates);
        let documents = discovery::router().with_state(Arc::clone(&self.identity));
        let server = Server::start(listener, router.merge(self.identity.router()).merge(documents));
        let certificate_authority = self.certificates.authority;
        (Identity { certificate_authority, ..self.outside }, server)
    }
}
