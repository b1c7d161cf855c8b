//! The checks of `endstate doctor`, in the order in which a pull needs things.

use std::env;
use std::time::{Instant, SystemTime};

use endstate_model::MachineSecurityState;
use endstate_paging::{FetchError, FetchErrorKind};
use endstate_reqwest::{Error, Origin, Reachability, TokenClaims};
use futures_util::StreamExt;

use crate::args::AuthMethod;
use crate::check::{Check, Status};
use crate::hint;
use crate::progress::Progress;
use crate::service_place::{ServicePlace, name};
use crate::settings::Settings;
use crate::sign_in::{self, SignIn};
use crate::source::Source;
use crate::token_check;
use crate::view::number::counted;

const CONFIGURATION: &str = "configuration";
const CLOCK: &str = "clock";
const NAMES: &str = "name resolution";
const TLS: &str = "TLS";
const SIGN_IN: &str = "sign-in";
const TOKEN: &str = "token";
const PAGE: &str = "one page";
const LIMITS: &str = "limits";

/// What is checked, in order.
const ALL: [&str; 8] = [CONFIGURATION, CLOCK, NAMES, TLS, SIGN_IN, TOKEN, PAGE, LIMITS];

const SETTINGS: &str = "endstate config show has each setting and where it is from.";

/// Looks at everything that a pull of this tenant needs. `is_one_of_many` where there are further tenants.
pub(crate) async fn of(settings: anyhow::Result<Settings>, is_one_of_many: bool) -> Vec<Check> {
    let mut checks = Vec::new();
    match settings {
        Ok(settings) => look(settings, is_one_of_many, &mut checks).await,
        Err(error) => checks.push(Check::failed(CONFIGURATION, chain(&error), SETTINGS)),
    }
    // What was not come to hangs on the last thing that failed.
    let failed =
        checks.iter().rev().find(|check| check.status == Status::Failed).map_or(CONFIGURATION, |check| check.name);
    checks.extend(ALL.iter().skip(checks.len()).map(|name| Check::skipped(name, failed)));
    checks
}

/// One check after the other, as far as they go.
async fn look(settings: Settings, is_one_of_many: bool, checks: &mut Vec<Check>) {
    let (place, pem) = match prepared(&settings) {
        Ok(prepared) => prepared,
        Err(error) => return checks.push(Check::failed(CONFIGURATION, chain(&error), SETTINGS)),
    };
    let pem = pem.as_deref();
    let method = sign_in::method(&settings, is_one_of_many);
    let sign_in = SignIn::prepare(&settings, &place, pem, is_one_of_many).await;
    let mut reached = Vec::new();
    for host in hosts(method, &place) {
        match Reachability::of(&host, pem).await {
            Ok(reachability) => reached.push((host, reachability)),
            Err(error) => {
                return checks.push(Check::failed(CONFIGURATION, format!("--ca-file: {}", chain_of(&error)), SETTINGS));
            }
        }
    }
    checks.push(configuration(&settings, &place, sign_in.as_ref()));
    checks.extend([clock(&reached), names(&reached), tls(&reached)]);
    let Ok(sign_in) = sign_in else { return };
    let begun = Instant::now();
    // Where a person is waited for, this says so.
    let progress = Progress::start(None);
    let token = sign_in.token.token().await;
    drop(progress);
    let token = match token {
        Ok(token) => token,
        Err(error) => return checks.push(refused(&error, &place)),
    };
    let seconds = begun.elapsed().as_secs_f64();
    checks.push(Check::ok(SIGN_IN, format!("a token, with {}, in {seconds:.1} s", sign_in.method.name())));
    let claims = TokenClaims::of(&token);
    checks.push(token_check::of(claims.as_ref(), &place, &settings, SystemTime::now()));
    checks.extend(page_and_limits(&place, sign_in, settings, pem, claims.as_ref()).await);
}

type Prepared = (ServicePlace, Option<Vec<u8>>);

fn prepared(settings: &Settings) -> anyhow::Result<Prepared> {
    Ok((ServicePlace::of(&settings.service)?, ServicePlace::certificate_authorities(&settings.service)?))
}

