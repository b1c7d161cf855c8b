//! The identity service of an emulator, and https: set up, started, and told to clients (feature `sign-in`).

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use tokio::net::TcpListener;

use crate::connection::Door;
use crate::emulator::Server;
use crate::identity_service::{self, IdentityService};
use crate::issued_tokens::IssuedTokens;
use crate::secure_door::{Certificates, SecureDoor};
use crate::service::SERVICE_PATH;
use crate::{Emulator, EmulatorBuilder, SignIn};

/// The identity service, seen from outside.
#[derive(Debug)]
pub(crate) struct Identity {
    origin: String,
    secret: String,
    certificate_authority: String,
}

/// What https and the identity service need before there is a service.
pub(crate) struct Secure {
    door: Door,
    certificates: Certificates,
    identity: Arc<IdentityService>,
    outside: Identity,
}

impl Secure {
    pub(crate) async fn prepare(sign_in: SignIn, service: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let origin = format!("https://{}", listener.local_addr()?);
        let tokens = IssuedTokens::new(&sign_in, vec![origin.clone(), format!("http://{service}")]);
        let outside =
            Identity { origin: origin.clone(), secret: sign_in.secret.clone(), certificate_authority: String::new() };
        Ok(Self {
            door: Door::new(listener)?,
            certificates: Certificates::make()?,
            identity: IdentityService::new(sign_in, Arc::new(Mutex::new(tokens)), origin),
            outside,
        })
    }

    /// The tokens that are given out, for the service to look them up.
    pub(crate) fn tokens(&self) -> Arc<Mutex<IssuedTokens>> {
        Arc::clone(&self.identity.tokens)
    }

    /// Serves the collections of `router` and the identity service over https.
    pub(crate) fn start(self, router: Router) -> (Identity, Server) {
        let door = SecureDoor::new(self.door, &self.certificates);
        let server = Server::start(door, router.merge(self.identity.router()));
        let certificate_authority = self.certificates.authority;
        (Identity { certificate_authority, ..self.outside }, server)
    }
}

impl EmulatorBuilder {
    /// Adds an identity service, and https: both on a second port, which the system chooses. The token that is set is accepted
    /// all the same.
    pub fn sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in = Some(sign_in);
        self
    }
}

/// Where and how to sign in. All of it is `None` without [`EmulatorBuilder::sign_in`].
impl Emulator {
    /// The identity service, such as `https://127.0.0.1:40124`; its tenant is [`SignIn::TENANT`].
    pub fn authority(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.origin.as_str())
    }

    /// Where the collections stand over https, beside the identity service.
    pub fn secure_service_root(&self) -> Option<String> {
        self.authority().map(|origin| format!("{origin}{SERVICE_PATH}"))
    }

    /// The certificate, in PEM, of the authority that has to be trusted for https. It was made at the start.
    pub fn certificate_authority(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.certificate_authority.as_str())
    }

    /// The secret of the application [`SignIn::CLIENT`].
    pub fn client_secret(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.secret.as_str())
    }

    /// A token of a Kubernetes service account that is federated with the application, for `AZURE_FEDERATED_TOKEN_FILE`.
    pub fn federated_token(&self) -> Option<String> {
        self.identity.as_ref().map(|_| identity_service::federated_token())
    }

    /// The endpoint of a machine's own identity as App Service has it, and the header's value that it asks for:
    /// `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`.
    pub fn machine_identity(&self) -> Option<(String, &'static str)> {
        self.authority().map(|origin| (format!("{origin}/msi/token"), identity_service::IDENTITY_HEADER))
    }

    /// The endpoint of Azure Pipelines for assertions, and the access token of a job: `SYSTEM_OIDCREQUESTURI` and
    /// `SYSTEM_ACCESSTOKEN`.
    pub fn pipelines(&self) -> Option<(String, &'static str)> {
        self.authority().map(|origin| (format!("{origin}/pipelines/oidc"), identity_service::SYSTEM_ACCESS_TOKEN))
    }
}
