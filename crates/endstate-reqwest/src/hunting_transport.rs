//! Queries of advanced hunting through Microsoft Graph: the text in, the answer out.

use async_trait::async_trait;
use endstate_odata::PageUrl;
use endstate_paging::{FetchError, FetchErrorKind, PageResponse, QueryTransport};
use serde::Serialize;

use crate::{Pacer, ReqwestTransport};

/// Sends queries to advanced hunting (Microsoft Graph, `POST /security/runHuntingQuery`), with the
/// origins, token, pacing and timeouts of a [`ReqwestTransport`].
///
/// The application permission is `ThreatHunting.Read.All`. Each query covers the last 30 days,
/// which is as far as the tables of devices reach back.
#[derive(Debug)]
pub struct HuntingTransport {
    transport: ReqwestTransport,
    url: PageUrl,
}

/// The path of the query below the root of Microsoft Graph, such as
/// `https://graph.microsoft.com/v1.0`.
pub(crate) const PATH: &str = "security/runHuntingQuery";

/// The body of the request; the names are Microsoft Graph's.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct HuntingQuery<'q> {
    query: &'q str,
    /// An ISO 8601 duration.
    timespan: &'static str,
}

impl HuntingTransport {
    pub(crate) fn new(transport: ReqwestTransport, url: PageUrl) -> Self {
        Self { transport, url }
    }

    /// The pacer of the calls of this transport.
    pub fn pacer(&self) -> &Pacer {
        self.transport.pacer()
    }
}

#[async_trait]
impl QueryTransport for HuntingTransport {
    async fn query(&self, text: &str) -> Result<PageResponse, FetchError> {
        let body = serde_json::to_string(&HuntingQuery { query: text, timespan: "P30D" }).map_err(|error| {
            FetchError::new(FetchErrorKind::Rejected, "the query cannot be sent as JSON").with_source(error)
        })?;
        self.transport.request(&self.url, Some(body)).await
    }
}
