//! A live source: the transport to a service, or to an emulator of our own for `--demo`.

use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::{Context, ensure};
use endstate_emulator::Emulator;
use endstate_model::{Entity, MachineSecurityState, StateSource};
use endstate_odata::{KeyProperty, PageUrl};
use endstate_paging::{Budget, FirstPageNotFound, Limits, Pull, RetryPolicy};
use endstate_reqwest::{
    CallLimits, CloudEndpoint, FixedToken, HuntingTransport, Pacer, ReqwestTransport, ServiceRoot, TenantGuard,
    TokenProvider, TokioClock, TransportBuilder,
};

use super::sign_in::SignIn;
use crate::cli::{PullLimits, SourceArgs, StatesFrom};
use crate::config::endpoint::{Api, Endpoint};
use crate::config::settings::Settings;
use crate::exit::UsageError;

/// Where the states of one tenant come from.
#[derive(Debug)]
pub(crate) struct LiveSource {
    pub(crate) transport: Arc<ReqwestTransport>,
    /// Sends the queries of [`SourceKind::Hunting`].
    pub(crate) hunting: Option<Arc<HuntingTransport>>,
    pub(crate) settings: Settings,
    /// What states are read from.
    pub(crate) kind: SourceKind,
    /// Whether another source may be read if the service does not have this one.
    pub(crate) is_automatic: bool,
    /// Whether the command shows names and groups of devices.
    needs_devices: bool,
    root: ServiceRoot,
    /// The row of the table of clouds that has the root, if one has it.
    pub(crate) cloud: Option<&'static CloudEndpoint>,
    clock: Arc<TokioClock>,
    /// Knows the tenant of the token once there is one.
    tenant: Option<Arc<TenantGuard>>,
    /// Runs as long as the source.
    demo: Option<Arc<Emulator>>,
}

/// The API that states are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SourceKind {
    Preview,
    Assessments,
    Hunting,
}

impl SourceKind {
    /// The source of these settings; the first one for `auto`.
    pub(crate) fn from_settings(settings: &Settings) -> Self {
        match settings.service.states_from {
            StatesFrom::Auto | StatesFrom::Preview => Self::Preview,
            StatesFrom::Assessments => Self::Assessments,
            StatesFrom::Hunting => Self::Hunting,
        }
    }

    /// The API that has the source.
    pub(crate) fn api(self) -> Api {
        match self {
            Self::Preview => Api::Preview,
            Self::Assessments => Api::Defender,
            Self::Hunting => Api::Graph,
        }
    }

    /// The path of the collection or query, under the root of its API.
    fn path(self) -> &'static str {
        match self {
            Self::Preview => MachineSecurityState::ENTITY_SET,
            Self::Assessments => "machines/SecureConfigurationsAssessmentByMachine",
            Self::Hunting => "security/runHuntingQuery",
        }
    }

    /// Calls in a minute and in an hour that the service allows (Microsoft's pages of each API).
    fn call_limits(self) -> (u32, u32) {
        match self {
            Self::Preview => (100, 1_500),
            Self::Assessments => (30, 1_000),
            Self::Hunting => (45, 1_500),
        }
    }

    /// The name in states and receipts.
    pub(crate) fn state_source(self) -> StateSource {
        match self {
            Self::Preview => StateSource::Preview,
            Self::Assessments => StateSource::Assessments,
            Self::Hunting => StateSource::Hunting,
        }
    }
}

impl LiveSource {
    /// Sets the source up. Nothing is requested yet.
    pub(crate) async fn open(args: &SourceArgs, settings: Settings) -> anyhow::Result<Self> {
        let kind = SourceKind::from_settings(&settings);
        let is_automatic = settings.service.states_from == StatesFrom::Auto;
        let source = if args.demo {
            let emulator = Emulator::builder().day(args.demo_day).start().await.context("cannot start the emulator")?;
            Self::in_demo(kind, Arc::new(emulator), settings)?
        } else {
            Self::of_service(kind, settings)?
        };
        Ok(Self { is_automatic, ..source })
    }

