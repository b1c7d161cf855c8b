//! Errors of the identity service, with the texts and in the form of Microsoft Entra.
//!
//! The codes, `error` values and texts come from Microsoft's reference of error codes, and from
//! responses that users have posted, such as
//! <https://github.com/OfficeDev/microsoft-365-agents-toolkit/issues/8621> and
//! <https://github.com/rootinc/laravel-azure-middleware/issues/51>.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::SignIn;

/// The reason why the identity service issues no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IdentityError {
    TenantNotFound(String),
    ClientNotFound(String),
    WrongSecret,
    NoCredential,
    UnknownCertificate,
    AssertionNotYetOrNoLonger,
    AssertionForAnother,
    NotFederated,
    ResourceNotFound(String),
    NotADefaultScope(String),
    UnsupportedGrant(String),
    Pending,
    Declined,
    CodeExpired,
    UnknownCode,
    Unavailable,
}

impl IdentityError {
    /// Returns the status, the `error` value, the number of the code, and the text.
    fn parts(&self) -> (StatusCode, &'static str, u32, String) {
        let tenant = SignIn::TENANT;
        let client = SignIn::CLIENT;
        let bad = StatusCode::BAD_REQUEST;
        let unauthorized = StatusCode::UNAUTHORIZED;

        match self {
            Self::TenantNotFound(given) => (bad, "invalid_request", 90002, format!(
                "Tenant '{given}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud."
            )),
            Self::ClientNotFound(given) => (bad, "unauthorized_client", 700_016, format!(
                "Application with identifier '{given}' was not found in the directory '{tenant}'."
            )),
            Self::WrongSecret => (unauthorized, "invalid_client", 7_000_215, format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the \
                 client secret ID, for a secret added to app '{client}'."
            )),
            Self::NoCredential => (unauthorized, "invalid_client", 7_000_216,
                "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.".to_owned()
            ),
            Self::UnknownCertificate => (unauthorized, "invalid_client", 700_027,
                "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - \
                 The key was not found.]".to_owned()
            ),
            Self::AssertionNotYetOrNoLonger => (unauthorized, "invalid_client", 700_024,
                "Client assertion is not within its valid time range.".to_owned()
            ),
            Self::AssertionForAnother => (unauthorized, "invalid_client", 700_023,
                "Client assertion audience claim does not match Realm issuer.".to_owned()
            ),
            Self::NotFederated => (unauthorized, "invalid_client", 70021,
                "No matching federated identity record found for presented assertion.".to_owned()
            ),
            Self::ResourceNotFound(resource) => (bad, "invalid_resource", 500_011, format!(
                "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the \
                 application has not been installed by the administrator of the tenant or consented to by any user in the tenant."
            )),
            Self::NotADefaultScope(scope) => (bad, "invalid_scope", 1_002_012, format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default \
                 suffixed to the resource identifier (application ID URI)."
            )),
            Self::UnsupportedGrant(grant) => (bad, "unsupported_grant_type", 70003, format!(
                "The app requested an unsupported grant type '{grant}'."
            )),
            Self::Pending => (bad, "authorization_pending", 70016,
                "OAuth 2.0 device flow error. Authorization is pending. Continue polling.".to_owned()
            ),
            Self::Declined => (bad, "authorization_declined", 65004, "User declined to consent to access the app.".to_owned()),
            Self::CodeExpired => (bad, "expired_token", 70019, "Verification code expired.".to_owned()),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", 90033,
                "A transient error has occurred. Please try again.".to_owned()
            ),
            Self::UnknownCode => (bad, "bad_verification_code", 70018, "Invalid verification code.".to_owned()),
        }
    }
}

impl IntoResponse for IdentityError {
    fn into_response(self) -> Response {
        let (status, error, code, text) = self.parts();
        // These values are invented and constant, to make responses repeatable.
        let trace = "00000000-0000-4000-8000-0000000007ac";
        let correlation = "00000000-0000-4000-8000-00000000c022";
        let timestamp = "2026-01-01 00:00:00Z";

        let body = json!({
            "error": error,
            "error_description": format!(
                "AADSTS{code}: {text}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\nTimestamp: {timestamp}"
            ),
            "error_codes": [code],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        });
        (status, Json(body)).into_response()
    }
}
