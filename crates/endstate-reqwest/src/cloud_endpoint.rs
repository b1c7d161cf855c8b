//! The clouds of Microsoft and the regional hosts of Defender for Endpoint, in one table. Each row
//! is a separate service.
//!
//! A row holds the values that belong together: where to sign in, where the collection is, the
//! scope of its tokens, and the origins that may receive them. A token of one cloud is not valid in
//! another (Microsoft Graph, `concepts/deployments.md`).

use std::fmt;
use std::str::FromStr;

use crate::{Authority, Error, Origin, Result, Scope, ServiceRoot};

/// A cloud of Microsoft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cloud {
    /// The worldwide cloud.
    Commercial,
    /// The US Government Community Cloud.
    Gcc,
    /// The US Government Community Cloud High.
    GccHigh,
    /// The cloud of the US Department of Defense.
    Dod,
}

/// A regional host of the commercial cloud, closer to the caller than the worldwide host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Region {
    /// United States.
    Us,
    /// Europe.
    Eu,
    /// United Kingdom.
    Uk,
    /// Australia.
    Au,
    /// Switzerland.
    Swa,
    /// India.
    Ina,
    /// United Arab Emirates.
    Aea,
}

/// Whether a service is known to serve the collection of device security states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Evidence {
    /// The collection's document names this host.
    Documented,
    /// The document points to such hosts in general. Whether they have the collection is unknown.
    Unknown,
}

/// A service: a row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CloudEndpoint {
    /// Its cloud.
    pub cloud: Cloud,
    /// Its region, if it is a regional host.
    pub region: Option<Region>,
    /// The identity service to sign in at.
    pub authority: &'static str,
    /// The service root, under which the collections are.
    pub service_root: &'static str,
    /// The scope of its tokens.
    pub scope: &'static str,
    /// Further origins of the same service, which a next link may name and which may receive its
    /// token.
    pub also_pinned: &'static [&'static str],
    /// Today's API of Defender for Endpoint.
    pub defender: ApiEndpoint,
    /// Microsoft Graph, which has advanced hunting.
    pub graph: ApiEndpoint,
    /// The Microsoft Defender portal, where people view devices.
    pub portal: &'static str,
    /// The Microsoft Entra admin center, where app registrations and their permissions are.
    pub entra_portal: &'static str,
    /// Whether it is known to serve the collection.
    pub evidence: Evidence,
    /// The source of the row.
    pub source: &'static str,
}

/// An API: where it is, and what its tokens are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiEndpoint {
    /// The root, under which its collections are.
    pub root: &'static str,
    /// The scope of its tokens.
    pub scope: &'static str,
    /// Further origins of the same service, which a next link may name and which may receive its
    /// token.
    pub also_pinned: &'static [&'static str],
}

impl ApiEndpoint {
    const fn new(root: &'static str, scope: &'static str, also_pinned: &'static [&'static str]) -> Self {
        Self { root, scope, also_pinned }
    }

    /// Every origin that may receive the token, each once, that of the root first.
    ///
    /// # Errors
    /// None in practice: a test parses every row.
    pub fn pinned(&self) -> Result<Vec<Origin>> {
        let mut pinned: Vec<Origin> = vec![self.root.parse()?];
        for url in self.also_pinned {
            let origin = url.parse()?;
            if !pinned.contains(&origin) {
                pinned.push(origin);
            }
        }
        Ok(pinned)
    }
}

/// The identity service of the worldwide clouds and that of the US Government (Microsoft Entra,
/// "National clouds").
const LOGIN: &str = "https://login.microsoftonline.com";
const LOGIN_US: &str = "https://login.microsoftonline.us";

/// The admin centers of Microsoft Entra in the same clouds (the same page).
const ENTRA: &str = "https://entra.microsoft.com";
const ENTRA_US: &str = "https://entra.microsoft.us";

/// Names of the one worldwide service that pages and next links mix (Microsoft's documentation of
/// 2018 to 2026).
const WORLDWIDE: &[&str] = &[
    "https://api.security.microsoft.com",
    "https://api.securitycenter.microsoft.com",
    "https://api.securitycenter.windows.com",
];

