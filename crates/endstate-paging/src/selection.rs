//! How many items a count requires of a pull.

use endstate_odata::PageUrl;

/// What of the items that a service counts a request selects.
///
/// A count is without `$skip` and `$top` (Protocol, section 11.2.6.5), so a request that has them
/// is answered right with fewer items. Some services take `$top` as the size of a page, and lead on
/// to the rest by links. So it bounds a walk only as long as no link leads beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Selection {
    pub(crate) skip: u64,
    pub(crate) top: Option<u64>,
}

impl Selection {
    /// What a walk from this URL selects, which the caller chose. An option that is not a number
    /// says nothing.
    pub(crate) fn for_request(first: &PageUrl) -> Self {
        let number = |name: &str| first.query_option(name)?.trim().parse().ok();
        Self { skip: number("$skip").unwrap_or(0), top: number("$top") }
    }

    /// How many items the walk has to read if the service counts so many.
    pub(crate) fn required(self, count: u64) -> u64 {
        count.saturating_sub(self.skip).min(self.top.unwrap_or(u64::MAX))
    }

    /// Notes how many items came so far, and whether a link leads to more.
    pub(crate) fn note(&mut self, items: u64, has_next: bool) {
        self.top = self.top.filter(|top| items < *top || items == *top && !has_next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(query: &str) -> Selection {
        Selection::for_request(&PageUrl::new(&format!("https://host/machines{query}")).unwrap())
    }

    #[test]
    fn a_count_is_of_the_items_before_skip_and_top() {
        for (query, of_444) in [
            ("", 444),
            ("?$count=true", 444),
            ("?$top=10", 10),
            ("?$top=1000", 444),
            ("?$skip=400", 44),
            ("?$skip=500", 0),
            ("?%24skip=400&%24top=10&$count=true", 10),
            ("?$skip=440&$top=10", 4),
            ("?$top=all", 444),
            // A service of OData 4.0 has no such options.
            ("?top=10&$TOP=10&skip=5", 444),
        ] {
            assert_eq!(selection(query).required(444), of_444, "{query}");
        }
    }

    #[test]
    fn top_is_the_size_of_a_page_once_a_link_leads_beyond_it() {
        for (pages, required) in [
            (&[(10, false)][..], 10),
            (&[(4, true), (10, false)], 10),
            (&[(10, true)], 444),
            (&[(4, true), (10, true), (14, false)], 444),
            (&[(11, false)], 444),
        ] {
            let mut selection = selection("?$top=10");
            for (items, has_next) in pages {
                selection.note(*items, *has_next);
            }
            assert_eq!(selection.required(444), required, "{pages:?}");
        }
    }
}
