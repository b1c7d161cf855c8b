//! How a page leads to the next one: by its link, or by a number of items to skip.
//!
//! Some collections send no next link (microsoft-365-docs#8316 and #8489): with `$top` they return
//! at most so many items, and nothing shows whether more exist. Their callers add `$skip`. Only a
//! page without items is the end of such a walk. A short page is not, because the service may
//! return fewer items than `$top` requests.

use std::num::NonZeroU32;

use endstate_odata::PageUrl;

/// How a page leads to the next one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Continuation {
    /// By its next link. A page without one is the last.
    #[default]
    Links,
    /// By its next link, if it has one. If no page had one yet, the next page is the first URL with
    /// `$skip`, the number of items so far; a page without items is the last. Every page is
    /// requested with `$top`, so the first URL must have neither `$top` nor `$skip`.
    ///
    /// Once a page had a link, a page without one is the last. Pages are not prefetched before the
    /// first link, because the service may return fewer items than requested. A service that
    /// ignores `$skip` ends the pull as [`Runaway`](crate::Reason::Runaway).
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
    /// Whether a page had a next link.
    has_link: bool,
}

impl PageUrls {
    pub(crate) fn new(first: PageUrl, continuation: Continuation, has_link: bool) -> Self {
        Self { first, continuation, has_link }
    }

    /// The URL of the first page.
    pub(crate) fn first(&self) -> PageUrl {
        match self.continuation {
            Continuation::Links => self.first.clone(),
            Continuation::SkipUnlessLinked { page_size } => with_option(&self.first, &format!("$top={page_size}")),
        }
    }

    /// Returns the URL of the page after one with this link; `None` if it was the last.
    pub(crate) fn after(&mut self, link: Option<PageUrl>, items_on_page: u64, items_so_far: u64) -> Option<PageUrl> {
        self.has_link |= link.is_some();
        match self.continuation {
            Continuation::SkipUnlessLinked { page_size } if !self.has_link && items_on_page > 0 => {
                Some(with_option(&self.first, &format!("$top={page_size}&$skip={items_so_far}")))
            }
            _ => link,
        }
    }

    /// Whether a page had a next link.
    pub(crate) fn has_link(&self) -> bool {
        self.has_link
    }
}

/// Appends an option to the query. All other bytes stay as they are.
fn with_option(url: &PageUrl, option: &str) -> PageUrl {
    let (url, fragment) = url.as_str().split_at(url.as_str().find('#').unwrap_or(url.as_str().len()));
    let separator = match url.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    match PageUrl::new(&format!("{url}{separator}{option}{fragment}")) {
        Ok(url) => url,
        Err(_) => unreachable!("a URL with one more option is a URL"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipping(first: &str) -> PageUrls {
        let page_size = NonZeroU32::new(100).unwrap();
        PageUrls::new(PageUrl::new(first).unwrap(), Continuation::SkipUnlessLinked { page_size }, false)
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
    fn after_a_link_only_links_continue() {
        let mut urls = skipping("https://host/m");
        let link = PageUrl::new("https://host/m?page=2").unwrap();
        assert_eq!(urls.after(Some(link.clone()), 0, 0), Some(link));
        assert_eq!(urls.after(None, 9, 9), None);
    }

    #[test]
    fn a_page_without_items_and_without_a_link_is_the_last() {
        assert_eq!(skipping("https://host/m").after(None, 0, 9), None);
        let mut links = PageUrls::new(PageUrl::new("https://host/m").unwrap(), Continuation::Links, false);
        assert_eq!(links.after(None, 9, 9), None);
        assert_eq!(links.first().as_str(), "https://host/m");
    }
}
