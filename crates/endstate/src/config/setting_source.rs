//! Where the value of a setting comes from.

use std::fmt;
use std::path::PathBuf;

/// A setting, its value, and where the value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResolvedSetting {
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) source: SettingSource,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SettingSource {
    /// An option of the command line, such as `--tenant`.
    Option(String),
    /// An environment variable.
    Environment(String),
    /// A profile, and the file that has it.
    Profile(String, PathBuf),
    /// A row of the table of clouds.
    Cloud(String),
    /// The service root, if it is not a host of a cloud.
    ServiceRoot,
    Default,
    Unset,
}

impl SettingSource {
    /// Whether the value was given for this run, rather than for one profile.
    pub(crate) fn is_for_all_profiles(&self) -> bool {
        matches!(self, Self::Option(_) | Self::Environment(_))
    }
}

impl fmt::Display for SettingSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option(option) => f.write_str(option),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::Profile(profile, path) => write!(f, "profile '{profile}' in {}", path.display()),
            Self::Cloud(cloud) => write!(f, "cloud {cloud}"),
            Self::ServiceRoot => f.write_str("the service root"),
            Self::Default => f.write_str("default"),
            Self::Unset => f.write_str("not set"),
        }
    }
}
