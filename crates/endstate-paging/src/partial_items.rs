//! What it means if an item is only partly on its page.

/// What it means if a list inside an item continues on another page, as the lists of a request with
/// `$expand` may: the item has a next link of its own ([`RawItem::nested_links`]). Such items are
/// counted in [`PullReport::partial_items`](crate::PullReport::partial_items) in each case.
///
/// [`RawItem::nested_links`]: endstate_odata::RawItem::nested_links
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum PartialItems {
    /// The pull is incomplete, because a part of the item is missing
    /// ([`Reason::PartialItem`](crate::Reason::PartialItem)).
    #[default]
    MakeIncomplete,
    /// The pull can be complete: its outcome is about the items, and the caller follows the links.
    /// The rest of each list is a collection, and so a pull of its own, from
    /// [`PulledPage::nested_url`](crate::PulledPage::nested_url). If the service repeats the count
    /// of the whole list on that rest, that pull needs [`ignore_count`](crate::Pull::ignore_count).
    ///
    /// Decoded items do not show the links, so read pages or items. If no caller can follow a link
    /// ([`RawItem::has_unreadable_link`]), the pull is
    /// incomplete.
    ///
    /// [`RawItem::has_unreadable_link`]: endstate_odata::RawItem::has_unreadable_link
    Accept,
}
