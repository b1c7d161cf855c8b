//! Tests the public interface of `endstate-reqwest` over real connections on loopback.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue should show where")]

mod answers;
#[cfg(feature = "azure-identity")]
mod azure_sign_in;
mod client;
mod cloud;
mod conformance;
mod connections;
mod device_code;
mod export;
mod gzip;
mod hunting;
mod identity;
mod origin;
mod own_settings;
mod pacer;
mod probe;
mod raw_server;
mod request;
mod secret_command;
mod tls;
mod tls_acceptor;
mod token;
mod token_claims;

use std::sync::Arc;

use endstate_odata::PageUrl;
use endstate_paging::{FetchError, Transport};
use endstate_reqwest::{CallLimits, FixedToken, Pacer, ReqwestTransport, ServiceRoot, TokioClock, TransportBuilder};
use futures_util::TryStreamExt;

/// The token that no output may ever show.
const TOKEN: &str = "eyJ0eXAi.secret-token.signature";

/// Returns a transport to the server of a test, without pacing.
fn transport_to(root: &str) -> TransportBuilder {
    let pacer = Pacer::new(CallLimits::NONE, Arc::new(TokioClock::new()));
    ReqwestTransport::builder(&ServiceRoot::parse(root).unwrap(), Arc::new(FixedToken::new(TOKEN)))
        .pacer(Arc::new(pacer))
}

/// Fetches the whole body of one page.
async fn fetch(transport: &ReqwestTransport, url: &str) -> Result<String, FetchError> {
    let response = transport.fetch(&PageUrl::new(url).unwrap()).await?;
    let chunks: Vec<_> = response.body.try_collect().await?;
    Ok(String::from_utf8(chunks.concat()).unwrap())
}
