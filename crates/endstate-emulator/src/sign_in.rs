//! What the emulated identity service knows: a tenant, an application, its secret and certificate, and how long its tokens live.

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
#[must_use = "it has to be given to an emulator"]
pub struct SignIn {
    pub(crate) secret: String,
    pub(crate) certificate: Option<String>,
    pub(crate) lifetime: Duration,
    pub(crate) calls: Option<u32>,
    pub(crate) device_code: DeviceCodeScript,
    pub(crate) unwell: u32,
}

/// What the person does who is asked to type in a device code. Questions are those of the waiting program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceCodeScript {
    /// Signs in after so many questions.
    Approved {
        /// Questions that are answered with `authorization_pending` first.
        after: u32,
    },
    /// Declines after so many questions.
    Declined {
        /// Questions that are answered with `authorization_pending` first.
        after: u32,
    },
    /// Does nothing: after so many questions the code has expired.
    Expired {
        /// Questions that are answered with `authorization_pending` first.
        after: u32,
    },
}

impl SignIn {
    /// The tenant's GUID. It is made up.
    pub const TENANT: &str = "0e3dc0de-0000-4000-8000-00000000c0de";
    /// The application that is registered in it, which has a secret or certificate or both.
    pub const CLIENT: &str = "0e3dc0de-0000-4000-8000-00000000a991";
    /// The application's secret, unless another is set. It opens nothing but emulators.
    pub const DEFAULT_SECRET: &str = "emulated-secret";
    /// The service that tokens are asked for at the real one, and here as well.
    pub const GRAPH: &str = "https://graph.microsoft.com";
    /// A service that the tenant has, too. Its tokens are refused by this one.
    pub const DEFENDER: &str = "https://api.securitycenter.microsoft.com";

    /// A tenant with an application that has a secret, whose tokens live for an hour; who is asked for a device code signs in
    /// after two questions.
    pub fn new() -> Self {
        Self {
            secret: Self::DEFAULT_SECRET.to_owned(),
            certificate: None,
            lifetime: Duration::from_hours(1),
            calls: None,
            device_code: DeviceCodeScript::Approved { after: 2 },
            unwell: 0,
        }
    }

    /// The application's secret.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = secret.into();
        self
    }

    /// The application's certificate, in PEM; its private key is not needed. Without it no assertion is accepted.
    pub fn certificate(mut self, pem: impl Into<String>) -> Self {
        self.certificate = Some(pem.into());
        self
    }

    /// How long tokens live, in whole seconds; ten years at the most.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        const TEN_YEARS: Duration = Duration::from_hours(10 * 365 * 24);
        self.lifetime = lifetime.min(TEN_YEARS);
        self
    }

    /// How many calls of the service each token is good for before it counts as expired: a pull of several pages then needs
    /// several tokens.
    pub fn token_calls(mut self, calls: u32) -> Self {
        self.calls = Some(calls);
        self
    }

    /// How many requests for a token are answered with 503 before the first that is served.
    pub fn unwell(mut self, requests: u32) -> Self {
        self.unwell = requests;
        self
    }

    /// What the person does who is asked for a device code.
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
