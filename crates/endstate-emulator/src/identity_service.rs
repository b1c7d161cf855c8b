//! The identity service: the v2.0 token endpoint, device codes, managed identity and Azure
//! Pipelines.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use crate::identity_error::IdentityError;
use crate::issued_tokens::{Holder, IssuedTokens, signed};
use crate::service::lock;
use crate::{DeviceCodeScript, SignIn};

/// The state that the endpoints share.
#[derive(Debug)]
pub(crate) struct IdentityService {
    sign_in: SignIn,
    pub(crate) tokens: Arc<Mutex<IssuedTokens>>,
    /// `https://127.0.0.1:PORT`.
    origin: String,
    /// The issued device codes, each with the requested scope and the number of polls so far.
    device_codes: Mutex<HashMap<String, (String, u32)>>,
    /// Number of requests that still get a 503.
    unavailable: Mutex<u32>,
}

/// The fields of a form or of a query.
type Fields = HashMap<String, String>;

/// The header value that the managed identity endpoint requires. It protects against server-side
/// request forgery.
pub(crate) const IDENTITY_HEADER: &str = "emulated-identity-header";
/// The access token that an Azure Pipelines job sends to get its assertion.
pub(crate) const SYSTEM_ACCESS_TOKEN: &str = "emulated-system-access-token";

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const REFRESH_TOKEN: &str = "emulated-refresh-token";

impl IdentityService {
    pub(crate) fn new(sign_in: SignIn, tokens: Arc<Mutex<IssuedTokens>>, origin: String) -> Arc<Self> {
        let unavailable = Mutex::new(sign_in.unavailable);
        Arc::new(Self { sign_in, tokens, origin, device_codes: Mutex::default(), unavailable })
    }

    /// Returns the router of the endpoints.
    pub(crate) fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/{tenant}/oauth2/v2.0/token", post(token))
            .route("/{tenant}/oauth2/v2.0/devicecode", post(device_code))
            .route("/msi/token", get(machine_identity))
            .route("/pipelines/oidc", post(pipelines))
            .with_state(self)
    }

    fn check_health(&self) -> Result<(), IdentityError> {
        let mut unavailable = lock(&self.unavailable);
        if *unavailable == 0 {
            return Ok(());
        }
        *unavailable -= 1;
        Err(IdentityError::Unavailable)
    }

    /// Returns `https://127.0.0.1:PORT`.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn check_tenant(tenant: &str) -> Result<(), IdentityError> {
        if tenant == SignIn::TENANT { Ok(()) } else { Err(IdentityError::TenantNotFound(tenant.to_owned())) }
    }

    fn check_client(form: &Fields) -> Result<(), IdentityError> {
        let client = field(form, "client_id");
        if client == SignIn::CLIENT { Ok(()) } else { Err(IdentityError::ClientNotFound(client.to_owned())) }
    }

    /// Returns the service (resource) of a scope.
    fn resource<'s>(&self, scope: &'s str) -> Result<&'s str, IdentityError> {
        let scope = scope.split(' ').find(|scope| *scope != "offline_access").unwrap_or_default();
        let (resource, _) = scope.rsplit_once('/').unwrap_or((scope, ""));
        if lock(&self.tokens).has_resource(resource) {
            Ok(resource)
        } else {
            Err(IdentityError::ResourceNotFound(resource.to_owned()))
        }
    }

    /// Builds the token response (RFC 6749 section 5.1).
    fn answer(&self, resource: &str, holder: Holder) -> Json<Value> {
        let mut tokens = lock(&self.tokens);
        let token = tokens.issue(resource, holder);
        let seconds = tokens.lifetime();
        let mut answer =
            json!({ "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token });
        if holder == Holder::Person {
            answer["refresh_token"] = REFRESH_TOKEN.into();
        }
        Json(answer)
    }

    fn for_application(&self, form: &Fields) -> Result<Json<Value>, IdentityError> {
        let scope = field(form, "scope");
        if !scope.ends_with("/.default") {
            return Err(IdentityError::NotADefaultScope(scope.to_owned()));
        }
        let resource = self.resource(scope)?;
        match (form.get("client_secret"), form.get("client_assertion")) {
            (Some(secret), _) if *secret == self.sign_in.secret => {}
            (Some(_), _) => return Err(IdentityError::WrongSecret),
            (_, Some(assertion)) if field(form, "client_assertion_type") == ASSERTION_TYPE => {
                self.check_assertion(assertion)?;
            }
            _ => return Err(IdentityError::NoCredential),
        }
        Ok(self.answer(resource, Holder::Application))
    }

    /// Checks an assertion. It must be a federated token that the emulator issued, or signed with
    /// the application's certificate.
    fn check_assertion(&self, assertion: &str) -> Result<(), IdentityError> {
        let Ok(header) = jsonwebtoken::decode_header(assertion) else { return Err(IdentityError::NotFederated) };
        if assertion == federated_token() {
            return Ok(());
        }
        if header.x5t_s256.is_none() && header.x5t.is_none() {
            return Err(IdentityError::NotFederated);
        }

        let certificate = self.sign_in.certificate.as_ref().ok_or(IdentityError::UnknownCertificate)?;
        let key = DecodingKey::from_rsa_pem(certificate.as_bytes()).map_err(|_| IdentityError::UnknownCertificate)?;

        let mut validation = Validation::new(Algorithm::PS256);
        validation.algorithms = vec![Algorithm::PS256, Algorithm::RS256];
        validation.validate_nbf = true;
        validation.sub = Some(SignIn::CLIENT.to_owned());
        validation.set_issuer(&[SignIn::CLIENT]);
        validation.set_audience(&[format!("{}/{}/oauth2/v2.0/token", self.origin, SignIn::TENANT)]);

        jsonwebtoken::decode::<Value>(assertion, &key, &validation).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature | ErrorKind::ImmatureSignature => IdentityError::AssertionNotYetOrNoLonger,
            ErrorKind::InvalidAudience => IdentityError::AssertionForAnother,
            _ => IdentityError::UnknownCertificate,
        })?;
        Ok(())
    }

    /// Answers a poll for a device code, by what the scripted user has done so far.
    fn for_device(&self, code: &str) -> Result<Json<Value>, IdentityError> {
        let mut codes = lock(&self.device_codes);
        let (scope, questions) = codes.get_mut(code).ok_or(IdentityError::UnknownCode)?;
        *questions += 1;

        let end = match self.sign_in.device_code {
            DeviceCodeScript::Approved { after } => (after, None),
            DeviceCodeScript::Declined { after } => (after, Some(IdentityError::Declined)),
            DeviceCodeScript::Expired { after } => (after, Some(IdentityError::CodeExpired)),
        };
        match end {
            (after, _) if *questions <= after => Err(IdentityError::Pending),
            (_, Some(error)) => Err(error),
            (_, None) => Ok(self.answer(self.resource(scope)?, Holder::Person)),
        }
    }
}

