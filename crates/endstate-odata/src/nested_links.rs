//! The links of lists inside an item that continue elsewhere.

use crate::item::Form;
use crate::{NextLink, RawItem};

/// A list inside an item that continues elsewhere; see [`RawItem::nested_links`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NestedLink {
    /// Where the list is in the item, as a JSON Pointer (RFC 6901), such as `/tags` or
    /// `/groups/0/members`.
    pub list: String,
    /// Leads to the rest of the list, which is a collection of its own.
    pub link: NextLink,
}

impl RawItem<'_> {
    /// Whether a list inside the item continues elsewhere. If so, the item has a property such as
    /// `propertiesRequireAttention@odata.nextLink` next to an incomplete list (sections 4.5.5 and
    /// 8.3). A client must check for this (Protocol 11.2.6.7).
    ///
    /// ```
    /// use endstate_odata::RawItem;
    ///
    /// let item =
    ///     RawItem::parse(r#"{"id":"a","tags":["x"],"tags@odata.nextLink":"https://host/more"}"#)?;
    /// assert!(item.has_partial_list());
    /// # Ok::<(), endstate_odata::Error>(())
    /// ```
    pub fn has_partial_list(&self) -> bool {
        // Items rarely contain this name, or an escape that could spell it. If one does, look at
        // its members: the name could be part of a text.
        may_name_a_link(self.as_str().as_bytes(), self.form()) && has_nested_link(*self, MAX_DEPTH)
    }

    /// The lists inside the item that continue elsewhere, in the server's order. The rest of each
    /// is a collection, which can be pulled like any other from where its link leads
    /// ([`NextLink::resolve`]).
    ///
    /// Some links cannot be returned: one that is not a string, is nested deeper than 128 levels,
    /// or belongs to a list whose pointer is longer than 256 bytes. [`has_unreadable_link`] is true
    /// then.
    ///
    /// [`has_unreadable_link`]: Self::has_unreadable_link
    ///
    /// ```
    /// use endstate_odata::RawItem;
    ///
    /// let item = RawItem::parse(
    ///     r#"{"id":"a","groups":[{"members":[1],"members@odata.nextLink":"a/groups(0)/members?$skip=1"}]}"#,
    /// )?;
    /// let links = item.nested_links();
    /// assert_eq!(links[0].list, "/groups/0/members");
    /// assert_eq!(links[0].link.as_str(), "a/groups(0)/members?$skip=1");
    /// # Ok::<(), endstate_odata::Error>(())
    /// ```
    pub fn nested_links(&self) -> Vec<NestedLink> {
        self.search_links().links
    }

    /// Whether a list inside the item continues elsewhere, and [`nested_links`](Self::nested_links)
    /// cannot return its link: the rest of that list is lost.
    pub fn has_unreadable_link(&self) -> bool {
        self.search_links().has_unreadable
    }

    fn search_links(&self) -> FoundLinks {
        let mut found = FoundLinks::default();
        if may_name_a_link(self.as_str().as_bytes(), self.form()) {
            found.search(*self, MAX_DEPTH, &mut String::new());
        }
        found
    }
}

/// The links that were found in an item.
#[derive(Debug, Default)]
struct FoundLinks {
    links: Vec<NestedLink>,
    has_unreadable: bool,
}

/// The longest pointer in bytes. Each link has one, so they would otherwise take the square of the
/// memory of an item with a long name and many links in it.
const LONGEST_POINTER: usize = 256;

/// Whether a text may have a member whose name ends in `nextLink`. JSON may spell each letter of a
/// name as an escape, such as `\u006e`.
pub(crate) fn may_name_a_link(text: &[u8], form: Form) -> bool {
    let has = |part: &str| memchr::memmem::find(text, part.as_bytes()).is_some();
    has("nextLink") || !form.is_plain && has("\\u")
}

/// Deepest nesting in which links are searched. A value that is nested deeper counts as partial: no
/// service sends it, and a search must not exhaust the stack.
const MAX_DEPTH: u32 = 128;

/// The list that a member is the link of, by the member's name and value. A null or empty link
/// means the end of the list, as it does for pages.
fn list_of<'n>(name: &'n str, value: RawItem<'_>) -> Option<&'n str> {
    let list = name.strip_suffix("@odata.nextLink").or_else(|| name.strip_suffix("@nextLink"))?;
    (!["null", "\"\""].contains(&value.as_str().trim_ascii())).then_some(list)
}

/// Whether a value has a member that is a link. Of a name that occurs twice, one link is enough.
fn has_nested_link(value: RawItem<'_>, depth: u32) -> bool {
    let Some(deeper) = depth.checked_sub(1) else { return true };
    match first_byte(value) {
        Some(b'{') => {
            value.members().any(|(name, value)| list_of(&name, value).is_some() || has_nested_link(value, deeper))
        }
        Some(b'[') => value.elements().any(|element| has_nested_link(element, deeper)),
        _ => false,
    }
}

impl FoundLinks {
    /// Adds the links within a value, which is at the pointer `at`.
    fn search(&mut self, value: RawItem<'_>, depth: u32, at: &mut String) {
        let Some(deeper) = depth.checked_sub(1) else {
            self.has_unreadable = true;
            return;
        };
        let length = at.len();

        match first_byte(value) {
            Some(b'{') => {
                for (name, value) in value.members() {
                    let list = list_of(&name, value);
                    push_token(at, list.unwrap_or(&name));
                    if list.is_some() {
                        self.add(value, at);
                    } else {
                        self.search(value, deeper, at);
                    }
                    at.truncate(length);
                }
            }
            Some(b'[') => {
                for (place, element) in value.elements().enumerate() {
                    push_token(at, &place.to_string());
                    self.search(element, deeper, at);
                    at.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, value: RawItem<'_>, at: &str) {
        let link = value.decode::<String>().ok().and_then(|link| NextLink::new(&link));
        match link.filter(|_| at.len() <= LONGEST_POINTER) {
            Some(link) => self.links.push(NestedLink { list: at.to_owned(), link }),
            None => self.has_unreadable = true,
        }
    }
}

/// Adds a reference token to a JSON Pointer (RFC 6901, section 3).
fn push_token(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
}

fn first_byte(value: RawItem<'_>) -> Option<u8> {
    value.as_str().trim_ascii_start().bytes().next()
}
