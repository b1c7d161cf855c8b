//! Which service the settings mean: where to sign in, where the collections stand, and who may have the token.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use endstate_reqwest::{Authority, Evidence, Origin, Scope, Service, ServiceRoot};

use crate::args::ServiceArgs;

/// A row of the table of clouds, or what the settings say instead.
#[derive(Debug, Clone)]
pub(crate) struct ServicePlace {
    /// The row.
    pub(crate) service: &'static Service,
    pub(crate) authority: Authority,
    pub(crate) root: ServiceRoot,
    pub(crate) scope: Scope,
    /// Origins beside that of the root that may have the token.
    pub(crate) also_pinned: Vec<Origin>,
    /// Whether the root is one of the row's own hosts.
    pub(crate) is_of_cloud: bool,
}

impl ServicePlace {
    /// What the settings mean.
    pub(crate) fn of(args: &ServiceArgs) -> anyhow::Result<Self> {
        let service = Service::of(args.cloud, args.region)?;
        let root = ServiceRoot::parse(args.service_root.as_deref().unwrap_or(service.service_root))?;
        let authority = match &args.authority {
            Some(authority) => authority.clone(),
            None => service.authority()?,
        };
        let mut pinned = service.pinned()?;
        let is_of_cloud = pinned.contains(root.origin());
        // A token of the cloud's service has no business with another host, and the other way round.
        let scope = match (&args.scope, is_of_cloud) {
            (Some(scope), _) => scope.clone(),
            (None, true) => service.scope()?,
            (None, false) => Scope::default_of(&root),
        };
        pinned.retain(|origin| is_of_cloud && origin != root.origin());
        Ok(Self { service, authority, root, scope, also_pinned: pinned, is_of_cloud })
    }

    /// The cloud, and the region if it is one; `None` for a service root of its own.
    pub(crate) fn name(&self) -> Option<String> {
        self.is_of_cloud.then(|| name(self.service))
    }

    /// What has to be said where the service does not answer as expected: nobody knows whether it serves the collection.
    pub(crate) fn caveat(cloud: &str) -> Option<String> {
        let service = Service::ALL.iter().find(|service| name(service) == cloud)?;
        (service.evidence == Evidence::Unknown).then(|| {
            format!(
                "No document says that {cloud} serves this collection; it is documented for commercial alone \
                 (`endstate clouds`)."
            )
        })
    }

    /// The certificate authorities to trust beside the system's.
    pub(crate) fn certificate_authorities(args: &ServiceArgs) -> anyhow::Result<Option<Vec<u8>>> {
        let read = |path: &PathBuf| fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
        args.ca_file.as_ref().map(read).transpose()
    }
}

/// Such as `commercial` or `commercial, eu`.
pub(crate) fn name(service: &Service) -> String {
    match service.region {
        None => service.cloud.to_string(),
        Some(region) => format!("{}, {region}", service.cloud),
    }
}

#[cfg(test)]
mod tests {
    use endstate_reqwest::{Cloud, Region};

    use super::*;

    fn place(cloud: Cloud, region: Option<Region>, service_root: Option<&str>) -> ServicePlace {
        let service_root = service_root.map(ToOwned::to_owned);
        let (authority, scope, ca_file, empty_on_404) = (None, None, None, false);
        let args = ServiceArgs { cloud, region, service_root, authority, scope, ca_file, empty_on_404 };
        ServicePlace::of(&args).unwrap()
    }

    #[test]
    fn a_region_pins_the_worldwide_names_of_its_service_and_a_root_of_ones_own_nothing_beside_itself() {
        let pinned = |place: ServicePlace| place.also_pinned.iter().map(ToString::to_string).collect::<Vec<_>>();
        let worldwide = [
            "https://api.security.microsoft.com",
            "https://api.securitycenter.microsoft.com",
            "https://api.securitycenter.windows.com",
        ];
        assert_eq!(pinned(place(Cloud::Commercial, Some(Region::Uk), None)), worldwide);
        let own = place(Cloud::Commercial, Some(Region::Uk), Some("https://defender.example/x"));
        assert_eq!((pinned(own.clone()), own.name()), (vec![], None));
        assert_eq!(pinned(place(Cloud::Dod, None, None)), Vec::<String>::new());
    }
}
