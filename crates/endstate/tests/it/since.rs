//! `triage --since`: since when each device needs attention, and what is new.

use super::diff::pull_days;
use super::program::{Program, steady};

#[test]
fn triage_says_since_when_devices_need_attention_and_fails_on_what_is_new() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    pull_days(&program);
    let older = ["--since", "day2.ndjson", "--since", "day1.ndjson"];
    let triage = |more: &[&str]| program.run(&[&["triage", "day3.ndjson"], &older[..], more].concat());

    let ran = triage(&["--by", "architecture", "--limit", "6"]);
    assert_eq!(ran.code, Some(0));
    insta::assert_snapshot!(ran.stdout, @"
    444 devices: 171 need attention (38.5 %), 273 OK
    Before: 444 devices (2 Nov 2026 06:00 UTC). After: 444. 4 added, 4 removed
    11 newly need attention, 18 resolved, 160 unchanged
    22 devices updated, 2 moved to another build, 0 downgraded

    ARCHITECTURE  DEVICES  NEED ATTENTION   SHARE
    Amd64             423             163  95.3 %
    X86                10               6   2.3 %
    Arm64              11               2   2.5 %

    Since 2026-11-02 UTC

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

    DEVICE                                    VERSION     ARCHITECTURE  SINCE           REQUIRES ATTENTION
    49aa01114c36198ff1fb9117f3fc13f898a6a64a  19045.5247  Amd64         2026-11-01 UTC  EdrSensorOff EdrImpairedCommunications AntivirusNotReporting CredentialGuardOff AntivirusPuaProtectionOff
    9a8351d0d3a87ce4f9ca4447cf665631e2a1778c  18363.2274  Amd64         2026-11-01 UTC  EdrSensorOff BitLockerUnencryptedDrives
    0f19d93d9d6bac1e6c0691f4a7eaa35931c25eb8  26100.2605  Amd64         2026-11-01 UTC  EdrSensorOff
    4de245cc98b792fb8ba1008a207574fdf40a723d  19045.5247  Amd64         2026-11-01 UTC  EdrNoSensorData EdrImpairedCommunications AntivirusRealtimeProtectionOff AntivirusPuaProtectionOff
    fd602314a12071a79eb3ebf7d3699864cc40594e  20348.2700  Amd64         2026-11-01 UTC  EdrNoSensorData AntivirusNotReporting BitLockerUnencryptedDrives AntivirusPuaProtectionOff
    eeefbfb19fcaa3f8d8ce12bdc4d903eef1f61686  22631.4317  Amd64         2026-11-01 UTC  EdrNoSensorData AntivirusIncompleteReporting BitLockerUnencryptedDrives AntivirusPuaProtectionOff

    complete: all 444 devices (5 pages; matches the service's count)
    pulled TIME, AGE ago
    ");

    let ran = triage(&["--format", "json", "--limit", "2", "--sort", "properties"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let since: Vec<_> = json["most_urgent"].as_array().unwrap().iter().map(|device| device["since"].clone()).collect();
    assert_eq!(since, [serde_json::Value::Null, "2026-11-01T06:00:00Z".into()]);
    let pulls: Vec<_> = json["since"]["old"].as_array().unwrap().iter().map(|pull| pull["source"].clone()).collect();
    assert_eq!(pulls, ["day1.ndjson", "day2.ndjson"], "the oldest first, in whatever order they are given");

    let new = json["since"]["with_new_properties"].as_u64().unwrap();
    let fail_on = |what: &str| triage(&["--format", "csv", "--fail-on", what]);
    assert_eq!(fail_on("new").code, Some(3));
    assert!(fail_on("new").stderr.ends_with(&format!("check new: failed ({new} devices; limit 1 device)\n")));
    assert_eq!(fail_on(&format!("new:{new}")).code, Some(3));
    assert_eq!(fail_on(&format!("new:{}", new + 1)).code, Some(0));

    let live = program.run(&["triage", "--demo", "--demo-day", "2", "--since", "day1.ndjson", "--fail-on", "new"]);
    assert_eq!(live.code, Some(3), "{}", live.stderr);

    let without = program.run(&["triage", "day3.ndjson", "--fail-on", "new"]);
    assert_eq!(without.code, Some(2));
    insta::assert_snapshot!(without.stderr, @"error: --fail-on new needs an older pull to compare with; add --since FILE");
}
