//! OData V4 as values, with no input or output: of a response, a page's envelope, its opaque links,
//! its items as raw slices, and the error body; of a request, its path and its query options.
//!
//! Section numbers in this crate refer to *OData JSON Format 4.01* (OASIS Standard, 11 May 2020).
//! "Protocol" is *OData 4.01 Part 1*, "URL Conventions" is *OData 4.01 Part 2*, "ABNF" is the
//! grammar that comes with both, and "the document" is the vendor's page on the machine security
//! states collection.
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod early_link;
mod entity_key;
mod entity_keys;
mod envelope;
mod error;
mod error_body;
mod item;
mod item_finder;
mod item_layout;
mod item_lines;
mod item_reader;
mod item_scan;
mod item_stream;
mod key_properties;
mod link;
mod literal;
mod nested_links;
mod page;
mod page_buf;
mod page_parser;
mod percent;
mod query;
mod reference;
mod resource_path;
mod scan;
mod streamed_item;
mod whole_number;

pub use early_link::{EarlyLink, find_last_link, find_next_link};
pub use entity_key::EntityKey;
pub use entity_keys::EntityKeys;
pub use error::{Error, Result};
pub use error_body::{ErrorBody, ErrorDetail, InnerError};
pub use item::{InvalidItem, Members, RawItem};
pub use item_layout::MemberNames;
pub use item_lines::ItemLines;
pub use item_reader::ItemReader;
pub use item_stream::ItemStream;
pub use key_properties::KeyProperties;
pub use link::{DeltaLink, NextLink, PageUrl};
pub use literal::Literal;
pub use nested_links::NestedLink;
pub use page::Page;
pub use page_buf::PageBuf;
pub use page_parser::PageParser;
pub use query::Query;
pub use resource_path::ResourcePath;
pub use streamed_item::StreamedItem;
