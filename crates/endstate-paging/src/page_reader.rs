//! One attempt at one page: sends the request, reads the whole body, parses it, and inspects each
//! item once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use endstate_odata::{
    EntityKey, Error as ODataError, KeyProperties, PageBuf, PageParser, PageUrl, RawItem, find_last_link,
};
use futures_channel::oneshot;

use crate::buffer_pool::BufferPool;
use crate::folding_body::{FoldedItems, FoldingBody};
use crate::link_signal::LinkSignal;
use crate::page_fold::BeginFold;
use crate::page_task::Spawn;
use crate::receiver::receive_apart;
use crate::seen_keys::Digester;
use crate::whole_body::{ArrivingBody, read_whole};
use crate::{FetchError, FetchErrorKind, Transport};

/// What all attempts of a pull share.
pub(crate) struct PageReader {
    pub(crate) transport: Arc<dyn Transport>,
    /// `None` if items have no key.
    pub(crate) key: Option<KeyProperties>,
    pub(crate) digester: Digester,
    pub(crate) max_page_bytes: usize,
    pub(crate) buffers: Arc<BufferPool>,
    /// `None` keeps the items of a page.
    pub(crate) fold: Option<BeginFold>,
    /// `None` does the work where the pull is polled.
    pub(crate) spawn: Option<Spawn>,
}

/// A page that was read whole.
#[derive(Debug)]
pub(crate) struct FetchedPage {
    pub(crate) page: PageBuf,
    /// Bytes of the body.
    pub(crate) bytes: u64,
    /// One for each item, in order; none if there is nothing to know of any.
    pub(crate) items: Vec<FetchedItem>,
    /// Digest of all items in their order, if they have no key. Then only a repeated page matters,
    /// whose items are the same bytes. The next link does not count: an endless service sends the
    /// same items with new links.
    pub(crate) digest: Option<u64>,
    /// What became of its items, if they were folded. Then the page has none.
    pub(crate) folded: Option<Box<FoldedItems>>,
}

/// What the walk needs to know of an item.
#[derive(Debug)]
pub(crate) struct FetchedItem {
    pub(crate) key: Option<EntityKey>,
    /// The hash by which a key in compact form is searched, made here because this runs beside the
    /// walk; else 0.
    pub(crate) hash: u64,
    /// Digest of the item's compact JSON; 0 if items have no key.
    pub(crate) digest: u64,
    pub(crate) is_partial: bool,
    /// Whether the link of a list that continues elsewhere cannot be read.
    pub(crate) has_unreadable_link: bool,
}

/// What an attempt reports before it ends.
#[derive(Debug)]
pub(crate) struct EarlySignals {
    /// Receives the URL of the next page as soon as it is known. Dropped if only parsing shows it.
    pub(crate) next: oneshot::Sender<PageUrl>,
    /// Whether a response has begun: a page that is arriving is worth waiting for.
    pub(crate) has_begun: Arc<AtomicBool>,
}

impl PageReader {
    /// Makes one attempt.
    pub(crate) async fn read(self: Arc<Self>, url: PageUrl, signals: EarlySignals) -> Result<FetchedPage, FetchError> {
        let EarlySignals { next, has_begun } = signals;
        let response = self.transport.fetch(&url).await?;
        has_begun.store(true, Ordering::Release);
        let what = || format!("the page from {url}");
        let link = LinkSignal::new(&url, next);

        let response = match &self.spawn {
            Some(spawn) => receive_apart(response, spawn),
            None => response,
        };
        if let Some(begin) = &self.fold {
            let body = |_| FoldingBody::new(begin(), &self.digester, link);
            let body = read_whole(response, self.max_page_bytes, what, body).await?;
            let bytes = body.length() as u64;
            let (page, folded) = body.finish().map_err(|error| self.not_a_page(error, &url))?;
            let digest = Some(folded.digest);
            return Ok(FetchedPage { page, bytes, items: Vec::new(), digest, folded: Some(Box::new(folded)) });
        }
        let body = |bytes| PageBody { parser: PageParser::with_buffer(self.buffers.take(bytes)), link };
        let parser = read_whole(response, self.max_page_bytes, what, body).await?.parser_of_whole();
        let page = parser.finish().map_err(|error| self.not_a_page(error, &url))?;
        let items = self.inspect(&page);
        let digest = self.key.is_none().then(|| self.digester.digest(page.items_text()));
        Ok(FetchedPage { bytes: page.body().len() as u64, page, items, digest, folded: None })
    }

    fn inspect(&self, page: &PageBuf) -> Vec<FetchedItem> {
        // Checked once for the whole page, because hardly any page has such a link.
        let may_be_partial = page.mentions_nested_links();
        if self.key.is_none() && !may_be_partial {
            return Vec::new();
        }
        let inspect = |item: RawItem<'_>| {
            let key = self.key.as_ref().and_then(|key| key.read(item).ok());
            let is_partial = may_be_partial && item.has_partial_list();
            FetchedItem {
                hash: key.as_ref().map_or(0, |key| self.digester.hash_key(key)),
                digest: self.key.as_ref().map_or(0, |_| self.digester.digest(&item.compact())),
                is_partial,
                has_unreadable_link: is_partial && item.has_unreadable_link(),
                key,
            }
        };
        page.items().map(inspect).collect()
    }

    fn not_a_page(&self, error: ODataError, url: &PageUrl) -> FetchError {
        let kind = if error.is_transient() { FetchErrorKind::Malformed } else { FetchErrorKind::NotAPage };
        let failure = FetchError::new(kind, format!("the response from {url} is not a complete page"));
        match error {
            ODataError::Service(body) => {
                let body = body.map_texts(&|text: &str| self.transport.redact(text).into_owned());
                failure.with_server(body.clone()).with_source(ODataError::Service(Box::new(body)))
            }
            error => failure.with_source(error),
        }
    }
}

/// The body of a page that arrives and is kept.
struct PageBody<'u> {
    parser: PageParser,
    link: LinkSignal<'u>,
}

impl PageBody<'_> {
    /// Ends a body that has arrived whole.
    fn parser_of_whole(mut self) -> PageParser {
        // What is left to do takes longer than a look at the end.
        if let Some(link) = find_last_link(self.parser.body()) {
            self.link.send(&link, None);
        }
        self.parser
    }
}

impl ArrivingBody for PageBody<'_> {
    fn length(&self) -> usize {
        self.parser.body().len()
    }

    fn push(&mut self, chunk: &[u8]) {
        self.parser.push(chunk);
        self.link.look(self.parser.body());
    }
}
