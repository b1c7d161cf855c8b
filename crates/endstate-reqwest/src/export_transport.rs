//! The export of the secure configuration assessment: its list with the token, its files without.

use async_trait::async_trait;
use endstate_odata::PageUrl;
use endstate_paging::{FetchError, FileTransport, PageResponse};

use crate::downloads::Downloads;
use crate::signed_url::SignedUrl;
use crate::{Pacer, ReqwestTransport};

/// Fetches the list of an export's files (`GET
/// /api/machines/SecureConfigurationsAssessmentExport`), and the files.
///
/// The list is requested as a [`ReqwestTransport`] requests a page. The files are in Microsoft's
/// storage, under signed URLs:
/// - they are requested over connections of their own, without a token, and no redirect is
///   followed;
/// - only `https://*.blob.core.windows.net` is accepted, or `https://*.blob.core.usgovcloudapi.net`
///   in the government clouds, and loopback if the service itself is there;
/// - the query of a URL is a secret, and never shown;
/// - downloads are no calls, so the pacer is not used for them.
#[derive(Debug)]
pub struct ExportTransport {
    list: ReqwestTransport,
    url: PageUrl,
    downloads: Downloads,
}

/// The path of the list below the root of the Defender API, such as
/// `https://api.security.microsoft.com/api`.
pub(crate) const PATH: &str = "machines/SecureConfigurationsAssessmentExport";

impl ExportTransport {
    pub(crate) fn new(list: ReqwestTransport, url: PageUrl, downloads: Downloads) -> Self {
        Self { list, url, downloads }
    }

    /// The pacer of the requests of lists.
    pub fn pacer(&self) -> &Pacer {
        self.list.pacer()
    }
}

#[async_trait]
impl FileTransport for ExportTransport {
    async fn list(&self) -> Result<PageResponse, FetchError> {
        self.list.request(&self.url, None).await
    }

    fn check(&self, file: &PageUrl) -> Result<(), FetchError> {
        SignedUrl::new(file, &self.downloads.hosts).map(drop)
    }

    async fn open(&self, file: &PageUrl) -> Result<PageResponse, FetchError> {
        self.downloads.open(&SignedUrl::new(file, &self.downloads.hosts)?).await
    }
}
