//! The tokens that the identity service has issued, and whether each is still valid.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use crate::SignIn;
use crate::resource::Resource;
use crate::response::Refused;

/// The issued tokens by their text. The issuer looks tokens up here, so it need not verify
/// signatures.
#[derive(Debug)]
pub(crate) struct IssuedTokens {
    tokens: HashMap<String, Issued>,
    lifetime: Duration,
    calls: Option<u32>,
    /// The origins of the service, which every API accepts as audiences.
    origins: Vec<String>,
    /// The application's permissions.
    permissions: Vec<String>,
}

#[derive(Debug)]
struct Issued {
    audience: String,
    /// Seconds since 1970.
    expires_at: u64,
    calls_left: Option<u32>,
}

/// The holder of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The application, with application permissions.
    Application,
    /// A user who signed in to the application, with delegated permissions.
    Person,
}

impl IssuedTokens {
    /// Starts without tokens. `origins` are the origins of the service.
    pub(crate) fn new(sign_in: &SignIn, origins: Vec<String>) -> Self {
        let permissions = sign_in.permissions.clone();
        Self { tokens: HashMap::new(), lifetime: sign_in.lifetime, calls: sign_in.calls, origins, permissions }
    }

    /// Returns whether the tenant has this resource.
    pub(crate) fn has_resource(&self, resource: &str) -> bool {
        [SignIn::GRAPH, SignIn::DEFENDER].contains(&resource) || self.origins.iter().any(|origin| origin == resource)
    }

    /// Returns the lifetime of tokens in seconds.
    pub(crate) fn lifetime(&self) -> u64 {
        self.lifetime.as_secs()
    }

    /// Issues a token for a service, with the claims of version 1.0, as for Defender for Endpoint.
    pub(crate) fn issue(&mut self, audience: &str, holder: Holder) -> String {
        let now = now();
        let expires_at = now + self.lifetime();

        let mut claims = json!({
            "aud": audience,
            "iss": format!("https://sts.windows.net/{}/", SignIn::TENANT),
            "iat": now,
            "nbf": now,
            "exp": expires_at,
            "appid": SignIn::CLIENT,
            "tid": SignIn::TENANT,
            "uti": format!("emulated-{}", self.tokens.len()),
            "ver": "1.0",
        });

        match holder {
            Holder::Application => claims["roles"] = json!(self.permissions),
            Holder::Person => claims["scp"] = json!("User.Read Machine.Read"),
        }

        let token = signed(&claims);
        let issued = Issued { audience: audience.to_owned(), expires_at, calls_left: self.calls };
        self.tokens.insert(token.clone(), issued);
        token
    }

    /// Counts a call with a token, unless the token is refused. A token must be for the resource,
    /// or for an origin of the service.
    pub(crate) fn call(&mut self, token: &str, resource: Resource) -> Result<(), Refused> {
        let audience = match resource {
            Resource::Graph => SignIn::GRAPH,
            Resource::Defender => SignIn::DEFENDER,
        };
        let issued = self.tokens.get_mut(token).ok_or(Refused::Unknown)?;
        if issued.audience != audience && !self.origins.contains(&issued.audience) {
            return Err(Refused::WrongAudience);
        }
        if issued.expires_at <= now() || issued.calls_left == Some(0) {
            return Err(Refused::Expired);
        }
        issued.calls_left = issued.calls_left.map(|left| left - 1);
        Ok(())
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Signs claims with a fixed key that is not secret. This is safe because the issuer looks tokens
/// up instead of verifying them.
pub(crate) fn signed(claims: &Value) -> String {
    jsonwebtoken::encode(&Header::default(), claims, &EncodingKey::from_secret(b"emulated")).unwrap_or_default()
}
