//! The builder of a pull: what to read, and how.

use std::fmt;
use std::sync::Arc;

use endstate_odata::{KeyProperties, PageUrl};

use crate::page_task::PageTask;
use crate::pull_plan::PullPlan;
use crate::{
    Canceller, Clock, Continuation, Duplicates, FirstPageNotFound, FoldedPages, Items, Limits, PageFold, Pages,
    PartialItems, Resume, RetryNotice, RetryPolicy, Transport,
};

/// One walk over a collection that has not started yet; see the crate's example.
#[must_use = "a pull does nothing until its pages or items are read"]
pub struct Pull {
    plan: PullPlan,
}

impl Pull {
    /// Number of pages to prefetch by default (`docs/performance.md` has the measurement).
    pub const DEFAULT_PREFETCH: usize = 4;

    /// A pull of the collection whose first page is at `first`. The property `id` identifies its
    /// items.
    pub fn new(transport: Arc<dyn Transport>, clock: Arc<dyn Clock>, first: PageUrl) -> Self {
        let plan = PullPlan {
            transport,
            clock,
            first,
            continuation: Continuation::default(),
            key: Some(KeyProperties::default()),
            limits: Limits::default(),
            retry: RetryPolicy::default(),
            duplicates: Duplicates::default(),
            partial_items: PartialItems::default(),
            counts_bind: true,
            first_page_not_found: FirstPageNotFound::default(),
            canceller: Canceller::new(),
            resume: None,
            prefetch: Self::DEFAULT_PREFETCH,
            spawn: None,
            on_retry: Arc::new(|_| {}),
            fold: None,
        };
        Self { plan }
    }

    /// Sets how a page leads to the next one. A pull that resumes needs the same setting, and the
    /// same first URL.
    pub fn continuation(mut self, continuation: Continuation) -> Self {
        self.plan.continuation = continuation;
        self
    }

    /// Sets the properties that identify an item, all of them: items that agree in these are one.
    pub fn key(mut self, key: KeyProperties) -> Self {
        self.plan.key = Some(key);
        self
    }

    /// Reads items that have no key of their own, such as one row for each pair of two keys. Every
    /// item is a row, and a page is new unless the same items came before. Only whole pages are
    /// remembered, so a walk of a thousand million items takes no more memory.
    pub fn without_keys(mut self) -> Self {
        self.plan.key = None;
        self
    }

    /// Sets the bounds.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.plan.limits = limits;
        self
    }

    /// Sets how failing pages are retried.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.plan.retry = policy;
        self
    }

    /// Sets what happens to duplicates. A pull that resumes treats them as before.
    pub fn duplicates(mut self, duplicates: Duplicates) -> Self {
        self.plan.duplicates = duplicates;
        self
    }

    /// Sets what it means if a list inside an item continues on another page.
    pub fn partial_items(mut self, meaning: PartialItems) -> Self {
        self.plan.partial_items = meaning;
        self
    }

    /// Takes no count of the service as evidence of what is missing. For a service that counts
    /// something else than the items of this request, such as those before a filter: its right
    /// answer would else be [`Truncated`](crate::Reason::Truncated).
    ///
    /// This is not needed for `$top` and `$skip` in the first URL, which a count does not include
    /// (Protocol, section 11.2.6.5): of a count, so many items are required as these leave.
    pub fn ignore_count(mut self) -> Self {
        self.plan.counts_bind = false;
        self
    }

    /// Sets what a 404 on the first page means.
    pub fn first_page_not_found(mut self, meaning: FirstPageNotFound) -> Self {
        self.plan.first_page_not_found = meaning;
        self
    }

    /// Makes it possible to cancel the pull from outside.
    pub fn canceller(mut self, canceller: Canceller) -> Self {
        self.plan.canceller = canceller;
        self
    }

    /// Continues from a checkpoint instead of the first page. Its items have the key by which the
    /// kept rows were read.
    pub fn resume(mut self, resume: Resume) -> Self {
        self.plan.resume = Some(resume);
        self
    }

    /// Sets the number of pages to prefetch; 0 fetches pages sequentially.
    ///
    /// The next page is known early only if its link comes before `value`, as in the document. If
    /// not, pages are fetched sequentially. Pages are returned in order. If a page fails, the
    /// requests for the pages after it end too. Nothing is prefetched if the number of items is
    /// limited.
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.plan.prefetch = pages;
        self
    }

    /// Receives each page in a task of its own, and reads it in another, so one core reads a page
    /// while another receives the rest of it, or handles the page before. Without this, pages are
    /// read where the stream is polled. Dropping the stream ends the tasks.
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
        self.plan.spawn = Some(Arc::new(spawn));
        self
    }

    /// Calls `notify` each time before a page is retried.
    pub fn on_retry(mut self, notify: impl Fn(&RetryNotice) + Send + Sync + 'static) -> Self {
        self.plan.on_retry = Arc::new(notify);
        self
    }

    /// The pages, in order. Nothing is requested until the stream is polled.
    pub fn pages(self) -> Pages {
        Pages::new(self.plan)
    }

    /// Folds the items of each page while the page arrives, and keeps none of them: a page of any
    /// size takes no more memory than its fold, unless its beginning is unusual. `begin` makes the
    /// fold of a page, which counts once the page was read whole. With [`spawn`](Self::spawn),
    /// pages are folded in their own tasks.
    ///
    /// The items have no key, as after [`without_keys`](Self::without_keys). A limit on items ends
    /// the pull after the page that reaches it, and that page counts whole.
    ///
    /// ```
    /// use endstate_odata::StreamedItem;
    /// use endstate_paging::{IncompleteError, PageFold, Pull};
    /// use futures_util::TryStreamExt;
    ///
    /// #[derive(Default)]
    /// struct Bytes(usize);
    ///
    /// impl PageFold for Bytes {
    ///     fn item(&mut self, item: StreamedItem<'_>) {
    ///         self.0 += item.raw().as_str().len();
    ///     }
    /// }
    ///
    /// async fn bytes_of_all_items(pull: Pull) -> Result<usize, IncompleteError> {
    ///     let mut pages = pull.fold_pages(Bytes::default);
    ///     let mut all = 0;
    ///     while let Some(page) = pages.try_next().await? {
    ///         all += page.fold.0;
    ///     }
    ///     Ok(all)
    /// }
    /// ```
    pub fn fold_pages<F: PageFold>(mut self, begin: impl Fn() -> F + Send + Sync + 'static) -> FoldedPages<F> {
        self.plan.key = None;
        self.plan.fold = Some(Arc::new(move || Box::new(begin())));
        FoldedPages::new(self.pages())
    }

    /// The items of the pages, in order.
    pub fn items(self) -> Items {
        Items::new(self.pages())
    }
}

impl fmt::Debug for Pull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PullPlan { transport, first, key, limits, .. } = &self.plan;
        f.debug_struct("Pull")
            .field("transport", transport)
            .field("first", first)
            .field("key", key)
            .field("limits", limits)
            .finish_non_exhaustive()
    }
}
