//! `endstate diff`: what changed, and which devices count as removed.

use super::program::{Program, Ran, steady};

fn diff(program: &Program, more: &[&str]) -> Ran {
    program.run(&[&["diff"], more].concat())
}

/// Pulls one day of the demo, and sets the receipt's start to 06:00 UTC of that day.
fn pull_day(program: &Program, day: u32, name: &str, more: &[&str]) {
    let demo_day = day.to_string();
    let ran = program.run(&[&["pull", "--demo", "--demo-day", &demo_day, "-o", name], more].concat());
    assert!(matches!(ran.code, Some(0 | 4)), "{}", ran.stderr);
    let receipt = program.read(&format!("{name}.receipt.json"));
    let mut receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    receipt["started_at"] = format!("2026-11-0{day}T06:00:00Z").into();
    program.write(&format!("{name}.receipt.json"), &receipt.to_string());
}

/// Pulls the demo's first three days into `day1.ndjson` to `day3.ndjson`.
pub(crate) fn pull_days(program: &Program) {
    for day in [1, 2, 3] {
        pull_day(program, day, &format!("day{day}.ndjson"), &[]);
    }
}

#[test]
fn the_demo_shows_a_second_day_of_the_same_fleet() {
    let _steady = steady().bind_to_scope();
    let ran = diff(&Program::new(), &["--demo", "--limit", "3"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));

    insta::assert_snapshot!(ran.stdout, @"
    Before: 444 devices (day 1). After: 444. 2 added, 2 removed
    13 newly need attention, 19 resolved, 166 unchanged
    21 devices updated, 6 moved to another build, 0 downgraded

    Properties

    PROPERTY                                   NEW  RESOLVED  PERSISTING
    EdrSensorOff                                 0         0           3
    EdrNoSensorData                              1         7          10
    EdrImpairedCommunications                    4         1          30
    AntivirusNotReporting                        3         8          24
    AntivirusOff                                 1         1           4
    AntivirusDefinitionsAreOutOfDate             2        13          30
    AntivirusRealtimeProtectionOff               1         3          10
    AntivirusPuaProtectionOff                    2         4          23
    AntivirusIncompleteReporting                 1         3          11
    SecurityUpdatesMissing                       1        15          31
    SecurityUpdatesWindowsInsiderPreview         0         0           2
    ExploitGuardProtectionSettingOff             0         2           5
    ExploitGuardAttackSurfaceReductionRuleOff    2         4          13
    ExploitGuardControlledFolderAccessOff        3         5          14
    AppGuardPrerequisitesNotMet                  2         1           6
    SmartScreenAppAndFileCheckingOff             1         0           8
    FirewallOff                                  0         2           7
    PublicProfileNotSecure                       1         2           8
    ThirdPartyFirewallActive                     1         1           5
    WindowsHelloNotConfigured                    1         1           9
    BitLockerUnencryptedDrives                   0         1          19
    BitLockerProtectionSuspended                 0         0           8
    CredentialGuardOff                           1         2          14

    Moves to another build

    FROM                      TO                                              DEVICES
    Windows 10, version 22H2  Windows 11, version 23H2                              3
    Windows 10, version 21H2  Windows 11, version 23H2                              1
    Windows 11, version 22H2  Windows 11, version 24H2 / Windows Server 2025        1
    Windows 11, version 23H2  Windows 11, version 24H2 / Windows Server 2025        1

    Devices, most new properties first, 3 of 107

    DEVICE                    ID                                        CHANGE   VERSION                   NEW                                                                                                       RESOLVED                                   PERSISTING
    srv-0076.contoso.example  2c30ed1343e018405e94703932a0b3f259f925a0  added    14393.7428                EdrImpairedCommunications AntivirusOff ExploitGuardControlledFolderAccessOff AppGuardPrerequisitesNotMet
    ws-0135.contoso.example   4de245cc98b792fb8ba1008a207574fdf40a723d  changed  19045.5247                AppGuardPrerequisitesNotMet                                                                               AntivirusDefinitionsAreOutOfDate           EdrNoSensorData EdrImpairedCommunications AntivirusRealtimeProtectionOff AntivirusPuaProtectionOff ExploitGuardAttackSurfaceReductionRuleOff
    ws-0375.contoso.example   d85e69c144884d7a25f3ac318e2dce7b389a3bca  changed  26100.2314 -> 26100.2605  SmartScreenAppAndFileCheckingOff                                                                          ExploitGuardAttackSurfaceReductionRuleOff

    complete: all 444 devices (5 pages; matches the service's count) from day 1
    complete: all 444 devices (5 pages; matches the service's count) from day 2
    ");
}

#[test]
fn files_are_compared_for_a_ticket() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    pull_days(&program);

    let files = ["day1.ndjson", "day2.ndjson"];
    let ran = diff(&program, &[&files[..], &["--format", "markdown", "--limit", "1"]].concat());

    insta::assert_snapshot!(ran.stdout, @"
    ## Difference between two pulls

    Before: 444 devices (1 Nov 2026 06:00 UTC). After: 444. 2 added, 2 removed

    13 newly need attention, 19 resolved, 166 unchanged

    21 devices updated, 6 moved to another build, 0 downgraded

    ### Properties

    | PROPERTY                                  | NEW | RESOLVED | PERSISTING |
    |-------------------------------------------|-----|----------|------------|
    | EdrSensorOff                              |   0 |        0 |          3 |
    | EdrNoSensorData                           |   1 |        7 |         10 |
    | EdrImpairedCommunications                 |   4 |        1 |         30 |
    | AntivirusNotReporting                     |   3 |        8 |         24 |
    | AntivirusOff                              |   1 |        1 |          4 |
    | AntivirusDefinitionsAreOutOfDate          |   2 |       13 |         30 |
    | AntivirusRealtimeProtectionOff            |   1 |        3 |         10 |
    | AntivirusPuaProtectionOff                 |   2 |        4 |         23 |
    | AntivirusIncompleteReporting              |   1 |        3 |         11 |
    | SecurityUpdatesMissing                    |   1 |       15 |         31 |
    | SecurityUpdatesWindowsInsiderPreview      |   0 |        0 |          2 |
    | ExploitGuardProtectionSettingOff          |   0 |        2 |          5 |
    | ExploitGuardAttackSurfaceReductionRuleOff |   2 |        4 |         13 |
    | ExploitGuardControlledFolderAccessOff     |   3 |        5 |         14 |
    | AppGuardPrerequisitesNotMet               |   2 |        1 |          6 |
    | SmartScreenAppAndFileCheckingOff          |   1 |        0 |          8 |
    | FirewallOff                               |   0 |        2 |          7 |
    | PublicProfileNotSecure                    |   1 |        2 |          8 |
    | ThirdPartyFirewallActive                  |   1 |        1 |          5 |
    | WindowsHelloNotConfigured                 |   1 |        1 |          9 |
    | BitLockerUnencryptedDrives                |   0 |        1 |         19 |
    | BitLockerProtectionSuspended              |   0 |        0 |          8 |
    | CredentialGuardOff                        |   1 |        2 |         14 |

    ### Moves to another build

    | FROM                     | TO                                             | DEVICES |
    |--------------------------|------------------------------------------------|---------|
    | Windows 10, version 22H2 | Windows 11, version 23H2                       |       3 |
    | Windows 10, version 21H2 | Windows 11, version 23H2                       |       1 |
    | Windows 11, version 22H2 | Windows 11, version 24H2 / Windows Server 2025 |       1 |
    | Windows 11, version 23H2 | Windows 11, version 24H2 / Windows Server 2025 |       1 |

    ### Devices, most new properties first, 1 of 107

    | DEVICE                                   | CHANGE | VERSION    | NEW                                                                                                         | RESOLVED | PERSISTING |
    |------------------------------------------|--------|------------|-------------------------------------------------------------------------------------------------------------|----------|------------|
    | 2c30ed1343e018405e94703932a0b3f259f925a0 | added  | 14393.7428 | EdrImpairedCommunications, AntivirusOff, ExploitGuardControlledFolderAccessOff, AppGuardPrerequisitesNotMet |          |            |

    **complete: all 444 devices (5 pages; matches the service's count) from day1.ndjson**

    pulled TIME, AGE ago

    **complete: all 444 devices (5 pages; matches the service's count) from day2.ndjson**

    pulled TIME, AGE ago
    ");
}

#[test]
fn csv_and_json_have_every_device_that_changed() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    pull_days(&program);

    let files = ["day1.ndjson", "day2.ndjson"];
    let ran = diff(&program, &[&files[..], &["--format", "csv"]].concat());
    let csv_lines = ran.stdout.lines().count();
    let first_of_kind = |kind: &str| ran.stdout.lines().skip(1).find(|line| line.contains(kind)).unwrap().to_owned();

    let lines = [
        ran.stdout.lines().next().unwrap().to_owned(),
        first_of_kind(",added,"),
        first_of_kind(",changed,"),
        first_of_kind(",removed,"),
    ];
    insta::assert_snapshot!(lines.join("\n"), @"
    id,name,change,version_before,version,new,resolved,persisting,since
    2c30ed1343e018405e94703932a0b3f259f925a0,,added,,14393.7428,EdrImpairedCommunications;AntivirusOff;ExploitGuardControlledFolderAccessOff;AppGuardPrerequisitesNotMet,,,
    4de245cc98b792fb8ba1008a207574fdf40a723d,,changed,19045.5247,19045.5247,AppGuardPrerequisitesNotMet,AntivirusDefinitionsAreOutOfDate,EdrNoSensorData;EdrImpairedCommunications;AntivirusRealtimeProtectionOff;AntivirusPuaProtectionOff;ExploitGuardAttackSurfaceReductionRuleOff,YYYY-MM-DDTHH:MM:SSZ
    2c4807a7f917ade26cefceebfc57643a5d843a8c,,removed,,,,,,
    ");

    let ran = diff(&program, &[&files[..], &["--format", "json"]].concat());
    let mut json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["changes"].as_array().unwrap().len() + json["not_seen"].as_array().unwrap().len() + 1, csv_lines);

    for list in ["changes", "by_property", "build_moves"] {
        json[list].as_array_mut().unwrap().truncate(1);
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap());
}

#[test]
fn a_device_counts_as_removed_only_between_two_complete_full_pulls() {
    let program = Program::new();
    pull_days(&program);
    pull_day(&program, 2, "some.ndjson", &["--max-pages", "2"]);
    pull_day(&program, 2, "chosen.ndjson", &["--where", "build >= 19045"]);
    std::fs::copy(program.path("day2.ndjson"), program.path("alone.ndjson")).unwrap();

    let lines: Vec<_> = [
        ["day1.ndjson", "day2.ndjson"],
        ["day1.ndjson", "some.ndjson.partial"],
        ["some.ndjson.partial", "day2.ndjson"],
        ["day1.ndjson", "chosen.ndjson"],
        ["day1.ndjson", "alone.ndjson"],
    ]
    .into_iter()
    .map(|files| {
        let ran = diff(&program, &[&files[..], &["--limit", "0"]].concat());
        let [first, _, _, why] = ran.stdout.lines().take(4).collect::<Vec<_>>()[..] else {
            panic!("{files:?}: {}{}", ran.stdout, ran.stderr)
        };
        format!("{:?} {first}\n  {why}", ran.code.unwrap())
    })
    .collect();

    steady().bind(|| insta::assert_snapshot!(lines.join("\n"), @"
    0 Before: 444 devices (1 Nov 2026 06:00 UTC). After: 444. 2 added, 2 removed
      
    4 Before: 444 devices (1 Nov 2026 06:00 UTC). After: 200. 2 added, 246 not seen
      cannot tell whether missing devices were removed: some.ndjson.partial is incomplete (limit): 200 of 444 devices (2 pages)
    4 Before: 200 devices (2 Nov 2026 06:00 UTC). After: 444. 244 not seen before, 0 not seen
      
    0 Before: 444 devices (1 Nov 2026 06:00 UTC). After: 312. 0 added, 132 not seen
      cannot tell whether missing devices were removed: chosen.ndjson has only devices where build >= 19045
    0 Before: 444 devices (1 Nov 2026 06:00 UTC). After: 444. 2 added, 2 not seen
      cannot tell whether missing devices were removed: it is unknown whether alone.ndjson is complete: no receipt beside the file (444 rows)
    "));
}

#[test]
fn the_same_pull_twice_is_no_difference() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    pull_days(&program);

    let ran = diff(&program, &["day1.ndjson", "day1.ndjson"]);
    insta::assert_snapshot!(ran.stdout, @"
    Before: 444 devices (1 Nov 2026 06:00 UTC). After: 444. 0 added, 0 removed
    0 newly need attention, 0 resolved, 185 unchanged
    0 devices updated, 0 moved to another build, 0 downgraded

    Properties

    PROPERTY                                   NEW  RESOLVED  PERSISTING
    EdrSensorOff                                 0         0           3
    EdrNoSensorData                              0         0          17
    EdrImpairedCommunications                    0         0          31
    AntivirusNotReporting                        0         0          32
    AntivirusOff                                 0         0           5
    AntivirusDefinitionsAreOutOfDate             0         0          43
    AntivirusRealtimeProtectionOff               0         0          13
    AntivirusPuaProtectionOff                    0         0          27
    AntivirusIncompleteReporting                 0         0          14
    SecurityUpdatesMissing                       0         0          46
    SecurityUpdatesWindowsInsiderPreview         0         0           2
    ExploitGuardProtectionSettingOff             0         0           7
    ExploitGuardAttackSurfaceReductionRuleOff    0         0          17
    ExploitGuardControlledFolderAccessOff        0         0          19
    AppGuardPrerequisitesNotMet                  0         0           7
    SmartScreenAppAndFileCheckingOff             0         0           8
    FirewallOff                                  0         0           9
    PublicProfileNotSecure                       0         0          10
    ThirdPartyFirewallActive                     0         0           6
    WindowsHelloNotConfigured                    0         0          10
    BitLockerUnencryptedDrives                   0         0          20
    BitLockerProtectionSuspended                 0         0           8
    CredentialGuardOff                           0         0          16

    complete: all 444 devices (5 pages; matches the service's count) from day1.ndjson
    pulled TIME, AGE ago
    complete: all 444 devices (5 pages; matches the service's count) from day1.ndjson
    pulled TIME, AGE ago
    ");

    assert_eq!(diff(&program, &["day1.ndjson"]).code, Some(2));
    assert_eq!(diff(&program, &[]).code, Some(2));
    assert_eq!(diff(&program, &["day1.ndjson", "day2.ndjson", "--demo"]).code, Some(2));
}
