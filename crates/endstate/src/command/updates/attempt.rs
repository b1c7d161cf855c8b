//! What came of the attempt to read a tenant from one source.

use endstate_analysis::MissingKbsBuilder;

use crate::pull::outcome::EndedPull;
use crate::pull::read::ReadPull;
use crate::pull::runner::Attempt;
use crate::report::updates::TenantUpdates;
use crate::store::pull_info::PullInfo;

/// The result, or that nothing was read.
#[derive(Debug)]
pub(super) enum Attempted {
    /// From the documented collections.
    Documented(Box<TenantUpdates>),
    /// From one of today's sources.
    Current(Box<CurrentTenant>),
    /// The first pull read nothing. It is not reported yet.
    Nothing(Box<EndedPull>),
}

/// One tenant from today's sources.
#[derive(Debug)]
pub(super) struct CurrentTenant {
    /// `None` if there is only one tenant.
    pub(super) name: Option<String>,
    pub(super) builder: MissingKbsBuilder,
    /// The states, and the vulnerabilities if they were read.
    pub(super) pulls: Vec<PullInfo>,
}

impl Attempt for Attempted {
    fn ended(&self) -> Option<&EndedPull> {
        match self {
            Self::Nothing(ended) => Some(ended),
            Self::Documented(_) | Self::Current(_) => None,
        }
    }
}

/// The pull, or its end if it read nothing.
pub(super) fn usable(read: ReadPull) -> Result<ReadPull, Box<EndedPull>> {
    match read.ended {
        Some(ended) if !ended.exit().is_usable() => Err(Box::new(ended)),
        ended => Ok(ReadPull { ended, ..read }),
    }
}
