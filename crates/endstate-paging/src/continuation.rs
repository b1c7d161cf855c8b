//! How a page leads to the next one: by its link, or by a number of items to skip.
//!
//! Some collections send no next link (microsoft-365-docs#8316 and #8489): with `$top` they return
//! at most so many items, and nothing shows whether more exist. Their callers add `$skip`. Of
//! pages without links, only one without items is the end of such a walk. A short page is not,
//! because the service may return fewer items than `$top` requests.
//!
//! Links do not end such a walk either if they brought `$top` items: in `OData`, `$top` caps the
//! items of all pages that the links of one request lead to.

use std::num::NonZeroU32;

use endstate_odata::{PageUrl, Query};

/// How a page leads to the next one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Continuation {
    /// By its next link. A page without one is the last.
    #[default]
    Links,
    /// By its next link, if it has one. If not, the pull builds the request: the first URL with
    /// `$top` and, after the first page, with `$skip`, the number of items so far. So the first URL
    /// must have neither.
    ///
    /// If the first page of a built request has no link, the pull builds the next request; a page
    /// without items is the last. If it has one, the links of that request lead to at most `$top`
    /// items in total, even if the collection has more. So the page that ends these links is the
    /// last only if they brought fewer items; otherwise the pull builds the next request.
    ///
    /// A device can be missed when others are removed during the walk, because `$skip` then passes
    /// over it. Pages of built requests are not prefetched, because the service may return fewer
    /// items than requested. A service that ignores `$skip` ends the pull as
    /// [`Runaway`](crate::Reason::Runaway) or [`Cycle`](crate::Reason::Cycle).
    SkipUnlessLinked {
        /// Items to request with each page (`$top`).
        page_size: NonZeroU32,
    },
}

/// Finds the URLs of a walk's pages.
#[derive(Debug)]
pub(crate) struct PageUrls {
    first: PageUrl,
    continuation: Continuation,
    /// Items since the last built request, if its first page had a next link.
    linked_items: Option<u64>,
}

impl PageUrls {
    pub(crate) fn new(first: PageUrl, continuation: Continuation, linked_items: Option<u64>) -> Self {
        Self { first, continuation, linked_items }
    }

    /// The URL of the first page.
    pub(crate) fn first(&self) -> PageUrl {
        match self.continuation {
            Continuation::Links => self.first.clone(),
            Continuation::SkipUnlessLinked { page_size } => self.first.with_query(&of_one_page(page_size)),
        }
    }

    /// Returns the URL of the page after one with this link; `None` if it was the last.
    pub(crate) fn after(&mut self, link: Option<PageUrl>, items_on_page: u64, items_so_far: u64) -> Option<PageUrl> {
        let Continuation::SkipUnlessLinked { page_size } = self.continuation else { return link };
        if link.is_some() {
            self.linked_items = Some(self.linked_items.unwrap_or(0) + items_on_page);
            return link;
        }

        let is_last = match self.linked_items.take() {
            None => items_on_page == 0,
            Some(items) => items + items_on_page < u64::from(page_size.get()),
        };
        (!is_last).then(|| self.first.with_query(&of_one_page(page_size).skip(items_so_far)))
    }

    /// Items since the last built request, if its first page had a next link.
    pub(crate) fn linked_items(&self) -> Option<u64> {
        self.linked_items
    }
}

fn of_one_page(page_size: NonZeroU32) -> Query {
    Query::new().top(page_size.get().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipping(first: &str) -> PageUrls {
        let page_size = NonZeroU32::new(100).unwrap();
        PageUrls::new(PageUrl::new(first).unwrap(), Continuation::SkipUnlessLinked { page_size }, None)
    }

    #[test]
    fn options_are_appended_and_all_other_bytes_stay() {
        let urls = [
            ("https://host/m", "https://host/m?$top=100&$skip=7"),
            ("https://host", "https://host?$top=100&$skip=7"),
            ("https://host/m?", "https://host/m?$top=100&$skip=7"),
            ("https://host/m?a=%2f+'&", "https://host/m?a=%2f+'&$top=100&$skip=7"),
            ("https://host/m?$filter=x eq '?'", "https://host/m?$filter=x eq '?'&$top=100&$skip=7"),
            ("https://host/m#part?", "https://host/m?$top=100&$skip=7#part?"),
        ];
        for (first, second) in urls {
            let mut urls = skipping(first);
            assert_eq!(urls.after(None, 7, 7).unwrap().as_str(), second);
            assert_eq!(urls.first().as_str(), second.replace("&$skip=7", ""));
        }
    }

    #[test]
    fn links_are_the_end_only_if_they_brought_less_than_top() {
        let link = PageUrl::new("https://host/m?page=2").unwrap();
        for (on_last_page, next) in [(0, None), (39, None), (40, Some(())), (90, Some(()))] {
            let mut urls = skipping("https://host/m");
            assert_eq!(urls.after(Some(link.clone()), 25, 25), Some(link.clone()));
            assert_eq!(urls.after(Some(link.clone()), 35, 60), Some(link.clone()));

            let next = next.map(|()| format!("https://host/m?$top=100&$skip={}", 60 + on_last_page));
            let after = urls.after(None, on_last_page, 60 + on_last_page);
            assert_eq!(after.as_ref().map(PageUrl::as_str), next.as_deref());
            assert_eq!(urls.linked_items(), None, "the next request has no links yet");
        }
    }

    #[test]
    fn a_page_without_items_and_without_a_link_is_the_last() {
        assert_eq!(skipping("https://host/m").after(None, 0, 9), None);
        let mut links = PageUrls::new(PageUrl::new("https://host/m").unwrap(), Continuation::Links, None);
        assert_eq!(links.after(None, 9, 9), None);
        assert_eq!(links.first().as_str(), "https://host/m");
    }
}
