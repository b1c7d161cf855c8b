//! The table of Windows releases, from the vendor's pages on release health and lifecycles as of
//! August 2026.
//!
//! A lifecycle page states the last day in Pacific time, and the table contains that day.
//! Semi-annual servers have the dates from the page on Windows Server releases.

use super::{Servicing, WindowsRelease};
use crate::Date;

/// The vendor's page on releases of Windows 10.
const WINDOWS_10: &str = "https://learn.microsoft.com/windows/release-health/release-information";
/// The vendor's page on releases of Windows 11.
const WINDOWS_11: &str = "https://learn.microsoft.com/windows/release-health/windows11-release-information";
/// The vendor's page on releases of Windows Server.
const SERVER: &str = "https://learn.microsoft.com/windows/release-health/windows-server-release-info";
/// The vendor's search of product lifecycles, for older releases.
const LIFECYCLE: &str = "https://learn.microsoft.com/lifecycle/products/";

const HOME_PRO: &str = "Home and Pro";
const ENTERPRISE: &str = "Enterprise and Education";
const ALL: &str = "all client editions";

/// Creates a day. If the calendar has no such day, the table does not compile.
const fn day(year: u16, month: u8, day: u8) -> Date {
    match Date::new(year, month, day) {
        Some(date) => date,
        None => panic!("no such day"),
    }
}

const fn ends(editions: &'static str, year: u16, month: u8, of_month: u8) -> Servicing {
    Servicing { editions, ends: day(year, month, of_month) }
}

const fn release(
    build: u32,
    client: Option<&'static str>,
    server: Option<&'static str>,
    general_availability: Option<Date>,
    servicing: &'static [Servicing],
    source: &'static str,
) -> WindowsRelease {
    WindowsRelease { build, client, server, general_availability, servicing, source }
}

const fn client(
    build: u32,
    name: &'static str,
    general_availability: Date,
    servicing: &'static [Servicing],
    source: &'static str,
) -> WindowsRelease {
    release(build, Some(name), None, Some(general_availability), servicing, source)
}