/// The audience of Defender for Endpoint, even for the newer name of the host (Microsoft's tip of
/// 2026).
const DEFENDER_SCOPE: &str = "https://api.securitycenter.microsoft.com/.default";

/// Today's APIs of the worldwide cloud (Microsoft's pages on the assessment API, 2025, and on
/// `runHuntingQuery`). The page of the API names the newer host, and other pages the older one.
const DEFENDER: ApiEndpoint = ApiEndpoint::new("https://api.security.microsoft.com/api", DEFENDER_SCOPE, WORLDWIDE);
const GRAPH: ApiEndpoint =
    ApiEndpoint::new("https://graph.microsoft.com/v1.0", "https://graph.microsoft.com/.default", &[]);

/// Microsoft Graph of the clouds of the US Government (microsoft-graph-docs, concepts/deployments).
const GRAPH_L4: ApiEndpoint =
    ApiEndpoint::new("https://graph.microsoft.us/v1.0", "https://graph.microsoft.us/.default", &[]);
const GRAPH_L5: ApiEndpoint =
    ApiEndpoint::new("https://dod-graph.microsoft.us/v1.0", "https://dod-graph.microsoft.us/.default", &[]);

const GOVERNMENT: &str =
    "defender-docs, defender-endpoint/gov.md (5 January 2026), to which the collection's document points";

const REGIONAL: &str =
    "defender-docs, includes/improve-request-performance.md, to which the collection's document points";

/// Returns the row of a regional host.
const fn regional(region: Region, service_root: &'static str, defender_root: &'static str) -> CloudEndpoint {
    CloudEndpoint {
        cloud: Cloud::Commercial,
        region: Some(region),
        authority: LOGIN,
        service_root,
        scope: DEFENDER_SCOPE,
        also_pinned: WORLDWIDE,
        defender: ApiEndpoint::new(defender_root, DEFENDER_SCOPE, WORLDWIDE),
        graph: GRAPH,
        portal: "https://security.microsoft.com",
        entra_portal: ENTRA,
        evidence: Evidence::Unknown,
        source: REGIONAL,
    }
}

