//! Raw items: verbatim and compact.

use std::borrow::Cow;

use endstate_odata::{KeyProperties, Page, PageBuf, RawItem};

#[test]
fn an_item_that_is_compact_is_passed_on_without_a_copy() {
    let item = RawItem::parse(r#"{"id":"a","b":[1,2]}"#).unwrap();
    assert!(matches!(item.compact(), Cow::Borrowed(r#"{"id":"a","b":[1,2]}"#)));
}

#[test]
fn compacting_keeps_strings_and_the_order_of_properties() {
    let item = RawItem::parse("{ \"z\" : \"two  spaces\\\" , \\\\\" ,\r\n\t\"a\": 1.50e1 }").unwrap();
    assert_eq!(item.compact(), "{\"z\":\"two  spaces\\\" , \\\\\",\"a\":1.50e1}");
}

#[test]
fn text_that_is_not_one_json_value_is_no_item() {
    for text in ["", "{", "{} {}", "nul"] {
        assert!(RawItem::parse(text).is_err(), "for {text:?}");
    }
}

#[test]
fn a_key_is_read_at_any_position_and_an_item_without_one_is_an_error() {
    let key = KeyProperties::default();
    assert_eq!(key.read(RawItem::parse(r#"{"b":{"id":"no"},"id":"yes"}"#).unwrap()).unwrap().to_string(), "yes");
    assert_eq!(key.read(RawItem::parse(r#"{"id":86}"#).unwrap()).unwrap().to_string(), "86");
    for text in [r#"{"ID":"a"}"#, r#"{"id":null}"#, r#"{"id":""}"#, r#"{"id":["a"]}"#, "[]", "7"] {
        assert!(key.read(RawItem::parse(text).unwrap()).is_err(), "for {text}");
    }
}

#[test]
fn a_key_of_several_properties_needs_each_of_them() {
    let key = KeyProperties::new("a").and("b");
    let read = |text: &str| key.read(RawItem::parse(text).unwrap()).map(|key| key.to_string());
    assert_eq!(read(r#"{"b":7,"c":0,"a":"x"}"#).unwrap(), r#"["x","7"]"#);
    assert_ne!(read(r#"{"a":"x\",\"y","b":"z"}"#).unwrap(), read(r#"{"a":"x","b":"y\",\"z"}"#).unwrap());
    for text in [r#"{"a":"x"}"#, r#"{"b":"x"}"#, r#"{"a":"x","b":null}"#, r#"{"a":"","b":"x"}"#] {
        assert!(read(text).is_err(), "for {text}");
    }
}

#[test]
fn a_number_or_an_escape_that_no_machine_type_holds_stays_verbatim() {
    // Fuzzing found these. serde_json cannot build a value of either.
    let body = r#"{"value":[{"id":"a","revision":1e999999},{"id":"b","note":"\ud800"}]}"#;
    let page = Page::parse(body).unwrap();
    assert_eq!(page.items()[0].compact(), r#"{"id":"a","revision":1e999999}"#);
    assert_eq!(page.items()[1].compact(), r#"{"id":"b","note":"\ud800"}"#);
    for item in page.items() {
        assert!(KeyProperties::default().read(*item).is_ok());
        assert!(item.decode::<serde_json::Value>().is_err());
    }
}

#[test]
fn only_a_next_link_property_marks_a_partial_list_and_text_does_not() {
    let partial = |text: &str| RawItem::parse(text).unwrap().has_partial_list();
    assert!(partial(r#"{"id":"a","p":[],"p@odata.nextLink":"https://host/more"}"#));
    assert!(partial(r#"{"id":"a","inner":{"list":[{"p@nextLink":"more"}]}}"#));
    for whole in [
        r#"{"id":"a","p":[]}"#,
        r#"{"id":"a","p@odata.nextLink":null}"#,
        r#"{"id":"a","p@nextLink":""}"#,
        r#"{"id":"a","note":"see p@odata.nextLink"}"#,
        r#"{"id":"a","nextLink":"a property of its own"}"#,
    ] {
        assert!(!partial(whole), "{whole}");
    }
}

#[test]
fn a_nested_link_is_found_however_json_spells_its_name() {
    for item in [
        r#"{"id":"a","tags@odata.nextLink":"x"}"#,
        r#"{"id":"a","tags@odata.next\u004cink":"x"}"#,
        r#"{"id":"a","tags\u0040odata.nextLink":"x"}"#,
        r#"{"id":"a","\u0074\u0061gs@\u006eextLink":"x"}"#,
        r#"{"id":"a","inner":[{"deep@nextLink":"x"}]}"#,
        r#"{"id":"a","tags@odata.nextLink":"x","tags@odata.nextLink":null}"#,
        r#"{"id":"a","tags@odata.nextLink":{"odd":true}}"#,
    ] {
        assert!(RawItem::parse(item).unwrap().has_partial_list(), "{item}");
    }
    for item in [
        r#"{"id":"a","text":"tags@odata.nextLink"}"#,
        r#"{"id":"a","tags@odata.nextLink":null}"#,
        r#"{"id":"a","tags@odata.nextLink":""}"#,
        r#"{"id":"a","name":"Z\u00fcrich"}"#,
    ] {
        assert!(!RawItem::parse(item).unwrap().has_partial_list(), "{item}");
    }
}

#[test]
fn an_item_nested_without_end_is_searched_without_exhausting_the_stack() {
    let deep = format!("{{\"a\":{}\"nextLink\"{}}}", "[".repeat(200_000), "]".repeat(200_000));
    assert!(RawItem::parse(&deep).unwrap().has_partial_list(), "what is too deep to search counts as partial");
    assert!(RawItem::parse(&deep).unwrap().nested_links().is_empty());
    assert!(RawItem::parse(&deep).unwrap().has_unreadable_link());
}

#[test]
fn each_nested_link_has_the_pointer_of_its_list() {
    let text = r#"{
        "tags": [], "tags@odata.nextLink": "more?tags",
        "groups": [{"members@nextLink": "0"}, {"a/b~c@odata.nextLink": "1"}],
        "done@odata.nextLink": null, "also@odata.nextLink": "", "odd@odata.nextLink": 5,
        "escaped@odata.nextLin\u006b": "2"
    }"#;
    let item = RawItem::parse(text).unwrap();
    let links: Vec<_> = item.nested_links().into_iter().map(|nested| (nested.list, nested.link)).collect();
    let links: Vec<_> = links.iter().map(|(list, link)| (list.as_str(), link.as_str())).collect();
    let expected = [("/tags", "more?tags"), ("/groups/0/members", "0"), ("/groups/1/a~1b~0c", "1"), ("/escaped", "2")];
    assert_eq!(links, expected);
    let value: serde_json::Value = item.decode().unwrap();
    assert!(value.pointer(links[0].0).unwrap().is_array());
    assert!(item.has_unreadable_link(), "5 is not a link");
}

#[test]
fn links_under_a_long_name_take_little_memory_and_are_unreadable() {
    let links = "\"a@odata.nextLink\":\"x\",".repeat(1000);
    let text = format!("{{\"{}\":{{{}\"b\":1}}}}", "n".repeat(100_000), links);
    let item = RawItem::parse(&text).unwrap();
    assert!(item.nested_links().is_empty() && item.has_unreadable_link());
    let readable = RawItem::parse(r#"{"a@odata.nextLink":"x"}"#).unwrap();
    assert!(!readable.has_unreadable_link() && readable.nested_links().len() == 1);
}

#[test]
fn an_item_serializes_verbatim_within_another_value() {
    let item = RawItem::parse("{ \"id\": 1.50, \"id\": \"\\u0061\" }").unwrap();
    let line = serde_json::to_string(&[item]).unwrap();
    assert_eq!(line, "[{ \"id\": 1.50, \"id\": \"\\u0061\" }]");
}

#[test]
fn an_item_of_a_page_that_is_kept_decodes_or_is_named() {
    let page = PageBuf::parse(r#"{"value":["a",7,"b"]}"#.to_owned()).unwrap();
    let (good, bad): (Vec<_>, Vec<_>) = page.decode::<&str>().partition(Result::is_ok);
    assert_eq!(good.into_iter().map(Result::unwrap).collect::<Vec<_>>(), ["a", "b"]);
    let bad = bad[0].as_ref().unwrap_err();
    assert_eq!((bad.index, bad.raw.as_str()), (1, "7"));
}