    /// Another source of the same tenant.
    pub(crate) fn switch_to(&self, kind: SourceKind) -> anyhow::Result<Self> {
        match &self.demo {
            Some(emulator) => Self::in_demo(kind, Arc::clone(emulator), self.settings.clone()),
            None => Self::of_service(kind, self.settings.clone()),
        }
    }

    /// Whether the settings say where another source is.
    pub(crate) fn can_switch_to(&self, kind: SourceKind) -> bool {
        self.demo.is_some() || Endpoint::is_known(&self.settings.service, kind.api())
    }

    fn of_service(kind: SourceKind, settings: Settings) -> anyhow::Result<Self> {
        let endpoint = Endpoint::for_api(&settings.service, kind.api())?;
        let token = SignIn::prepare(&settings, &endpoint)?.token;
        Self::at(kind, &endpoint, token, settings)
    }

    /// The source at an endpoint, with a token.
    pub(crate) fn new(endpoint: &Endpoint, token: Arc<dyn TokenProvider>, settings: Settings) -> anyhow::Result<Self> {
        Self::at(SourceKind::from_settings(&settings), endpoint, token, settings)
    }

    fn at(
        kind: SourceKind,
        endpoint: &Endpoint,
        token: Arc<dyn TokenProvider>,
        settings: Settings,
    ) -> anyhow::Result<Self> {
        let clock = Arc::new(TokioClock::new());
        let tenant = Arc::new(TenantGuard::new(token, settings.sign_in.tenant.clone()));
        let pacer = pacer(kind, &settings, &clock);
        let builder = || -> anyhow::Result<TransportBuilder> {
            let builder = transport_builder(&pacer, &endpoint.root, tenant.clone(), &settings);
            let builder = builder.also_pinned(endpoint.also_pinned.iter().cloned());
            match (endpoint.pem(), &settings.service.ca_file) {
                (Some(pem), Some(path)) => {
                    builder.additional_authorities(pem).with_context(|| path.display().to_string())
                }
                _ => Ok(builder),
            }
        };

        let transport = Arc::new(builder()?.build()?);
        let hunting = match kind {
            SourceKind::Hunting => Some(Arc::new(builder()?.build_for_hunting()?)),
            _ => None,
        };
        let cloud = endpoint.is_in_cloud.then_some(endpoint.cloud);
        let root = endpoint.root.clone();

        Ok(Self {
            transport,
            hunting,
            settings,
            kind,
            is_automatic: false,
            needs_devices: false,
            root,
            cloud,
            clock,
            tenant: Some(tenant),
            demo: None,
        })
    }

    fn in_demo(kind: SourceKind, emulator: Arc<Emulator>, settings: Settings) -> anyhow::Result<Self> {
        let clock = Arc::new(TokioClock::new());
        let root = match kind.api() {
            Api::Preview => emulator.service_root(),
            Api::Defender => emulator.defender_root(),
            Api::Graph => emulator.graph_root(),
        };
        let root = ServiceRoot::parse(&root)?;
        let token = Arc::new(FixedToken::new(emulator.token()));
        let pacer = pacer(kind, &settings, &clock);
        let builder = || transport_builder(&pacer, &root, token.clone(), &settings);

        let transport = Arc::new(builder().build()?);
        let hunting = match kind {
            SourceKind::Hunting => Some(Arc::new(builder().build_for_hunting()?)),
            _ => None,
        };
        Ok(Self {
            transport,
            hunting,
            settings,
            kind,
            is_automatic: false,
            needs_devices: false,
            root,
            cloud: None,
            clock,
            tenant: None,
            demo: Some(emulator),
        })
    }

    /// The tenant of the settings, else that of the token.
    pub(crate) fn tenant(&self) -> Option<String> {
        let of_settings = self.settings.sign_in.tenant.as_ref().map(ToString::to_string);
        of_settings.or_else(|| self.tenant.as_ref()?.tenant_of_token().map(ToOwned::to_owned))
    }

    /// The URL of a collection's first page. The states of today's sources are in a collection of
    /// another name, and the other collections are only in the documented API.
    pub(crate) fn url<E: Entity>(&self) -> anyhow::Result<PageUrl> {
        if E::ENTITY_SET == MachineSecurityState::ENTITY_SET {
            return Ok(self.root.collection(self.kind.path())?);
        }
        ensure!(
            self.kind == SourceKind::Preview,
            UsageError::new(format!("only --source preview has the collection {}", E::ENTITY_SET))
        );
        Ok(self.root.collection(E::ENTITY_SET)?)
    }

