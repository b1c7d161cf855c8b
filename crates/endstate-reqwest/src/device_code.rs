//! Sign-in by a person on another device: shows a code to enter, and waits until the person has
//! entered it (RFC 8628).

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use endstate_paging::Clock;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::identity_client::Refusal;
use crate::{
    AccessToken, Authority, ClientId, Credential, Error, IdentityClient, Result, Scope, SignInMethod, TenantId,
};

/// Signs a person in. The token has delegated permissions: it may do what the person may do. The
/// collection's document describes this kind of token.
///
/// If the identity service issues a refresh token, it renews the token without another prompt.
pub struct DeviceCode {
    client: IdentityClient,
    authority: Authority,
    tenant: TenantId,
    client_id: ClientId,
    /// Includes `offline_access`, which requests a refresh token.
    scope: String,
    clock: Arc<dyn Clock>,
    tell: Box<dyn Fn(DeviceCodeStep<'_>) + Send + Sync>,
    refresh_token: Mutex<Option<SecretString>>,
}

/// A step of the sign-in, for the person at the keyboard.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum DeviceCodeStep<'s> {
    /// The person must go to the address and enter the code.
    Code(&'s UserCode),
    /// The person has not entered the code yet. The value is the time left.
    Waiting(Duration),
    /// The sign-in has ended, with or without a token.
    Over,
}

/// What a person has to enter, and at which address.
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct UserCode {
    /// The code, such as `E6WX4RTZ`.
    #[serde(rename = "user_code")]
    pub code: String,
    /// The address at which to enter it.
    #[serde(rename = "verification_uri")]
    pub address: String,
    /// Seconds until the code expires.
    #[serde(rename = "expires_in")]
    seconds: u64,
}

impl UserCode {
    /// How long the code is valid.
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// The response of the device authorization endpoint (RFC 8628 section 3.2).
#[derive(Deserialize)]
struct Authorization {
    device_code: SecretString,
    #[serde(flatten)]
    user_code: UserCode,
    /// Seconds between two requests for the token.
    #[serde(default = "five")]
    interval: u64,
}

/// Shortest time between two requests for the token, whatever the service says. An interval of 0
/// would be thousands of requests while a person types in a code.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// The default of RFC 8628 section 3.2 if the service sends no interval.
fn five() -> u64 {
    5
}

/// The response of the token endpoint (RFC 6749 section 5.1).
#[derive(Deserialize)]
struct Granted {
    access_token: SecretString,
    expires_in: Option<u64>,
    refresh_token: Option<SecretString>,
}

impl DeviceCode {
    const METHOD: SignInMethod = SignInMethod::DeviceCode;
    const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

    /// Prepares the sign-in. Nothing is sent until a token is needed. `tell` is called with each
    /// step.
    pub fn new(
        client: IdentityClient,
        authority: Authority,
        tenant: TenantId,
        client_id: ClientId,
        scope: &Scope,
        clock: Arc<dyn Clock>,
        tell: impl Fn(DeviceCodeStep<'_>) + Send + Sync + 'static,
    ) -> Self {
        let scope = format!("{scope} offline_access");
        let tell = Box::new(tell);
        let refresh_token = Mutex::default();
        Self { client, authority, tenant, client_id, scope, clock, tell, refresh_token }
    }

    /// Renews the token without another prompt, if that is possible. The refresh token stays valid
    /// if the identity service does not respond, or issues no new one (RFC 6749 section 6).
    async fn refresh(&self) -> Result<Option<Granted>> {
        let mut kept = self.refresh_token.lock().await;
        let Some(refresh_token) = kept.clone() else { return Ok(None) };
        let url = self.authority.endpoint(&self.tenant, "oauth2/v2.0/token")?;
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", self.client_id.as_str()),
            ("scope", &self.scope),
            ("refresh_token", refresh_token.expose_secret()),
        ];
        match self.client.post::<Granted>(Self::METHOD, &url, &form).await {
            Ok(granted) => {
                *kept = granted.refresh_token.clone().or(kept.take());
                Ok(Some(granted))
            }
            // It expired or was revoked. The person can still sign in again.
            Err(Refusal::Answer(_)) => {
                *kept = None;
                Ok(None)
            }
            Err(Refusal::Failed(error)) => Err(error),
        }
    }