/// Returns a token of a service account that is federated with the application.
pub(crate) fn federated_token() -> String {
    signed(&json!({ "iss": "https://emulated.cluster", "sub": "system:serviceaccount:default:endstate" }))
}

fn field<'f>(fields: &'f Fields, name: &str) -> &'f str {
    fields.get(name).map_or("", String::as_str)
}

/// `POST /{tenant}/oauth2/v2.0/token`.
async fn token(
    State(service): State<Arc<IdentityService>>,
    Path(tenant): Path<String>,
    Form(form): Form<Fields>,
) -> Result<Json<Value>, IdentityError> {
    service.check_health()?;
    IdentityService::check_tenant(&tenant)?;
    IdentityService::check_client(&form)?;
    match field(&form, "grant_type") {
        "client_credentials" => service.for_application(&form),
        "urn:ietf:params:oauth:grant-type:device_code" => service.for_device(field(&form, "device_code")),
        "refresh_token" if field(&form, "refresh_token") == REFRESH_TOKEN => {
            Ok(service.answer(service.resource(field(&form, "scope"))?, Holder::Person))
        }
        grant => Err(IdentityError::UnsupportedGrant(grant.to_owned())),
    }
}

/// `POST /{tenant}/oauth2/v2.0/devicecode` (RFC 8628 section 3.2).
async fn device_code(
    State(service): State<Arc<IdentityService>>,
    Path(tenant): Path<String>,
    Form(form): Form<Fields>,
) -> Result<Json<Value>, IdentityError> {
    IdentityService::check_tenant(&tenant)?;
    IdentityService::check_client(&form)?;
    let scope = field(&form, "scope").to_owned();
    service.resource(&scope)?;

    let mut codes = lock(&service.device_codes);
    let code = format!("emulated-device-code-{}", codes.len());
    let user_code = format!("EMUL{:05}", codes.len());
    codes.insert(code.clone(), (scope, 0));
    let address = format!("{}/devicelogin", service.origin);
    let message = format!("To sign in, open the page {address} and enter the code {user_code} to authenticate.");
    Ok(Json(json!({
        "device_code": code,
        "user_code": user_code,
        "verification_uri": address,
        "expires_in": 900,
        // The real service sends 5. Here no user has to act, so the client need not wait.
        "interval": 0,
        "message": message,
    })))
}

/// `GET /msi/token`, the managed identity endpoint of App Service. The endpoint of a virtual
/// machine has a fixed address that a test cannot use.
async fn machine_identity(
    State(service): State<Arc<IdentityService>>,
    Query(query): Query<Fields>,
    headers: HeaderMap,
) -> Response {
    if headers.get("x-identity-header").is_none_or(|header| header != IDENTITY_HEADER) {
        return StatusCode::UNAUTHORIZED.into_response();
    }

    let client = query.get("client_id");
    let resource = field(&query, "resource");
    let mut tokens = lock(&service.tokens);
    if client.is_some_and(|client| client != SignIn::CLIENT) || !tokens.has_resource(resource) {
        let body = json!({ "statusCode": 400, "message": "No User Assigned or Delegated Managed Identity found." });
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    }

    let token = tokens.issue(resource, Holder::Application);
    let expires_at = std::time::SystemTime::now() + std::time::Duration::from_secs(tokens.lifetime());
    let seconds = expires_at.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    Json(json!({
        "access_token": token,
        "expires_on": seconds.to_string(),
        "resource": resource,
        "token_type": "Bearer",
    }))
    .into_response()
}

/// `POST /pipelines/oidc`, the endpoint of Azure Pipelines for assertions.
async fn pipelines(headers: HeaderMap) -> Response {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    if given.and_then(|value| value.strip_prefix("Bearer ")) != Some(SYSTEM_ACCESS_TOKEN) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(json!({ "oidcToken": federated_token() })).into_response()
}
