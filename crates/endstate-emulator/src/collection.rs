//! The collection: a page of the fleet as the document shows it.

use serde::Serialize;

use crate::Fleet;
use crate::query::Query;
use crate::select::Selected;
use crate::skip_token::{Seal, SkipToken};

/// The fleet, served page by page.
#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) fleet: Fleet,
    pub(crate) seal: Seal,
}

/// The envelope, in the document's order.
#[derive(Serialize)]
struct Envelope<'e> {
    #[serde(rename = "@odata.context")]
    context: String,
    #[serde(rename = "@odata.count", skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    next_link: Option<String>,
    value: &'e [Selected<'e>],
}

impl Collection {
    /// Name of the collection, as the last segment of its path.
    pub(crate) const NAME: &'static str = "machinesecuritystates";

    /// The body of one page; `root` is where the caller found the service.
    pub(crate) fn page(&self, query: &Query, page_size: u64, root: &str) -> Result<Vec<u8>, serde_json::Error> {
        let all = self.fleet.len();
        let first = query.position.min(all);
        let most = query.top.map_or(page_size, |top| top.min(crate::query::LARGEST_PAGE));
        let end = first.saturating_add(most).min(all);
        // With `$top` the real service gives no link (microsoft-365-docs#8489).
        let next_link = (end < all && query.top.is_none()).then(|| {
            let token = SkipToken { position: end, select: query.select, counts: query.counts };
            format!("{root}/{}?$skiptoken={}", Self::NAME, self.seal.seal(&token))
        });
        let states: Vec<_> = (first..end).map(|position| self.fleet.device(position)).collect();
        let value: Vec<_> = states.iter().map(|state| Selected(state, query.select)).collect();
        serde_json::to_vec(&Envelope {
            context: format!("{root}/$metadata#MachineSecurityStates"),
            // The count is of all devices whatever is skipped (Protocol 11.2.6.5); the first page has it, as in the document.
            count: (query.counts || !query.continues).then_some(all),
            next_link,
            value: &value,
        })
    }
}
