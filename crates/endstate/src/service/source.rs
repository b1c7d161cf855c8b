//! A live source: the transport to a service, or to an emulator of our own for `--demo`.

use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::Context;
use endstate_emulator::Emulator;
use endstate_model::Entity;
use endstate_odata::{KeyProperty, PageUrl};
use endstate_paging::{Budget, FirstPageNotFound, Limits, Pull, RetryPolicy};
use endstate_reqwest::{
    CallLimits, CloudEndpoint, FixedToken, Pacer, ReqwestTransport, ServiceRoot, TenantGuard, TokenProvider,
    TokioClock, TransportBuilder,
};

use super::sign_in::SignIn;
use crate::cli::{PullLimits, SourceArgs};
use crate::config::endpoint::Endpoint;
use crate::config::settings::Settings;

/// Where the states of one tenant come from.
#[derive(Debug)]
pub(crate) struct LiveSource {
    pub(crate) transport: Arc<ReqwestTransport>,
    pub(crate) settings: Settings,
    root: ServiceRoot,
    /// The row of the table of clouds that has the root, if one has it.
    pub(crate) cloud: Option<&'static CloudEndpoint>,
    clock: Arc<TokioClock>,
    /// Knows the tenant of the token once there is one.
    tenant: Option<Arc<TenantGuard>>,
    /// Runs as long as the source.
    _demo: Option<Emulator>,
}

impl LiveSource {
    /// Sets the source up. Nothing is requested yet.
    pub(crate) async fn open(args: &SourceArgs, settings: Settings) -> anyhow::Result<Self> {
        if args.demo {
            return Self::demo(args.demo_day, settings).await;
        }
        let endpoint = Endpoint::from_args(&settings.service)?;
        let token = SignIn::prepare(&settings, &endpoint)?.token;
        Self::new(&endpoint, token, settings)
    }

    /// The source at an endpoint, with a token.
    pub(crate) fn new(endpoint: &Endpoint, token: Arc<dyn TokenProvider>, settings: Settings) -> anyhow::Result<Self> {
        let clock = Arc::new(TokioClock::new());
        let tenant = Arc::new(TenantGuard::new(token, settings.sign_in.tenant.clone()));
        let builder = transport_builder(&endpoint.root, tenant.clone(), &settings, &clock);
        let mut builder = builder.also_pinned(endpoint.also_pinned.iter().cloned());
        if let (Some(pem), Some(path)) = (endpoint.pem(), &settings.service.ca_file) {
            builder = builder.additional_authorities(pem).with_context(|| path.display().to_string())?;
        }
        let transport = Arc::new(builder.build()?);
        let cloud = endpoint.is_in_cloud.then_some(endpoint.cloud);
        Ok(Self { transport, settings, root: endpoint.root.clone(), cloud, clock, tenant: Some(tenant), _demo: None })
    }

    async fn demo(day: u32, settings: Settings) -> anyhow::Result<Self> {
        let emulator = Emulator::builder().day(day).start().await.context("cannot start the emulator")?;
        let clock = Arc::new(TokioClock::new());
        let root = ServiceRoot::parse(&emulator.service_root())?;
        let token = Arc::new(FixedToken::new(emulator.token()));
        let transport = Arc::new(transport_builder(&root, token, &settings, &clock).build()?);
        Ok(Self { transport, settings, root, cloud: None, clock, tenant: None, _demo: Some(emulator) })
    }

    /// The tenant of the settings, else that of the token.
    pub(crate) fn tenant(&self) -> Option<String> {
        let of_settings = self.settings.sign_in.tenant.as_ref().map(ToString::to_string);
        of_settings.or_else(|| self.tenant.as_ref()?.tenant_of_token().map(ToOwned::to_owned))
    }

    /// The URL of a collection's first page.
    pub(crate) fn url<E: Entity>(&self) -> anyhow::Result<PageUrl> {
        Ok(self.root.collection(E::ENTITY_SET)?)
    }

    /// The retry budgets of the settings.
    pub(crate) fn retry_policy(&self) -> RetryPolicy {
        let limits: &PullLimits = &self.settings.limits;
        let default = RetryPolicy::default();
        let per_page_time = default.per_page.time.min(limits.retry_time);
        let longest_delay = default.longest_delay.max(limits.retry_delay);
        default
            .per_page(Budget::new(limits.retries, per_page_time))
            .per_pull(Budget::new(limits.retries_per_pull, limits.retry_time))
            .delays(limits.retry_delay, longest_delay)
    }

    /// A pull of a whole collection.
    pub(crate) fn pull<E: Entity>(&self, url: PageUrl) -> Pull {
        let limits = &self.settings.limits;
        let bounds = Limits::default()
            .max_pages(limits.max_pages.map(Into::into))
            .max_items(limits.max_items.map(Into::into))
            .max_page_bytes(limits.max_page_bytes);
        let empty_on_404 = self.settings.service.empty_on_404;
        let not_found = if empty_on_404 { FirstPageNotFound::Empty } else { FirstPageNotFound::Fail };
        Pull::new(self.transport.clone(), self.clock.clone(), url)
            .key(KeyProperty::new(E::KEY))
            .limits(bounds)
            .retry(self.retry_policy())
            .first_page_not_found(not_found)
            .prefetch(limits.ahead)
            .spawn(|task| drop(tokio::spawn(task)))
    }
}

fn transport_builder(
    root: &ServiceRoot,
    token: Arc<dyn TokenProvider>,
    settings: &Settings,
    clock: &Arc<TokioClock>,
) -> TransportBuilder {
    let limits = &settings.limits;
    let call_limits = CallLimits::NONE
        .per_minute(NonZeroU32::new(limits.calls_per_minute))
        .per_hour(NonZeroU32::new(limits.calls_per_hour));
    let builder = ReqwestTransport::builder(root, token)
        .pacer(Arc::new(Pacer::new(call_limits, clock.clone())))
        // A service may take all of that time to begin.
        .first_byte_timeout(limits.timeout)
        .page_timeout(limits.timeout);
    match limits.page_size {
        Some(devices) => builder.page_size(devices),
        None => builder,
    }
}