fn configuration(settings: &Settings, place: &ServicePlace, sign_in: Result<&SignIn, &anyhow::Error>) -> Check {
    let sign_in = match sign_in {
        Ok(sign_in) => sign_in,
        Err(error) => return Check::failed(CONFIGURATION, chain(error), SETTINGS),
    };
    let how = match (settings.sign_in.auth, sign_in.method) {
        (AuthMethod::Auto, method) => format!("auto, which takes {}", method.name()),
        (method, _) => method.name(),
    };
    let cloud = place.name().unwrap_or_else(|| format!("a service root of its own beside {}", name(place.service)));
    let message = format!("{cloud}: {}, signing in with {how}", place.root);
    if place.is_of_cloud && place.service.authority().ok().as_ref() != Some(&place.authority) {
        let mend = "A token of one cloud is not valid in another: check --cloud, and AZURE_AUTHORITY_HOST.";
        return Check::warning(
            CONFIGURATION,
            format!("{message}; {} is not where {cloud} signs in", place.authority),
            mend,
        );
    }
    match place.name().as_deref().and_then(ServicePlace::caveat) {
        Some(caveat) => Check::warning(CONFIGURATION, message, caveat),
        None => Check::ok(CONFIGURATION, message),
    }
}

/// The hosts that this program itself speaks with: that of the service first.
fn hosts(method: AuthMethod, place: &ServicePlace) -> Vec<Origin> {
    let asks_authority = matches!(
        method,
        AuthMethod::ClientSecret
            | AuthMethod::ClientCertificate
            | AuthMethod::WorkloadIdentity
            | AuthMethod::AzurePipelines
            | AuthMethod::DeviceCode
    );
    let authority = place.authority.origin().clone();
    let mut hosts = vec![place.root.origin().clone()];
    if asks_authority && !hosts.contains(&authority) {
        hosts.push(authority);
    }
    hosts
}

/// Microsoft Entra takes assertions and tokens that are five minutes off.
fn clock(reached: &[(Origin, Reachability)]) -> Check {
    const MEND: &str = "Set the clock: `timedatectl set-ntp true` on Linux, `w32tm /resync` on Windows.";
    let now = SystemTime::now();
    let date = reached.iter().find_map(|(host, reached)| Some((host, reached.answer.as_ref().ok()?.date?)));
    let Some((host, date)) = date else {
        return Check::warning(CLOCK, "not known: no host has told its time", "The checks below say why.");
    };
    let skew = now.duration_since(date).unwrap_or_else(|error| error.duration());
    let message = format!("{} s from that of {host}", skew.as_secs());
    match skew.as_secs() {
        0..=60 => Check::ok(CLOCK, message),
        61..=300 => Check::warning(CLOCK, message, MEND),
        _ => Check::failed(CLOCK, message, MEND),
    }
}

fn names(reached: &[(Origin, Reachability)]) -> Check {
    let failed: Vec<_> =
        reached.iter().filter_map(|(host, reached)| Some((host, reached.addresses.as_ref().err()?))).collect();
    let Some((host, error)) = failed.first() else {
        let hosts: Vec<_> = reached.iter().map(|(host, _)| host.to_string()).collect();
        return Check::ok(NAMES, hosts.join(", "));
    };
    let message = format!("{host} has no address: {error}");
    if has_proxy() {
        return Check::warning(NAMES, message, "Behind a proxy that is as it should be: the proxy looks names up.");
    }
    Check::failed(
        NAMES,
        message,
        format!("Check the name, the DNS servers and the proxy (HTTPS_PROXY): nslookup {}", host_of(host)),
    )
}

fn tls(reached: &[(Origin, Reachability)]) -> Check {
    let Some((host, error)) = reached.iter().find_map(|(host, reached)| Some((host, reached.answer.as_ref().err()?)))
    else {
        let hosts: Vec<_> = reached.iter().map(|(host, _)| host.to_string()).collect();
        return Check::ok(TLS, format!("{} answered", hosts.join(", ")));
    };
    let message = chain_of(error);
    if error.is_tls {
        let mend = format!(
            "If a proxy opens TLS, take its certificate authority with --ca-file; who signed: openssl s_client -connect {}",
            address_of(host)
        );
        return Check::failed(TLS, message, mend);
    }
    Check::failed(TLS, message, "Check the proxy (HTTPS_PROXY) and the firewall: port 443 has to be open to that host.")
}