/// Returns the row of a cloud of the US Government. Its tokens are for the host itself.
const fn government(
    cloud: Cloud,
    authority: &'static str,
    (service_root, defender_root, scope): (&'static str, &'static str, &'static str),
    graph: ApiEndpoint,
    (portal, entra_portal): (&'static str, &'static str),
) -> CloudEndpoint {
    CloudEndpoint {
        cloud,
        region: None,
        authority,
        service_root,
        scope,
        also_pinned: &[],
        defender: ApiEndpoint::new(defender_root, scope, &[]),
        graph,
        portal,
        entra_portal,
        evidence: Evidence::Unknown,
        source: GOVERNMENT,
    }
}

const API_GCC: (&str, &str, &str) = (
    "https://api-gcc.securitycenter.microsoft.us/testwdatppreview",
    "https://api-gcc.securitycenter.microsoft.us/api",
    "https://api-gcc.securitycenter.microsoft.us/.default",
);

const API_GOV: (&str, &str, &str) = (
    "https://api-gov.securitycenter.microsoft.us/testwdatppreview",
    "https://api-gov.securitycenter.microsoft.us/api",
    "https://api-gov.securitycenter.microsoft.us/.default",
);

impl CloudEndpoint {
    /// The table: the clouds first, then the regions of the commercial cloud.
    pub const ALL: &[Self] = &[
        Self {
            cloud: Cloud::Commercial,
            region: None,
            authority: LOGIN,
            service_root: ServiceRoot::DOCUMENTED,
            scope: GRAPH.scope,
            also_pinned: &[],
            defender: DEFENDER,
            graph: GRAPH,
            portal: "https://security.microsoft.com",
            entra_portal: ENTRA,
            evidence: Evidence::Documented,
            source: "the collection's document, get-machinesecuritystates-collection.md",
        },
        government(Cloud::Gcc, LOGIN, API_GCC, GRAPH, ("https://security.microsoft.com", ENTRA)),
        government(Cloud::GccHigh, LOGIN_US, API_GOV, GRAPH_L4, ("https://security.microsoft.us", ENTRA_US)),
        government(Cloud::Dod, LOGIN_US, API_GOV, GRAPH_L5, ("https://security.apps.mil", ENTRA_US)),
        regional(
            Region::Us,
            "https://us.api.security.microsoft.com/testwdatppreview",
            "https://us.api.security.microsoft.com/api",
        ),
        regional(
            Region::Eu,
            "https://eu.api.security.microsoft.com/testwdatppreview",
            "https://eu.api.security.microsoft.com/api",
        ),
        regional(
            Region::Uk,
            "https://uk.api.security.microsoft.com/testwdatppreview",
            "https://uk.api.security.microsoft.com/api",
        ),
        regional(
            Region::Au,
            "https://au.api.security.microsoft.com/testwdatppreview",
            "https://au.api.security.microsoft.com/api",
        ),
        regional(
            Region::Swa,
            "https://swa.api.security.microsoft.com/testwdatppreview",
            "https://swa.api.security.microsoft.com/api",
        ),
        regional(
            Region::Ina,
            "https://ina.api.security.microsoft.com/testwdatppreview",
            "https://ina.api.security.microsoft.com/api",
        ),
        regional(
            Region::Aea,
            "https://aea.api.security.microsoft.com/testwdatppreview",
            "https://aea.api.security.microsoft.com/api",
        ),
    ];

    /// Returns the service of a cloud, or its regional host in `region`.
    ///
    /// # Errors
    /// [`Error::Setting`] if the cloud has no regional hosts.
    pub fn for_cloud(cloud: Cloud, region: Option<Region>) -> Result<&'static Self> {
        let service = Self::ALL.iter().find(|service| service.cloud == cloud && service.region == region);
        service.ok_or_else(|| {
            Error::setting(
                "the region",
                format!("the {cloud} cloud has no regional hosts; the commercial cloud has them"),
            )
        })
    }

    /// The identity service to sign in at, parsed.
    ///
    /// # Errors
    /// None in practice: a test parses every row.
    pub fn authority(&self) -> Result<Authority> {
        self.authority.parse()
    }

    /// The scope of its tokens, parsed.
    ///
    /// # Errors
    /// None in practice: a test parses every row.
    pub fn scope(&self) -> Result<Scope> {
        self.scope.parse()
    }

    /// The documented API: the service root, and what belongs to it.
    pub fn preview(&self) -> ApiEndpoint {
        ApiEndpoint::new(self.service_root, self.scope, self.also_pinned)
    }

    /// Every origin that may receive the token of the documented API, that of the service root
    /// first.
    ///
    /// # Errors
    /// None in practice: a test parses every row.
    pub fn pinned(&self) -> Result<Vec<Origin>> {
        self.preview().pinned()
    }
}

impl Cloud {
    /// Every cloud.
    pub const ALL: [Self; 4] = [Self::Commercial, Self::Gcc, Self::GccHigh, Self::Dod];

    /// The name as it is written in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commercial => "commercial",
            Self::Gcc => "gcc",
            Self::GccHigh => "gcc-high",
            Self::Dod => "dod",
        }
    }
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Cloud {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let names = Self::ALL.map(Self::as_str).join(", ");
        Self::ALL
            .into_iter()
            .find(|cloud| cloud.as_str() == text)
            .ok_or_else(|| Error::setting("the cloud", format!("unknown cloud '{text}'; use one of {names}")))
    }
}

impl Region {
    /// Every region that has a host.
    pub const ALL: [Self; 7] = [Self::Us, Self::Eu, Self::Uk, Self::Au, Self::Swa, Self::Ina, Self::Aea];

    /// The name, as in the host.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Us => "us",
            Self::Eu => "eu",
            Self::Uk => "uk",
            Self::Au => "au",
            Self::Swa => "swa",
            Self::Ina => "ina",
            Self::Aea => "aea",
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Region {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let names = Self::ALL.map(Self::as_str).join(", ");
        Self::ALL
            .into_iter()
            .find(|region| region.as_str() == text)
            .ok_or_else(|| Error::setting("the region", format!("unknown region '{text}'; use one of {names}")))
    }
}
