//! Discovery documents of the identity service, from which libraries such as MSAL learn its
//! endpoints: `OpenID` Connect Discovery 1.0, and the instance discovery of Microsoft Entra.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde_json::{Value, json};

use crate::identity_error::IdentityError;
use crate::identity_service::IdentityService;

/// The routes of the documents.
pub(crate) fn router() -> Router<Arc<IdentityService>> {
    Router::new()
        .route("/{tenant}/.well-known/openid-configuration", get(configuration))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(configuration))
        .route("/{tenant}/discovery/v2.0/keys", get(keys))
        .route("/common/discovery/instance", get(instance))
}

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`.
async fn configuration(
    State(service): State<Arc<IdentityService>>,
    Path(tenant): Path<String>,
) -> Result<Json<Value>, IdentityError> {
    IdentityService::check_tenant(&tenant)?;
    let origin = service.origin();
    let base = format!("{origin}/{tenant}");
    Ok(Json(json!({
        "issuer": format!("{base}/v2.0"),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "device_authorization_endpoint": format!("{base}/oauth2/v2.0/devicecode"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "response_types_supported": ["code"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": host(origin),
    })))
}

/// `GET /{tenant}/discovery/v2.0/keys`. Only the emulator itself verifies its tokens, by looking
/// them up, so it publishes no key.
async fn keys(Path(tenant): Path<String>) -> Result<Json<Value>, IdentityError> {
    IdentityService::check_tenant(&tenant)?;
    Ok(Json(json!({ "keys": [] })))
}

/// `GET /common/discovery/instance`: the emulator's host is an identity service, and has no other
/// names.
async fn instance(State(service): State<Arc<IdentityService>>) -> Json<Value> {
    let origin = service.origin();
    let host = host(origin);
    Json(json!({
        "tenant_discovery_endpoint": format!("{origin}/common/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [{ "preferred_network": host, "preferred_cache": host, "aliases": [host] }],
    }))
}

fn host(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}
