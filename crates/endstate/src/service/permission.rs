//! The permissions that each source needs (Microsoft's page of each API).

use super::source_kind::SourceKind;

/// A permission of an app registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Permission {
    /// Its name as an application permission, for an app without a person.
    pub(crate) application: &'static str,
    /// Its name as a delegated permission, for a person who signs in.
    pub(crate) delegated: &'static str,
    /// The API that has it, as the Microsoft Entra admin center calls it.
    pub(crate) api: &'static str,
}

const MACHINES: Permission =
    Permission { application: "Machine.Read.All", delegated: "Machine.Read", api: "WindowsDefenderATP" };
const VULNERABILITIES: Permission =
    Permission { application: "Vulnerability.Read.All", delegated: "Vulnerability.Read", api: "WindowsDefenderATP" };
const HUNTING: Permission =
    Permission { application: "ThreatHunting.Read.All", delegated: "ThreatHunting.Read.All", api: "Microsoft Graph" };

impl SourceKind {
    /// The permissions of the source. The document of the preview names none.
    pub(crate) fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Preview => &[],
            Self::Assessments | Self::Export => &[MACHINES, VULNERABILITIES],
            Self::Hunting => &[HUNTING],
        }
    }
}

impl Permission {
    /// Whether one of the permissions of a token includes this one. A permission to write includes
    /// the one to read.
    pub(crate) fn is_in(&self, granted: &[String]) -> bool {
        let writes = |name: &str| name.replace(".Read", ".ReadWrite");
        let includes = |granted: &String, name: &str| *granted == name || *granted == writes(name);
        granted.iter().any(|granted| includes(granted, self.application) || includes(granted, self.delegated))
    }
}
