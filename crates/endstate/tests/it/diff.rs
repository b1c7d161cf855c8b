//! `endstate diff`, and `triage --since`: what changed, and what may be called gone.

use super::program::{Program, Ran, steady};

fn diff(program: &Program, more: &[&str]) -> Ran {
    program.run(&[&["diff"], more].concat())
}

/// A pull of one of the demo's days, at six in the morning of that day by its receipt.
fn pull_day(program: &Program, day: u32, name: &str, more: &[&str]) {
    let day_of_demo = day.to_string();
    let ran = program.run(&[&["pull", "--demo", "--demo-day", &day_of_demo, "-o", name], more].concat());
    assert!(matches!(ran.code, Some(0 | 4)), "{}", ran.stderr);
    let receipt = program.read(&format!("{name}.receipt.json"));
    let mut receipt: serde_json::Value = serde_json::from_str(&receipt).unwrap();
    receipt["started_at"] = format!("2026-11-0{day}T06:00:00Z").into();
    program.write(&format!("{name}.receipt.json"), &receipt.to_string());
}

/// Pulls of the demo's first days, of which the files are named after them.
fn days(program: &Program) {
    for day in [1, 2, 3] {
        pull_day(program, day, &format!("day{day}.ndjson"), &[]);
    }
}

#[test]
fn the_demo_shows_a_second_day_of_the_same_fleet() {
    let ran = diff(&Program::new(), &["--demo", "--limit", "3"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(ran.stdout, @"
    Before: 444 devices (day 1). After: 444. 2 added, 2 removed
    13 newly need attention, 19 resolved, 167 unchanged
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

    DEVICE                                    CHANGE   VERSION                   NEW                                                                                                       RESOLVED                                   PERSISTING
    2c30ed1343e018405e94703932a0b3f259f925a0  added    14393.7428                EdrImpairedCommunications AntivirusOff ExploitGuardControlledFolderAccessOff AppGuardPrerequisitesNotMet
    4de245cc98b792fb8ba1008a207574fdf40a723d  changed  19045.5247                AppGuardPrerequisitesNotMet                                                                               AntivirusDefinitionsAreOutOfDate           EdrNoSensorData EdrImpairedCommunications AntivirusRealtimeProtectionOff AntivirusPuaProtectionOff ExploitGuardAttackSurfaceReductionRuleOff
    d85e69c144884d7a25f3ac318e2dce7b389a3bca  changed  26100.2314 -> 26100.2605  SmartScreenAppAndFileCheckingOff                                                                          ExploitGuardAttackSurfaceReductionRuleOff

    complete: all 444 devices (5 pages; matches the service's count) from day 1
    complete: all 444 devices (5 pages; matches the service's count) from day 2
    ");
}

#[test]
fn files_are_compared_for_a_ticket() {
    let program = Program::new();
    days(&program);
    let files = ["day1.ndjson", "day2.ndjson"];
    let ran = diff(&program, &[&files[..], &["--format", "markdown", "--limit", "1"]].concat());
    insta::assert_snapshot!(ran.stdout, @"
    ## Difference between two pulls

    Before: 444 devices (1 Nov 2026 06:00 UTC). After: 444. 2 added, 2 removed

    13 newly need attention, 19 resolved, 167 unchanged

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

    **complete: all 444 devices (5 pages; matches the service's count) from day2.ndjson**
    ");
}

#[test]
fn csv_and_json_have_every_device_that_changed() {
    let program = Program::new();
    days(&program);
    let files = ["day1.ndjson", "day2.ndjson"];
    let ran = diff(&program, &[&files[..], &["--format", "csv"]].concat());
    let csv_lines = ran.stdout.lines().count();
    let of_kind = |kind: &str| ran.stdout.lines().skip(1).find(|line| line.contains(kind)).unwrap().to_owned();
    let lines =
        [ran.stdout.lines().next().unwrap().to_owned(), of_kind(",added,"), of_kind(",changed,"), of_kind(",removed,")];
    insta::assert_snapshot!(lines.join("\n"), @"
    id,change,version_before,version,new,resolved,persisting,since
    2c30ed1343e018405e94703932a0b3f259f925a0,added,,14393.7428,EdrImpairedCommunications;AntivirusOff;ExploitGuardControlledFolderAccessOff;AppGuardPrerequisitesNotMet,,,
    4de245cc98b792fb8ba1008a207574fdf40a723d,changed,19045.5247,19045.5247,AppGuardPrerequisitesNotMet,AntivirusDefinitionsAreOutOfDate,EdrNoSensorData;EdrImpairedCommunications;AntivirusRealtimeProtectionOff;AntivirusPuaProtectionOff;ExploitGuardAttackSurfaceReductionRuleOff,2026-11-01T06:00:00Z
    2c4807a7f917ade26cefceebfc57643a5d843a8c,removed,,,,,,
    ");
    let ran = diff(&program, &[&files[..], &["--format", "json"]].concat());
    let mut json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["changes"].as_array().unwrap().len() + 1, csv_lines);
    for long in ["changes", "properties", "moves"] {
        json[long].as_array_mut().unwrap().truncate(1);
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
    {
      "old": [
        {
          "source": "day1.ndjson",
          "started_at": "2026-11-01T06:00:00Z",
          "outcome": "complete",
          "verdict": "complete: all 444 devices (5 pages; matches the service's count)",
          "where": null
        }
      ],
      "new": {
        "source": "day2.ndjson",
        "started_at": "2026-11-02T06:00:00Z",
        "outcome": "complete",
        "verdict": "complete: all 444 devices (5 pages; matches the service's count)",
        "where": null
      },
      "devices_before": 444,
      "devices": 444,
      "new_devices": 2,
      "gone": [
        "2c4807a7f917ade26cefceebfc57643a5d843a8c",
        "56fcfd69258f4883f490b8019b1096f5b5663aa5"
      ],
      "why_not_gone": null,
      "newly_need_attention": 13,
      "resolved": 19,
      "still_need_attention": 167,
      "with_new_properties": 25,
      "properties": [
        {
          "property": "EdrSensorOff",
          "new": 0,
          "resolved": 0,
          "persisting": 3
        }
      ],
      "moves": [
        {
          "from": 19045,
          "to": 22631,
          "devices": 3
        }
      ],
      "updated": 21,
      "downgraded": 0,
      "changes": [
        {
          "id": "2c30ed1343e018405e94703932a0b3f259f925a0",
          "change": "new",
          "version_before": null,
          "version": "14393.7428",
          "new": [
            "EdrImpairedCommunications",
            "AntivirusOff",
            "ExploitGuardControlledFolderAccessOff",
            "AppGuardPrerequisitesNotMet"
          ],
          "resolved": [],
          "persisting": [],
          "since": null
        }
      ]
    }
    "#);
}

#[test]
fn a_device_is_gone_only_where_both_pulls_are_complete_and_have_every_device() {
    let program = Program::new();
    days(&program);
    pull_day(&program, 2, "some.ndjson", &["--max-pages", "2"]);
    pull_day(&program, 2, "chosen.ndjson", &["--where", "build >= 19045"]);
    std::fs::copy(program.path("day2.ndjson"), program.path("alone.ndjson")).unwrap();
    let lines: Vec<_> = [
        ["day1.ndjson", "day2.ndjson"],
        ["day1.ndjson", "some.ndjson.partial"],
        ["some.ndjson.partial", "day1.ndjson"],
        ["day1.ndjson", "chosen.ndjson"],
        ["day1.ndjson", "alone.ndjson"],
    ]
    .into_iter()
    .map(|files| {
        let ran = diff(&program, &[&files[..], &["--limit", "0"]].concat());
        let why = ran.stdout.lines().nth(3).unwrap();
        format!("{:?} {}\n  {why}", ran.code.unwrap(), ran.stdout.lines().next().unwrap())
    })
    .collect();
    steady().bind(|| insta::assert_snapshot!(lines.join("\n"), @"
    0 Before: 444 devices (1 Nov 2026 06:00 UTC). After: 444. 2 added, 2 removed
      
    4 Before: 444 devices (1 Nov 2026 06:00 UTC). After: 200. 2 added, 246 not seen
      cannot tell whether missing devices were removed: some.ndjson.partial is incomplete (limit): 200 of 444 devices (2 pages)
    4 Before: 200 devices (2 Nov 2026 06:00 UTC). After: 444. 246 not seen before, 2 not seen
      cannot tell whether missing devices were removed: some.ndjson.partial is incomplete (limit): 200 of 444 devices (2 pages)
    0 Before: 444 devices (1 Nov 2026 06:00 UTC). After: 312. 0 added, 132 not seen
      cannot tell whether missing devices were removed: chosen.ndjson has only devices where build >= 19045
    0 Before: 444 devices (1 Nov 2026 06:00 UTC). After: 444. 2 added, 2 not seen
      cannot tell whether missing devices were removed: it is unknown whether alone.ndjson is complete: 444 rows; no receipt beside the file
    "));
}

#[test]
fn triage_says_since_when_devices_need_attention_and_fails_on_what_is_new() {
    let program = Program::new();
    days(&program);
    let olds = ["--since", "day2.ndjson", "--since", "day1.ndjson"];
    let triage = |more: &[&str]| program.run(&[&["triage", "day3.ndjson"], &olds[..], more].concat());
    let ran = triage(&["--by", "architecture", "--limit", "6"]);
    assert_eq!(ran.code, Some(0));
    insta::assert_snapshot!(ran.stdout, @"
    444 devices: 171 need attention (38.5 %), 273 OK
    Before: 444 devices (2 Nov 2026 06:00 UTC). After: 444. 4 added, 4 removed
    11 newly need attention, 19 resolved, 160 unchanged
    22 devices updated, 2 moved to another build, 0 downgraded

    ARCHITECTURE  DEVICES  NEED ATTENTION   SHARE
    Amd64             423             163  95.3 %
    X86                10               6   2.3 %
    Arm64              11               2   2.5 %

    Since 2026-11-02

    PROPERTY                                   NEW  RESOLVED  PERSISTING
    EdrSensorOff                                 0         0           3
    EdrNoSensorData                              1         2           9
    EdrImpairedCommunications                    2         8          26
    AntivirusNotReporting                        5         5          22
    AntivirusOff                                 1         3           2
    AntivirusDefinitionsAreOutOfDate             1         6          25
    AntivirusRealtimeProtectionOff               0         1          10
    AntivirusPuaProtectionOff                    2         4          21
    AntivirusIncompleteReporting                 0         1          11
    SecurityUpdatesMissing                       1        10          22
    SecurityUpdatesWindowsInsiderPreview         0         0           2
    ExploitGuardProtectionSettingOff             0         1           4
    ExploitGuardAttackSurfaceReductionRuleOff    5         1          14
    ExploitGuardControlledFolderAccessOff        1         2          15
    AppGuardPrerequisitesNotMet                  1         1           7
    SmartScreenAppAndFileCheckingOff             0         2           7
    FirewallOff                                  1         2           5
    PublicProfileNotSecure                       0         1           8
    ThirdPartyFirewallActive                     0         2           4
    WindowsHelloNotConfigured                    1         1           9
    BitLockerUnencryptedDrives                   0         1          18
    BitLockerProtectionSuspended                 0         1           7
    CredentialGuardOff                           2         3          12

    Most urgent first, 6 of 171

    DEVICE                                    VERSION     ARCHITECTURE  SINCE       REQUIRES ATTENTION
    d4cc83e62e23c7f06b06f2aac1e5a95a696806d0  19044.4894  Amd64         now         EdrImpairedCommunications AntivirusDefinitionsAreOutOfDate ExploitGuardAttackSurfaceReductionRuleOff AppGuardPrerequisitesNotMet FirewallOff CredentialGuardOff
    49aa01114c36198ff1fb9117f3fc13f898a6a64a  19045.5247  Amd64         2026-11-01  EdrSensorOff EdrImpairedCommunications AntivirusNotReporting AntivirusPuaProtectionOff ThirdPartyFirewallActive CredentialGuardOff
    f5d7df6a8035042303d48dfab3a65e870e20600e  22621.4317  Amd64         2026-11-01  AntivirusNotReporting ExploitGuardProtectionSettingOff AppGuardPrerequisitesNotMet FirewallOff ThirdPartyFirewallActive BitLockerProtectionSuspended
    f8d448dad4df24c30964b38c92f916f9eb8e4cf7  19045.3693  Amd64         2026-11-01  EdrImpairedCommunications AntivirusDefinitionsAreOutOfDate AntivirusRealtimeProtectionOff AntivirusIncompleteReporting BitLockerUnencryptedDrives
    6e99c97fdf8480057b73f7dc2db9b89bd5c949de  19044.4894  Amd64         2026-11-01  AntivirusPuaProtectionOff ExploitGuardControlledFolderAccessOff BitLockerUnencryptedDrives CredentialGuardOff
    4de245cc98b792fb8ba1008a207574fdf40a723d  19045.5247  Amd64         2026-11-01  EdrNoSensorData EdrImpairedCommunications AntivirusRealtimeProtectionOff AntivirusPuaProtectionOff

    complete: all 444 devices (5 pages; matches the service's count)
    ");
    let ran = triage(&["--format", "json", "--limit", "2"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let since: Vec<_> = json["most_urgent"].as_array().unwrap().iter().map(|device| device["since"].clone()).collect();
    assert_eq!(since, [serde_json::Value::Null, "2026-11-01T06:00:00Z".into()]);
    let pulls: Vec<_> = json["since"]["old"].as_array().unwrap().iter().map(|pull| pull["source"].clone()).collect();
    assert_eq!(pulls, ["day1.ndjson", "day2.ndjson"], "the oldest first, however they are given");
    let new = json["since"]["with_new_properties"].as_u64().unwrap();
    let fail_on = |what: &str| triage(&["--format", "csv", "--fail-on", what]);
    assert_eq!(fail_on("new").code, Some(3));
    assert!(fail_on("new").stderr.ends_with(&format!("--fail-on new: {new} devices\n")));
    assert_eq!(fail_on(&format!("new:{new}")).code, Some(3));
    assert_eq!(fail_on(&format!("new:{}", new + 1)).code, Some(0));
    let live = program.run(&["triage", "--demo", "--demo-day", "2", "--since", "day1.ndjson", "--fail-on", "new"]);
    assert_eq!(live.code, Some(3), "{}", live.stderr);
    let without = program.run(&["triage", "day3.ndjson", "--fail-on", "new"]);
    assert_eq!(without.code, Some(2));
    insta::assert_snapshot!(without.stderr, @"error: --fail-on new needs an older pull to compare with; add --since FILE");
}

#[test]
fn the_same_pull_twice_is_no_difference() {
    let program = Program::new();
    days(&program);
    let ran = diff(&program, &["day1.ndjson", "day1.ndjson"]);
    insta::assert_snapshot!(ran.stdout, @"
    Before: 444 devices (1 Nov 2026 06:00 UTC). After: 444. 0 added, 0 removed
    0 newly need attention, 0 resolved, 186 unchanged
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
    complete: all 444 devices (5 pages; matches the service's count) from day1.ndjson
    ");
    assert_eq!(diff(&program, &["day1.ndjson"]).code, Some(2));
    assert_eq!(diff(&program, &[]).code, Some(2));
    assert_eq!(diff(&program, &["day1.ndjson", "day2.ndjson", "--demo"]).code, Some(2));
}
