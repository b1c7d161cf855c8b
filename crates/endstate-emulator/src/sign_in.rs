//! The settings of the emulated identity service: a tenant, an application with its secret and
//! certificate, and the lifetime of its tokens.

use std::fmt;
use std::time::Duration;

/// Sets up the identity service of an emulator.
///
/// ```
/// use endstate_emulator::{Emulator, SignIn};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let emulator = Emulator::builder().sign_in(SignIn::new().token_calls(2)).start().await?;
///
/// println!("AZURE_AUTHORITY_HOST={}", emulator.authority().unwrap_or_default());
/// println!("AZURE_TENANT_ID={} AZURE_CLIENT_ID={}", SignIn::TENANT, SignIn::CLIENT);
/// println!("trust: {}", emulator.certificate_authority().unwrap_or_default());
///
/// emulator.stop().await;
/// # Ok::<(), std::io::Error>(())
/// # })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "pass it to `EmulatorBuilder::sign_in`"]
pub struct SignIn {
    pub(crate) secret: String,
    pub(crate) certificate: Option<String>,
    pub(crate) lifetime: Duration,
    pub(crate) calls: Option<u32>,
    pub(crate) device_code: DeviceCodeScript,
    pub(crate) unavailable: u32,
    pub(crate) permissions: Vec<String>,
}

/// What the scripted user does with a device code. A poll is a token request from the program that
/// waits for the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceCodeScript {
    /// The user signs in after this many polls.
    Approved {
        /// Number of polls that first get `authorization_pending`.
        after: u32,
    },
    /// The user declines after this many polls.
    Declined {
        /// Number of polls that first get `authorization_pending`.
        after: u32,
    },
    /// The user does nothing. After this many polls the code has expired.
    Expired {
        /// Number of polls that first get `authorization_pending`.
        after: u32,
    },
}

impl SignIn {
    /// The GUID of the tenant. It is invented.
    pub const TENANT: &str = "0e3dc0de-0000-4000-8000-00000000c0de";
    /// The client id of the app registration in the tenant. It has a secret, and a certificate if
    /// one is set.
    pub const CLIENT: &str = "0e3dc0de-0000-4000-8000-00000000a991";
    /// The application's secret, unless another is set. It is valid only for emulators.
    pub const DEFAULT_SECRET: &str = "emulated-secret";
    /// The application permissions for every API of the emulator.
    pub const PERMISSIONS: [&str; 3] = ["Machine.Read.All", "ThreatHunting.Read.All", "Vulnerability.Read.All"];
    /// The resource of tokens for the service, as in the real one.
    pub const GRAPH: &str = "https://graph.microsoft.com";
    /// The resource of tokens for today's APIs of Defender for Endpoint. The preview family refuses
    /// such tokens.
    pub const DEFENDER: &str = "https://api.securitycenter.microsoft.com";

    /// Returns a tenant with an application that has a secret. Its tokens live for an hour. A user
    /// with a device code signs in after two polls.
    pub fn new() -> Self {
        Self {
            secret: Self::DEFAULT_SECRET.to_owned(),
            certificate: None,
            lifetime: Duration::from_secs(60 * 60),
            calls: None,
            device_code: DeviceCodeScript::Approved { after: 2 },
            unavailable: 0,
            permissions: Self::PERMISSIONS.map(ToOwned::to_owned).into(),
        }
    }

    /// Sets the application permissions that an administrator has consented to; by default all of
    /// [`PERMISSIONS`](Self::PERMISSIONS). The service does not check them, and a client can.
    pub fn permissions(mut self, permissions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.permissions = permissions.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the application's secret.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = secret.into();
        self
    }

    /// Sets the application's certificate, in PEM, without its private key. Without a certificate,
    /// the identity service accepts only federated assertions.
    pub fn certificate(mut self, pem: impl Into<String>) -> Self {
        self.certificate = Some(pem.into());
        self
    }

    /// Sets the lifetime of tokens, in whole seconds, at most ten years.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        const TEN_YEARS: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
        self.lifetime = lifetime.min(TEN_YEARS);
        self
    }

    /// Sets the number of calls to the service after which a token counts as expired. A pull of
    /// several pages then needs several tokens.
    pub fn token_calls(mut self, calls: u32) -> Self {
        self.calls = Some(calls);
        self
    }

    /// Sets how many token requests get a 503 before the identity service is available.
    pub fn unavailable(mut self, requests: u32) -> Self {
        self.unavailable = requests;
        self
    }

    /// Sets what the scripted user does with a device code.
    pub fn device_code(mut self, script: DeviceCodeScript) -> Self {
        self.device_code = script;
        self
    }
}

impl Default for SignIn {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("lifetime", &self.lifetime)
            .field("calls", &self.calls)
            .field("device_code", &self.device_code)
            .finish_non_exhaustive()
    }
}
