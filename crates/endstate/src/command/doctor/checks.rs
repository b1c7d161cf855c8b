//! All checks of a tenant, in the order in which a pull depends on them.

use std::time::{Instant, SystemTime};

use endstate_emulator::Emulator;
use endstate_paging::FetchError;
use endstate_reqwest::{Error, Probe, SignInMethod, TokenClaims};

use super::check::{ALL, CONFIGURATION, Check, SIGN_IN, Status};
use super::{hosts, page, token};
use crate::cli::{AuthMethod, StatesFrom, value_name};
use crate::config::endpoint::{Endpoint, caveat, cloud_name};
use crate::config::settings::{CliOverrides, ProfileOrigin, Settings};
use crate::exit::ErrorWithHints;
use crate::report::hint;
use crate::service::automatic_source;
use crate::service::sign_in::{self, SignIn};
use crate::service::source_kind::SourceKind;
use crate::terminal::error_chain;
use crate::terminal::progress::Progress;

const SHOW_SETTINGS: &str = "`endstate config show` shows each setting and its source.";

/// Checks everything that a pull of this tenant needs.
pub(super) async fn run_all(settings: anyhow::Result<Settings>) -> Vec<Check> {
    let mut checks = Vec::new();
    match settings {
        Ok(settings) => run_automatic(settings, None, &mut checks).await,
        Err(error) => checks.push(configuration_failed(&error)),
    }
    with_skipped(checks)
}

/// Checks everything that a pull of an emulated tenant needs.
pub(super) async fn run_demo(emulator: &Emulator, overrides: &CliOverrides) -> Vec<Check> {
    let mut checks = Vec::new();
    match Settings::resolve(overrides, None, ProfileOrigin::CommandLine, false) {
        Ok(mut settings) => {
            let roots = [emulator.service_root(), emulator.defender_root(), emulator.graph_root()];
            let [root, defender, graph] = roots.map(Some);
            settings.service.service_root = root;
            settings.service.defender_root = defender;
            settings.service.graph_root = graph;
            settings.sign_in.auth = AuthMethod::Token;
            run_automatic(settings, Some(emulator), &mut checks).await;
        }
        Err(error) => checks.push(configuration_failed(&error)),
    }
    with_skipped(checks)
}

/// The checks, and those that were not reached.
fn with_skipped(mut checks: Vec<Check>) -> Vec<Check> {
    // The checks that were not reached depend on the last one that failed.
    let failed = checks.iter().rev().find(|check| check.status == Status::Failed);
    let failed = failed.map_or(CONFIGURATION, |check| check.name);
    checks.extend(ALL.iter().skip(checks.len()).map(|name| Check::skipped(name, failed)));
    checks
}

/// Checks the source of the settings. If they leave the choice, that is the source that a pull
/// takes.
async fn run_automatic(mut settings: Settings, demo: Option<&Emulator>, checks: &mut Vec<Check>) {
    let is_automatic = settings.service.states_from == StatesFrom::Auto;
    let mut reasons = Vec::new();
    loop {
        let kind = SourceKind::from_settings(&settings);
        let failure = run(settings.clone(), demo, checks).await;
        let next = failure.filter(|_| is_automatic).and_then(|failure| automatic_source::after(kind, &failure));
        let Some((next, reason)) =
            next.filter(|(next, _)| automatic_source::obstacle(&settings, kind, *next).is_none())
        else {
            break;
        };
        settings.service.states_from = next.setting();
        reasons.push(reason);
        checks.clear();
    }

    if let (Some(first), false) = (checks.first_mut(), reasons.is_empty()) {
        let kind = SourceKind::from_settings(&settings);
        first.message =
            format!("--source {}, because {}; {}", kind.state_source(), reasons.join(", and "), first.message);
    }
}

