//! The stream of a pull's items, decoded.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use endstate_odata::InvalidItem;
use futures_core::Stream;
use serde::de::DeserializeOwned;

use crate::{Checkpoint, IncompleteError, Items, PullReport};

/// The rows of a pull as values of the caller's type, in the order of the server; see
/// [`Items::decode`].
pub struct DecodedItems<T> {
    items: Items,
    item: PhantomData<fn() -> T>,
}

/// An item that could not be returned.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ItemError {
    /// The item is not of the caller's type. The stream continues with the next one.
    #[error(transparent)]
    Invalid(#[from] InvalidItem),

    /// The pull is incomplete. The stream has ended.
    #[error(transparent)]
    Incomplete(#[from] IncompleteError),
}

/// The constructor is here, so the items do not depend on what they are decoded to.
impl Items {
    /// Decodes each item into the caller's type. An item that cannot be decoded is an error, and
    /// the stream continues after it.
    ///
    /// ```
    /// use endstate_paging::{ItemError, Pull};
    /// use futures_util::TryStreamExt;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Device {
    ///     id: String,
    /// }
    ///
    /// async fn ids(pull: Pull) -> Result<Vec<String>, ItemError> {
    ///     let mut devices = pull.items().decode::<Device>();
    ///     let mut ids = Vec::new();
    ///     while let Some(device) = devices.try_next().await? {
    ///         ids.push(device.id);
    ///     }
    ///     Ok(ids) // all of them, or the error says why not
    /// }
    /// ```
    pub fn decode<T: DeserializeOwned>(self) -> DecodedItems<T> {
        DecodedItems { items: self, item: PhantomData }
    }
}

impl<T> DecodedItems<T> {
    /// What happened so far; see [`Pages::report`](crate::Pages::report).
    pub fn report(&self) -> &PullReport {
        self.items.report()
    }

    /// The state of the pull once the items so far are stored; see [`Items::checkpoint`].
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.items.checkpoint()
    }
}

impl<T: DeserializeOwned> Stream for DecodedItems<T> {
    type Item = Result<T, ItemError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let item = match ready!(Pin::new(&mut self.items).poll_next(context)) {
            Some(Ok(item)) => item,
            Some(Err(incomplete)) => return Poll::Ready(Some(Err(incomplete.into()))),
            None => return Poll::Ready(None),
        };
        let decoded = item.raw().decode();
        Poll::Ready(Some(decoded.map_err(|error| InvalidItem::new(item.position(), item.raw(), error).into())))
    }
}

impl<T> fmt::Debug for DecodedItems<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodedItems").field("items", &self.items).finish()
    }
}
