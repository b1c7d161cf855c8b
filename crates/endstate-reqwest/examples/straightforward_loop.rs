//! The straightforward loop, as you would write it with only reqwest: it reads page after page into
//! owned structures and writes them as NDJSON. This workspace is measured against it (`cargo xtask
//! bench`). It follows any link, retries nothing, and trusts everything it receives.
//!
//! ```sh
//! ENDSTATE_TOKEN=... cargo run --release --example straightforward_loop -- URL FILE
//! ```

use std::fs::File;
use std::io::{BufWriter, Write};

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Page {
    value: Vec<State>,
    #[serde(rename = "@odata.nextLink")]
    next_link: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    id: String,
    build: Option<u32>,
    revision: Option<u32>,
    architecture: Option<String>,
    os_version: Option<String>,
    properties_require_attention: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(first), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("usage: straightforward_loop URL FILE".into());
    };
    let token = std::env::var("ENDSTATE_TOKEN")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut out = BufWriter::new(File::create(output)?);
    let mut url = Some(first);
    while let Some(here) = url {
        let body = client.get(here).bearer_auth(&token).send().await?.error_for_status()?.bytes().await?;
        let page: Page = serde_json::from_slice(&body)?;
        for state in &page.value {
            serde_json::to_writer(&mut out, state)?;
            out.write_all(b"\n")?;
        }
        url = page.next_link;
    }
    out.flush()?;
    Ok(())
}