/// Runs one check after another, up to the first that the others depend on and that fails. Returns
/// why the service did not send a page.
async fn run(settings: Settings, demo: Option<&Emulator>, checks: &mut Vec<Check>) -> Option<FetchError> {
    let kind = SourceKind::from_settings(&settings);
    let endpoint = match Endpoint::for_api(&settings.service, kind.api()) {
        Ok(endpoint) => endpoint,
        Err(error) => {
            checks.push(configuration_failed(&error));
            return None;
        }
    };
    let sign_in = match demo {
        Some(emulator) => Ok(SignIn::with_token(emulator.token())),
        None => SignIn::prepare(&settings, &endpoint),
    };
    let method = sign_in.as_ref().map_or_else(|_| sign_in::method(&settings), |sign_in| sign_in.method);
    let mut probes = Vec::new();
    for host in hosts::contacted(method, &endpoint) {
        match Probe::send(&host, endpoint.pem()).await {
            Ok(probe) => probes.push((host, probe)),
            Err(error) => {
                let message = format!("--ca-file: {}", error_chain::one_line(&error));
                checks.push(Check::failed(CONFIGURATION, message, SHOW_SETTINGS));
                return None;
            }
        }
    }
    checks.push(configuration(&settings, &endpoint, sign_in.as_ref()));
    checks.extend([hosts::clock(&probes), hosts::dns(&probes), hosts::tls(&probes)]);

    let sign_in = sign_in.ok()?;
    let started = Instant::now();
    // Shows the wait for a person.
    let progress = Progress::start(None, "device", Box::new(|| None));
    let token = sign_in.token.token().await;
    drop(progress);
    let token = match token {
        Ok(token) => token,
        Err(error) => {
            checks.push(no_token(&error, &endpoint));
            return None;
        }
    };
    let method = value_name(&sign_in.method).replace('-', " ");
    let seconds = started.elapsed().as_secs_f64();
    checks.push(Check::ok(SIGN_IN, format!("got a token ({method}, {seconds:.1} s)")));

    let claims = TokenClaims::from_token(&token);
    checks.push(token::check(claims.as_ref(), &endpoint, &settings, SystemTime::now()));
    let (of_page, failure) = page::check(&endpoint, sign_in, settings, claims.as_ref()).await;
    checks.extend(of_page);
    failure
}

fn configuration_failed(error: &anyhow::Error) -> Check {
    Check::failed(CONFIGURATION, error_chain::one_line(error.as_ref()), SHOW_SETTINGS)
}

fn configuration(settings: &Settings, endpoint: &Endpoint, sign_in: Result<&SignIn, &anyhow::Error>) -> Check {
    let sign_in = match sign_in {
        Ok(sign_in) => sign_in,
        Err(error) => {
            return match error.downcast_ref() {
                Some(ErrorWithHints { hints, .. }) => Check::failed(CONFIGURATION, error.to_string(), hints.join(" ")),
                None => configuration_failed(error),
            };
        }
    };
    let method = value_name(&sign_in.method);
    let method = match settings.sign_in.auth {
        AuthMethod::Auto => format!("auto (uses {method})"),
        _ => method,
    };
    let cloud = endpoint.name();
    let cloud = cloud.unwrap_or_else(|| format!("custom service root (cloud: {})", cloud_name(endpoint.cloud)));
    let message = format!("{cloud}: {}, sign-in: {method}", endpoint.root);

    if endpoint.is_in_cloud && endpoint.cloud.authority().ok().as_ref() != Some(&endpoint.authority) {
        let remedy = "A token of one cloud is not valid in another. Check --cloud, and AZURE_AUTHORITY_HOST.";
        let message = format!("{message}; {} is not the identity service of {cloud}", endpoint.authority);
        return Check::warning(CONFIGURATION, message, remedy);
    }
    match caveat(endpoint.cloud).filter(|_| endpoint.is_in_cloud) {
        Some(caveat) => Check::warning(CONFIGURATION, message, caveat),
        None => Check::ok(CONFIGURATION, message),
    }
}

fn no_token(error: &Error, endpoint: &Endpoint) -> Check {
    let server = error.server().map(|server| format!(": {server}")).unwrap_or_default();
    let message = format!("{}{server}", error_chain::one_line(error));
    let remedy = match error {
        Error::SignInRefused { .. }
        | Error::NoSecret { .. }
        | Error::SignInFailed {
            method: SignInMethod::AzureCli | SignInMethod::AzureDeveloperCli | SignInMethod::DeviceCode,
            ..
        } => hint::for_sign_in_error(error, endpoint.cloud.entra_portal),
        _ => "The message names what is missing or wrong. `endstate help sign-in` describes every sign-in.".to_owned(),
    };
    Check::failed(SIGN_IN, message, remedy)
}
