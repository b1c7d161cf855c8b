//! The builder of a transport.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use endstate_paging::PinnedOrigins;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, ClientBuilder};

use crate::connections::Connections;
use crate::downloads::Downloads;
use crate::exchange::OnExchange;
use crate::own_header::{self, own_header};
use crate::signed_url::StorageHosts;
use crate::{
    AuthorizationScheme, CallLimits, Cloud, Error, Exchange, ExportTransport, HuntingTransport, Origin, Pacer,
    ReqwestTransport, Result, ServiceRoot, TokenProvider, TokioClock,
};
use crate::{export_transport, http_client, hunting_transport};

/// Sets up a [`ReqwestTransport`]. The defaults suit Microsoft's services.
#[derive(Debug)]
#[must_use = "nothing is set up until `build` is called"]
pub struct TransportBuilder {
    root: ServiceRoot,
    also_pinned: Vec<Origin>,
    /// `None` sends no secret.
    token: Option<Arc<dyn TokenProvider>>,
    scheme: AuthorizationScheme,
    headers: HeaderMap,
    configure: Configure,
    on_exchange: OnExchange,
    pacer: Option<Arc<Pacer>>,
    page_size: Option<NonZeroU32>,
    connect_timeout: Duration,
    /// `None` is the default of what is built.
    first_byte_timeout: Option<Duration>,
    page_timeout: Duration,
    certificates: Vec<Certificate>,
    user_agent: String,
}

/// What the caller sets of the HTTP client.
#[derive(Clone)]
struct Configure(Arc<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>);

impl fmt::Debug for Configure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Configure")
    }
}

/// The constructors are here, so the transport does not depend on its builder.
impl ReqwestTransport {
    /// Returns a builder of a transport to a service.
    pub fn builder(root: &ServiceRoot, token: Arc<dyn TokenProvider>) -> TransportBuilder {
        TransportBuilder::new(root, Some(token))
    }

    /// Returns a builder of a transport to a service that needs no secret.
    pub fn anonymous(root: &ServiceRoot) -> TransportBuilder {
        TransportBuilder::new(root, None)
    }
}

