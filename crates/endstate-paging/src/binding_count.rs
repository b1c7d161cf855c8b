//! How many items a count requires of a pull.

use endstate_odata::PageUrl;

/// What of the items that a service counts was requested.
///
/// A count is without `$skip` and `$top` (Protocol, section 11.2.6.5), so a request that has them
/// is answered right with fewer items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BindingCount {
    skip: u64,
    top: u64,
}

impl BindingCount {
    /// For a walk whose caller chose this URL. An option that is no number says nothing.
    pub(crate) fn for_request(first: &PageUrl) -> Self {
        let number = |name: &str| first.system_option(name)?.trim().parse().ok();
        Self { skip: number("$skip").unwrap_or(0), top: number("$top").unwrap_or(u64::MAX) }
    }

    /// How many items the walk has to read if so many exist.
    pub(crate) fn required(self, count: u64) -> u64 {
        count.saturating_sub(self.skip).min(self.top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_of_the_items_before_skip_and_top() {
        for (query, of_444) in [
            ("", 444),
            ("?$count=true", 444),
            ("?$top=10", 10),
            ("?$top=1000", 444),
            ("?$skip=400", 44),
            ("?$skip=500", 0),
            ("?%24skip=400&%24Top=10&$count=true", 10),
            ("?$skip=440&top=10", 4),
            ("?$top=all", 444),
        ] {
            let first = PageUrl::new(&format!("https://host/machines{query}")).unwrap();
            assert_eq!(BindingCount::for_request(&first).required(444), of_444, "{query}");
        }
    }
}
