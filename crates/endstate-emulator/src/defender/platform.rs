//! The platform of a build: what the APIs call the edition and the release of Windows.

/// A platform of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Platform {
    /// Such as `Windows10`.
    pub(crate) name: &'static str,
    /// The release, such as `22H2`.
    pub(crate) version: &'static str,
    pub(crate) is_server: bool,
}

impl Platform {
    /// Returns the platform of a build. If the build has both a client and a server,
    /// `prefers_server` decides.
    pub(crate) fn for_build(build: u32, prefers_server: bool) -> Self {
        let server = |name, version| Self { name, version, is_server: true };
        let client = |name, version| Self { name, version, is_server: false };

        match build {
            14393 if prefers_server => server("WindowsServer2016", "1607"),
            17763 if prefers_server => server("WindowsServer2019", "1809"),
            26100 if prefers_server => server("WindowsServer2025", "24H2"),
            20348 => server("WindowsServer2022", "21H2"),
            10240 => client("Windows10", "1507"),
            14393 => client("Windows10", "1607"),
            15063 => client("Windows10", "1703"),
            16299 => client("Windows10", "1709"),
            17134 => client("Windows10", "1803"),
            17763 => client("Windows10", "1809"),
            18363 => client("Windows10", "1909"),
            19042 => client("Windows10", "20H2"),
            19044 => client("Windows10", "21H2"),
            22000 => client("Windows11", "21H2"),
            22621 => client("Windows11", "22H2"),
            22631 => client("Windows11", "23H2"),
            22632.. => client("Windows11", "24H2"),
            _ => client("Windows10", "22H2"),
        }
    }
}
