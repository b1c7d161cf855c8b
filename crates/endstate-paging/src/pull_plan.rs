//! What to pull and how: every setting that a [`Pull`](crate::Pull) collects before it starts.

use std::sync::Arc;

use endstate_odata::{KeyProperties, PageUrl};

use crate::page_fold::BeginFold;
use crate::page_task::Spawn;
use crate::retrier::OnRetry;
use crate::{Canceller, Clock, Continuation, Duplicates, Limits, PartialItems, Resume, RetryPolicy, Transport};

/// The settings of one pull.
pub(crate) struct PullPlan {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) first: PageUrl,
    pub(crate) continuation: Continuation,
    pub(crate) key: Option<KeyProperties>,
    pub(crate) limits: Limits,
    pub(crate) retry: RetryPolicy,
    pub(crate) duplicates: Duplicates,
    pub(crate) partial_items: PartialItems,
    /// Whether a count is evidence of what is missing.
    pub(crate) counts_bind: bool,
    pub(crate) first_page_not_found: FirstPageNotFound,
    pub(crate) canceller: Canceller,
    pub(crate) resume: Option<Resume>,
    pub(crate) prefetch: usize,
    pub(crate) spawn: Option<Spawn>,
    pub(crate) on_retry: OnRetry,
    /// `None` keeps the items of a page.
    pub(crate) fold: Option<BeginFold>,
}

/// What a 404 on the first page means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum FirstPageNotFound {
    /// A failure, because a wrong path gets the same response.
    #[default]
    Fail,
    /// An empty, complete collection: siblings of this API respond like this.
    Empty,
}
