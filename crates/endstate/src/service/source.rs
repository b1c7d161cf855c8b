//! A live source: the transport to a service, or to an emulator of our own for `--demo`.

use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::{Context, ensure};
use endstate_emulator::Emulator;
use endstate_model::{Entity, MachineSecurityState};
use endstate_odata::{KeyProperties, PageUrl, Query};
use endstate_paging::{Budget, Duplicates, FirstPageNotFound, Limits, Pull, RetryPolicy};
use endstate_reqwest::{
    CallLimits, Cloud, CloudEndpoint, ExportTransport, FixedToken, HuntingTransport, Pacer, ReqwestTransport,
    ServiceRoot, TenantGuard, TokenProvider, TokioClock, TransportBuilder,
};

use super::automatic_source::{self, Obstacle};
use super::sign_in::SignIn;
use super::source_kind::SourceKind;
use tracing::Instrument;

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
    /// Fetches the files of [`SourceKind::Export`].
    pub(crate) export: Option<Arc<ExportTransport>>,
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

impl LiveSource {
    /// Sets the source up. Nothing is requested yet.
    pub(crate) async fn open(args: &SourceArgs, settings: Settings) -> anyhow::Result<Self> {
        let kind = SourceKind::from_settings(&settings);
        let is_automatic = settings.service.states_from == StatesFrom::Auto;
        let source = if args.demo {
            let emulator = Emulator::builder()
                .day(args.demo_day.unwrap_or(1))
                .start()
                .await
                .context("cannot start the emulator")?;
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

    /// What keeps another source from being read instead of `from`.
    pub(crate) fn obstacle(&self, from: SourceKind, to: SourceKind) -> Option<Obstacle> {
        if self.demo.is_some() { None } else { automatic_source::obstacle(&self.settings, from, to) }
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
        let builder = |pacer| -> anyhow::Result<TransportBuilder> {
            let builder = transport_builder(pacer, &endpoint.root, tenant.clone(), &settings);
            let builder = builder.also_pinned(endpoint.also_pinned.iter().cloned());
            match (endpoint.pem(), &settings.service.ca_file) {
                (Some(pem), Some(path)) => {
                    builder.additional_authorities(pem).with_context(|| path.display().to_string())
                }
                _ => Ok(builder),
            }
        };

        let pacers = Pacers::new(kind, &settings, &clock);
        let transports = Transports::build(kind, endpoint.cloud.cloud, &pacers, builder)?;
        let cloud = endpoint.is_in_cloud.then_some(endpoint.cloud);
        let root = endpoint.root.clone();

        Ok(Self {
            transport: transports.pages,
            hunting: transports.hunting,
            export: transports.export,
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

        let pacers = Pacers::new(kind, &settings, &clock);
        let builder = |pacer| Ok(transport_builder(pacer, &root, token.clone(), &settings));
        let transports = Transports::build(kind, Cloud::Commercial, &pacers, builder)?;

        Ok(Self {
            transport: transports.pages,
            hunting: transports.hunting,
            export: transports.export,
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
            let url = self.root.collection(self.kind.path())?;
            // The assessment knows no other way to request a page size, in rows.
            let rows = self.settings.limits.page_size.filter(|_| self.kind == SourceKind::Assessments);
            return Ok(match rows {
                Some(rows) => url.with_query(&Query::new().option("pageSize", &rows.to_string())),
                None => url,
            });
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
        call_limits(self.kind.call_limits(), &self.settings)
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
        // Elsewhere a bound on rows counts states, not the rows that they are folded from.
        let max_items = limits.max_items.filter(|_| self.kind == SourceKind::Preview);
        let bounds = self.limits().max_pages(limits.max_pages.map(Into::into)).max_items(max_items.map(Into::into));
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
            .key(KeyProperties::new(E::KEY))
            .limits(self.limits())
            .retry(self.retry_policy())
            // An id is a device, and of a device one row is wanted; the receipt names the others.
            .duplicates(Duplicates::First)
            .first_page_not_found(not_found)
            .prefetch(limits.ahead)
            .spawn(|task| drop(tokio::spawn(task.in_current_span())))
    }
}

/// The transports of a source.
struct Transports {
    pages: Arc<ReqwestTransport>,
    hunting: Option<Arc<HuntingTransport>>,
    export: Option<Arc<ExportTransport>>,
}

impl Transports {
    /// Builds those that a kind of source needs. `builder` gets a pacer.
    fn build(
        kind: SourceKind,
        cloud: Cloud,
        pacers: &Pacers,
        builder: impl Fn(Arc<Pacer>) -> anyhow::Result<TransportBuilder>,
    ) -> anyhow::Result<Self> {
        let pages = builder(Arc::clone(&pacers.pages))?.build()?;
        let own = || builder(Arc::clone(&pacers.own));
        let hunting = if kind == SourceKind::Hunting { Some(own()?.build_for_hunting()?) } else { None };
        let export = if kind == SourceKind::Export { Some(own()?.build_for_export(cloud)?) } else { None };
        Ok(Self { pages: Arc::new(pages), hunting: hunting.map(Arc::new), export: export.map(Arc::new) })
    }
}

/// The pacers of a source.
struct Pacers {
    /// Of the API that the states are read from.
    own: Arc<Pacer>,
    /// Of pages.
    pages: Arc<Pacer>,
}

impl Pacers {
    fn new(kind: SourceKind, settings: &Settings, clock: &Arc<TokioClock>) -> Self {
        let own = pacer(kind.call_limits(), settings, clock);
        let pages = match kind {
            // The list of files is another API than the collections that are joined to its rows,
            // and its limits must not slow those down.
            SourceKind::Export => pacer(SourceKind::Assessments.call_limits(), settings, clock),
            _ => Arc::clone(&own),
        };
        Self { own, pages }
    }
}

/// The calls in a minute and in an hour of the settings, else those that the service allows.
fn call_limits((per_minute, per_hour): (u32, u32), settings: &Settings) -> (u32, u32) {
    let limits = &settings.limits;
    (
        if settings.is_default("calls-per-minute") { per_minute } else { limits.calls_per_minute },
        if settings.is_default("calls-per-hour") { per_hour } else { limits.calls_per_hour },
    )
}

fn pacer(allowed: (u32, u32), settings: &Settings, clock: &Arc<TokioClock>) -> Arc<Pacer> {
    let (per_minute, per_hour) = call_limits(allowed, settings);
    let limits = CallLimits::NONE.per_minute(NonZeroU32::new(per_minute)).per_hour(NonZeroU32::new(per_hour));
    Arc::new(Pacer::new(limits, clock.clone()))
}

fn transport_builder(
    pacer: Arc<Pacer>,
    root: &ServiceRoot,
    token: Arc<dyn TokenProvider>,
    settings: &Settings,
) -> TransportBuilder {
    let limits = &settings.limits;
    let builder = ReqwestTransport::builder(root, token)
        .pacer(pacer)
        // A service may take all of that time to begin.
        .first_byte_timeout(limits.timeout)
        .page_timeout(limits.timeout);
    match limits.page_size {
        Some(devices) => builder.page_size(devices),
        None => builder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::{CliOverrides, ProfileOrigin};

    #[test]
    fn the_list_of_files_has_a_pacer_of_its_own() {
        let settings = Settings::resolve(&CliOverrides::default(), None, ProfileOrigin::Environment, false).unwrap();
        let clock = Arc::new(TokioClock::new());
        let left = |kind| {
            let pacers = Pacers::new(kind, &settings, &clock);
            (pacers.own.calls_left(), pacers.pages.calls_left(), Arc::ptr_eq(&pacers.own, &pacers.pages))
        };
        assert_eq!(left(SourceKind::Export), (Some(5), Some(30), false));
        assert_eq!(left(SourceKind::Assessments), (Some(30), Some(30), true));
        assert_eq!(left(SourceKind::Hunting), (Some(45), Some(45), true));
    }
}
