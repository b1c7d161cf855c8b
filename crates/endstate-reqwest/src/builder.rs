//! Setting up a transport.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Certificate;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::http_client;
use crate::{CallLimits, Error, Origin, Pacer, ReqwestTransport, Result, ServiceRoot, TokenProvider, TokioClock};

/// Sets up a [`ReqwestTransport`]; every setting has a default that suits the real service.
#[derive(Debug)]
#[must_use = "nothing is set up until `build` is called"]
pub struct TransportBuilder {
    root: ServiceRoot,
    also_pinned: Vec<Origin>,
    token: Arc<dyn TokenProvider>,
    pacer: Option<Arc<Pacer>>,
    page_size: Option<NonZeroU32>,
    connect_timeout: Duration,
    first_byte_timeout: Duration,
    page_timeout: Duration,
    certificates: Vec<Certificate>,
    user_agent: String,
}

/// How to set a transport up. Here, so the transport does not depend on its builder.
impl ReqwestTransport {
    /// Starts to set up a transport to a service.
    pub fn builder(root: &ServiceRoot, token: Arc<dyn TokenProvider>) -> TransportBuilder {
        TransportBuilder::new(root, token)
    }
}

impl TransportBuilder {
    fn new(root: &ServiceRoot, token: Arc<dyn TokenProvider>) -> Self {
        Self {
            root: root.clone(),
            also_pinned: Vec::new(),
            token,
            pacer: None,
            page_size: None,
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_mins(1),
            page_timeout: Duration::from_mins(5),
            certificates: Vec::new(),
            user_agent: concat!("endstate/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// Pins further origins: names of the same service that its next links may use, and that its token may be sent to.
    pub fn also_pinned(mut self, origins: impl IntoIterator<Item = Origin>) -> Self {
        self.also_pinned.extend(origins);
        self
    }

    /// Shares a pacer: all transports of one tenant and app are one budget. By default a new one with the default limits.
    pub fn pacer(mut self, pacer: Arc<Pacer>) -> Self {
        self.pacer = Some(pacer);
        self
    }

    /// Asks for pages of this many devices (`Prefer: odata.maxpagesize`), which the service may not heed. By default the
    /// service decides.
    pub fn page_size(mut self, devices: NonZeroU32) -> Self {
        self.page_size = Some(devices);
        self
    }

    /// How long connecting may take, TLS included; 10 s by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long the service may think before its answer begins; 60 s by default.
    pub fn first_byte_timeout(mut self, timeout: Duration) -> Self {
        self.first_byte_timeout = timeout;
        self
    }

    /// How long a whole page may take, from connecting to its last byte; 5 min by default.
    pub fn page_timeout(mut self, timeout: Duration) -> Self {
        self.page_timeout = timeout;
        self
    }

    /// Trusts further certificate authorities, given in PEM, beside those of the system: for a proxy that opens TLS.
    ///
    /// # Errors
    /// [`Error::Certificate`] where there is no certificate in it.
    pub fn additional_authorities(mut self, pem: &[u8]) -> Result<Self> {
        self.certificates.extend(http_client::certificates(pem)?);
        Ok(self)
    }

    /// The user agent; `endstate/VERSION` by default.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Sets the transport up. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Client`] where the HTTP client or its TLS cannot be set up.
    pub fn build(self) -> Result<ReqwestTransport> {
        let client = http_client::builder(self.root.origin().is_loopback(), &self.certificates)
            .user_agent(&self.user_agent)
            .default_headers(self.headers())
            .connect_timeout(self.connect_timeout)
            .build()
            .map_err(Error::client)?;
        let pacer =
            self.pacer.unwrap_or_else(|| Arc::new(Pacer::new(CallLimits::default(), Arc::new(TokioClock::new()))));
        Ok(ReqwestTransport {
            client,
            pinned: std::iter::once(self.root.origin().clone()).chain(self.also_pinned).collect(),
            token: self.token,
            pacer,
            first_byte_timeout: self.first_byte_timeout,
            page_timeout: self.page_timeout,
        })
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        // Listed by the document among the request headers, though a GET has no body.
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // Pins the prefixed names of control information (Protocol 8.2.7); both are read all the same.
        headers.insert(HeaderName::from_static("odata-maxversion"), HeaderValue::from_static("4.0"));
        if let Some(devices) = self.page_size
            && let Ok(preference) = HeaderValue::try_from(format!("odata.maxpagesize={devices}"))
        {
            headers.insert(HeaderName::from_static("prefer"), preference);
        }
        headers
    }
}
