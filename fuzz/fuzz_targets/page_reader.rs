//! Any bytes as a page: no panic, the same items as `serde_json` finds, and an early link only where the page has it.
#![no_main]

use endstate_odata::{EarlyLink, KeyProperty, Page, PageBuf, find_next_link};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let early = find_next_link(body);
    let Ok(page) = Page::from_slice(body) else { return };
    // The oracle builds values, and refuses numbers and escapes that no value of its own can hold; a page keeps them verbatim.
    let Ok(oracle) = serde_json::from_slice::<serde_json::Value>(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body))
    else {
        return;
    };
    assert_eq!(oracle["value"].as_array().map(Vec::len), Some(page.items().len()));
    if let EarlyLink::Found { next_link, .. } = early {
        // A second link further on would have the last word.
        assert!(
            page.next_link().is_some()
                || body.windows(8).filter(|name| name.eq_ignore_ascii_case(b"nextlink")).count() > 1
        );
        let _ = next_link;
    }
    for item in page.items() {
        let compact = item.compact();
        let same: serde_json::Value = serde_json::from_str(&compact).expect("compact JSON is JSON");
        assert_eq!(same, item.decode::<serde_json::Value>().expect("an item is JSON"));
        let _ = KeyProperty::default().read(*item);
    }
    let owned = PageBuf::from_vec(body.to_vec()).expect("owned or not");
    assert!(owned.items().eq(page.items().iter().copied()));
});
