//! The envelope of a page: what the parser reads, in which order, and what it rejects.

use std::error::Error as _;

use endstate_odata::{Error, Page, PageBuf};
use proptest::prelude::*;

#[test]
fn the_documented_response_is_read_whole() {
    let page = Page::parse(testkit::SEED_PAGE).unwrap();
    insta::assert_debug_snapshot!(page, @r#"
    Page {
        context: Some(
            "https://graph.microsoft.com/testwdatppreview/$metadata#MachineSecurityStates",
        ),
        count: Some(
            444,
        ),
        next_link: Some(
            NextLink(https://graph.microsoft.com/testwdatppreview/machinesecuritystates?[redacted]),
        ),
        delta_link: None,
        items: [
            RawItem(
                "{\n            \"id\":\"000050e1b4afeee3742489ede9ad7a3e16bbd9c4\",\n            \"build\":14393,\n            \"revision\":2485,\n            \"architecture\":\"Amd64\",\n            \"osVersion\":\"10.0.14393.2485.amd64fre.rs1_release.180827-1809\",\n            \"propertiesRequireAttention\":[\n                \"AntivirusNotReporting\",\n                \"EdrImpairedCommunications\"\n            ]\n        }",
            ),
        ],
    }
    "#);
}

#[test]
fn short_names_of_4_01_are_read_in_any_order_beside_unknown_annotations() {
    let page = Page::from_slice(testkit::PAGE_4_01.as_bytes()).unwrap();
    assert_eq!(page.context(), Some("$metadata#MachineSecurityStates"));
    assert_eq!(page.count(), Some(12), "a count may be a string");
    assert_eq!(page.next_link().unwrap().as_str(), "machinesecuritystates?$skiptoken=abc");
    assert_eq!(page.items().len(), 2);
}

#[test]
fn a_null_or_empty_or_missing_next_link_is_the_end() {
    for envelope in [r#"{"value":[]}"#, r#"{"@odata.nextLink":null,"value":[]}"#, r#"{"value":[],"@nextLink":""}"#] {
        assert!(Page::parse(envelope).unwrap().next_link().is_none(), "for {envelope}");
    }
}

#[test]
fn a_delta_link_is_on_the_last_page() {
    let page = Page::parse(r#"{"value":[],"@odata.deltaLink":"https://host/d?$deltatoken=x"}"#).unwrap();
    assert_eq!(page.delta_link().unwrap().as_str(), "https://host/d?$deltatoken=x");
    assert!(page.next_link().is_none());
}

#[test]
fn a_count_that_is_no_whole_number_is_no_count() {
    for count in ["-1", "1.5", "null", "\"many\"", "{}", "[]"] {
        let body = format!(r#"{{"@odata.count":{count},"value":[]}}"#);
        assert_eq!(Page::parse(&body).unwrap().count(), None, "for {count}");
    }
}

#[test]
fn escapes_in_a_link_are_decoded_once() {
    let page = Page::parse(r#"{"@odata.nextLink":"https:\/\/host\/a?$skiptoken=\u0026%26","value":[]}"#).unwrap();
    assert_eq!(page.next_link().unwrap().as_str(), "https://host/a?$skiptoken=&%26");
}

#[test]
fn a_document_that_is_cut_off_anywhere_is_an_error_and_never_a_short_page() {
    let body = testkit::SEED_PAGE.trim_end().as_bytes();
    for length in 0..body.len() {
        let error = Page::from_slice(&body[..length]).unwrap_err();
        assert!(matches!(error, Error::Truncated { bytes, .. } if bytes == length), "at {length}: {error:?}");
        assert!(error.is_transient());
    }
}

#[test]
fn a_cut_within_a_character_is_cut_off_and_a_wrong_byte_is_broken() {
    let body = "{\"value\":[\"\u{e9}".as_bytes();
    assert!(matches!(Page::from_slice(&body[..body.len() - 1]), Err(Error::Truncated { .. })));
    assert!(matches!(Page::from_slice(b"{\"value\":[\"\xff\"]}"), Err(Error::Malformed { .. })));
}

#[test]
fn what_is_not_a_collection_says_what_it_is() {
    let cases = [
        ("<!DOCTYPE html><title>Sign in</title>", "the body is not JSON but an HTML or XML document"),
        ("Bad Gateway", "the body is not JSON but plain text"),
        ("[]", "the body is JSON but not an OData collection: it is an array, without an envelope"),
        ("{}", "the body is JSON but not an OData collection: there is no array \"value\""),
        (r#"{"value":7}"#, "the body is not valid OData JSON"),
        (r#"{"value":[]} {"#, "the body is not valid OData JSON"),
        (r#"{"value":[1],"value":[2]}"#, "the body is not valid OData JSON"),
        (r#"{"value":[],"@odata.nextLink":7}"#, "the body is not valid OData JSON"),
    ];

    for (body, message) in cases {
        assert_eq!(Page::parse(body).unwrap_err().to_string(), message, "for {body}");
    }
}

#[test]
fn an_error_object_in_a_successful_response_fails_the_page() {
    let error = Page::parse(testkit::ERROR_DEFENDER).unwrap_err();
    assert!(matches!(&error, Error::Service(body) if body.code == "TooManyRequests"), "{error:?}");
    let late = r#"{"value":[{"id":"a"}],"error":{"code":"InternalServerError","message":"lost"}}"#;
    assert!(matches!(Page::parse(late), Err(Error::Service(_))));
}

#[test]
fn an_item_that_does_not_decode_is_reported_with_its_index_and_raw_text() {
    let page = Page::parse(r#"{"value":[1,{"a": "b"},3]}"#).unwrap();
    let items: Vec<_> = page.decode::<u8>().collect();
    assert_eq!(*items[0].as_ref().unwrap(), 1);
    assert_eq!(*items[2].as_ref().unwrap(), 3);
    let invalid = items[1].as_ref().unwrap_err();
    assert_eq!((invalid.index, invalid.raw.as_str()), (1, r#"{"a": "b"}"#));
    assert_eq!(invalid.to_string(), "item 1 of the page cannot be read");
    let cause = invalid.error.source().unwrap().to_string();
    assert_eq!(cause, "invalid type: map, expected u8 at line 1 column 0");
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map(".{0,6}", inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_items_are_split_as_serde_json_splits_them(items in prop::collection::vec(any_json(), 0..8), pretty: bool) {
        let document = serde_json::json!({"@odata.count": items.len(), "value": items});
        let body =
            if pretty { serde_json::to_string_pretty(&document) } else { serde_json::to_string(&document) }.unwrap();
        let page = Page::parse(&body).unwrap();
        let split: Vec<serde_json::Value> = page.items().iter().map(|item| item.decode().unwrap()).collect();
        prop_assert_eq!(&split, &items);

        for (item, value) in page.items().iter().zip(&items) {
            let compact = item.compact();
            prop_assert_eq!(compact.as_ref(), serde_json::to_string(value).unwrap());
        }

        let owned = PageBuf::parse(body.clone()).unwrap();
        prop_assert!(owned.items().eq(page.items().iter().copied()));
        prop_assert_eq!((owned.len(), owned.count()), (page.items().len(), page.count()));
    }

    #[test]
    fn arbitrary_bytes_never_panic(body: Vec<u8>) {
        let _ = Page::from_slice(&body);
    }

    #[test]
    fn arbitrary_text_in_an_envelope_never_panics(text in ".{0,64}") {
        let _ = Page::parse(&format!("{{\"value\":[{text}"));
        let _ = Page::parse(&format!("{{{text}}}"));
    }
}

#[test]
fn a_page_that_says_two_things_is_broken_and_retried_like_one() {
    let link = "https://host/x?a";
    for (what, members) in [
        ("two links", format!(r#""@odata.nextLink":"{link}","@odata.nextLink":"https://host/y""#)),
        ("a link and none", format!(r#""@odata.nextLink":"{link}","@odata.nextLink":null"#)),
        ("both names", format!(r#""@odata.nextLink":"{link}","@nextLink":"https://host/y""#)),
        ("none and a link by its other name", format!(r#""@nextLink":null,"@odata.nextLink":"{link}""#)),
        ("two counts", r#""@odata.count":1,"@odata.count":2"#.to_owned()),
        ("two counts under both names", r#""@count":444,"@odata.count":0"#.to_owned()),
        ("an error and none", r#""error":{"code":"a","message":"b"},"error":null"#.to_owned()),
        ("none and an error", r#""error":null,"error":{"code":"a","message":"b"}"#.to_owned()),
        ("two lists", r#""value":[1]"#.to_owned()),
    ] {
        for body in [format!(r#"{{{members},"value":[]}}"#), format!(r#"{{"value":[],{members}}}"#)] {
            let error = Page::parse(&body).unwrap_err();
            assert!(matches!(error, Error::Malformed { .. }) && error.is_transient(), "{what}: {error:?}");
        }
    }
}

#[test]
fn a_member_that_says_the_same_twice_is_no_contradiction() {
    let body = r#"{"@odata.nextLink":"x","@nextLink":"x","@odata.count":444,"@count":"444.0","error":null,"error":null,"value":[]}"#;
    let page = Page::parse(body).unwrap();
    assert_eq!((page.count(), page.next_link().unwrap().as_str()), (Some(444), "x"));
}
