//! A live source: the transport to a service, or to an emulator of our own for `--demo`.

use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::Context;
use endstate_analysis::Condition;
use endstate_emulator::Emulator;
use endstate_model::Entity;
use endstate_odata::{KeyProperty, PageUrl};
use endstate_paging::{FirstPageNotFound, Limits, Pull, RetryPolicy};
use endstate_reqwest::{
    CallLimits, FixedToken, Pacer, ReqwestTransport, ServiceRoot, TokenProvider, TokioClock, TransportBuilder,
};

use crate::args::{PullLimits, SourceArgs};
use crate::row::InvalidItems;
use crate::run::Order;
use crate::service_place::ServicePlace;
use crate::settings::Settings;
use crate::sign_in::SignIn;

/// Where the states of one tenant come from.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) transport: Arc<ReqwestTransport>,
    pub(crate) settings: Settings,
    pub(crate) root: ServiceRoot,
    /// The cloud, if the root is one of its hosts.
    pub(crate) cloud: Option<String>,
    pub(crate) is_one_of_many: bool,
    clock: Arc<TokioClock>,
    /// Runs as long as the source.
    _demo: Option<Emulator>,
}

impl Source {
    /// Sets the source up. Nothing is asked for yet. `is_one_of_many` where there are further tenants.
    pub(crate) async fn open(args: &SourceArgs, settings: Settings, is_one_of_many: bool) -> anyhow::Result<Self> {
        if args.demo {
            let clock = Arc::new(TokioClock::new());
            let emulator = Emulator::builder().day(args.demo_day).start().await;
            let emulator = emulator.context("the emulator cannot be started")?;
            let root = ServiceRoot::parse(&emulator.service_root())?;
            let token = Arc::new(FixedToken::new(emulator.token()));
            let transport = Arc::new(builder(&root, token, &settings, &clock).build()?);
            let (cloud, demo) = (None, Some(emulator));
            return Ok(Self { transport, settings, root, cloud, is_one_of_many, clock, _demo: demo });
        }
        let place = ServicePlace::of(&settings.service)?;
        let pem = ServicePlace::certificate_authorities(&settings.service)?;
        let token = SignIn::prepare(&settings, &place, pem.as_deref(), is_one_of_many).await?.token;
        Self::at(&place, token, settings, pem.as_deref(), is_one_of_many)
    }

    /// The source at a place, with a token. `pem` has further certificate authorities to trust.
    pub(crate) fn at(
        place: &ServicePlace,
        token: Arc<dyn TokenProvider>,
        settings: Settings,
        pem: Option<&[u8]>,
        is_one_of_many: bool,
    ) -> anyhow::Result<Self> {
        let clock = Arc::new(TokioClock::new());
        let mut builder = builder(&place.root, token, &settings, &clock).also_pinned(place.also_pinned.iter().cloned());
        if let (Some(pem), Some(path)) = (pem, &settings.service.ca_file) {
            builder = builder.additional_authorities(pem).with_context(|| path.display().to_string())?;
        }
        let transport = Arc::new(builder.build()?);
        let (root, cloud) = (place.root.clone(), place.name());
        Ok(Self { transport, settings, root, cloud, is_one_of_many, clock, _demo: None })
    }

    /// Where a collection begins.
    pub(crate) fn url<E: Entity>(&self) -> anyhow::Result<PageUrl> {
        Ok(self.root.collection(E::ENTITY_SET)?)
    }

    /// A pull of everything that is in a collection.
    pub(crate) fn order<'o, E: Entity>(&self, condition: Option<&'o Condition<E>>) -> anyhow::Result<Order<'o, E>> {
        let url = self.url::<E>()?;
        let tenant = self.settings.profile.clone().filter(|_| self.is_one_of_many);
        let invalid = InvalidItems::of::<E>();
        Ok(Order { pull: self.pull::<E>(url.clone()), url, tenant, invalid, condition })
    }

    fn pull<E: Entity>(&self, url: PageUrl) -> Pull {
        let limits = &self.settings.limits;
        let mut bounds = Limits::default();
        bounds.max_pages = limits.max_pages.map(Into::into);
        bounds.max_items = limits.max_items.map(Into::into);
        bounds.max_page_bytes = limits.max_page_bytes;
        let empty_on_404 = self.settings.service.empty_on_404;
        let not_found = if empty_on_404 { FirstPageNotFound::Empty } else { FirstPageNotFound::Fail };
        Pull::new(self.transport.clone(), self.clock.clone(), url)
            .key(KeyProperty::new(E::KEY))
            .limits(bounds)
            .retry(retry_policy(limits))
            .first_page_not_found(not_found)
            .ahead(limits.ahead)
            .glance(E::is_certainly_valid)
            .spawn(|task| drop(tokio::spawn(task)))
    }
}

fn builder(
    root: &ServiceRoot,
    token: Arc<dyn TokenProvider>,
    settings: &Settings,
    clock: &Arc<TokioClock>,
) -> TransportBuilder {
    let limits = &settings.limits;
    let call_limits = CallLimits {
        per_minute: NonZeroU32::new(limits.calls_per_minute),
        per_hour: NonZeroU32::new(limits.calls_per_hour),
    };
    let builder = ReqwestTransport::builder(root, token)
        .pacer(Arc::new(Pacer::new(call_limits, clock.clone())))
        .page_timeout(limits.timeout);
    match limits.page_size {
        Some(devices) => builder.page_size(devices),
        None => builder,
    }
}

/// The retry budgets that the settings ask for.
pub(crate) fn retry_policy(limits: &PullLimits) -> RetryPolicy {
    let mut retry = RetryPolicy::default();
    retry.per_page.attempts = limits.retries;
    retry.per_pull.attempts = limits.retries_per_pull;
    retry.per_page.time = retry.per_page.time.min(limits.retry_time);
    retry.per_pull.time = limits.retry_time;
    retry.first_delay = limits.retry_delay;
    retry.longest_delay = retry.longest_delay.max(limits.retry_delay);
    retry
}
