//! The public interface of the identity service of an emulator (feature `sign-in`).

use crate::defender::{DEFENDER_PATH, GRAPH_PATH};
use crate::identity_service;
use crate::service::SERVICE_PATH;
use crate::{Emulator, EmulatorBuilder, SignIn};

impl EmulatorBuilder {
    /// Adds an identity service and https, both on a second port that the system chooses. The
    /// emulator still accepts the token from [`token`](Self::token).
    pub fn sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in = Some(sign_in);
        self
    }
}

/// What a client needs to sign in. All of these return `None` without [`EmulatorBuilder::sign_in`].
impl Emulator {
    /// Returns the URL of the identity service, such as `https://127.0.0.1:40124`. Its tenant is
    /// [`SignIn::TENANT`].
    pub fn authority(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.origin.as_str())
    }

    /// Returns the base URL of the collections over https, on the port of the identity service.
    pub fn secure_service_root(&self) -> Option<String> {
        self.authority().map(|origin| format!("{origin}{SERVICE_PATH}"))
    }

    /// Returns the base URL of today's APIs of Defender for Endpoint over https. They accept tokens
    /// for [`SignIn::DEFENDER`].
    pub fn secure_defender_root(&self) -> Option<String> {
        self.authority().map(|origin| format!("{origin}{DEFENDER_PATH}"))
    }

    /// Returns the base URL of Microsoft Graph over https. It accepts tokens for
    /// [`SignIn::GRAPH`].
    pub fn secure_graph_root(&self) -> Option<String> {
        self.authority().map(|origin| format!("{origin}{GRAPH_PATH}"))
    }

    /// Returns the certificate, in PEM, of the certificate authority that a client must trust for
    /// https. The emulator created it at the start.
    pub fn certificate_authority(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.certificate_authority.as_str())
    }

    /// Returns the client secret of the application [`SignIn::CLIENT`].
    pub fn client_secret(&self) -> Option<&str> {
        self.identity.as_ref().map(|identity| identity.secret.as_str())
    }

    /// Returns a token of a Kubernetes service account that is federated with the application, for
    /// `AZURE_FEDERATED_TOKEN_FILE`.
    pub fn federated_token(&self) -> Option<String> {
        self.identity.as_ref().map(|_| identity_service::federated_token())
    }

    /// Returns the managed identity endpoint in the form of App Service, and the header value that
    /// it requires, for `IDENTITY_ENDPOINT` and `IDENTITY_HEADER`.
    pub fn machine_identity(&self) -> Option<(String, &'static str)> {
        self.authority().map(|origin| (format!("{origin}/msi/token"), identity_service::IDENTITY_HEADER))
    }

    /// Returns the endpoint of Azure Pipelines for assertions, and the access token of a job, for
    /// `SYSTEM_OIDCREQUESTURI` and `SYSTEM_ACCESSTOKEN`.
    pub fn pipelines(&self) -> Option<(String, &'static str)> {
        self.authority().map(|origin| (format!("{origin}/pipelines/oidc"), identity_service::SYSTEM_ACCESS_TOKEN))
    }
}
