//! What was read of one tenant, for results that have a part for each.

use endstate_analysis::Triage;

use crate::rows::UnreadableCounts;
use crate::store::pull_info::PullInfo;

/// What was read of one tenant, or of the only one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'r> {
    /// The name of the tenant, if there are several.
    pub(super) tenant: Option<&'r str>,
    /// `None` if nothing could be read: zero devices would be good news.
    pub(super) triage: Option<&'r Triage>,
    pub(super) info: &'r PullInfo,
    pub(super) unreadable: UnreadableCounts,
}