    async fn sign_in_with_code(&self) -> Result<Granted> {
        let url = self.authority.endpoint(&self.tenant, "oauth2/v2.0/devicecode")?;
        let form = [("client_id", self.client_id.as_str()), ("scope", &self.scope)];
        let authorization: Authorization =
            self.client.post(Self::METHOD, &url, &form).await.map_err(|refusal| refusal.into_error(Self::METHOD))?;
        (self.tell)(DeviceCodeStep::Code(&authorization.user_code));
        let granted = self.wait_for(&authorization).await;
        (self.tell)(DeviceCodeStep::Over);
        granted
    }

    /// Repeats the request as often as the service allows, until the person has decided or the code
    /// has expired.
    async fn wait_for(&self, authorization: &Authorization) -> Result<Granted> {
        let url = self.authority.endpoint(&self.tenant, "oauth2/v2.0/token")?;
        let form = [
            ("grant_type", Self::GRANT),
            ("client_id", self.client_id.as_str()),
            ("device_code", authorization.device_code.expose_secret()),
        ];
        let mut interval = Duration::from_secs(authorization.interval).max(SHORTEST_INTERVAL);
        let begun = self.clock.now();
        let lifetime = authorization.user_code.lifetime();

        loop {
            let left = lifetime.saturating_sub(self.clock.now().saturating_sub(begun));
            if left.is_zero() {
                return Err(expired());
            }
            (self.tell)(DeviceCodeStep::Waiting(left));
            self.clock.sleep(interval.min(left)).await;

            match self.client.post(Self::METHOD, &url, &form).await {
                Ok(granted) => return Ok(granted),
                Err(Refusal::Answer(error)) => match error.error.as_str() {
                    "authorization_pending" => {}
                    // RFC 8628 section 3.5: five more seconds from here on.
                    "slow_down" => interval = interval.saturating_add(Duration::from_secs(5)),
                    // The code of Microsoft Entra, and that of the standard.
                    "authorization_declined" | "access_denied" => return Err(declined()),
                    "expired_token" => return Err(expired()),
                    _ => return Err(error.into_error(Self::METHOD)),
                },
                // The connection may be broken only for a moment, and the code stays valid.
                Err(Refusal::Failed(error @ Error::SignInUnreachable { .. })) => {
                    tracing::info!(%error, "retrying the sign-in");
                    interval = interval.max(Duration::from_secs(1));
                }
                Err(Refusal::Failed(error)) => return Err(error),
            }
        }
    }
}

fn declined() -> Error {
    let reason = "it was declined on the page where the code was typed in".to_owned();
    Error::SignInFailed { method: DeviceCode::METHOD, reason, source: None }
}

fn expired() -> Error {
    let reason = "the code expired before it was typed in".to_owned();
    Error::SignInFailed { method: DeviceCode::METHOD, reason, source: None }
}

#[async_trait]
impl Credential for DeviceCode {
    async fn acquire(&self) -> Result<AccessToken> {
        let granted = if let Some(granted) = self.refresh().await? {
            granted
        } else {
            let granted = self.sign_in_with_code().await?;
            *self.refresh_token.lock().await = granted.refresh_token.clone();
            granted
        };
        let expires_at =
            granted.expires_in.and_then(|seconds| SystemTime::now().checked_add(Duration::from_secs(seconds)));
        Ok(AccessToken::new(granted.access_token, expires_at))
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode")
            .field("authority", &self.authority)
            .field("tenant", &self.tenant)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
