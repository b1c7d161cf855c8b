//! The service that the settings name: where to sign in, where the collections are, and which
//! origins may receive the token.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use endstate_reqwest::{Authority, CloudEndpoint, Evidence, Origin, Scope, ServiceRoot};

use crate::cli::ServiceArgs;

/// A row of the table of clouds, or what the settings say instead.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    /// The row.
    pub(crate) cloud: &'static CloudEndpoint,
    pub(crate) authority: Authority,
    pub(crate) root: ServiceRoot,
    pub(crate) scope: Scope,
    /// Further origins that may receive the token.
    pub(crate) also_pinned: Vec<Origin>,
    /// Whether the root is a host of the row.
    pub(crate) is_in_cloud: bool,
    /// Additional certificate authorities to trust, in PEM.
    pub(crate) authorities_pem: Option<Vec<u8>>,
}

impl Endpoint {
    /// The service that the settings name.
    pub(crate) fn from_args(args: &ServiceArgs) -> anyhow::Result<Self> {
        let cloud = CloudEndpoint::for_cloud(args.cloud, args.region)?;
        let root = ServiceRoot::parse(args.service_root.as_deref().unwrap_or(cloud.service_root))?;
        let authority = match &args.authority {
            Some(authority) => authority.clone(),
            None => cloud.authority()?,
        };

        let mut pinned = cloud.pinned()?;
        let is_in_cloud = pinned.contains(root.origin());
        // A token of the cloud's service must not reach another host, and the other way round.
        let scope = match (&args.scope, is_in_cloud) {
            (Some(scope), _) => scope.clone(),
            (None, true) => cloud.scope()?,
            (None, false) => Scope::default_of(&root),
        };
        pinned.retain(|origin| is_in_cloud && origin != root.origin());

        let read = |path: &PathBuf| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        let authorities_pem = args.ca_file.as_ref().map(read).transpose()?;
        Ok(Self { cloud, authority, root, scope, also_pinned: pinned, is_in_cloud, authorities_pem })
    }

    /// The name of the cloud and region; `None` for a service root outside the table.
    pub(crate) fn name(&self) -> Option<String> {
        self.is_in_cloud.then(|| cloud_name(self.cloud))
    }

    /// Additional certificate authorities to trust, in PEM.
    pub(crate) fn pem(&self) -> Option<&[u8]> {
        self.authorities_pem.as_deref()
    }
}

/// The name of a row, such as `commercial` or `commercial, eu`.
pub(crate) fn cloud_name(cloud: &CloudEndpoint) -> String {
    match cloud.region {
        None => cloud.cloud.to_string(),
        Some(region) => format!("{}, {region}", cloud.cloud),
    }
}

/// The row with this name.
pub(crate) fn find_cloud(name: &str) -> Option<&'static CloudEndpoint> {
    CloudEndpoint::ALL.iter().find(|cloud| cloud_name(cloud) == name)
}

/// A caveat for a service that does not answer as expected, if no document says that it serves the
/// collection.
pub(crate) fn caveat(cloud: &CloudEndpoint) -> Option<String> {
    (cloud.evidence == Evidence::Unknown).then(|| {
        let name = cloud_name(cloud);
        format!(
            "No document says that {name} serves this collection; it is documented only for commercial \
             (`endstate clouds`)."
        )
    })
}

#[cfg(test)]
mod tests {
    use endstate_reqwest::{Cloud, Region};

    use super::*;

    fn endpoint(cloud: Cloud, region: Option<Region>, service_root: Option<&str>) -> Endpoint {
        let service_root = service_root.map(ToOwned::to_owned);
        let (authority, scope, ca_file, empty_on_404) = (None, None, None, false);
        let args = ServiceArgs { cloud, region, service_root, authority, scope, ca_file, empty_on_404 };
        Endpoint::from_args(&args).unwrap()
    }

    #[test]
    fn a_region_pins_the_worldwide_hosts_and_a_custom_root_only_itself() {
        let pinned = |endpoint: Endpoint| endpoint.also_pinned.iter().map(ToString::to_string).collect::<Vec<_>>();
        let worldwide = [
            "https://api.security.microsoft.com",
            "https://api.securitycenter.microsoft.com",
            "https://api.securitycenter.windows.com",
        ];
        assert_eq!(pinned(endpoint(Cloud::Commercial, Some(Region::Uk), None)), worldwide);
        let own = endpoint(Cloud::Commercial, Some(Region::Uk), Some("https://defender.example/x"));
        assert_eq!((pinned(own.clone()), own.name()), (vec![], None));
        assert_eq!(pinned(endpoint(Cloud::Dod, None, None)), Vec::<String>::new());
    }
}
