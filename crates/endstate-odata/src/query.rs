//! The query options of a request, encoded.

use std::fmt;

use crate::percent::{PercentEncoded, Place};

/// The query options of a request (URL Conventions, section 5), in the order in which they were
/// set.
///
/// Values are set as they are meant, and written percent-encoded: no character of a value ends it,
/// or is read as something else. An option that is set again replaces the one before.
///
/// ```
/// use endstate_odata::{Literal, PageUrl, Query};
///
/// let query = Query::new()
///     .filter(&format!("name eq {}", Literal::from("a+b & c#d")))
///     .select(["id", "name"])
///     .top(10)
///     .option("api-version", "2.0");
/// let url = PageUrl::new("https://host/service/machines")?.with_query(&query);
/// assert_eq!(
///     url.as_str(),
///     "https://host/service/machines?$filter=name%20eq%20%27a%2Bb%20%26%20c%23d%27\
///      &$select=id,name&$top=10&api-version=2.0",
/// );
/// # Ok::<(), endstate_odata::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "options are set on the value that is returned"]
pub struct Query {
    /// Names and values as they are meant.
    options: Vec<(String, String)>,
}

impl Query {
    /// Starts without options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets which items to return (`$filter`). A [`Literal`](crate::Literal) writes a value of the
    /// expression.
    pub fn filter(self, expression: &str) -> Self {
        self.option("$filter", expression)
    }

    /// Sets which properties to return of each item (`$select`). Without names, the service
    /// decides.
    pub fn select<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.list("$select", names)
    }

    /// Sets which related entities to return with each item (`$expand`), each with options of its
    /// own in parentheses.
    pub fn expand<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.list("$expand", names)
    }

    /// Sets the order of the items (`$orderby`), such as `["name desc", "id"]`.
    pub fn order_by<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.list("$orderby", names)
    }

    /// Sets what the items have to match in the way of the service (`$search`).
    pub fn search(self, expression: &str) -> Self {
        self.option("$search", expression)
    }

    /// Sets how many items to return at most, on all pages together (`$top`).
    pub fn top(self, items: u64) -> Self {
        self.option("$top", &items.to_string())
    }

    /// Sets how many items to leave out at the beginning (`$skip`).
    pub fn skip(self, items: u64) -> Self {
        self.option("$skip", &items.to_string())
    }

    /// Sets whether the service counts the items (`$count`). Its count is without
    /// [`top`](Self::top) and [`skip`](Self::skip) (Protocol, section 11.2.6.5).
    pub fn count(self, is_counted: bool) -> Self {
        self.option("$count", if is_counted { "true" } else { "false" })
    }

    /// Sets any option: one of the service's own, a system option that has no method here, or a
    /// parameter alias such as `@name`. The name is not empty, and a system option has its `$`.
    pub fn option(mut self, name: &str, value: &str) -> Self {
        match self.options.iter_mut().find(|(other, _)| other == name) {
            Some((_, before)) => value.clone_into(before),
            None => self.options.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Sets an option to names with commas between them. An option without names does not exist.
    fn list<N: AsRef<str>>(mut self, option: &str, names: impl IntoIterator<Item = N>) -> Self {
        let mut names = names.into_iter();
        let Some(first) = names.next() else {
            self.options.retain(|(name, _)| name != option);
            return self;
        };
        let mut value = first.as_ref().to_owned();
        for name in names {
            value.push(',');
            value.push_str(name.as_ref());
        }
        self.option(option, &value)
    }

    /// Whether no option is set.
    pub fn is_empty(&self) -> bool {
        self.options.is_empty()
    }
}

/// Writes the options as they follow the `?` of a URL.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, value)) in self.options.iter().enumerate() {
            let ampersand = if place > 0 { "&" } else { "" };
            let (name, value) = (PercentEncoded(name, Place::OptionName), PercentEncoded(value, Place::OptionValue));
            write!(f, "{ampersand}{name}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    /// The options as a server reads them, which may read `+` as a space.
    fn read(query: &str) -> Vec<(String, String)> {
        let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().unwrap().into_owned();
        let options = query.split('&').filter(|option| !option.is_empty());
        options
            .map(|option| {
                let (name, value) = option.split_once('=').unwrap();
                (decoded(name), decoded(value))
            })
            .collect()
    }

    proptest! {
        #[test]
        fn a_server_reads_every_option_as_it_was_set(options in prop::collection::vec((".{1,9}", ".{0,19}"), 0..5)) {
            let query = options.iter().fold(Query::new(), |query, (name, value)| query.option(name, value));
            let text = query.to_string();
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic()), "{}", text);
            prop_assert!(!text.contains(['#', '"', '\'', '<', '>', '\\', '^', '`', '{', '|', '}']), "{}", text);
            prop_assert_eq!(read(&text), query.options);
        }
    }

    #[test]
    fn a_list_without_names_is_no_option() {
        let none: [&str; 0] = [];
        assert!(Query::new().select(["a"]).select(none).is_empty());
    }

    #[test]
    fn every_system_option_has_its_name_and_form() {
        let query = Query::new()
            .filter("a eq 1")
            .select(["a", "b"])
            .expand(["c($select=d;$top=1)", "e"])
            .order_by(["a desc"])
            .search("blue OR green")
            .top(1)
            .skip(2)
            .count(true)
            .top(3);
        insta::assert_snapshot!(query, @"$filter=a%20eq%201&$select=a,b&$expand=c($select=d%3B$top=1),e&$orderby=a%20desc&$search=blue%20OR%20green&$top=3&$skip=2&$count=true");
    }
}
