//! The state machine without its driver, with arbitrary servers.

use std::collections::HashSet;

use endstate_odata::PageUrl;
use endstate_paging::{Limits, Outcome, PageFacts, Reason, Step, Walk};
use proptest::prelude::*;

/// A page of a made-up server: its items, how many of them are new, a count, and the target of its
/// link.
#[derive(Debug, Clone)]
struct Page {
    items: u64,
    new_items: u64,
    count: Option<u64>,
    next: Option<u16>,
}

fn any_page() -> impl Strategy<Value = Page> {
    (0_u64..6, 0_u64..6, prop::option::of(0_u64..40), prop::option::weighted(0.9, 0_u16..400))
        .prop_map(|(items, new_items, count, next)| Page { items, new_items: new_items.min(items), count, next })
}

proptest! {
    #[test]
    fn any_server_is_walked_to_an_end_and_complete_means_that_all_was_read(pages in prop::collection::vec(any_page(), 1..200)) {
        let limits = Limits::default().page_bound(150).empty_pages(20);
        let url = |number: u16| PageUrl::new(&format!("https://host/{number}")).unwrap();
        let mut walk = Walk::new(&url(0), limits.clone());
        let mut followed = HashSet::from([0]);
        let mut entities = 0;
        let mut counts = Vec::new();
        let mut counts_that_bind = Vec::new();
        let mut calls = 0_u64;

        let verdict = loop {
            // A server whose pages run out starts again.
            let page = &pages[usize::try_from(calls).unwrap() % pages.len()];
            calls += 1;
            prop_assert!(calls <= limits.page_bound, "the walk ends within its bound");
            entities += page.new_items;
            counts.extend(page.count);
            counts_that_bind.extend(page.count.filter(|count| *count != page.items));
            let facts = PageFacts::new(page.items).new_items(page.new_items).count(page.count);
            match walk.page(facts, page.next.map(url).as_ref()) {
                Step::Fetch(next) => {
                    prop_assert_eq!(Some(next), page.next.map(url));
                    prop_assert!(followed.insert(page.next.unwrap()), "no link is followed twice");
                }
                Step::Finish(verdict) => break (verdict, page.next.is_some()),
            }
        };

        prop_assert_eq!(walk.entities(), entities);
        match verdict {
            (Outcome::Complete, has_next) => {
                prop_assert!(!has_next, "a link was left unread");
                prop_assert!(counts_that_bind.iter().all(|count| *count <= entities), "a count was not met");
            }
            (Outcome::Incomplete(Reason::Truncated), has_next) => {
                prop_assert!(!has_next && counts.iter().any(|count| *count > entities));
            }
            (Outcome::Incomplete(reason), has_next) => {
                prop_assert!(has_next && matches!(reason, Reason::Cycle | Reason::Runaway), "{}", reason);
            }
            (outcome, _) => prop_assert!(false, "a walk ends complete or incomplete: {}", outcome),
        }
    }
}
