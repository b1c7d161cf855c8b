//! The tests of `endstate-odata` through its public interface.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue should say where")]

mod early_link;
mod entity_key;
mod error_body;
mod item;
mod link;
mod page;
