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
    /// It is returned only if it differs from the first item with its key. So nothing that the
    /// service sent is lost, also if the key is not what tells items apart.
    #[default]
    DropEqual,
    /// It is not returned: the first item with a key counts. For a key that is known to identify an
    /// entity, of which one row is wanted.
    First,
    /// It is returned if it differs from the last item with its key, and then replaces it: the last
    /// item with a key counts. For a read of changes, such as of a delta link.
    ///
    /// A changed item is new: a page of such items is not [stale](crate::Limits::stale_pages). A
    /// service that changes its items without end ends at the bound of pages.
    Latest,
    /// It is returned.
    Keep,
}
