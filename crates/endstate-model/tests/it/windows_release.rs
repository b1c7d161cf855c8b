//! The table of Windows releases.

use endstate_model::{Date, ServicingStatus, WindowsRelease};

fn day(year: u16, month: u8, day: u8) -> Date {
    Date::new(year, month, day).unwrap()
}

#[test]
fn the_table_rises_and_every_row_has_a_name_an_end_and_a_source() {
    assert!(WindowsRelease::KNOWN.windows(2).all(|two| two[0].build < two[1].build));
    for release in WindowsRelease::KNOWN {
        assert!(release.client.is_some() || release.server.is_some(), "{release:?}");
        assert!(release.servicing.windows(2).all(|two| two[0].ends <= two[1].ends), "{release:?}");
        assert!(release.general_availability.is_none_or(|day| day < release.servicing[0].ends), "{release:?}");
        assert!(release.source.starts_with("https://learn.microsoft.com/"), "{release:?}");
        assert_eq!(WindowsRelease::for_build(release.build), Some(release));
    }
}

#[test]
fn a_known_build_has_the_vendors_name_and_an_unknown_one_its_number() {
    let names = [7601, 14393, 19045, 20348, 26100, 30000].map(WindowsRelease::name_of_build);
    assert_eq!(
        names,
        [
            "Windows 7 SP1 / Windows Server 2008 R2 SP1",
            "Windows 10, version 1607 / Windows Server 2016",
            "Windows 10, version 22H2",
            "Windows Server 2022",
            "Windows 11, version 24H2 / Windows Server 2025",
            "build 30000",
        ]
    );
    assert_eq!(WindowsRelease::for_build(30000), None);
}

#[test]
fn servicing_has_ended_only_once_no_edition_is_serviced() {
    let release = WindowsRelease::for_build(22631).unwrap();
    let on = |date| release.servicing_on(date);
    assert_eq!(on(day(2025, 11, 11)), ServicingStatus::Serviced, "the last day counts");
    assert_eq!(on(day(2025, 11, 12)), ServicingStatus::EndedForSome);
    assert_eq!(on(day(2026, 11, 10)), ServicingStatus::EndedForSome);
    assert_eq!(on(day(2026, 11, 11)), ServicingStatus::Ended);
    assert_eq!(release.last_end(), Some(day(2026, 11, 10)));
}

#[test]
fn a_date_is_one_of_the_calendar_and_sorts_by_time() {
    assert!(day(2024, 2, 29) < day(2024, 3, 1) && day(2023, 12, 31) < day(2024, 1, 1));
    for (year, month, of_month) in
        [(2026, 2, 29), (1900, 2, 29), (2026, 4, 31), (2026, 0, 1), (2026, 13, 1), (2026, 1, 0)]
    {
        assert_eq!(Date::new(year, month, of_month), None, "{year}-{month}-{of_month}");
    }
    assert!(Date::new(2000, 2, 29).is_some());
    assert_eq!(format!("{:>12}", day(2026, 1, 9)), "  2026-01-09");
}
