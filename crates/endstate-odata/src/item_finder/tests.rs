//! What is found in a body that arrives in chunks is what `serde_json` reads in all of it.

use proptest::prelude::*;

use super::*;
use crate::envelope::Envelope;

/// Reads a body that arrives in chunks of these lengths, over and over.
fn found_in_chunks(body: &str, lengths: &[usize]) -> Option<FoundItems> {
    let mut finder = ItemFinder::default();
    let mut arrived = 0;
    for length in lengths.iter().cycle() {
        arrived = (arrived + length).min(body.len());
        finder.advance(&body.as_bytes()[..arrived]);
        if arrived == body.len() {
            break;
        }
    }
    finder.found(body.as_bytes())
}

/// Compares what is found in chunks with what `serde_json` reads.
fn check(body: &str, lengths: &[usize]) -> Result<bool, TestCaseError> {
    let found = found_in_chunks(body, lengths);
    let is_found = found.is_some();
    let (whole, page) = (Envelope::read(body, None), Envelope::read(body, found));
    match (whole, page) {
        (Ok(whole), Ok(page)) => {
            let control = |envelope: &Envelope| {
                (envelope.context.clone(), envelope.count, envelope.next_link.clone(), envelope.delta_link.clone())
            };
            prop_assert_eq!(control(&page), control(&whole));

            let places = |envelope: &Envelope| -> Vec<_> { envelope.items.iter().map(|item| item.0.clone()).collect() };
            prop_assert_eq!(places(&page), places(&whole));
            for (place, form) in &page.items {
                let known = Form::for_text(body[place.clone()].as_bytes());
                prop_assert!(!form.is_plain || known.is_plain);
                let compact = crate::RawItem::of_page(&body[place.clone()], Form::default()).compact();
                prop_assert!(!form.is_compact || *compact == body[place.clone()]);
            }

            let is_partial = |(place, form): &(Range<usize>, Form)| {
                crate::RawItem::of_page(&body[place.clone()], *form).has_partial_list()
            };
            prop_assert!(page.may_name_links || !page.items.iter().any(is_partial));
        }
        (Err(whole), Err(page)) => prop_assert_eq!(whole.to_string(), page.to_string()),
        (whole, page) => prop_assert!(false, "{:?} but {:?}", whole.is_ok(), page.is_ok()),
    }
    Ok(is_found)
}

fn value() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        &[
            "1",
            "12",
            "-0.5e3",
            "true",
            "null",
            "\"\"",
            "\"an ordinary text\"",
            "\"\\u0041\"",
            "\"é\"",
            "[]",
            "[\"a\",\"b\"]",
            "[1, 2]",
            "{}",
            "{\"a@odata.nextLink\":\"x\"}",
            "[[1]]",
        ][..],
    )
}

/// Names of members, mostly the same.
const LAYOUTS: &[&[&str]] = &[
    &["id", "build", "list"],
    &["a name that fills one block", "build", "list"],
    &["a name that fills one block", "build", "list"],
    &["a name that fills one block", "build", "list"],
    &["id", "list@odata.nextLink"],
    &["a\\n"],
    &[],
];

/// Items of several layouts.
fn item() -> impl Strategy<Value = String> {
    let names = prop::sample::select(LAYOUTS);
    (names, prop::collection::vec(value(), 3), prop::sample::select(&["", "", "", " ", "\n"][..])).prop_map(
        |(names, values, space)| {
            let members: Vec<_> =
                names.iter().zip(values).map(|(name, value)| format!("\"{name}\":{space}{value}")).collect();
            format!("{{{}}}", members.join(","))
        },
    )
}

pub(crate) fn body() -> impl Strategy<Value = String> {
    let members = prop::sample::select(
        &[
            "\"@odata.count\":3",
            "\"@odata.nextLink\":\"https://host/?a=1\\u0026b\"",
            "\"@odata.context\":\"$metadata#é\"",
            "\"other\":{\"value\":[{}]}",
            "\"v\\u0061lue\":[]",
            "\"value\":null",
            "\"error\":{\"code\":\"x\"}",
        ][..],
    );
    let some = || prop::collection::vec(members.clone(), 0..3);
    (some(), prop::collection::vec(item(), 0..6), some(), prop::sample::select(&["", " ", "\u{feff}"][..])).prop_map(
        |(before, items, after, space)| {
            let value = format!("\"value\":[{}]", items.join(&format!(",{}", space.trim_start_matches('\u{feff}'))));
            let members: Vec<_> = before.iter().copied().chain([&*value]).chain(after.iter().copied()).collect();
            format!("{space}{{{}}}", members.join(","))
        },
    )
}

/// A body of which one letter is another, or that is cut off.
pub(crate) fn spoiled() -> impl Strategy<Value = String> {
    let with = prop::sample::select(&['"', '\\', '{', '}', '[', ']', ',', ':', ' ', '1', 'e', '\u{1}'][..]);
    (body(), any::<prop::sample::Index>(), with, any::<bool>()).prop_map(|(body, at, with, cut)| {
        let mut letters: Vec<char> = body.chars().collect();
        let at = at.index(letters.len());
        if cut {
            letters.truncate(at);
        } else {
            letters[at] = with;
        }
        letters.into_iter().collect()
    })
}

proptest! {
    #[test]
    fn what_is_found_in_chunks_is_what_serde_json_reads(body in body(), lengths in prop::collection::vec(1_usize..40, 1..5)) {
        check(&body, &lengths)?;
    }

    #[test]
    fn a_body_that_is_spoiled_is_read_as_serde_json_reads_it(
        body in spoiled(),
        lengths in prop::collection::vec(1_usize..40, 1..5),
    ) {
        check(&body, &lengths)?;
    }
}

#[test]
fn an_ordinary_page_is_not_read_twice() {
    let items: Vec<_> = (0..100).map(|id| format!("{{\"id\":\"{id}\",\"list\":[\"a\"]}}")).collect();
    for (before, after) in [("", ",\"@odata.nextLink\":\"https://host/a\""), ("\"@odata.count\":100,", "")] {
        let body = format!("{{{before}\"value\":[{}]{after}}}", items.join(","));
        assert!(check(&body, &[7]).unwrap());
    }
}

#[test]
fn a_long_item_at_the_end_is_found_when_the_body_is_whole() {
    let body = format!("{{\"value\":[{{\"a\":1}},{{\"a\":\"{}\"}}]}}", "x".repeat(200_000));
    for chunk in [1000, 65_536, 150_000] {
        assert!(check(&body, &[chunk]).unwrap());
    }
}

#[test]
fn the_time_for_an_item_is_proportional_to_its_length() {
    for beginning in ["{\"value\":[{\"a\":\"", "{\"other\":\""] {
        let body = format!("{beginning}{}", "x".repeat(60_000));
        let mut finder = ItemFinder::default();
        let mut looks = 0;
        for arrived in 0..body.len() {
            looks += u32::from(finder.scan.is_due(arrived));
            finder.advance(&body.as_bytes()[..arrived]);
        }
        assert!(looks < 40, "{looks} looks");
    }
}