impl TransportBuilder {
    fn new(root: &ServiceRoot, token: Option<Arc<dyn TokenProvider>>) -> Self {
        Self {
            root: root.clone(),
            also_pinned: Vec::new(),
            token,
            scheme: AuthorizationScheme::default(),
            headers: HeaderMap::new(),
            configure: Configure(Arc::new(|client| client)),
            on_exchange: OnExchange::default(),
            pacer: None,
            page_size: None,
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: None,
            page_timeout: Duration::from_secs(5 * 60),
            certificates: Vec::new(),
            user_agent: concat!("endstate/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }

    /// Pins further origins: names of the same service that its next links may use, and that may
    /// receive its token.
    pub fn also_pinned(mut self, origins: impl IntoIterator<Item = Origin>) -> Self {
        self.also_pinned.extend(origins);
        self
    }

    /// Sets how the secret of the token provider is sent; as a bearer token by default.
    pub fn authorization(mut self, scheme: AuthorizationScheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// Sends a header with each request, such as `ConsistencyLevel: eventual`. It replaces the
    /// transport's own header of this name; `Prefer` is sent beside that of
    /// [`page_size`](Self::page_size). [`ReqwestTransport::with_header`] sets one for some
    /// requests.
    ///
    /// A value may be a secret, such as the key of a gateway. Nothing shows it, but an echo of it
    /// in an error is not found; that of the token provider's secret is.
    ///
    /// # Errors
    /// [`Error::Setting`] if this is not a header, or one that the transport or HTTP itself sets.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self> {
        let (name, value) = own_header(name, value)?;
        own_header::set(&mut self.headers, name, value);
        Ok(self)
    }

    /// Changes the HTTP client before it is built, such as its proxy, its addresses or its TLS, and
    /// that of downloads in the same way. `configure` may be called again, because a client whose
    /// connection failed is given up for a new one.
    ///
    /// Some settings are made afterwards, and win: no redirects, no retries of the library's own,
    /// no content coding that the transport does not undo, no log of what is sent, no proxy on
    /// loopback, pings of HTTP/2, the user agent, and the time to connect.
    ///
    /// ```
    /// # fn example(builder: endstate_reqwest::TransportBuilder, proxy: reqwest::Proxy) -> endstate_reqwest::TransportBuilder {
    /// builder.configure_client(move |client| client.proxy(proxy.clone()))
    /// # }
    /// ```
    pub fn configure_client(
        mut self,
        configure: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.configure = Configure(Arc::new(configure));
        self
    }

    /// Calls `notify` with the heads of each request and its response, without secrets. Downloads
    /// of an export are not shown.
    pub fn on_exchange(mut self, notify: impl Fn(&Exchange<'_>) + Send + Sync + 'static) -> Self {
        self.on_exchange = OnExchange(Some(Arc::new(notify)));
        self
    }

    /// Shares a pacer, because all transports of one tenant and app have one budget. By default,
    /// the transport has a new pacer with the limits of Microsoft's API: 100 calls in any minute
    /// and 1,500 in any hour.
    pub fn pacer(mut self, pacer: Arc<Pacer>) -> Self {
        self.pacer = Some(pacer);
        self
    }

    /// Requests pages of this many items (`Prefer: odata.maxpagesize`); the service may ignore
    /// it. By default, the service decides.
    pub fn page_size(mut self, devices: NonZeroU32) -> Self {
        self.page_size = Some(devices);
        self
    }

    /// Sets how long connecting may take, TLS included; 10 s by default, and at most half of the
    /// time that the response and the page may take.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long the service may take before its response begins; 60 s by default, and 200 s
    /// for a query of advanced hunting, which may run for 3 minutes.
    pub fn first_byte_timeout(mut self, timeout: Duration) -> Self {
        self.first_byte_timeout = Some(timeout);
        self
    }

    /// Sets how long a whole page may take, from connecting to its last byte; 5 min by default.
    pub fn page_timeout(mut self, timeout: Duration) -> Self {
        self.page_timeout = timeout;
        self
    }

    /// Trusts further certificate authorities, in PEM, besides those of the system: for a proxy
    /// that intercepts TLS.
    ///
    /// # Errors
    /// [`Error::Certificate`] if the PEM has no usable certificate.
    pub fn additional_authorities(mut self, pem: &[u8]) -> Result<Self> {
        self.certificates.extend(http_client::certificates(pem)?);
        Ok(self)
    }

    /// Sets the user agent; `endstate/VERSION` by default.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Builds the transport. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Client`] if the HTTP client or its TLS cannot be set up.
    pub fn build(self) -> Result<ReqwestTransport> {
        self.build_with(Duration::from_secs(60), CallLimits::default())
    }

    /// Builds a transport of queries of advanced hunting; nothing is sent yet. The service root is
    /// that of Microsoft Graph, such as `https://graph.microsoft.com/v1.0`. The size of a page does
    /// not apply. By default, the pacer has the limits of [`CallLimits::for_hunting`].
    ///
    /// # Errors
    /// As for [`build`](Self::build).
    pub fn build_for_hunting(self) -> Result<HuntingTransport> {
        let url = self.root.collection(hunting_transport::PATH)?;
        let unsized_pages = Self { page_size: None, ..self };
        let transport = unsized_pages.build_with(Duration::from_secs(200), CallLimits::for_hunting())?;
        Ok(HuntingTransport::new(transport, url))
    }

    /// Builds a transport of the files of an export; nothing is sent yet. The service root is that
    /// of today's Defender API, such as `https://api.security.microsoft.com/api`, and `cloud` says
    /// which storage has the files. The size of a page does not apply. A file has no limit on its
    /// time, but no part of it may take longer than a page. By default, the pacer has the limits of
    /// [`CallLimits::for_export`].
    ///
    /// # Errors
    /// As for [`build`](Self::build).
    pub fn build_for_export(self, cloud: Cloud) -> Result<ExportTransport> {
        let url = self.root.collection(export_transport::PATH)?;
        let first_byte_timeout = Duration::from_secs(60);
        let downloads = self.downloads(cloud, self.first_byte_timeout.unwrap_or(first_byte_timeout))?;
        let unsized_pages = Self { page_size: None, ..self };
        let list = unsized_pages.build_with(first_byte_timeout, CallLimits::for_export())?;
        Ok(ExportTransport::new(list, url, downloads))
    }

    /// The connections of downloads have neither the token nor the headers of the service.
    fn downloads(&self, cloud: Cloud, first_byte_timeout: Duration) -> Result<Downloads> {
        let is_loopback = self.root.origin().is_loopback();
        let (certificates, user_agent) = (self.certificates.clone(), self.user_agent.clone());
        let configure = self.configure.clone();
        let connect_timeout = self.connect_timeout.min(first_byte_timeout / 2);
        let page_timeout = self.page_timeout;
        let connections = Connections::new(move || {
            http_client::builder_with(is_loopback, &certificates, &*configure.0)
                .user_agent(&user_agent)
                .connect_timeout(connect_timeout)
                .read_timeout(page_timeout)
                .build()
                .map_err(Error::client)
        })?;
        let hosts = StorageHosts::for_cloud(cloud, is_loopback);
        Ok(Downloads { connections: Arc::new(connections), hosts, first_byte_timeout })
    }

    /// Builds a transport with these defaults.
    fn build_with(self, first_byte_timeout: Duration, limits: CallLimits) -> Result<ReqwestTransport> {
        let first_byte_timeout = self.first_byte_timeout.unwrap_or(first_byte_timeout);
        let headers = self.headers();
        let directly = self.root.origin().is_loopback();
        let (certificates, user_agent, configure) = (self.certificates, self.user_agent, self.configure);
        // The end of the time to connect must not look like the end of the time to respond.
        let connect_timeout = self.connect_timeout.min(first_byte_timeout.min(self.page_timeout) / 2);
        let connections = Connections::new(move || {
            http_client::builder_with(directly, &certificates, &*configure.0)
                .user_agent(&user_agent)
                .connect_timeout(connect_timeout)
                .build()
                .map_err(Error::client)
        })?;

        let pacer = self.pacer.unwrap_or_else(|| Arc::new(Pacer::new(limits, Arc::new(TokioClock::new()))));
        Ok(ReqwestTransport {
            connections: Arc::new(connections),
            pinned: PinnedOrigins::new(self.root.origin().clone()).and(self.also_pinned),
            token: self.token,
            scheme: self.scheme,
            headers,
            on_exchange: self.on_exchange,
            pacer,
            first_byte_timeout,
            page_timeout: self.page_timeout,
        })
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        // The document lists this header among the request headers, though a GET has no body.
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // Requests the prefixed names of control information (Protocol 8.2.7); names without a
        // prefix are read as well.
        headers.insert(HeaderName::from_static("odata-maxversion"), HeaderValue::from_static("4.0"));
        if let Some(devices) = self.page_size
            && let Ok(preference) = HeaderValue::try_from(format!("odata.maxpagesize={devices}"))
        {
            headers.insert(HeaderName::from_static("prefer"), preference);
        }
        for name in self.headers.keys().filter(|name| *name != "prefer") {
            headers.remove(name);
        }
        headers.extend(self.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        headers
    }
}
