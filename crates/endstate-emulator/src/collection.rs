//! A collection: its items page by page, as in Microsoft's documents.

use endstate_model::{Entity, Field};

use crate::Paging;
use crate::contents::Contents;
use crate::fault::FaultKind;
use crate::page_content::{Links, PageContent};
use crate::query::{LARGEST_PAGE, Query, QueryRules};
use crate::skip_token::{Seal, SkipToken};

/// A collection, served page by page.
#[derive(Debug)]
pub(crate) struct Collection {
    /// The last segment of its path.
    pub(crate) name: &'static str,
    /// The name of the collection in the context URL.
    context: &'static str,
    /// Those of the document.
    fields: Vec<Field>,
    pub(crate) contents: Contents,
    seal: Seal,
    paging: Paging,
}

impl Collection {
    /// Returns the collection of an entity. It refuses skip tokens of another seed, number of
    /// devices or collection.
    pub(crate) fn for_entity<E: Entity>(
        context: &'static str,
        contents: Contents,
        (seed, devices): (u64, u64),
        paging: Paging,
    ) -> Self {
        let seal = Seal::new(seed, devices, E::ENTITY_SET);
        let fields = E::FIELDS.iter().filter(|field| !field.is_derived && !field.is_current).copied().collect();
        Self { name: E::ENTITY_SET, context, fields, contents, seal, paging }
    }

    /// Returns the rules for queries of this collection. The name of the item type is the name of
    /// the set without its plural `s`.
    pub(crate) fn query_rules(&self) -> QueryRules<'_> {
        let type_name = self.context.trim_end_matches('s');
        QueryRules { fields: &self.fields, type_name, seal: &self.seal, paging: self.paging }
    }

    /// Returns one page, after the faults that change its content. `host` and `root` are the host
    /// and base URL that the caller used.
    pub(crate) fn page(
        &self,
        query: &Query,
        page_size: u64,
        host: &str,
        root: &str,
        faults: &[FaultKind],
    ) -> PageContent {
        let all = self.contents.len();
        let overlap =
            faults.iter().find_map(|fault| if let FaultKind::Overlap(devices) = fault { Some(*devices) } else { None });

        let first = query.position.min(all);
        let most = query.top.map_or(page_size, |top| top.min(LARGEST_PAGE));
        let end = if faults.contains(&FaultKind::EmptyPage) { first } else { first.saturating_add(most).min(all) };
        // With `$top`, the real service sends no next link (microsoft-365-docs#8489).
        let next_link = (end < all && query.top.is_none()).then(|| {
            // However much pages overlap, each one starts at least one item later.
            let next = end.saturating_sub(overlap.unwrap_or(0)).max((first + 1).min(end));
            self.link(root, query, next, query.page + 1)
        });

        let mut content = PageContent {
            context: format!("{root}/$metadata#{}", self.context),
            // The count includes all items, even skipped ones (Protocol 11.2.6.5). As in the
            // document, the first page always has it.
            count: (query.counts || !query.continues).then_some(all),
            next_link,
            items: (first..end).map(|position| self.contents.item(position, query.select, &self.fields)).collect(),
            is_link_last: false,
            error: None,
            count_suffix: "",
            contradiction: None,
        };

        if !faults.is_empty() {
            let links = self.links(query, page_size, host, root);
            let before = first.checked_sub(1).map(|position| self.contents.item(position, query.select, &self.fields));
            for fault in faults {
                content.apply(fault, &links, before.as_ref());
            }
        }
        content
    }

    fn links<'h>(&self, query: &Query, page_size: u64, host: &'h str, root: &str) -> Links<'h> {
        let own = if query.continues {
            self.link(root, query, query.position, query.page)
        } else {
            format!("{root}/{}", self.name)
        };

        let before = match query.position.saturating_sub(page_size) {
            0 => format!("{root}/{}", self.name),
            position => self.link(root, query, position, query.page - 1),
        };

        // The link of microsoft-365-docs#8316: on each page, an option loses its name, and the link
        // gets one more option.
        let grown = format!(
            "{}{}",
            self.link(root, query, query.position, query.page),
            "&=10000&$skip=10000".repeat(query.growth + 1)
        );
        Links { own, before, grown, host }
    }

    fn link(&self, root: &str, query: &Query, position: u64, page: u32) -> String {
        let options = match self.paging {
            Paging::SkipToken => {
                let token = SkipToken { position, page, select: query.select, counts: query.counts };
                format!("$skiptoken={}", self.seal.seal(&token))
            }
            Paging::Skip => {
                let select = query.select.names(&self.fields);
                let select = select.map(|names| format!("&$select={names}")).unwrap_or_default();
                let count = if query.counts { "&$count=true" } else { "" };
                format!("$skip={position}{select}{count}")
            }
        };
        format!("{root}/{}?{options}", self.name)
    }
}