    /// The URL of another collection of the same API, such as `machines`.
    pub(crate) fn url_of(&self, path: &str) -> anyhow::Result<PageUrl> {
        Ok(self.root.collection(path)?)
    }

    /// Whether names and groups of devices, another collection, are joined to the states.
    pub(crate) fn joins_devices<E: Entity>(&self) -> bool {
        let are_states = E::ENTITY_SET == MachineSecurityState::ENTITY_SET;
        are_states && self.needs_devices && !self.settings.service.no_devices
    }

    /// Requests the names and groups of devices, too.
    pub(crate) fn with_devices(self) -> Self {
        Self { needs_devices: true, ..self }
    }

    /// The calls in a minute and in an hour.
    pub(crate) fn call_limits(&self) -> (u32, u32) {
        call_limits(self.kind, &self.settings)
    }

    pub(crate) fn clock(&self) -> Arc<TokioClock> {
        Arc::clone(&self.clock)
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

    /// Whether the settings say how failures are retried.
    pub(crate) fn has_own_retries(&self) -> bool {
        ["retries", "retries-per-pull", "retry-delay", "retry-time"].iter().any(|name| !self.settings.is_default(name))
    }

    /// A pull of a whole collection.
    pub(crate) fn pull<E: Entity>(&self, url: PageUrl) -> Pull {
        let limits = &self.settings.limits;
        let bounds =
            self.limits().max_pages(limits.max_pages.map(Into::into)).max_items(limits.max_items.map(Into::into));
        self.unlimited_pull::<E>(url).limits(bounds)
    }

    /// The bounds of every pull.
    pub(crate) fn limits(&self) -> Limits {
        Limits::default().max_page_bytes(self.settings.limits.max_page_bytes)
    }

    /// A pull to which the user's own limits of pages and rows do not apply.
    pub(crate) fn unlimited_pull<E: Entity>(&self, url: PageUrl) -> Pull {
        let limits = &self.settings.limits;
        let empty_on_404 = self.settings.service.empty_on_404;
        let not_found = if empty_on_404 { FirstPageNotFound::Empty } else { FirstPageNotFound::Fail };
        Pull::new(self.transport.clone(), self.clock.clone(), url)
            .key(KeyProperty::new(E::KEY))
            .limits(self.limits())
            .retry(self.retry_policy())
            .first_page_not_found(not_found)
            .prefetch(limits.ahead)
            .spawn(|task| drop(tokio::spawn(task)))
    }
}

/// The calls in a minute and in an hour of the settings, else those that the service allows.
fn call_limits(kind: SourceKind, settings: &Settings) -> (u32, u32) {
    let limits = &settings.limits;
    let (per_minute, per_hour) = kind.call_limits();
    (
        if settings.is_default("calls-per-minute") { per_minute } else { limits.calls_per_minute },
        if settings.is_default("calls-per-hour") { per_hour } else { limits.calls_per_hour },
    )
}

fn pacer(kind: SourceKind, settings: &Settings, clock: &Arc<TokioClock>) -> Arc<Pacer> {
    let (per_minute, per_hour) = call_limits(kind, settings);
    let limits = CallLimits::NONE.per_minute(NonZeroU32::new(per_minute)).per_hour(NonZeroU32::new(per_hour));
    Arc::new(Pacer::new(limits, clock.clone()))
}

fn transport_builder(
    pacer: &Arc<Pacer>,
    root: &ServiceRoot,
    token: Arc<dyn TokenProvider>,
    settings: &Settings,
) -> TransportBuilder {
    let limits = &settings.limits;
    let builder = ReqwestTransport::builder(root, token)
        .pacer(Arc::clone(pacer))
        // A service may take all of that time to begin.
        .first_byte_timeout(limits.timeout)
        .page_timeout(limits.timeout);
    match limits.page_size {
        Some(devices) => builder.page_size(devices),
        None => builder,
    }
}
