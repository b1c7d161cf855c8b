//! Which family of operating systems a device runs.

/// A family of operating systems. A platform that this version does not know may be any of them, so
/// nothing is concluded from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SystemFamily {
    Windows,
    /// A system that certainly is not Windows, such as macOS or Linux.
    Other,
    NotKnown,
}

/// How the platforms begin that are not Windows, in lower case. A name with `linux` is one, too.
const OTHERS: [&str; 14] = [
    "macos", "ios", "ipados", "android", "ubuntu", "debian", "centos", "fedora", "suse", "redhat", "rocky", "alma",
    "oracle", "amazon",
];

impl SystemFamily {
    /// The family of a platform, such as `Windows11` or `RedHatEnterpriseLinux`.
    pub(crate) fn from_platform(platform: Option<&str>) -> Self {
        let name = platform.unwrap_or_default().trim().to_ascii_lowercase();
        if name.starts_with("windows") {
            Self::Windows
        } else if name.contains("linux") || OTHERS.iter().any(|other| name.starts_with(other)) {
            Self::Other
        } else {
            Self::NotKnown
        }
    }

    pub(crate) fn is_windows(self) -> bool {
        self == Self::Windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_without_a_name_or_with_a_new_one_is_of_no_family() {
        let family = |platform| SystemFamily::from_platform(Some(platform));
        for platform in ["Windows11", "WindowsServer2022", "windows"] {
            assert_eq!(family(platform), SystemFamily::Windows, "{platform}");
        }
        for platform in ["RedHatEnterpriseLinux", "Ubuntu", "macOS", "Linux", "iOS", "SUSE"] {
            assert_eq!(family(platform), SystemFamily::Other, "{platform}");
        }
        for platform in ["", "None", "Quantum", "HarmonyOS"] {
            assert_eq!(family(platform), SystemFamily::NotKnown, "{platform}");
        }
        assert_eq!(SystemFamily::from_platform(None), SystemFamily::NotKnown);
    }
}
