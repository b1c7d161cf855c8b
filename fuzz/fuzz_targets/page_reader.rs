//! Reads any bytes as a page. Reading must not panic and must find the same items as `serde_json`.
//! An early link must only be found if the page has one, and a last one must be it.
#![no_main]

use endstate_odata::{EarlyLink, ItemStream, KeyProperties, Page, PageBuf, PageParser, find_last_link, find_next_link};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let early = find_next_link(body);
    let Ok(page) = Page::from_slice(body) else { return };

    // The oracle builds values, so it refuses numbers and escapes that its values cannot hold. A
    // page keeps them verbatim.
    let Ok(oracle) = serde_json::from_slice::<serde_json::Value>(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
    else {
        return;
    };

    assert_eq!(oracle["value"].as_array().map(Vec::len), Some(page.items().len()));
    if let EarlyLink::Found { next_link, .. } = early {
        // If the page has a second link later, that one decides.
        assert!(
            page.next_link().is_some()
                || body.windows(8).filter(|name| name.eq_ignore_ascii_case(b"nextlink")).count() > 1
        );
        let _ = next_link;
    }

    if let Some(link) = find_last_link(body) {
        assert_eq!(page.next_link(), Some(&link));
    }

    for item in page.items() {
        let compact = item.compact();
        let same: serde_json::Value = serde_json::from_str(&compact).expect("compact JSON is JSON");
        assert_eq!(same, item.decode::<serde_json::Value>().expect("an item is JSON"));
        let _ = KeyProperties::default().read(*item);
    }

    let owned = PageBuf::from_vec(body.to_vec()).expect("owned or not");
    assert!(owned.items().eq(page.items().iter().copied()));

    // The bytes themselves say how the body is cut into chunks.
    let (mut parser, mut stream) = (PageParser::default(), ItemStream::default());
    let mut streamed = Vec::new();
    let mut rest = body;
    for length in body.iter().cycle() {
        let (chunk, after) = rest.split_at(usize::from(*length).clamp(1, 64).min(rest.len()));
        parser.push(chunk);
        stream.push(chunk, |item| streamed.push(item.raw().as_str().to_owned()));
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    let parsed = parser.finish().expect("in chunks or not");
    assert!(parsed.items().eq(owned.items()) && parsed.next_link() == owned.next_link());
    let last = stream.finish(|item| streamed.push(item.raw().as_str().to_owned())).expect("streamed or not");
    assert!(owned.items().map(|item| item.as_str()).eq(streamed.iter()) && last.next_link() == owned.next_link());
});
