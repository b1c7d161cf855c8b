//! Pulls a page from a file a given number of times, with its items in their own order or shuffled.
//! `cargo xtask instructions` counts its instructions.
//!
//! ```sh
//! cargo run --release --features test-util --example replay_page -- FILE TIMES rising|shuffled
//! ```

use std::sync::Arc;

use endstate_odata::{Page, PageUrl};
use endstate_paging::Pull;
use endstate_paging::test_util::{ManualClock, ReplayTransport};
use futures_util::StreamExt;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [file, times, order] = arguments.as_slice() else {
        return Err("usage: replay_page FILE TIMES rising|shuffled".into());
    };
    let body = std::fs::read_to_string(file)?;
    let page = Page::parse(&body)?;
    let items: Vec<_> = page.items().iter().map(endstate_odata::RawItem::as_str).collect();
    // The step is prime, so every item is visited once unless the number of items is a multiple of
    // it.
    let step = if order == "shuffled" { 7919 } else { 1 };
    let ordered: Vec<_> = (0..items.len()).map(|place| items[place * step % items.len()]).collect();
    let body = format!("{{\"value\":[{}]}}", ordered.join(","));
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    for _ in 0..times.parse()? {
        let transport = Arc::new(ReplayTransport::new().page("https://host/devices", body.clone()));
        let pull = Pull::new(transport, Arc::new(ManualClock::new()), PageUrl::new("https://host/devices")?);
        let pages = runtime.block_on(pull.pages().count());
        assert_eq!(pages, 1);
    }
    Ok(())
}
