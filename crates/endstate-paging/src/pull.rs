//! What to pull and how: the beginning of a walk.

use std::fmt;
use std::sync::Arc;

use endstate_odata::{KeyProperty, PageUrl, RawItem};

use crate::ahead::{PageTask, Spawn};
use crate::driver::Driver;
use crate::page_read::Glance;
use crate::{Canceller, Clock, Items, Limits, Pages, Resume, RetryNotice, RetryPolicy, Transport};

/// One walk over a collection, not yet begun; see the crate's example.
#[must_use = "a pull does nothing until its pages or items are read"]
pub struct Pull {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) first: PageUrl,
    pub(crate) key: KeyProperty,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    pub(crate) duplicates: Duplicates,
    pub(crate) first_page_not_found: FirstPageNotFound,
    pub(crate) canceller: Canceller,
    pub(crate) resume: Option<Resume>,
    pub(crate) ahead: usize,
    pub(crate) spawn: Option<Spawn>,
    pub(crate) glance: Option<Glance>,
    pub(crate) on_retry: Arc<dyn Fn(&RetryNotice) + Send + Sync>,
}

/// What happens to an item whose key came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Duplicates {
    /// It is counted, and not handed on again.
    #[default]
    Drop,
    /// It is counted, and handed on like any other.
    Keep,
}

/// What a 404 on the first page means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstPageNotFound {
    /// A failure: a wrong path answers the same.
    #[default]
    Fail,
    /// An empty, complete collection: siblings of this API answer so.
    Empty,
}

impl Pull {
    /// Pages that are asked for beyond the one that is due, unless it is set otherwise (`docs/performance.md` has the
    /// measurement).
    pub const DEFAULT_AHEAD: usize = 4;

    /// A pull of the collection that begins at `first`, whose items are told apart by their `id`.
    pub fn new(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>, first: PageUrl) -> Self {
        Self {
            transport,
            clock,
            first,
            key: KeyProperty::default(),
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            duplicates: Duplicates::default(),
            first_page_not_found: FirstPageNotFound::default(),
            canceller: Canceller::new(),
            resume: None,
            ahead: Self::DEFAULT_AHEAD,
            spawn: None,
            glance: None,
            on_retry: Arc::new(|_| {}),
        }
    }

    /// Names the property that tells items apart.
    pub fn key(mut self, key: KeyProperty) -> Self {
        self.key = key;
        self
    }

    /// Sets the bounds.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how failing pages are asked for again.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets what happens to duplicates.
    pub fn duplicates(mut self, duplicates: Duplicates) -> Self {
        self.duplicates = duplicates;
        self
    }

    /// Sets what a 404 on the first page means.
    pub fn first_page_not_found(mut self, meaning: FirstPageNotFound) -> Self {
        self.first_page_not_found = meaning;
        self
    }

    /// Lets the pull be cancelled from outside.
    pub fn canceller(mut self, canceller: Canceller) -> Self {
        self.canceller = canceller;
        self
    }

    /// Goes on from a checkpoint instead of beginning at the first page.
    pub fn resume(mut self, resume: Resume) -> Self {
        self.resume = Some(resume);
        self
    }

    /// Sets how many pages are asked for while those before them still arrive; 0 asks for one after the other.
    ///
    /// The next page is known early only where its link stands in front of `value`, as in the document; otherwise pages come
    /// one after the other all the same. Pages are handed on in order, and one that fails ends those that were asked for
    /// after it. Nothing is asked for ahead where the number of items is limited.
    pub fn ahead(mut self, pages: usize) -> Self {
        self.ahead = pages;
        self
    }

    /// Lets pages be read by tasks of their own, so that reading one and handling another take different cores; without this
    /// they are read where the stream is polled. Dropping the stream ends the tasks.
    ///
    /// ```
    /// # use endstate_paging::Pull;
    /// # fn example(pull: Pull, runtime: tokio::runtime::Handle) -> Pull {
    /// pull.spawn(move |task| {
    ///     runtime.spawn(task);
    /// })
    /// # }
    /// ```
    pub fn spawn(mut self, spawn: impl Fn(PageTask) + Send + Sync + 'static) -> Self {
        self.spawn = Some(Arc::new(spawn));
        self
    }

    /// Looks at each item where its page is read, beside everything else; [`PulledPage::glance`](crate::PulledPage::glance) has
    /// what it says. It is called for items that are not handed on, too.
    pub fn glance(mut self, glance: impl Fn(RawItem<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.glance = Some(Arc::new(glance));
        self
    }

    /// Calls `notify` each time before a page is asked for again.
    pub fn on_retry(mut self, notify: impl Fn(&RetryNotice) + Send + Sync + 'static) -> Self {
        self.on_retry = Arc::new(notify);
        self
    }

    /// The pages, in order. Nothing is asked for until the stream is polled.
    pub fn pages(self) -> Pages {
        Pages::new(Driver::new(self))
    }

    /// The items of the pages, in order.
    pub fn items(self) -> Items {
        Items::new(self.pages())
    }
}

impl fmt::Debug for Pull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pull")
            .field("transport", &self.transport)
            .field("first", &self.first)
            .field("key", &self.key)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
