//! `endstate serve`: pulls on a schedule, and serves the last complete result.

mod devices;
mod notice_queue;
mod notices;
mod server;
mod tenant;

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use self::notice_queue::NoticeQueue;
use self::server::Served;
use self::tenant::ServedTenant;
use super::gate;
use crate::cli::ServeArgs;
use crate::config::setting_source::ResolvedSetting;
use crate::config::settings::{CliOverrides, Settings};
use crate::exit::Exit;
use crate::service::webhook::Webhook;
use crate::terminal::interrupt;
use crate::terminal::output;
use crate::terminal::service_signal::{ServiceSignal, ServiceSignals};

/// Time for requests that have begun when the service ends.
const GRACE: Duration = Duration::from_secs(5);

pub(crate) async fn run(args: &ServeArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    gate::check_usage(&args.gate, false, "a service compares each pull with the one before; add --webhook-env NAME")?;
    let mut signals = ServiceSignals::listen().context("cannot listen for signals")?;
    let _held = interrupt::leave_to_service();
    // Pages are for programs, also if a terminal shows the messages.
    output::set_results_to_file();
    let webhook = Webhook::open(&args.webhook, &args.settings.service)?;
    let notices = webhook.map(|webhook| NoticeQueue::start(webhook, args.every));
    let served = Arc::new(Served::new(args));
    // What reads devices stays on one thread.
    let tasks = LocalSet::new();

    tasks
        .run_until(async {
            let service = Service { args: Rc::new(args.clone()), served, notices };
            let listener = listen(args.listen).await?;
            let mut tenants = service.start_tenants(overrides, &mut Vec::new()).await?;
            let (end, ended) = oneshot::channel::<()>();
            let router = server::router(Arc::clone(&service.served));
            let running = tokio::spawn(server::run(listener, router, ended));
            while signals.next().await == ServiceSignal::Reload {
                tenants = service.reload(overrides, tenants).await;
            }

            output::say("Ending");
            drop(tenants);
            endstate_reqwest::end_running_commands();
            let _ = end.send(());
            let _ = tokio::time::timeout(GRACE, running).await;
            if let Some(notices) = service.notices {
                notices.end(GRACE).await;
            }
            Ok(Exit::Done)
        })
        .await
}

/// What every tenant of the service shares.
struct Service {
    args: Rc<ServeArgs>,
    served: Arc<Served>,
    notices: Option<NoticeQueue>,
}

impl Service {
    /// Starts the tenants of the settings. One that runs already, with the same settings, is taken
    /// from `running` and continues. If there is an error, `running` stays as it is.
    async fn start_tenants(
        &self,
        overrides: &CliOverrides,
        running: &mut Vec<RunningTenant>,
    ) -> anyhow::Result<Vec<RunningTenant>> {
        let mut wanted = Vec::new();
        for (name, settings) in tenant::resolve(&self.args, overrides)? {
            let runs = running.iter().any(|tenant| tenant.is_of(name.as_deref(), &settings));
            let opened = if runs { None } else { Some(ServedTenant::open(&self.args, name.clone(), &settings).await?) };
            wanted.push((name, settings, opened));
        }

        let names = wanted.iter().map(|(name, _, opened)| (name, opened.is_some()));
        self.served.set_tenants(names);
        let tenants = wanted.into_iter().filter_map(|(name, settings, opened)| {
            if let Some(tenant) = opened {
                let (args, served) = (Rc::clone(&self.args), Arc::clone(&self.served));
                return Some(RunningTenant::start(tenant, &settings, args, served, self.notices.clone()));
            }
            let place = running.iter().position(|tenant| tenant.is_of(name.as_deref(), &settings))?;
            Some(running.swap_remove(place))
        });
        Ok(tenants.collect())
    }

    /// Reads the configuration again. If that fails, everything stays as it is.
    async fn reload(&self, overrides: &CliOverrides, mut running: Vec<RunningTenant>) -> Vec<RunningTenant> {
        let webhook = Webhook::open(&self.args.webhook, &self.args.settings.service);
        let tenants = match webhook {
            Ok(webhook) => self.start_tenants(overrides, &mut running).await.map(|tenants| (tenants, webhook)),
            Err(error) => Err(error),
        };
        self.served.set_reloaded(tenants.is_ok());
        match tenants {
            Ok((tenants, webhook)) => {
                if let (Some(notices), Some(webhook)) = (&self.notices, webhook) {
                    notices.set_webhook(webhook);
                }
                output::say("Read the configuration again");
                tenants
            }
            Err(error) => {
                output::error(&error);
                output::hint("The service continues with the configuration that it has.");
                running
            }
        }
    }
}

/// A tenant that pulls until this value is dropped.
struct RunningTenant {
    name: Option<String>,
    settings: Vec<ResolvedSetting>,
    task: JoinHandle<()>,
}

impl RunningTenant {
    fn start(
        tenant: ServedTenant,
        settings: &Settings,
        args: Rc<ServeArgs>,
        served: Arc<Served>,
        notices: Option<NoticeQueue>,
    ) -> Self {
        let (name, settings) = (tenant.name.clone(), settings.resolved.clone());
        Self { name, settings, task: spawn_local(tenant.run(args, served, notices)) }
    }

    /// Whether it is the tenant of this name, with these settings.
    fn is_of(&self, name: Option<&str>, settings: &Settings) -> bool {
        self.name.as_deref() == name && self.settings == settings.resolved
    }
}

impl Drop for RunningTenant {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Listens on an address, before anything is requested.
async fn listen(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(listen).await;
    let listener =
        listener.with_context(|| format!("cannot listen on {listen}; choose another address with --listen"))?;
    let address = listener.local_addr().context("cannot tell which address the server has")?;
    if !address.ip().is_loopback() {
        output::warn(format_args!(
            "everyone who reaches {address} can read the report; put a proxy with a sign-in before it"
        ));
    }
    output::say(format_args!("Listening on http://{address}: /metrics, /report and /healthz"));
    Ok(listener)
}
