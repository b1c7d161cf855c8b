//! What the examples of transports have in common: a pull of an emulated service, and a link to a
//! look-alike host.

use std::error::Error;
use std::sync::Arc;

use endstate_emulator::Emulator;
use endstate_odata::PageUrl;
use endstate_paging::{HttpStack, HttpTransport, PinnedOrigins, Pull, TokioClock, Transport};
use futures_util::TryStreamExt;

/// Pulls all devices of an emulated service, and shows that a look-alike host is refused.
pub(crate) async fn pull(stack: impl HttpStack + 'static) -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().devices(444).page_size(100).start().await?;
    let root = emulator.service_root();

    let clock = Arc::new(TokioClock::new());
    let authorization = format!("Bearer {}", emulator.token()).try_into()?;
    let transport = HttpTransport::new(stack, PinnedOrigins::new(root.parse()?), clock.clone());
    let transport = Arc::new(transport.authorization(authorization));

    let first = PageUrl::new(&format!("{root}/machinesecuritystates"))?;
    let mut pages = Pull::new(transport.clone(), clock, first).pages();
    let mut devices = 0;
    while let Some(page) = pages.try_next().await? {
        devices += page.len();
    }
    println!("{devices} devices, {}", pages.report().outcome);

    let look_alike = PageUrl::new("https://127.0.0.1.example/machinesecuritystates")?;
    match transport.fetch(&look_alike).await {
        Ok(_) => Err("a look-alike host got a request".into()),
        Err(refused) => {
            println!("{refused}");
            Ok(())
        }
    }
}
