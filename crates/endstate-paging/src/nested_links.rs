//! What it means if an item is only partly on its page.

/// What it means if a list inside an item continues on another page, as the lists of a request with
/// `$expand` may: the item has a next link of its own ([`RawItem::nested_links`]). Such items are
/// counted in [`partial_items`](crate::PullReport::partial_items) in each case.
///
/// [`RawItem::nested_links`]: endstate_odata::RawItem::nested_links
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum NestedLinks {
    /// The pull is incomplete, because a part of the item is missing
    /// ([`PartialItem`](crate::Reason::PartialItem)).
    #[default]
    Refuse,
    /// The pull can be complete: its outcome is about the items, and the caller follows the links.
    /// The rest of each list is a collection, and so a pull of its own.
    Accept,
}
