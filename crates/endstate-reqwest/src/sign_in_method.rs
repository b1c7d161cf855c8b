//! The ways to sign in, as errors name them.

use std::fmt;

/// A way to sign in. Its text is a phrase such as `a client secret`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignInMethod {
    /// An app registration and its secret.
    ClientSecret,
    /// An app registration and its certificate.
    ClientCertificate,
    /// A federated Kubernetes service account.
    WorkloadIdentity,
    /// The managed identity of the machine.
    ManagedIdentity,
    /// The account that is signed in to `az`.
    AzureCli,
    /// The account that is signed in to `azd`.
    AzureDeveloperCli,
    /// A service connection of Azure Pipelines.
    AzurePipelines,
    /// A code that a person enters on another device.
    DeviceCode,
}

impl fmt::Display for SignInMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientSecret => "a client secret",
            Self::ClientCertificate => "a client certificate",
            Self::WorkloadIdentity => "a workload identity",
            Self::ManagedIdentity => "a managed identity",
            Self::AzureCli => "the Azure CLI",
            Self::AzureDeveloperCli => "the Azure Developer CLI",
            Self::AzurePipelines => "Azure Pipelines",
            Self::DeviceCode => "a device code",
        })
    }
}
