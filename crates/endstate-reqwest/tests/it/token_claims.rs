//! The claims of a token, whatever its shape.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use endstate_reqwest::TokenClaims;

fn claims(payload: &str) -> Option<TokenClaims> {
    TokenClaims::from_token(&format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(payload)).into())
}

#[test]
fn the_claims_of_both_versions_and_both_kinds_of_permissions_are_read() {
    let application =
        r#"{"aud":"https://graph.microsoft.com","tid":"t","appid":"a","roles":["Machine.Read.All"],"exp":60}"#;
    let claims_1 = claims(application).unwrap();
    assert_eq!(claims_1.audience.as_deref(), Some("https://graph.microsoft.com"));
    assert_eq!((claims_1.tenant.as_deref(), claims_1.client.as_deref()), (Some("t"), Some("a")));
    assert_eq!((claims_1.roles, claims_1.scopes), (vec!["Machine.Read.All".to_owned()], vec![]));
    assert_eq!(claims_1.expires_at, Some(SystemTime::UNIX_EPOCH + Duration::from_mins(1)));
    let person = claims(r#"{"aud":["x","y"],"azp":"b","scp":"User.Read Machine.Read"}"#).unwrap();
    assert_eq!((person.audience.as_deref(), person.client.as_deref()), (Some("x"), Some("b")));
    assert_eq!(person.scopes, ["User.Read", "Machine.Read"]);
}

#[test]
fn a_claim_of_another_shape_hides_no_other() {
    let claims = claims(r#"{"aud":7,"tid":null,"roles":"all","exp":"soon","scp":"User.Read"}"#).unwrap();
    assert_eq!((claims.audience, claims.tenant, claims.expires_at), (None, None, None));
    assert!(claims.roles.is_empty());
    assert_eq!(claims.scopes, ["User.Read"]);
}

#[test]
fn an_opaque_token_says_nothing() {
    for token in ["EwB4A8l6BAAURSN", "a.b.c", "e30.!!!.x", ""] {
        assert_eq!(TokenClaims::from_token(&token.into()), None, "{token}");
    }
}
