//! Links: kept byte for byte, resolved as specified, and never shown with their query.

use endstate_odata::{Error, NextLink, PageUrl};
use proptest::prelude::*;

const REQUEST: &str = "https://graph.microsoft.com/testwdatppreview/machinesecuritystates?$count=true";

fn resolve(link: &str, context: Option<&str>) -> Result<String, Error> {
    let request = PageUrl::new(REQUEST).unwrap();
    NextLink::new(link).unwrap().resolve(context, &request).map(|url| url.as_str().to_owned())
}

#[test]
fn a_relative_link_resolves_against_the_context_url_or_else_the_request() {
    let context = "https://other.example/root/$metadata#MachineSecurityStates";
    assert_eq!(
        resolve("states?$skiptoken=x", Some(context)).unwrap(),
        "https://other.example/root/states?$skiptoken=x"
    );
    assert_eq!(
        resolve("states?$skiptoken=x", None).unwrap(),
        "https://graph.microsoft.com/testwdatppreview/states?$skiptoken=x"
    );
    assert_eq!(
        resolve("?$skiptoken=x", None).unwrap(),
        "https://graph.microsoft.com/testwdatppreview/machinesecuritystates?$skiptoken=x"
    );
}

#[test]
fn a_relative_context_url_is_itself_resolved_against_the_request() {
    assert_eq!(
        resolve("states?$skiptoken=x", Some("../beta/$metadata#MachineSecurityStates")).unwrap(),
        "https://graph.microsoft.com/beta/states?$skiptoken=x"
    );
    assert_eq!(
        resolve("states?$skiptoken=x", Some("")).unwrap(),
        "https://graph.microsoft.com/testwdatppreview/states?$skiptoken=x"
    );
}

#[test]
fn a_link_to_another_host_is_not_hidden_by_being_relative() {
    assert_eq!(resolve("//evil.example/x", None).unwrap(), "https://evil.example/x");
}

#[test]
fn a_link_without_a_usable_url_is_an_error_that_does_not_show_it() {
    for link in
        ["mailto:secret@example", "https:secret", "https:///secret", "https://host/\u{7}secret", "file:///secret"]
    {
        let error = resolve(link, None).unwrap_err();
        assert!(matches!(error, Error::Link { .. }), "for {link:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn nothing_that_prints_a_link_shows_its_query_or_userinfo() {
    let link = "https://user:pass@host/a?$skiptoken=hidden#hidden";
    let shown =
        format!("{:?} {:?} {}", NextLink::new(link).unwrap(), PageUrl::new(link).unwrap(), PageUrl::new(link).unwrap());
    insta::assert_snapshot!(shown, @"NextLink(https://[redacted]@host/a?[redacted]) PageUrl(https://[redacted]@host/a?[redacted]) https://[redacted]@host/a?[redacted]");
}

#[test]
fn userinfo_is_left_out_by_its_place_and_not_by_its_text() {
    // Fuzzing found these: userinfo that also occurs elsewhere in the URL, or that is empty.
    for (link, shown) in [
        ("https://http@host/http", "https://[redacted]@host/http"),
        ("https://@host/a", "https://[redacted]@host/a"),
        ("https://a@b@host/a@b", "https://[redacted]@host/a@b"),
    ] {
        assert_eq!(PageUrl::new(link).unwrap().to_string(), shown);
    }
}

proptest! {
    #[test]
    fn an_absolute_link_is_carried_byte_for_byte(token in "[^\\p{Cc}]{0,40}") {
        let link = format!("https://host.example/a/../b?$skiptoken={token}");
        prop_assert_eq!(resolve(&link, Some("https://elsewhere.example/x/")).unwrap(), link);
    }

    #[test]
    fn a_relative_query_is_carried_byte_for_byte(token in "[^\\p{Cc}#]{0,40}") {
        let resolved = resolve(&format!("?$skiptoken={token}"), None).unwrap();
        let query = format!("?$skiptoken={token}");
        prop_assert!(resolved.ends_with(&query));
    }

    #[test]
    fn any_text_resolves_or_fails_without_a_panic(link in "\\PC{1,40}", context in "\\PC{0,40}") {
        let _ = resolve(&link, Some(&context));
    }
}
