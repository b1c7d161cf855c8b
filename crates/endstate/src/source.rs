//! A live source: the transport to a service, or to an emulator of our own for `--demo`.

use std::num::NonZeroU32;
use std::sync::Arc;

use anyhow::Context;
use endstate_emulator::Emulator;
use endstate_model::{Entity, MachineSecurityState};
use endstate_odata::{KeyProperty, PageUrl};
use endstate_paging::{FirstPageNotFound, Limits, Pull, RetryPolicy};
use endstate_reqwest::{
    CallLimits, CommandToken, EnvironmentToken, FileToken, FixedToken, Pacer, ReqwestTransport, ServiceRoot,
    TokenProvider, TokioClock,
};

use crate::args::{PullLimits, SourceArgs};

/// Where states come from.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) transport: Arc<ReqwestTransport>,
    pub(crate) first: PageUrl,
    clock: Arc<TokioClock>,
    /// Runs as long as the source.
    _demo: Option<Emulator>,
}

impl Source {
    /// Sets the source up. Nothing is asked for yet.
    pub(crate) async fn open(args: &SourceArgs, limits: &PullLimits) -> anyhow::Result<Self> {
        let demo = if args.demo {
            Some(Emulator::builder().start().await.context("the emulator cannot be started")?)
        } else {
            None
        };
        let (root, token) = match &demo {
            Some(emulator) => {
                (emulator.service_root(), Arc::new(FixedToken::new(emulator.token())) as Arc<dyn TokenProvider>)
            }
            None => (args.service_root.clone(), token(args)),
        };
        let root = ServiceRoot::parse(&root)?;
        let clock = Arc::new(TokioClock::new());
        let call_limits = CallLimits {
            per_minute: NonZeroU32::new(limits.calls_per_minute),
            per_hour: NonZeroU32::new(limits.calls_per_hour),
        };
        let mut builder = ReqwestTransport::builder(&root, token)
            .pacer(Arc::new(Pacer::new(call_limits, clock.clone())))
            .page_timeout(limits.timeout);
        if let Some(devices) = limits.page_size {
            builder = builder.page_size(devices);
        }
        if let Some(path) = &args.ca_file {
            let pem = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
            builder = builder.additional_authorities(&pem).with_context(|| format!("{}", path.display()))?;
        }
        let first = root.collection(MachineSecurityState::ENTITY_SET)?;
        Ok(Self { transport: Arc::new(builder.build()?), first, clock, _demo: demo })
    }

    /// A pull of everything that is there.
    pub(crate) fn pull(&self, args: &SourceArgs, limits: &PullLimits) -> Pull {
        let mut bounds = Limits::default();
        bounds.max_pages = limits.max_pages.map(Into::into);
        bounds.max_items = limits.max_items.map(Into::into);
        bounds.max_page_bytes = limits.max_page_bytes;
        let not_found = if args.empty_on_404 { FirstPageNotFound::Empty } else { FirstPageNotFound::Fail };
        Pull::new(self.transport.clone(), self.clock.clone(), self.first.clone())
            .key(KeyProperty::new(MachineSecurityState::KEY))
            .limits(bounds)
            .retry(retry_policy(limits))
            .first_page_not_found(not_found)
    }
}

/// The retry budgets that the arguments ask for.
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

fn token(args: &SourceArgs) -> Arc<dyn TokenProvider> {
    match (&args.token_file, &args.token_command) {
        (Some(path), _) => Arc::new(FileToken::new(path)),
        (None, Some(command)) => Arc::new(CommandToken::new(command)),
        (None, None) => Arc::new(EnvironmentToken::new(&args.token_env)),
    }
}
