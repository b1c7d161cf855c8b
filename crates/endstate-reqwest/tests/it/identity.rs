//! The settings of a sign-in: an accepted value leads where it says, and other values are refused.

use endstate_reqwest::{Authority, ClientId, Scope, ServiceRoot, TenantId, TokenClaims};
use proptest::prelude::*;
use reqwest::Url;

proptest! {
    #[test]
    fn a_tenant_that_is_accepted_is_one_segment_of_a_path(text in "[a-zA-Z0-9.%/\\\\?#@:~ -]{0,12}") {
        if let Ok(tenant) = text.parse::<TenantId>() {
            let url = Url::parse("https://login.example/").unwrap().join(&format!("/{tenant}/token")).unwrap();
            prop_assert_eq!(url.as_str(), format!("https://login.example/{text}/token"));
        }
    }

    #[test]
    fn any_text_can_be_read_as_a_token_without_a_panic(text in any::<String>(), claims in any::<Vec<u8>>()) {
        use base64::Engine as _;
        let _ = TokenClaims::from_token(&text.into());
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&claims);
        let _ = TokenClaims::from_token(&format!("e30.{payload}.x").into());
    }

    #[test]
    fn a_scope_that_is_accepted_is_one_word_of_a_command(text in any::<String>()) {
        if let Ok(scope) = text.parse::<Scope>() {
            prop_assert!(!scope.as_str().contains([' ', '"', '\'', ';', '$', '`', '&', '|', '\\', '\n']));
        }
    }
}

#[test]
fn what_cannot_be_meant_is_refused_with_what_to_write() {
    let errors = [
        "..".parse::<TenantId>().unwrap_err(),
        "contoso/x".parse::<TenantId>().unwrap_err(),
        "two words".parse::<ClientId>().unwrap_err(),
        "https://".parse::<Authority>().unwrap_err(),
        "http://login.microsoftonline.com".parse::<Authority>().unwrap_err(),
        "https://login.microsoftonline.com/contoso.com".parse::<Authority>().unwrap_err(),
        "https://graph.microsoft.com/.default; rm".parse::<Scope>().unwrap_err(),
    ];
    insta::assert_snapshot!(errors.map(|error| error.to_string()).join("\n"), @"
    the tenant cannot be used: write its GUID (the directory id), or one of its domains, such as contoso.onmicrosoft.com
    the tenant cannot be used: write its GUID (the directory id), or one of its domains, such as contoso.onmicrosoft.com
    the client cannot be used: write the GUID of the app registration (the application id)
    the authority cannot be used: it is not a whole URL; write it like https://login.microsoftonline.com
    the authority cannot be used: plain http would expose the token on the network; only loopback may use it
    the authority cannot be used: write only the host; the tenant is a separate setting
    the scope cannot be used: write one scope, such as https://graph.microsoft.com/.default
    ");
}

#[test]
fn an_authority_is_taken_as_azures_tools_take_it() {
    for text in ["https://login.microsoftonline.us", "https://login.microsoftonline.us/", "login.microsoftonline.us"] {
        assert_eq!(text.parse::<Authority>().unwrap().to_string(), "https://login.microsoftonline.us");
    }
}

#[test]
fn a_scope_is_of_a_resource_and_a_root_has_a_scope_of_its_own() {
    let resource = |scope: &str| scope.parse::<Scope>().unwrap().resource().to_owned();
    assert_eq!(resource("https://graph.microsoft.com/.default"), "https://graph.microsoft.com");
    assert_eq!(
        resource("https://api.securitycenter.microsoft.com/Machine.Read"),
        "https://api.securitycenter.microsoft.com"
    );
    let root = ServiceRoot::parse("https://defender.example:8443/some/path").unwrap();
    assert_eq!(Scope::default_of(&root).as_str(), "https://defender.example:8443/.default");
    assert!("0e3dc0de-0000-4000-8000-00000000c0de".parse::<TenantId>().unwrap().is_guid());
    assert!(!"contoso.com".parse::<TenantId>().unwrap().is_guid());
}
