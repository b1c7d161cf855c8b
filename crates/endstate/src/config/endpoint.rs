//! The service that the settings name: where to sign in, where the collections are, and which
//! origins may receive the token.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, anyhow, ensure};
use endstate_reqwest::{Authority, CloudEndpoint, Error, Evidence, Origin, Scope, ServiceRoot};

use crate::cli::ServiceArgs;
use crate::exit::UsageError;

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

/// One of the APIs from which states come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    /// The documented collection and those beside it.
    Preview,
    /// Today's API of Defender for Endpoint.
    Defender,
    /// Microsoft Graph.
    Graph,
}

impl Api {
    /// The option that sets its root.
    pub(crate) fn root_option(self) -> &'static str {
        match self {
            Self::Preview => "--service-root",
            Self::Defender => "--defender-root",
            Self::Graph => "--graph-root",
        }
    }
}

impl Endpoint {
    /// The documented API of the service that the settings name.
    pub(crate) fn from_args(args: &ServiceArgs) -> anyhow::Result<Self> {
        Self::for_api(args, Api::Preview)
    }

    /// One of the APIs of the service that the settings name.
    pub(crate) fn for_api(args: &ServiceArgs, api: Api) -> anyhow::Result<Self> {
        let cloud = CloudEndpoint::for_cloud(args.cloud, args.region)?;
        let (chosen, documented) = match api {
            Api::Preview => (&args.service_root, cloud.preview()),
            Api::Defender => (&args.defender_root, cloud.defender),
            Api::Graph => (&args.graph_root, cloud.graph),
        };
        let option = api.root_option();
        ensure!(
            chosen.is_some() || args.service_root.is_none(),
            UsageError::new(format!("this source is not under --service-root; set {option}, too"))
        );
        let root = ServiceRoot::parse(chosen.as_deref().unwrap_or(documented.root)).map_err(|error| match error {
            Error::ServiceRoot { reason } => anyhow!("{option} cannot be used: {reason}"),
            other => other.into(),
        })?;
        let authority = match &args.authority {
            Some(authority) => authority.clone(),
            None => cloud.authority()?,
        };

        let mut pinned = documented.pinned()?;
        let is_in_cloud = pinned.contains(root.origin());
        // A token of the cloud's service must not reach another host, and the other way round.
        let scope = match (&args.scope, is_in_cloud) {
            (Some(scope), _) => scope.clone(),
            (None, true) => documented.scope.parse()?,
            (None, false) => Scope::default_of(&root),
        };
        pinned.retain(|origin| is_in_cloud && origin != root.origin());

        let read = |path: &PathBuf| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        let authorities_pem = args.ca_file.as_ref().map(read).transpose()?;
        Ok(Self { cloud, authority, root, scope, also_pinned: pinned, is_in_cloud, authorities_pem })
    }

    /// Whether the settings say where an API is.
    pub(crate) fn is_known(args: &ServiceArgs, api: Api) -> bool {
        let chosen = if api == Api::Defender { &args.defender_root } else { &args.graph_root };
        chosen.is_some() || args.service_root.is_none()
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
    use crate::cli::StatesFrom;

    fn args() -> ServiceArgs {
        ServiceArgs {
            states_from: StatesFrom::Auto,
            no_devices: false,
            cloud: Cloud::Commercial,
            region: None,
            service_root: None,
            defender_root: None,
            graph_root: None,
            authority: None,
            scope: None,
            ca_file: None,
            empty_on_404: false,
        }
    }

    fn endpoint(cloud: Cloud, region: Option<Region>, service_root: Option<&str>) -> Endpoint {
        let service_root = service_root.map(ToOwned::to_owned);
        Endpoint::from_args(&ServiceArgs { cloud, region, service_root, ..args() }).unwrap()
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

    #[test]
    fn each_api_has_its_own_root_scope_and_hosts() {
        let defender = Endpoint::for_api(&args(), Api::Defender).unwrap();
        assert_eq!(defender.root.to_string(), "https://api.security.microsoft.com/api");
        assert_eq!(defender.scope.to_string(), "https://api.securitycenter.microsoft.com/.default");
        assert_eq!(defender.also_pinned.len(), 2);
        let graph = Endpoint::for_api(&ServiceArgs { cloud: Cloud::Dod, ..args() }, Api::Graph).unwrap();
        assert_eq!(graph.root.to_string(), "https://dod-graph.microsoft.us/v1.0");
        assert_eq!(graph.scope.to_string(), "https://dod-graph.microsoft.us/.default");
    }

    #[test]
    fn a_service_root_of_another_service_does_not_leave_the_others_with_microsoft() {
        let service_root = Some("http://127.0.0.1:1/testwdatppreview".to_owned());
        let custom = ServiceArgs { service_root, ..args() };
        let error = Endpoint::for_api(&custom, Api::Graph).unwrap_err().to_string();
        assert_eq!(error, "this source is not under --service-root; set --graph-root, too");
        assert!(!Endpoint::is_known(&custom, Api::Graph));
        let graph_root = Some("http://127.0.0.1:1/v1.0".to_owned());
        let both = ServiceArgs { graph_root, ..custom };
        let endpoint = Endpoint::for_api(&both, Api::Graph).unwrap();
        assert_eq!((endpoint.is_in_cloud, endpoint.also_pinned.len()), (false, 0));
    }
}
