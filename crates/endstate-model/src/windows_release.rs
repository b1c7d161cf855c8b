//! What the builds of Windows are called, and until when they are serviced.

mod table;

use std::borrow::Cow;

use crate::Date;

/// A release of Windows, known by its build.
///
/// A build alone does not say whether a device runs a client or a server, nor which edition, and a security state says no
/// more than the build: a release therefore has every name and every end of servicing that the build can mean.
///
/// ```
/// use endstate_model::{Date, ServicingStatus, WindowsRelease};
///
/// let release = WindowsRelease::for_build(14393).ok_or("not known")?;
/// assert_eq!(release.client, Some("Windows 10, version 1607"));
/// assert_eq!(release.server, Some("Windows Server 2016"));
///
/// // Home and Pro have ended, the server has not.
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
    /// What the client is called, such as `Windows 10, version 1607`; `None` where there is none.
    pub client: Option<&'static str>,
    /// What the server is called, such as `Windows Server 2016`; `None` where there is none.
    pub server: Option<&'static str>,
    /// When it became generally available, the first of its editions; `None` where the vendor's pages disagree.
    pub general_availability: Option<Date>,
    /// Until when its editions are serviced, first to last. Never empty.
    pub servicing: &'static [Servicing],
    /// The page of the vendor's that says so.
    pub source: &'static str,
}

/// Until when some editions of a release are serviced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Servicing {
    /// The editions, such as `Enterprise and Education`.
    pub editions: &'static str,
    /// The last day with a security update that comes without a further contract: extended security updates, which are
    /// paid for by device, come after it.
    pub ends: Date,
}

/// Whether a release is serviced on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ServicingStatus {
    /// All editions are.
    Serviced,
    /// Some editions are, and others have ended: which one a device runs, its security state does not say.
    EndedForSome,
    /// No edition is.
    Ended,
}

impl WindowsRelease {
    /// The releases that are known, oldest build first.
    pub const KNOWN: &[Self] = table::WINDOWS_RELEASES;

    /// The release of a build; `None` where this version does not know it.
    pub fn for_build(build: u32) -> Option<&'static Self> {
        let place = Self::KNOWN.binary_search_by_key(&build, |release| release.build).ok()?;
        Self::KNOWN.get(place)
    }

    /// What a build is called; one that is not known is called by its number, such as `build 30000`.
    pub fn name_of_build(build: u32) -> Cow<'static, str> {
        Self::for_build(build).map_or_else(|| format!("build {build}").into(), Self::name)
    }

    /// What it is called: client and server with a slash between them where the build can mean either.
    pub fn name(&self) -> Cow<'static, str> {
        match (self.client, self.server) {
            (Some(client), Some(server)) => format!("{client} / {server}").into(),
            (Some(name), None) | (None, Some(name)) => name.into(),
            (None, None) => format!("build {}", self.build).into(),
        }
    }

    /// The day on which the last of its editions ends.
    pub fn last_end(&self) -> Option<Date> {
        self.servicing.iter().map(|servicing| servicing.ends).max()
    }

    /// Whether it is serviced on a day. The last day counts as serviced.
    pub fn servicing_on(&self, day: Date) -> ServicingStatus {
        let ended = self.servicing.iter().filter(|servicing| servicing.ends < day).count();
        match ended {
            0 => ServicingStatus::Serviced,
            _ if ended < self.servicing.len() => ServicingStatus::EndedForSome,
            _ => ServicingStatus::Ended,
        }
    }
}
