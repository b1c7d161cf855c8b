//! How clients find the identity service of an emulator (feature `sign-in`).

use crate::identity_service;
use crate::service::SERVICE_PATH;
use crate::{Emulator, EmulatorBuilder, SignIn};

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
