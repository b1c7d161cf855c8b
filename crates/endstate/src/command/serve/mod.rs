//! `endstate serve`: pulls on a schedule, and serves the last complete result.

mod notices;
mod server;
mod tenant;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::future::{Either, join_all, select};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use self::notices::Notifier;
use self::server::Served;
use self::tenant::ServedTenant;
use super::gate;
use crate::cli::ServeArgs;
use crate::config::settings::CliOverrides;
use crate::exit::Exit;
use crate::service::webhook::Webhook;
use crate::terminal::interrupt;
use crate::terminal::output;
use crate::terminal::service_signal::{ServiceSignal, ServiceSignals};

/// Time for requests that have begun when the service ends.
const GRACE: Duration = Duration::from_secs(5);

pub(crate) async fn run(args: &ServeArgs, overrides: &CliOverrides) -> anyhow::Result<Exit> {
    gate::check_usage(&args.gate, false, "a service compares each pull with the one before; add --webhook-env NAME")?;
    let webhook = Webhook::open(&args.webhook, &args.settings.service)?;
    let notifier = Notifier { webhook, args: &args.webhook };
    let mut signals = ServiceSignals::listen().context("cannot listen for signals")?;
    let _held = interrupt::leave_to_service();
    // Pages are for programs, also if a terminal shows the messages.
    output::set_results_to_file();
    let mut tenants = tenant::open_all(args, overrides, &mut Vec::new()).await?;
    let served = Arc::new(Served::new(args));
    served.set_tenants(names(&tenants));
    let (end, running) = start_server(args, Arc::clone(&served)).await?;

    loop {
        let started = Instant::now();
        let pulls = join_all(tenants.iter_mut().map(|tenant| tenant.pull(args, &served, &notifier)));
        let mut signal = first(pulls, &mut signals).await;
        if signal.is_none() {
            signal = first(sleep_until(started + args.every), &mut signals).await;
        }
        match signal {
            None => {}
            Some(ServiceSignal::End) => break,
            Some(ServiceSignal::Reload) => tenants = reload(args, overrides, tenants, &served).await,
        }
    }

    output::say("Ending");
    endstate_reqwest::end_running_commands();
    let _ = end.send(());
    let _ = tokio::time::timeout(GRACE, running).await;
    Ok(Exit::Done)
}

/// The tenants, as the server knows them.
fn names(tenants: &[ServedTenant]) -> impl Iterator<Item = (&Option<String>, bool)> {
    tenants.iter().map(|tenant| (&tenant.name, tenant.is_new))
}

/// Waits for a future, or for a signal that comes first.
async fn first(future: impl Future, signals: &mut ServiceSignals) -> Option<ServiceSignal> {
    match select(pin!(future), pin!(signals.next())).await {
        Either::Left(_) => None,
        Either::Right((signal, _)) => Some(signal),
    }
}

/// Reads the configuration again. If that fails, the tenants stay as they are.
async fn reload(
    args: &ServeArgs,
    overrides: &CliOverrides,
    mut tenants: Vec<ServedTenant>,
    served: &Served,
) -> Vec<ServedTenant> {
    let opened = tenant::open_all(args, overrides, &mut tenants).await;
    served.set_reloaded(opened.is_ok());
    match opened {
        Ok(opened) => {
            served.set_tenants(names(&opened));
            output::say("Read the configuration again");
            opened
        }
        Err(error) => {
            output::error(&error);
            output::hint("The service continues with the configuration that it has.");
            tenants
        }
    }
}

/// Starts the server. The sender ends it.
async fn start_server(
    args: &ServeArgs,
    served: Arc<Served>,
) -> anyhow::Result<(oneshot::Sender<()>, tokio::task::JoinHandle<()>)> {
    let listen = args.listen;
    let listener = TcpListener::bind(listen);
    let listener =
        listener.await.with_context(|| format!("cannot listen on {listen}; choose another address with --listen"))?;
    let address = listener.local_addr().context("cannot tell which address the server has")?;
    if !address.ip().is_loopback() {
        output::warn(format_args!(
            "everyone who reaches {address} can read the report; put a proxy with a sign-in before it"
        ));
    }
    output::say(format_args!("Listening on http://{address}: /metrics, /report and /healthz"));

    let (end, ended) = oneshot::channel::<()>();
    let router = server::router(served);
    let running = tokio::spawn(async move {
        let shutdown = async { drop(ended.await) };
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(shutdown).await {
            output::error(&anyhow::Error::new(error).context("the server has ended"));
        }
    });
    Ok((end, running))
}
