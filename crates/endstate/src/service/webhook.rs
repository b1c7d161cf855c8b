//! Posts to a webhook. Its address is a secret: it is in no message and no log.

use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, bail, ensure};
use backon::{BackoffBuilder, ExponentialBuilder};
use endstate_paging::parse_retry_after;
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::{Host, Url};

use crate::cli::{ServiceArgs, WebhookArgs};
use crate::config::file::is_variable_name;
use crate::exit::UsageError;

/// Retries after the first attempt.
const RETRIES: usize = 4;
const FIRST_DELAY: Duration = Duration::from_secs(1);
/// A server may not make a run wait for longer.
const LONGEST_DELAY: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(30);

/// An address to post to.
#[derive(Debug)]
pub(crate) struct Webhook {
    address: SecretString,
    client: Client,
}

impl Webhook {
    /// Reads the address; `None` if there is no webhook.
    pub(crate) fn open(args: &WebhookArgs, service: &ServiceArgs) -> anyhow::Result<Option<Self>> {
        let Some(address) = address(args)? else { return Ok(None) };
        let url = checked(&address)?;

        let mut builder = Client::builder()
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("endstate/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&url) {
            builder = builder.no_proxy();
        }
        if let Some(path) = &service.ca_file {
            let shown = path.display();
            let pem = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
            for certificate in Certificate::from_pem_bundle(&pem).with_context(|| format!("{shown} is not PEM"))? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let client = builder.build().map_err(reqwest::Error::without_url).context("cannot set up the webhook")?;
        Ok(Some(Self { address, client }))
    }

    /// Posts a document. Repeats what may be a passing failure.
    pub(crate) async fn post(&self, body: &Value) -> anyhow::Result<()> {
        let mut delays =
            ExponentialBuilder::default().with_min_delay(FIRST_DELAY).with_max_times(RETRIES).with_jitter().build();
        loop {
            let sent = self.client.post(self.address.expose_secret()).json(body).send().await;
            let (error, retry_after) = match sent.map_err(reqwest::Error::without_url) {
                Ok(response) if response.status().is_success() => return Ok(()),
                Ok(response) if !may_pass(response.status()) => {
                    bail!("cannot post to the webhook: it answered {}", response.status())
                }
                Ok(response) => {
                    let retry_after = retry_after(&response);
                    (anyhow::anyhow!("cannot post to the webhook: it answered {}", response.status()), retry_after)
                }
                Err(error) => (anyhow::Error::new(error).context("cannot post to the webhook"), None),
            };
            let Some(delay) = delays.next() else { return Err(error) };
            let delay = retry_after.map_or(delay, |wait| wait.max(delay));
            tokio::time::sleep(delay.min(LONGEST_DELAY)).await;
        }
    }
}

/// The address, from where the command line says; `None` if it says nothing.
fn address(args: &WebhookArgs) -> anyhow::Result<Option<SecretString>> {
    let (text, place) = match (&args.env, &args.file) {
        (Some(name), _) if !is_variable_name(name) => {
            // It may be the address itself.
            bail!(UsageError::new("--webhook-env must be the name of an environment variable, not the address"))
        }
        (Some(name), _) => {
            let place = format!("the environment variable {name}");
            (env::var(name).with_context(|| format!("cannot read the address of the webhook from {place}"))?, place)
        }
        (None, Some(path)) => {
            let place = format!("the file {}", path.display());
            let text = fs::read_to_string(path);
            (text.with_context(|| format!("cannot read the address of the webhook from {place}"))?, place)
        }
        (None, None) => return Ok(None),
    };
    ensure!(!text.trim().is_empty(), "cannot read the address of the webhook: {place} is empty");
    Ok(Some(text.trim().into()))
}

/// Whether the same request may succeed later.
fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
}

fn retry_after(response: &Response) -> Option<Duration> {
    parse_retry_after(response.headers().get(RETRY_AFTER)?.to_str().ok()?, std::time::SystemTime::now())
}

/// The address, if a secret may go there. The error does not show it.
fn checked(address: &SecretString) -> anyhow::Result<Url> {
    let url = Url::parse(address.expose_secret()).ok().context("the address of the webhook is not a URL")?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => bail!("the address of the webhook must begin with https; only loopback may use plain http"),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
