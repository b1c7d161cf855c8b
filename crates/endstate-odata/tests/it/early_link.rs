//! The next link in a body that is still arriving.

use endstate_odata::{EarlyLink, Page, find_last_link, find_next_link};
use proptest::prelude::*;

#[test]
fn the_documented_order_yields_the_link_as_soon_as_it_is_whole() {
    let body = testkit::SEED_PAGE.as_bytes();
    let link = Page::parse(testkit::SEED_PAGE).unwrap().next_link().unwrap().clone();
    let context = "https://graph.microsoft.com/testwdatppreview/$metadata#MachineSecurityStates";
    let found = EarlyLink::Found { next_link: link, context: Some(context.to_owned()) };
    let end_of_link = testkit::SEED_PAGE.find("token]\"").unwrap() + "token]\"".len();
    for length in 0..=body.len() {
        let expected = if length < end_of_link { EarlyLink::Pending } else { found.clone() };
        assert_eq!(find_next_link(&body[..length]), expected, "at {length} bytes");
    }
}

#[test]
fn a_link_behind_value_is_not_early() {
    assert_eq!(find_next_link(testkit::PAGE_4_01.as_bytes()), EarlyLink::NotEarly);
    assert_eq!(find_next_link(br#"{"@odata.count":1,"value":[{"@odata.nextLink":"no"#), EarlyLink::NotEarly);
}

#[test]
fn a_decoy_inside_another_member_is_not_taken_for_the_link() {
    let body =
        br#"{"@x.y":{"@odata.nextLink":"https://evil.example/"},"@odata.nextLink":"https://host/good","value":["#;
    let EarlyLink::Found { next_link, context } = find_next_link(body) else { panic!("not found") };
    assert_eq!((next_link.as_str(), context), ("https://host/good", None));
}

#[test]
fn a_null_link_and_a_document_that_ends_are_not_early() {
    for body in
        [r#"{"@odata.nextLink":null,"value":["#, r#"{"@odata.nextLink":"","value":["#, "{}", "[", "<html>", "{7:"]
    {
        assert_eq!(find_next_link(body.as_bytes()), EarlyLink::NotEarly, "for {body}");
    }
}

#[test]
fn an_endless_beginning_is_given_up() {
    let body = format!("{{\"@note\":\"{}", "x".repeat(100_000));
    assert_eq!(find_next_link(body.as_bytes()), EarlyLink::NotEarly);
}

#[test]
fn a_number_at_the_end_may_have_more_digits_to_come() {
    assert_eq!(find_next_link(br#"{"@odata.count":44"#), EarlyLink::Pending);
    assert_eq!(find_next_link(br#"{"@odata.count":444,"#), EarlyLink::Pending);
}

proptest! {
    #[test]
    fn what_is_found_early_is_what_the_whole_page_says(
        body in r#"\{("@odata\.count":[1-9][0-9]{0,2},)?("@odata\.nextLink":"[a-z\u{e9}/?$]{0,9}",)?"value":\[\]\}"#,
        cut in 0_usize..200,
    ) {
        let page = Page::parse(&body).unwrap();
        let beginning = &body.as_bytes()[..cut.min(body.len())];
        if let EarlyLink::Found { next_link, .. } = find_next_link(beginning) {
            prop_assert_eq!(Some(&next_link), page.next_link());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(body: Vec<u8>) {
        let _ = find_next_link(&body);
        let _ = find_last_link(&body);
    }
}

#[test]
fn a_link_behind_the_items_is_found_in_a_whole_body() {
    for end in [
        r#""@odata.nextLink":"https://host/next"}"#,
        " \"@nextLink\" : \"https://host/next\" } \r\n",
        r#""@odata.nextLink":"https:\/\/host\/next"}"#,
    ] {
        let body = format!("{{\"value\":[],{end}");
        let link = find_last_link(body.as_bytes()).expect(end);
        assert_eq!(link.as_str(), Page::parse(&body).unwrap().next_link().unwrap().as_str());
    }
}

#[test]
fn only_a_last_absolute_link_of_the_page_itself_is_a_hint() {
    for body in [
        r#"{"value":[],"@odata.nextLink":"https://host/next","@odata.count":1}"#,
        r#"{"value":[],"@odata.nextLink":"machines?$skip=1"}"#,
        r#"{"value":[],"@odata.nextLink":null}"#,
        r#"{"value":[{"@odata.nextLink":"https://host/next"}]}"#,
        r#"{"value":[{"list@odata.nextLink":"https://host/next"}]}"#,
        r#"{"value":[],"@odata.nextLink":"https://host/ne"#,
        r#"{"value":[],"text":"\"@odata.nextLink\":\"https://host/next\""}"#,
        "}",
        "",
    ] {
        assert_eq!(find_last_link(body.as_bytes()), None, "for {body}");
    }
}
