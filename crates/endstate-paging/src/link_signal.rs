//! Tells the URL of the next page as soon as it is known.

use endstate_odata::{EarlyLink, NextLink, PageUrl, find_next_link};
use futures_channel::oneshot;

/// Looks for the link to the next page in a body that arrives, and sends its URL once.
pub(crate) struct LinkSignal<'u> {
    /// The page that arrives.
    url: &'u PageUrl,
    /// `None` once the link was sent.
    next: Option<oneshot::Sender<PageUrl>>,
    may_be_early: bool,
}

impl<'u> LinkSignal<'u> {
    pub(crate) fn new(url: &'u PageUrl, next: oneshot::Sender<PageUrl>) -> Self {
        Self { url, next: Some(next), may_be_early: true }
    }

    /// Looks at the beginning of the body, which is longer than the last time.
    pub(crate) fn look(&mut self, beginning: &[u8]) {
        if !self.may_be_early {
            return;
        }
        let found = find_next_link(beginning);
        self.may_be_early = found == EarlyLink::Pending;
        if let EarlyLink::Found { next_link, context } = found {
            self.send(&next_link, context.as_deref());
        }
    }

    /// Sends a link, unless one was sent before.
    pub(crate) fn send(&mut self, link: &NextLink, context: Option<&str>) {
        if let (Some(next), Ok(link)) = (self.next.take(), link.resolve(context, self.url)) {
            // The receiver may be gone; then no page is prefetched.
            let _ = next.send(link);
        }
    }
}
