//! What happens to items whose key came before.

/// What happens to an item whose key came before. It is counted in each case, in
/// [`duplicates`](crate::PullReport::duplicates) and, if its contents differ, in
/// [`conflicts`](crate::PullReport::conflicts).
///
/// A service that pages while its collection changes may send an item on two pages, before and
/// after a change. Contents are compared as compact JSON: white space is no difference,
/// and another order of members is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Duplicates {
    /// It is returned only if it differs from the first item with its key. So no item is dropped
    /// for another with other contents, also if the key is not what tells items apart. (Contents
    /// are compared by a digest: one conflict in four thousand million is missed.)
    #[default]
    DropEqual,
    /// It is not returned: the first item with a key counts. Use it if the key identifies an
    /// entity, and you want one row for each.
    First,
    /// It is returned if it differs from the last item with its key: the last item with a key
    /// counts. Use it to read changes, such as those of a delta link
    /// ([`PulledPage::delta_url`](crate::PulledPage::delta_url)), and replace what you have of the
    /// key. Removed entities are items too, which say so (OData JSON Format 4.01, section 15.3).
    ///
    /// A changed item is new: a page of such items is not [stale](crate::Limits::stale_pages). If
    /// the service keeps changing items, the pull ends at
    /// [`page_bound`](crate::Limits::page_bound). A service may count changes, of which one item
    /// has several: then the pull needs [`ignore_count`](crate::Pull::ignore_count).
    Latest,
    /// It is returned.
    Keep,
}
