//! The tokens that the identity service has given out, and what each is still good for.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use crate::SignIn;
use crate::response::Refused;

/// Tokens by themselves: whoever has given them out knows them.
#[derive(Debug)]
pub(crate) struct IssuedTokens {
    tokens: HashMap<String, Issued>,
    lifetime: Duration,
    calls: Option<u32>,
    /// The origins of the service, whose names are audiences, too.
    audiences: Vec<String>,
}

#[derive(Debug)]
struct Issued {
    audience: String,
    /// Seconds since 1970.
    expires_at: u64,
    calls_left: Option<u32>,
}

/// Whose the token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The application's own.
    Application,
    /// A person's, who signed in to the application.
    Person,
}

impl IssuedTokens {
    /// `origins` are those of the service.
    pub(crate) fn new(sign_in: &SignIn, origins: Vec<String>) -> Self {
        let audiences = origins.into_iter().chain([SignIn::GRAPH.to_owned()]).collect();
        Self { tokens: HashMap::new(), lifetime: sign_in.lifetime, calls: sign_in.calls, audiences }
    }

    /// Whether the tenant has such a service at all.
    pub(crate) fn has_resource(&self, resource: &str) -> bool {
        resource == SignIn::DEFENDER || self.audiences.iter().any(|audience| audience == resource)
    }

    /// Seconds that tokens live.
    pub(crate) fn lifetime(&self) -> u64 {
        self.lifetime.as_secs()
    }

    /// A new token for a service, with the claims of version 1.0, as Defender for Endpoint has them.
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
            Holder::Application => claims["roles"] = json!(["Machine.Read.All"]),
            Holder::Person => claims["scp"] = json!("User.Read Machine.Read"),
        }
        let token = signed(&claims);
        let issued = Issued { audience: audience.to_owned(), expires_at, calls_left: self.calls };
        self.tokens.insert(token.clone(), issued);
        token
    }

    /// Counts a call with a token.
    pub(crate) fn call(&mut self, token: &str) -> Result<(), Refused> {
        let issued = self.tokens.get_mut(token).ok_or(Refused::Unknown)?;
        if !self.audiences.contains(&issued.audience) {
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

/// Signed with a key that everybody knows: who gave a token out knows it again without.
pub(crate) fn signed(claims: &Value) -> String {
    jsonwebtoken::encode(&Header::default(), claims, &EncodingKey::from_secret(b"emulated")).unwrap_or_default()
}
