//! The body of a page whose items are folded while it arrives.

use std::any::Any;

use endstate_odata::{ItemStream, PageBuf, Result, StreamedItem};

use crate::PageFold;
use crate::link_signal::LinkSignal;
use crate::seen_keys::Digester;
use crate::whole_body::ArrivingBody;

/// A body that is not kept.
pub(crate) struct FoldingBody<'u> {
    stream: ItemStream,
    arrived: ArrivedItems<'u>,
    link: LinkSignal<'u>,
}

/// What became of the items of a page.
#[derive(Debug)]
pub(crate) struct FoldedItems {
    pub(crate) items: u64,
    pub(crate) partial_items: u64,
    /// Items whose link of a list that continues elsewhere cannot be read.
    pub(crate) unreadable_links: u64,
    /// Digest of all items in their order.
    pub(crate) digest: u64,
    /// The [`PageFold`] that took them.
    pub(crate) fold: Box<dyn Any + Send>,
}

/// The items that have arrived.
struct ArrivedItems<'u> {
    fold: Box<dyn PageFold>,
    digester: &'u Digester,
    digest: u64,
    count: u64,
    partial: u64,
    unreadable: u64,
}

impl ArrivedItems<'_> {
    #[inline]
    fn add(&mut self, item: StreamedItem<'_>) {
        // Of the whole text: how much of it is known to be the same depends on the chunks.
        self.digest = self.digester.chain(self.digest, item.raw().as_str());
        self.count += 1;
        if item.has_partial_list() {
            self.partial += 1;
            self.unreadable += u64::from(item.raw().has_unreadable_link());
        }
        self.fold.item(item);
    }
}

impl<'u> FoldingBody<'u> {
    pub(crate) fn new(fold: Box<dyn PageFold>, digester: &'u Digester, link: LinkSignal<'u>) -> Self {
        let arrived = ArrivedItems { fold, digester, digest: 0, count: 0, partial: 0, unreadable: 0 };
        Self { stream: ItemStream::default(), arrived, link }
    }

    /// Ends a body that has arrived whole. The page has no items.
    pub(crate) fn finish(self) -> Result<(PageBuf, FoldedItems)> {
        let Self { stream, mut arrived, .. } = self;
        let page = stream.finish(|item| arrived.add(item))?;
        let ArrivedItems { fold, digest, count, partial, unreadable, .. } = arrived;
        Ok((page, FoldedItems { items: count, partial_items: partial, unreadable_links: unreadable, digest, fold }))
    }
}

impl ArrivingBody for FoldingBody<'_> {
    fn length(&self) -> usize {
        self.stream.bytes()
    }

    fn push(&mut self, chunk: &[u8]) {
        let Self { stream, arrived, link } = self;
        stream.push(chunk, |item| arrived.add(item));
        link.look(stream.beginning());
    }
}
