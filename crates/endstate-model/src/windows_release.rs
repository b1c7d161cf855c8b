//! The names of Windows builds, and the dates on which their servicing ends.

mod table;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Date;

/// A release of Windows, identified by its build.
///
/// A build does not show whether a device runs a client or a server, nor which edition, and a
/// security state contains only the build. A release therefore lists every name and every end of
/// servicing that the build can mean.
///
/// ```
/// use endstate_model::{Date, ServicingStatus, WindowsRelease};
///
/// let release = WindowsRelease::for_build(14393).ok_or("not known")?;
/// assert_eq!(release.client, Some("Windows 10, version 1607"));
/// assert_eq!(release.server, Some("Windows Server 2016"));
///
/// // Home and Pro are out of support, the server is not.
/// let day = Date::new(2026, 12, 31).ok_or("no such day")?;
/// assert_eq!(release.servicing_on(day), ServicingStatus::EndedForSome);
///
/// assert_eq!(WindowsRelease::name_of_build(30000), "build 30000");
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowsRelease {
    /// The build, such as 14393.
    pub build: u32,
    /// The client's name, such as `Windows 10, version 1607`; `None` if the build has no client.
    pub client: Option<&'static str>,
    /// The server's name, such as `Windows Server 2016`; `None` if the build has no server.
    pub server: Option<&'static str>,
    /// When its first edition became generally available; `None` if the vendor's pages disagree.
    pub general_availability: Option<Date>,
    /// When servicing of its editions ends, earliest first. Never empty.
    pub servicing: &'static [Servicing],
    /// The vendor's page with these facts.
    pub source: &'static str,
}

/// When servicing of some editions of a release ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Servicing {
    /// The editions, such as `Enterprise and Education`.
    pub editions: &'static str,
    /// The last day with a security update that needs no further contract. Extended security
    /// updates, which customers pay for per device, come after it.
    pub ends: Date,
}

/// Whether a release is serviced on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ServicingStatus {
    /// All editions are serviced.
    Serviced,
    /// Some editions are serviced, and others are out of support. A device's security state does
    /// not show which edition it runs.
    EndedForSome,
    /// No edition is serviced: the release is out of support.
    Ended,
}

impl WindowsRelease {
    /// The known releases, oldest build first.
    pub const KNOWN: &[Self] = table::WINDOWS_RELEASES;

    /// Returns the release of a build, or `None` if this version does not know the build.
    pub fn for_build(build: u32) -> Option<&'static Self> {
        let place = Self::KNOWN.binary_search_by_key(&build, |release| release.build).ok()?;
        Self::KNOWN.get(place)
    }

    /// Returns the name of a build. An unknown build is named by its number, such as `build 30000`.
    pub fn name_of_build(build: u32) -> Cow<'static, str> {
        Self::for_build(build).map_or_else(|| format!("build {build}").into(), Self::name)
    }

    /// Returns the release's name. If the build can be a client or a server, a slash separates the
    /// two names.
    pub fn name(&self) -> Cow<'static, str> {
        match (self.client, self.server) {
            (Some(client), Some(server)) => format!("{client} / {server}").into(),
            (Some(name), None) | (None, Some(name)) => name.into(),
            (None, None) => format!("build {}", self.build).into(),
        }
    }

    /// The day on which servicing of its last edition ends.
    pub fn last_end(&self) -> Option<Date> {
        self.servicing.iter().map(|servicing| servicing.ends).max()
    }

    /// Returns whether the release is serviced on a day. The last day counts as serviced.
    pub fn servicing_on(&self, day: Date) -> ServicingStatus {
        let ended = self.servicing.iter().filter(|servicing| servicing.ends < day).count();
        match ended {
            0 => ServicingStatus::Serviced,
            _ if ended < self.servicing.len() => ServicingStatus::EndedForSome,
            _ => ServicingStatus::Ended,
        }
    }
}
