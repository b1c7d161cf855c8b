//! The collection: a page of the fleet as the document shows it.

use crate::Fleet;
use crate::fault::FaultKind;
use crate::page_content::{Item, Links, PageContent};
use crate::query::{LARGEST_PAGE, Query};
use crate::select::Selected;
use crate::skip_token::{Seal, SkipToken};

/// The fleet, served page by page.
#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) fleet: Fleet,
    pub(crate) seal: Seal,
}

impl Collection {
    /// Name of the collection, as the last segment of its path.
    pub(crate) const NAME: &'static str = "machinesecuritystates";

    /// One page, with the faults that change what it says; `host` and `root` are where the caller found the service.
    pub(crate) fn page(
        &self,
        query: &Query,
        page_size: u64,
        host: &str,
        root: &str,
        faults: &[FaultKind],
    ) -> PageContent {
        let all = self.fleet.len();
        let overlap =
            faults.iter().find_map(|fault| if let FaultKind::Overlap(devices) = fault { Some(*devices) } else { None });
        let first = query.position.min(all);
        let most = query.top.map_or(page_size, |top| top.min(LARGEST_PAGE));
        let end = if faults.contains(&FaultKind::EmptyPage) { first } else { first.saturating_add(most).min(all) };
        // With `$top` the real service gives no link (microsoft-365-docs#8489).
        let next_link = (end < all && query.top.is_none()).then(|| {
            // However much pages overlap, each goes at least one device further.
            let next = end.saturating_sub(overlap.unwrap_or(0)).max((first + 1).min(end));
            self.link(root, query, next, query.page + 1)
        });
        let items = (first..end).map(|position| self.fleet.device(position));
        let mut content = PageContent {
            context: format!("{root}/$metadata#MachineSecurityStates"),
            // The count is of all devices whatever is skipped (Protocol 11.2.6.5); the first page has it, as in the document.
            count: (query.counts || !query.continues).then_some(all),
            next_link,
            items: items.map(|state| Item::of(&state, &Selected(&state, query.select))).collect(),
            is_link_last: false,
            error: None,
        };
        if !faults.is_empty() {
            let links = self.links(query, page_size, host, root);
            let before = first.checked_sub(1).map(|position| self.fleet.device(position));
            for fault in faults {
                content.suffer(fault, &links, before.as_ref());
            }
        }
        content
    }

    fn links<'h>(&self, query: &Query, page_size: u64, host: &'h str, root: &str) -> Links<'h> {
        let own = if query.continues {
            self.link(root, query, query.position, query.page)
        } else {
            format!("{root}/{}", Self::NAME)
        };
        let before = match query.position.saturating_sub(page_size) {
            0 => format!("{root}/{}", Self::NAME),
            position => self.link(root, query, position, query.page - 1),
        };
        // The link of microsoft-365-docs#8316: an option loses its name on each hop, and one more is added.
        let grown = format!(
            "{}{}",
            self.link(root, query, query.position, query.page),
            "&=10000&$skip=10000".repeat(query.growth + 1)
        );
        Links { own, before, grown, host }
    }

    fn link(&self, root: &str, query: &Query, position: u64, page: u32) -> String {
        let token = SkipToken { position, page, select: query.select, counts: query.counts };
        format!("{root}/{}?$skiptoken={}", Self::NAME, self.seal.seal(&token))
    }
}
