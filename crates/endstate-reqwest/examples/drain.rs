//! The bare download with reqwest: reads every page to its end and discards it, and finds the next
//! link by a text search. No client in this language can be faster (`cargo xtask bench`).

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let first = std::env::args().nth(1).ok_or("usage: drain URL")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut url = Some(first);
    while let Some(here) = url {
        let mut response = client.get(here).send().await?.error_for_status()?;
        let mut next = None;
        let mut is_first = true;
        while let Some(chunk) = response.chunk().await? {
            if std::mem::take(&mut is_first) {
                // Good enough for pages whose link is at their beginning.
                let head = String::from_utf8_lossy(&chunk[..chunk.len().min(512)]).into_owned();
                let link = head.split("\"@odata.nextLink\":\"").nth(1).and_then(|rest| rest.split('"').next());
                next = link.map(ToOwned::to_owned);
            }
        }
        url = next;
    }
    Ok(())
}