/// Sorted by build, ascending, because the lookup is a binary search.
pub(super) const WINDOWS_RELEASES: &[WindowsRelease] = &[
    release(
        7601,
        Some("Windows 7 SP1"),
        Some("Windows Server 2008 R2 SP1"),
        Some(day(2011, 2, 22)),
        &[ends("Windows 7 SP1", 2020, 1, 14), ends("Windows Server 2008 R2 SP1", 2020, 1, 14)],
        LIFECYCLE,
    ),
    release(
        9200,
        Some("Windows 8"),
        Some("Windows Server 2012"),
        Some(day(2012, 10, 30)),
        &[ends("Windows 8", 2016, 1, 12), ends("Windows Server 2012", 2023, 10, 10)],
        LIFECYCLE,
    ),
    release(
        9600,
        Some("Windows 8.1"),
        Some("Windows Server 2012 R2"),
        // The lifecycle pages say November 13 for the client and November 25 for the server; other
        // pages say October.
        None,
        &[ends("Windows 8.1", 2023, 1, 10), ends("Windows Server 2012 R2", 2023, 10, 10)],
        LIFECYCLE,
    ),
    client(
        10240,
        "Windows 10, version 1507",
        day(2015, 7, 29),
        &[ends(HOME_PRO, 2017, 5, 9), ends(ENTERPRISE, 2017, 5, 9), ends("Enterprise 2015 LTSB", 2025, 10, 14)],
        WINDOWS_10,
    ),
    client(10586, "Windows 10, version 1511", day(2015, 11, 10), &[ends(ALL, 2017, 10, 10)], WINDOWS_10),
    release(
        14393,
        Some("Windows 10, version 1607"),
        Some("Windows Server 2016"),
        Some(day(2016, 8, 2)),
        &[
            ends(HOME_PRO, 2018, 4, 10),
            ends(ENTERPRISE, 2019, 4, 9),
            ends("Enterprise 2016 LTSB", 2026, 10, 13),
            ends("Windows Server 2016", 2027, 1, 12),
        ],
        WINDOWS_10,
    ),
    client(
        15063,
        "Windows 10, version 1703",
        day(2017, 4, 11),
        &[ends(HOME_PRO, 2018, 10, 9), ends(ENTERPRISE, 2019, 10, 8)],
        WINDOWS_10,
    ),
    release(
        16299,
        Some("Windows 10, version 1709"),
        Some("Windows Server, version 1709"),
        Some(day(2017, 10, 17)),
        &[ends(HOME_PRO, 2019, 4, 9), ends("Windows Server, version 1709", 2019, 4, 9), ends(ENTERPRISE, 2020, 10, 13)],
        WINDOWS_10,
    ),
    release(
        17134,
        Some("Windows 10, version 1803"),
        Some("Windows Server, version 1803"),
        Some(day(2018, 4, 30)),
        &[
            ends(HOME_PRO, 2019, 11, 12),
            ends("Windows Server, version 1803", 2019, 11, 12),
            ends(ENTERPRISE, 2021, 5, 11),
        ],
        WINDOWS_10,
    ),
    release(
        17763,
        Some("Windows 10, version 1809"),
        Some("Windows Server 2019"),
        Some(day(2018, 11, 13)),
        &[
            ends(HOME_PRO, 2020, 11, 10),
            ends(ENTERPRISE, 2021, 5, 11),
            ends("Enterprise LTSC 2019", 2029, 1, 9),
            ends("Windows Server 2019", 2029, 1, 9),
        ],
        WINDOWS_10,
    ),
    release(
        18362,
        Some("Windows 10, version 1903"),
        Some("Windows Server, version 1903"),
        Some(day(2019, 5, 21)),
        &[ends(ALL, 2020, 12, 8), ends("Windows Server, version 1903", 2020, 12, 8)],
        WINDOWS_10,
    ),
    release(
        18363,
        Some("Windows 10, version 1909"),
        Some("Windows Server, version 1909"),
        Some(day(2019, 11, 12)),
        &[
            ends(HOME_PRO, 2021, 5, 11),
            ends("Windows Server, version 1909", 2021, 5, 11),
            ends(ENTERPRISE, 2022, 5, 10),
        ],
        WINDOWS_10,
    ),
    release(
        19041,
        Some("Windows 10, version 2004"),
        Some("Windows Server, version 2004"),
        Some(day(2020, 5, 27)),
        &[ends(ALL, 2021, 12, 14), ends("Windows Server, version 2004", 2021, 12, 14)],
        WINDOWS_10,
    ),
    release(
        19042,
        Some("Windows 10, version 20H2"),
        Some("Windows Server, version 20H2"),
        Some(day(2020, 10, 20)),
        &[ends(HOME_PRO, 2022, 5, 10), ends("Windows Server, version 20H2", 2022, 8, 9), ends(ENTERPRISE, 2023, 5, 9)],
        WINDOWS_10,
    ),
    client(19043, "Windows 10, version 21H1", day(2021, 5, 18), &[ends(ALL, 2022, 12, 13)], WINDOWS_10),
    client(
        19044,
        "Windows 10, version 21H2",
        day(2021, 11, 16),
        &[
            ends(HOME_PRO, 2023, 6, 13),
            ends(ENTERPRISE, 2024, 6, 11),
            ends("Enterprise LTSC 2021", 2027, 1, 12),
            ends("IoT Enterprise LTSC 2021", 2032, 1, 13),
        ],
        WINDOWS_10,
    ),
    client(19045, "Windows 10, version 22H2", day(2022, 10, 18), &[ends(ALL, 2025, 10, 14)], WINDOWS_10),
    release(
        20348,
        None,
        Some("Windows Server 2022"),
        Some(day(2021, 8, 18)),
        &[ends("Windows Server 2022", 2031, 10, 14)],
        SERVER,
    ),
    client(
        22000,
        "Windows 11, version 21H2",
        day(2021, 10, 4),
        &[ends(HOME_PRO, 2023, 10, 10), ends(ENTERPRISE, 2024, 10, 8)],
        WINDOWS_11,
    ),
    client(
        22621,
        "Windows 11, version 22H2",
        day(2022, 9, 20),
        &[ends(HOME_PRO, 2024, 10, 8), ends(ENTERPRISE, 2025, 10, 14)],
        WINDOWS_11,
    ),
    client(
        22631,
        "Windows 11, version 23H2",
        day(2023, 10, 31),
        &[ends(HOME_PRO, 2025, 11, 11), ends(ENTERPRISE, 2026, 11, 10)],
        WINDOWS_11,
    ),
    release(
        25398,
        None,
        Some("Windows Server, version 23H2"),
        Some(day(2023, 10, 24)),
        &[ends("Windows Server, version 23H2", 2025, 10, 24)],
        SERVER,
    ),
    release(
        26100,
        Some("Windows 11, version 24H2"),
        Some("Windows Server 2025"),
        Some(day(2024, 10, 1)),
        &[
            ends(HOME_PRO, 2026, 10, 13),
            ends(ENTERPRISE, 2027, 10, 12),
            ends("Enterprise LTSC 2024", 2029, 10, 9),
            ends("IoT Enterprise LTSC 2024", 2034, 10, 10),
            ends("Windows Server 2025", 2034, 11, 14),
        ],
        WINDOWS_11,
    ),
    client(
        26200,
        "Windows 11, version 25H2",
        day(2025, 9, 30),
        &[ends(HOME_PRO, 2027, 10, 12), ends(ENTERPRISE, 2028, 10, 10)],
        WINDOWS_11,
    ),
    client(
        28000,
        "Windows 11, version 26H1",
        day(2026, 2, 10),
        &[ends(HOME_PRO, 2028, 3, 14), ends(ENTERPRISE, 2029, 3, 13)],
        WINDOWS_11,
    ),
];