fn refused(error: &Error, place: &ServicePlace) -> Check {
    let mend = match (error.server(), error) {
        (Some(server), _) => hint::sign_in(&server.code),
        (None, Error::NoToken { .. }) => hint::no_token(&error.to_string()),
        _ => "The message has what is missing or wrong; docs/sign-in.md has the ways to sign in.",
    };
    let server = error.server().map(|server| format!(": {server}")).unwrap_or_default();
    let mend = mend.replace("https://entra.microsoft.com", token_check::portal(place));
    Check::failed(SIGN_IN, format!("{}{server}", chain_of(error)), mend)
}

/// Asks for one device, and says what is left of the limits then.
async fn page_and_limits(
    place: &ServicePlace,
    sign_in: SignIn,
    mut settings: Settings,
    pem: Option<&[u8]>,
    claims: Option<&TokenClaims>,
) -> Vec<Check> {
    settings.limits.page_size = Some(std::num::NonZeroU32::MIN);
    settings.limits.max_pages = Some(std::num::NonZeroU64::MIN);
    settings.limits.retries = 0;
    settings.limits.ahead = 0;
    let limits = settings.limits.clone();
    let order = Source::at(place, sign_in.token, settings, pem, false)
        .and_then(|source| Ok((source.order::<MachineSecurityState>(None)?, source)));
    let (order, source) = match order {
        Ok(both) => both,
        Err(error) => {
            let failed = Check::failed(PAGE, chain(&error), "Check --service-root and --ca-file.");
            return vec![failed, Check::skipped(LIMITS, PAGE)];
        }
    };
    let begun = Instant::now();
    let mut pages = order.pull.pages();
    let mut devices = 0;
    while let Some(page) = pages.next().await {
        devices += page.map_or(0, |page| page.rows().count());
    }
    let report = pages.report();
    if let (0, Some(failure)) = (report.pages, &report.failure) {
        let wait = failure.retry_after();
        let limits = match wait {
            Some(wait) => Check::failed(
                LIMITS,
                format!("none: the service wants {} s to pass before the next call", wait.as_secs()),
                "Wait, and lower --calls-per-minute: another client of the app shares the limit.",
            ),
            None => Check::skipped(LIMITS, PAGE),
        };
        return vec![lost_page(failure, place, claims), limits];
    }
    let count = report.expected.map(|count| format!(" of {count}")).unwrap_or_default();
    let seconds = begun.elapsed().as_secs_f64();
    let more = if devices > 1 { "; the service gives more than the one asked for" } else { "" };
    let page = Check::ok(PAGE, format!("{}{count} in {seconds:.1} s{more}", counted(devices as u64, "device")));
    let left = source.transport.pacer().calls_left();
    let left = match left {
        None => "no limit is set".to_owned(),
        Some(left) => format!(
            "{left} of {} calls left this minute, of {} an hour; other clients of the app take from the same",
            limits.calls_per_minute, limits.calls_per_hour
        ),
    };
    vec![page, Check::ok(LIMITS, left)]
}

fn lost_page(failure: &FetchError, place: &ServicePlace, claims: Option<&TokenClaims>) -> Check {
    let server = failure.server().map(|server| format!(": {server}")).unwrap_or_default();
    let mut next = hint::what_next(failure, true).unwrap_or_default();
    if failure.kind() == FetchErrorKind::Forbidden {
        next = format!("{next} {}", token_check::permissions_page(claims, place));
    }
    let caveat = place.name().as_deref().and_then(ServicePlace::caveat).map(|caveat| format!(" {caveat}"));
    Check::failed(PAGE, format!("{}{server}", chain_of(failure)), format!("{next}{}", caveat.unwrap_or_default()))
}

/// Whether a pull could work.
pub(crate) fn is_well(checks: &[Check]) -> bool {
    checks.iter().all(|check| matches!(check.status, Status::Ok | Status::Warning))
}

fn has_proxy() -> bool {
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].iter().any(|name| env::var_os(name).is_some())
}

/// Host and port.
fn address_of(origin: &Origin) -> String {
    let text = origin.to_string();
    let address = text.split_once("://").map_or(text.as_str(), |(_, address)| address);
    if address.contains(':') { address.to_owned() } else { format!("{address}:443") }
}

/// The name in an origin.
fn host_of(origin: &Origin) -> String {
    let text = origin.to_string();
    let host = text.split_once("://").map_or(text.as_str(), |(_, host)| host);
    host.rsplit_once(':').map_or(host, |(host, _)| host).to_owned()
}

fn chain(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn chain_of(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
