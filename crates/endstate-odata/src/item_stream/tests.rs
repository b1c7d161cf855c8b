//! What is passed of a page that arrives in chunks is what is read of all of it.

use proptest::prelude::*;

use super::*;
use crate::item_finder::tests::{body, spoiled};

/// Compares what is passed of a body that arrives in chunks of these lengths, over and over, with
/// what is read of all of it.
fn check(body: &[u8], lengths: &[usize]) -> Result<(), TestCaseError> {
    let mut stream = ItemStream::default();
    let mut passed = Vec::new();
    let mut each = |item: StreamedItem<'_>| {
        if let Some(names) = item.names() {
            let known: Vec<_> = names.iter().enumerate().map(|(place, name)| (name, item.value(place))).collect();
            let members: Vec<_> = item.raw().members().collect();
            let members: Vec<_> = members.iter().map(|(name, value)| (&**name, Some(*value))).collect();
            assert_eq!(known, members);
        }
        passed.push((item.raw().as_str().to_owned(), item.has_partial_list()));
    };
    let mut rest = body;
    for length in lengths.iter().cycle() {
        let (chunk, after) = rest.split_at((*length).min(rest.len()));
        stream.push(chunk, &mut each);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }

    prop_assert_eq!(stream.bytes(), body.len());
    let page = stream.finish(&mut each);
    match (PageBuf::from_vec(body.to_vec()), page) {
        (Ok(whole), Ok(page)) => {
            let items: Vec<_> = whole.items().map(|item| (item.as_str().to_owned(), item.has_partial_list())).collect();
            prop_assert_eq!(passed, items);
            let control = |page: &PageBuf| {
                (
                    page.context().map(ToOwned::to_owned),
                    page.count(),
                    page.next_link().cloned(),
                    page.delta_link().cloned(),
                )
            };
            prop_assert_eq!(control(&page), control(&whole));
            prop_assert!(page.is_empty());
        }
        (Err(whole), Err(page)) => prop_assert_eq!(whole.to_string(), page.to_string()),
        (whole, page) => prop_assert!(false, "{:?} but {:?}", whole.is_ok(), page.is_ok()),
    }
    Ok(())
}

proptest! {
    #[test]
    fn what_is_passed_in_chunks_is_what_the_page_has(body in body(), lengths in prop::collection::vec(1_usize..40, 1..5)) {
        check(body.as_bytes(), &lengths)?;
    }

    #[test]
    fn a_spoiled_body_is_refused_or_read_as_a_whole_one(
        body in spoiled(),
        lengths in prop::collection::vec(1_usize..40, 1..5),
        no_text in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut body = body.into_bytes();
        if let Some(at) = no_text.filter(|_| !body.is_empty()) {
            let at = at.index(body.len());
            body[at] = 0xFF;
        }
        check(&body, &lengths)?;
    }
}

#[test]
fn no_more_is_kept_than_two_items() {
    let items: Vec<_> = (0..1_000).map(|id| format!("{{\"id\":\"{id}\",\"list\":[\"a\"]}}")).collect();
    let body = format!("{{\"value\":[{}]}}", items.join(","));
    let mut stream = ItemStream::default();
    let mut alike = 0;
    for chunk in body.as_bytes().chunks(100) {
        stream.push(chunk, |item| alike += u64::from(item.names().is_some()));
        assert!(stream.body.len() < 200, "{}", stream.body.len());
    }
    assert_eq!((stream.items(), alike), (1_000, 999));
}

#[test]
fn an_error_counts_the_items_and_bytes_of_the_whole_body() {
    let broken = br#"{"value":[{"id":"a"},{"id":"b"},{"id" "c"}]}"#;
    let mut stream = ItemStream::default();
    stream.push(broken, |_| ());
    let error = stream.clone().finish(|_| ()).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.starts_with("after 2 items: expected `:`"), "{source}");

    let mut cut = ItemStream::default();
    cut.push(&broken[..30], |_| ());
    assert!(matches!(cut.finish(|_| ()), Err(Error::Truncated { bytes: 30, .. })));
}
