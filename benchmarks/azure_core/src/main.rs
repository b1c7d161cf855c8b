//! Reads a collection with the pager of azure_core: page after page into owned structures, one row
//! per line. `cargo xtask bench` measures it once it has been built:
//!
//! ```sh
//! cargo build --release --manifest-path benchmarks/azure_core/Cargo.toml
//! ```

use std::fs::File;
use std::io::{BufWriter, Write};

use azure_core::http::pager::{Page, PagerContinuation, PagerOptions, PagerResult, PagerState};
use azure_core::http::{ClientOptions, ItemIterator, Method, Pipeline, RawResponse, Request, Response, Url};
use azure_core::json;
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct States {
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

#[async_trait::async_trait]
impl Page for States {
    type Item = State;
    type IntoIter = <Vec<State> as IntoIterator>::IntoIter;

    async fn into_items(self) -> azure_core::Result<Self::IntoIter> {
        Ok(self.value.into_iter())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(first), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("usage: azure_core_pager URL FILE".into());
    };
    let mut first = Request::new(first.parse()?, Method::Get);
    first.insert_header("authorization", format!("Bearer {}", std::env::var("ENDSTATE_TOKEN")?));
    let pipeline = Pipeline::new(None, None, ClientOptions::default(), Vec::new(), Vec::new(), None);

    let next = move |state: PagerState, options: PagerOptions<'static>| {
        let (pipeline, mut request) = (pipeline.clone(), first.clone());
        let page: std::pin::Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
            if let PagerState::More(link) = state {
                *request.url_mut() = Url::try_from(link)?;
            }
            // As the documentation of `ItemIterator::new` shows it, which parses a page twice.
            let response = pipeline.send(&options.context, &mut request, None).await?;
            let (status, headers, body) = response.deconstruct();
            let states: States = json::from_json(&body)?;
            let response: Response<States> = RawResponse::from_bytes(status, headers, body).into();
            Ok(match states.next_link {
                Some(link) => PagerResult::More { response, continuation: PagerContinuation::Link(link.parse()?) },
                None => PagerResult::Done { response },
            })
        });
        page
    };

    let mut out = BufWriter::new(File::create(output)?);
    let mut items = ItemIterator::<Response<States>>::new(next, None);
    while let Some(state) = items.try_next().await? {
        serde_json::to_writer(&mut out, &state)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
