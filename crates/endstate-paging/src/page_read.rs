//! One attempt at one page: asks, reads the body whole, takes it apart, and looks at each item once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use endstate_odata::{
    EarlyLink, EntityKey, Error as ODataError, KeyProperty, PageBuf, PageUrl, RawItem, find_next_link,
};
use futures_channel::oneshot;
use futures_util::StreamExt;

use crate::seen_keys::Digester;
use crate::spare_bodies::SpareBodies;
use crate::{Failure, FailureKind, PageResponse, Transport};

/// What all attempts of a pull have in common.
pub(crate) struct PageReader {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) key: KeyProperty,
    pub(crate) digester: Digester,
    pub(crate) max_page_bytes: usize,
    pub(crate) glance: Option<Glance>,
    pub(crate) spare: Arc<SpareBodies>,
}

/// Looks at an item where its page is read.
pub(crate) type Glance = Arc<dyn Fn(RawItem<'_>) -> bool + Send + Sync>;

/// A page that was read whole.
#[derive(Debug)]
pub(crate) struct ReadPage {
    pub(crate) page: PageBuf,
    /// Of each item, in order.
    pub(crate) items: Vec<ReadItem>,
}

/// What the walk wants to know of an item.
#[derive(Debug)]
pub(crate) struct ReadItem {
    pub(crate) key: Option<EntityKey>,
    /// Of its contents.
    pub(crate) digest: u64,
    pub(crate) is_partial: bool,
    /// What a glance at it says.
    pub(crate) glance: bool,
}

/// What an attempt tells before it ends.
#[derive(Debug)]
pub(crate) struct News {
    /// Where the next page is, as soon as that is known. Dropped where only the whole body tells.
    pub(crate) next: oneshot::Sender<PageUrl>,
    /// Whether an answer has begun: a page that arrives is worth the rest of it.
    pub(crate) has_begun: Arc<AtomicBool>,
}

impl PageReader {
    /// One attempt.
    pub(crate) async fn read(self: Arc<Self>, url: PageUrl, news: News) -> Result<ReadPage, Failure> {
        let News { next, has_begun } = news;
        let response = self.transport.fetch(&url).await?;
        has_begun.store(true, Ordering::Release);
        let body = self.body(response, &url, next).await?;
        let page = PageBuf::from_vec(body).map_err(|error| not_a_page(error, &url))?;
        let items = self.look_at(&page);
        Ok(ReadPage { page, items })
    }

    /// The whole body, under a limit.
    async fn body(
        &self,
        mut response: PageResponse,
        url: &PageUrl,
        next: oneshot::Sender<PageUrl>,
    ) -> Result<Vec<u8>, Failure> {
        let limit = self.max_page_bytes;
        let too_large = || {
            Failure::new(
                FailureKind::TooLarge,
                format!("the page from {url} is larger than the limit of {limit} bytes"),
            )
        };
        // What the server announces is only a hint: it sizes the buffer, within reason, and refuses early.
        let announced = usize::try_from(response.content_length.unwrap_or(0)).unwrap_or(usize::MAX);
        if announced > limit {
            return Err(too_large());
        }
        let mut body = self.spare.take(announced.min(16 * 1024 * 1024));
        let mut next = Some(next);
        while let Some(chunk) = response.body.next().await {
            let chunk: Bytes = chunk?;
            if chunk.len() > limit - body.len() {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
            if next.is_some() {
                match find_next_link(&body) {
                    EarlyLink::Pending => {}
                    EarlyLink::Found { next_link, context } => {
                        if let (Some(next), Ok(link)) = (next.take(), next_link.resolve(context.as_deref(), url)) {
                            // Nobody may be listening any more.
                            let _ = next.send(link);
                        }
                    }
                    _ => next = None,
                }
            }
        }
        Ok(body)
    }

    fn look_at(&self, page: &PageBuf) -> Vec<ReadItem> {
        // Once for the page: hardly any has such a link.
        let may_be_partial = page.mentions_nested_links();
        let look = |item: RawItem<'_>| ReadItem {
            key: self.key.read(item).ok(),
            digest: self.digester.digest(&item.compact()),
            is_partial: may_be_partial && item.has_partial_list(),
            glance: self.glance.as_ref().is_some_and(|glance| glance(item)),
        };
        page.items().map(look).collect()
    }
}

fn not_a_page(error: ODataError, url: &PageUrl) -> Failure {
    let kind = if error.is_transient() { FailureKind::Malformed } else { FailureKind::NotAPage };
    let server = match &error {
        ODataError::Service(body) => Some((**body).clone()),
        _ => None,
    };
    Failure::new(kind, format!("the answer from {url} is not a whole page")).with_server(server).with_source(error)
}
