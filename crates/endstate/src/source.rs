//! A live source: the transport to a service, or to an emulator of our own for `--demo`.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use endstate_analysis::Condition;
use endstate_emulator::Emulator;
use endstate_model::Entity;
use endstate_odata::{KeyProperty, PageUrl};
use endstate_paging::{FirstPageNotFound, Limits, Pull, RetryPolicy};
use endstate_reqwest::{
    CallLimits, CommandToken, EnvironmentToken, FileToken, FixedToken, Pacer, ReqwestTransport, ServiceRoot,
    TokenProvider, TokioClock,
};

use crate::args::{PullLimits, SourceArgs};
use crate::profile::Profile;
use crate::row::InvalidItems;
use crate::run::Order;

/// Where states come from.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) transport: Arc<ReqwestTransport>,
    root: ServiceRoot,
    clock: Arc<TokioClock>,
    /// Runs as long as the source.
    _demo: Option<Emulator>,
}

impl Source {
    /// Sets the source up. Nothing is asked for yet.
    pub(crate) async fn open(args: &SourceArgs, limits: &PullLimits) -> anyhow::Result<Self> {
        let profile = match &args.profile {
            Some(name) => Profile::read(name, args.config.as_deref())?,
            None => Profile::default(),
        };
        let demo = if args.demo {
            Some(Emulator::builder().day(args.demo_day).start().await.context("the emulator cannot be started")?)
        } else {
            None
        };
        let (root, token) = match &demo {
            Some(emulator) => {
                (emulator.service_root(), Arc::new(FixedToken::new(emulator.token())) as Arc<dyn TokenProvider>)
            }
            None => (service_root(args, &profile), token(args, &profile)),
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
        if let Some(path) = args.ca_file.as_ref().or(profile.ca_file.as_ref()) {
            let pem = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
            builder = builder.additional_authorities(&pem).with_context(|| format!("{}", path.display()))?;
        }
        Ok(Self { transport: Arc::new(builder.build()?), root, clock, _demo: demo })
    }

    /// Where a collection begins.
    pub(crate) fn url<E: Entity>(&self) -> anyhow::Result<PageUrl> {
        Ok(self.root.collection(E::ENTITY_SET)?)
    }

    /// A pull of everything that is in a collection.
    pub(crate) fn order<'o, E: Entity>(
        &self,
        args: &SourceArgs,
        limits: &PullLimits,
        condition: Option<&'o Condition<E>>,
    ) -> anyhow::Result<Order<'o, E>> {
        let url = self.url::<E>()?;
        Ok(Order { pull: self.pull::<E>(url.clone(), args, limits), url, invalid: InvalidItems::of::<E>(), condition })
    }

    fn pull<E: Entity>(&self, url: PageUrl, args: &SourceArgs, limits: &PullLimits) -> Pull {
        let mut bounds = Limits::default();
        bounds.max_pages = limits.max_pages.map(Into::into);
        bounds.max_items = limits.max_items.map(Into::into);
        bounds.max_page_bytes = limits.max_page_bytes;
        let not_found = if args.empty_on_404 { FirstPageNotFound::Empty } else { FirstPageNotFound::Fail };
        Pull::new(self.transport.clone(), self.clock.clone(), url)
            .key(KeyProperty::new(E::KEY))
            .limits(bounds)
            .retry(retry_policy(limits))
            .first_page_not_found(not_found)
            .ahead(limits.ahead)
            .glance(E::is_plainly_one)
            .spawn(|task| drop(tokio::spawn(task)))
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

/// Where the collection stands: the option, else the profile, else where the document has it.
fn service_root(args: &SourceArgs, profile: &Profile) -> String {
    let root = args.service_root.as_ref().or(profile.service_root.as_ref());
    root.map_or_else(|| ServiceRoot::DOCUMENTED.to_owned(), Clone::clone)
}

/// Where the token is: what the options say, else the profile, else the environment.
fn token(args: &SourceArgs, profile: &Profile) -> Arc<dyn TokenProvider> {
    let given = token_at(args.token_env.as_ref(), args.token_file.as_ref(), args.token_command.as_ref());
    given
        .or_else(|| token_at(profile.token_env.as_ref(), profile.token_file.as_ref(), profile.token_command.as_ref()))
        .unwrap_or_else(|| Arc::new(EnvironmentToken::new("ENDSTATE_TOKEN")))
}

/// One of the three is given, or none.
fn token_at(
    variable: Option<&String>,
    file: Option<&PathBuf>,
    command: Option<&String>,
) -> Option<Arc<dyn TokenProvider>> {
    match (variable, file, command) {
        (Some(name), _, _) => Some(Arc::new(EnvironmentToken::new(name))),
        (_, Some(path), _) => Some(Arc::new(FileToken::new(path))),
        (_, _, Some(command)) => Some(Arc::new(CommandToken::new(command))),
        (None, None, None) => None,
    }
}
