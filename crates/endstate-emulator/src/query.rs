//! Parses the query options and the preferred page size of a request.

use axum::http::HeaderMap;

use endstate_model::Field;

use crate::Paging;
use crate::select::Select;
use crate::skip_token::{Seal, SkipToken};

/// Largest page that the real service sends.
pub(crate) const LARGEST_PAGE: u64 = 10_000;

/// A parsed request for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Query {
    /// Position of the first item.
    pub(crate) position: u64,
    /// Maximum number of items. The page then has no next link: this is how the real service
    /// handles `$top`.
    pub(crate) top: Option<u64>,
    pub(crate) select: Select,
    /// Whether every page has the count.
    pub(crate) counts: bool,
    /// Whether this is a continuation.
    pub(crate) continues: bool,
    /// Number of the page, from 1.
    pub(crate) page: u32,
    /// How many times a link of microsoft-365-docs#8316 has grown.
    pub(crate) growth: usize,
}

/// What a collection allows in a query.
#[derive(Debug)]
pub(crate) struct QueryRules<'c> {
    pub(crate) fields: &'c [Field],
    /// The name of the type of the items.
    pub(crate) type_name: &'c str,
    pub(crate) seal: &'c Seal,
    pub(crate) paging: Paging,
}

impl Query {
    /// Parses the query options.
    ///
    /// # Errors
    /// The message of the 400 response.
    pub(crate) fn parse(options: &[(String, String)], rules: &QueryRules<'_>, page_size: u64) -> Result<Self, String> {
        let mut query = Self {
            position: 0,
            top: None,
            select: Select::ALL,
            counts: false,
            continues: false,
            page: 1,
            // An option without a name comes only from such a link.
            growth: options.iter().filter(|(name, _)| name.is_empty()).count(),
        };

        let mut token = None;
        let mut others = 0;
        for (name, value) in options {
            let number =
                || value.parse().map_err(|_| format!("Invalid value '{value}' for the query option '{name}'."));
            others += 1;
            match name.as_str() {
                "$skiptoken" => {
                    token = Some(rules.seal.open(value).ok_or("The continuation token is not valid.")?);
                    others -= 1;
                }
                "$skip" => {
                    query.position = number()?;
                    // If the next links have `$skip`, compute the page that this link leads to.
                    query.continues = rules.paging == Paging::Skip && query.position > 0;
                    if query.continues {
                        query.page = u32::try_from(query.position / page_size.max(1) + 1).unwrap_or(u32::MAX);
                    }
                }
                "$top" => query.top = Some(number()?),
                "$count" => {
                    query.counts =
                        value.parse().map_err(|_| format!("Invalid value '{value}' for the query option '$count'."))?;
                }
                "$select" => {
                    query.select = Select::parse(value, rules.fields).map_err(|name| {
                        format!("Could not find a property named '{name}' on type '{}'.", rules.type_name)
                    })?;
                }
                system if system.starts_with('$') => {
                    return Err(format!("The query option '{system}' is not supported."));
                }
                // The service ignores the caller's own options (Protocol 11.2.1).
                _ => others -= 1,
            }
        }

        match token {
            None => Ok(query),
            Some(_) if others > 0 && query.growth == 0 => {
                Err("No query option may be added to a next link.".to_owned())
            }
            Some(SkipToken { position, page, select, counts }) => {
                Ok(Self { position, page, select, counts, continues: true, top: None, growth: query.growth })
            }
        }
    }
}

/// Returns the page size of `Prefer: odata.maxpagesize=N`, or of `maxpagesize=N` (version 4.01), up
/// to [`LARGEST_PAGE`].
pub(crate) fn preferred_page_size(headers: &HeaderMap) -> Option<u64> {
    let preferences = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    preferences
        .flat_map(|value| value.split([',', ';']))
        .filter_map(|preference| {
            let (name, value) = preference.split_once('=')?;
            let name = name.trim().to_ascii_lowercase();
            if name != "odata.maxpagesize" && name != "maxpagesize" {
                return None;
            }
            value.trim().trim_matches('"').parse::<u64>().ok().filter(|size| *size > 0)
        })
        .map(|size| size.min(LARGEST_PAGE))
        .next()
}
