//! The bare download with reqwest: reads every page to its end and discards it, and finds the next
//! link by a text search. No client in this language can be faster (`cargo xtask bench`). With
//! `keep`, it keeps each page in one buffer and checks that it is UTF-8, which is the least that a
//! client does that uses no part of a page before it has the whole.

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let first = std::env::args().nth(1).ok_or("usage: drain URL [keep]")?;
    let keeps = std::env::args().nth(2).is_some_and(|word| word == "keep");
    let mut page = Vec::new();

    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut url = Some(first);
    while let Some(here) = url {
        let mut response = client.get(here).send().await?.error_for_status()?;
        let (mut next, mut end) = (None, Vec::new());
        page.clear();
        while let Some(chunk) = response.chunk().await? {
            if keeps {
                page.extend_from_slice(&chunk);
            }
            // Good enough for pages whose link is within 512 bytes of their beginning or end.
            if end.is_empty() {
                next = link(&chunk[..chunk.len().min(512)]);
            }
            end.extend_from_slice(&chunk[chunk.len().saturating_sub(512)..]);
            end.drain(..end.len().saturating_sub(512));
        }

        std::str::from_utf8(&page)?;
        let next = next.or_else(|| link(&end));
        url = next;
    }
    Ok(())
}

fn link(text: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    let link = text.split("\"@odata.nextLink\":\"").nth(1).and_then(|rest| rest.split('"').next());
    link.map(ToOwned::to_owned)
}
