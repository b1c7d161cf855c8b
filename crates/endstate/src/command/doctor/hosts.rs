//! The hosts of a tenant: the clock, name resolution and TLS.

use std::env;
use std::time::SystemTime;

use endstate_reqwest::{Origin, Probe};

use super::check::{CLOCK, Check, DNS, TLS};
use crate::cli::AuthMethod;
use crate::config::endpoint::Endpoint;
use crate::terminal::error_chain;

/// The hosts that endstate itself connects to, the service first.
pub(super) fn contacted(method: AuthMethod, endpoint: &Endpoint) -> Vec<Origin> {
    let uses_authority = matches!(
        method,
        AuthMethod::ClientSecret
            | AuthMethod::ClientCertificate
            | AuthMethod::WorkloadIdentity
            | AuthMethod::AzurePipelines
            | AuthMethod::DeviceCode
    );
    let authority = endpoint.authority.origin().clone();
    let mut hosts = vec![endpoint.root.origin().clone()];
    if uses_authority && !hosts.contains(&authority) {
        hosts.push(authority);
    }
    hosts
}

/// Microsoft Entra accepts assertions and tokens that are up to five minutes off.
pub(super) fn clock(probes: &[(Origin, Probe)]) -> Check {
    const REMEDY: &str = "Set the clock: `timedatectl set-ntp true` on Linux, `w32tm /resync` on Windows.";
    let now = SystemTime::now();
    let date = probes.iter().find_map(|(host, probe)| Some((host, probe.response.as_ref().ok()?.date?)));
    let Some((host, date)) = date else {
        return Check::warning(CLOCK, "unknown: no host sent its time", "The checks below show why.");
    };
    let skew = now.duration_since(date).unwrap_or_else(|error| error.duration());
    let message = format!("{} s off the clock of {host}", skew.as_secs());
    match skew.as_secs() {
        0..=60 => Check::ok(CLOCK, message),
        61..=300 => Check::warning(CLOCK, message, REMEDY),
        _ => Check::failed(CLOCK, message, REMEDY),
    }
}

pub(super) fn dns(probes: &[(Origin, Probe)]) -> Check {
    let failed = probes.iter().find_map(|(host, probe)| Some((host, probe.addresses.as_ref().err()?)));
    let Some((host, error)) = failed else {
        return Check::ok(DNS, names(probes));
    };
    let message = format!("cannot resolve {host}: {error}");
    if has_proxy() {
        return Check::warning(DNS, message, "This is normal behind a proxy, which resolves names itself.");
    }
    let remedy = format!("Check the name, the DNS servers and the proxy (HTTPS_PROXY): nslookup {}", host_name(host));
    Check::failed(DNS, message, remedy)
}

pub(super) fn tls(probes: &[(Origin, Probe)]) -> Check {
    let failed = probes.iter().find_map(|(host, probe)| Some((host, probe.response.as_ref().err()?)));
    let Some((host, error)) = failed else {
        return Check::ok(TLS, format!("{} answered", names(probes)));
    };
    let message = error_chain::one_line(error);
    let remedy = if error.is_tls {
        let address = address(host);
        format!(
            "If a proxy inspects TLS, set --ca-file to its certificate authority. To see who signed the certificate: \
             openssl s_client -connect {address}"
        )
    } else {
        "Check the proxy (HTTPS_PROXY) and the firewall: port 443 must be open to that host.".to_owned()
    };
    Check::failed(TLS, message, remedy)
}

fn names(probes: &[(Origin, Probe)]) -> String {
    let hosts: Vec<_> = probes.iter().map(|(host, _)| host.to_string()).collect();
    hosts.join(", ")
}

fn has_proxy() -> bool {
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].iter().any(|name| env::var_os(name).is_some())
}

/// Host and port of an origin.
fn address(origin: &Origin) -> String {
    let text = origin.to_string();
    let address = text.split_once("://").map_or(text.as_str(), |(_, address)| address);
    if address.contains(':') { address.to_owned() } else { format!("{address}:443") }
}

/// The host name of an origin.
fn host_name(origin: &Origin) -> String {
    let text = origin.to_string();
    let host = text.split_once("://").map_or(text.as_str(), |(_, host)| host);
    host.rsplit_once(':').map_or(host, |(host, _)| host).to_owned()
}
