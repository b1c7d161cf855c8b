//! Pulls all devices of an emulated service over ureq, and shows that a look-alike host is refused.
//!
//! ```sh
//! cargo run --package endstate-paging --all-features --example ureq
//! ```

#![expect(clippy::print_stdout, reason = "an example prints for the person who runs it")]

mod transport;

use std::sync::Arc;

use endstate_emulator::Emulator;
use endstate_odata::PageUrl;
use endstate_paging::{CallLimits, Pacer, PinnedOrigins, Pull, TokioClock, Transport};
use futures_util::TryStreamExt;

use crate::transport::UreqTransport;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().devices(444).page_size(100).start().await?;
    let root = emulator.service_root();

    let clock = Arc::new(TokioClock::new());
    let pacer = Pacer::new(CallLimits::default(), clock.clone());
    let authorization = format!("Bearer {}", emulator.token()).try_into()?;
    let transport = Arc::new(UreqTransport::new(PinnedOrigins::new(root.parse()?), pacer, authorization));

    let first = PageUrl::new(&format!("{root}/machinesecuritystates"))?;
    let mut pages = Pull::new(transport.clone(), clock, first).pages();
    let mut devices = 0;
    while let Some(page) = pages.try_next().await? {
        devices += page.len();
    }
    println!("ureq: {devices} devices, {}", pages.report().outcome);

    let look_alike = PageUrl::new("https://127.0.0.1.example/machinesecuritystates")?;
    if let Err(refused) = transport.fetch(&look_alike).await {
        println!("{:?}: {refused}", refused.kind());
    }
    Ok(())
}
