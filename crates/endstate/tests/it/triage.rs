//! `endstate triage`: live sources and files, every format, and whether the data is complete.

use super::program::{Program, Ran};
use super::server::FixedServer;

fn triage(program: &Program, more: &[&str]) -> Ran {
    program.run(&[&["triage"], more].concat())
}

#[test]
fn the_demo_is_triaged_by_property() {
    let ran = triage(&Program::new(), &["--demo", "--limit", "3"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));

    insta::assert_snapshot!(ran.stdout, @"
    435 devices: 180 need attention (41.4 %), 255 OK
    Left out: 9 not seen for long; --all-devices includes them

    CATEGORY / PROPERTY                    DEVICES   SHARE
    EDR                                         44  10.1 %
      Sensor off                                 3   0.7 %
      No sensor data                            17   3.9 %
      Impaired communications                   30   6.9 %
    Antivirus                                   88  20.2 %
      Antivirus not reporting                   31   7.1 %
      Antivirus off                              5   1.1 %
      Definitions are out of date               42   9.7 %
      Real-time protection off                  11   2.5 %
      PUA protection off                        27   6.2 %
      Incomplete reporting                      14   3.2 %
    OS security updates                         44  10.1 %
      Security updates missing                  44  10.1 %
    Exploit Guard                               36   8.3 %
      Exploit protection setting off             6   1.4 %
      Attack surface reduction rule off         16   3.7 %
      Controlled folder access off              18   4.1 %
    Application Guard                            6   1.4 %
      Prerequisites not met                      6   1.4 %
    SmartScreen                                  8   1.8 %
      App and file checking off                  8   1.8 %
    Firewall                                    16   3.7 %
      Firewall off                               8   1.8 %
      Public profile not secure                  9   2.1 %
    Windows Hello                               10   2.3 %
      Windows Hello not configured              10   2.3 %
    BitLocker                                   25   5.7 %
      BitLocker unencrypted drives              19   4.4 %
      BitLocker protection suspended             7   1.6 %
    Credential Guard                            16   3.7 %
      Credential Guard off                      16   3.7 %
    Information (does not need attention)        8   1.8 %
      Windows Insider preview                    2   0.5 %
      Third-party firewall active                6   1.4 %

    Most urgent first, 3 of 180

    DEVICE                   ID                                        VERSION     ARCHITECTURE  REQUIRES ATTENTION
    ws-0127.contoso.example  49aa01114c36198ff1fb9117f3fc13f898a6a64a  19045.5247  Amd64         EdrSensorOff EdrImpairedCommunications AntivirusNotReporting CredentialGuardOff AntivirusPuaProtectionOff
    ws-0267.contoso.example  9a8351d0d3a87ce4f9ca4447cf665631e2a1778c  18363.1556  Amd64         EdrSensorOff BitLockerUnencryptedDrives CredentialGuardOff
    ws-0026.contoso.example  0f19d93d9d6bac1e6c0691f4a7eaa35931c25eb8  26100.2605  Amd64         EdrSensorOff

    complete: all 444 devices (5 pages; matches the service's count)
    ");
}

#[test]
fn every_format_and_every_count_is_written() {
    let program = Program::new();
    let ran = triage(&program, &["--demo", "--limit", "1", "--by", "category", "--format", "markdown"]);
    insta::assert_snapshot!(ran.stdout, @"
    ## Device triage

    435 devices: 180 need attention (41.4 %), 255 OK

    Left out: 9 not seen for long; --all-devices includes them

    | CATEGORY            | DEVICES |  SHARE |
    |---------------------|---------|--------|
    | EDR                 |      44 | 10.1 % |
    | Antivirus           |      88 | 20.2 % |
    | OS security updates |      44 | 10.1 % |
    | Exploit Guard       |      36 |  8.3 % |
    | Application Guard   |       6 |  1.4 % |
    | SmartScreen         |       8 |  1.8 % |
    | Firewall            |      16 |  3.7 % |
    | Windows Hello       |      10 |  2.3 % |
    | BitLocker           |      25 |  5.7 % |
    | Credential Guard    |      16 |  3.7 % |

    ### Most urgent first, 1 of 180

    | DEVICE                  | ID                                       | VERSION    | ARCHITECTURE | REQUIRES ATTENTION                                                                                            |
    |-------------------------|------------------------------------------|------------|--------------|---------------------------------------------------------------------------------------------------------------|
    | ws-0127.contoso.example | 49aa01114c36198ff1fb9117f3fc13f898a6a64a | 19045.5247 | Amd64        | EdrSensorOff, EdrImpairedCommunications, AntivirusNotReporting, CredentialGuardOff, AntivirusPuaProtectionOff |

    **complete: all 444 devices (5 pages; matches the service's count)**
    ");

    let ran = triage(&program, &["--demo", "--by", "build", "--format", "csv"]);
    insta::assert_snapshot!(format!("{}--\n{}", ran.stdout, ran.stderr), @"
    build,devices,need_attention,share
    10240,2,0,0.004598
    14393,18,11,0.041379
    15063,4,0,0.009195
    16299,7,2,0.016092
    17134,6,0,0.013793
    17763,39,14,0.089655
    18363,11,7,0.025287
    19042,9,3,0.020690
    19044,35,16,0.080460
    19045,137,59,0.314943
    20348,28,12,0.064368
    22000,9,2,0.020690
    22621,39,14,0.089655
    22631,59,27,0.135632
    26100,32,13,0.073563
    --
    complete: all 444 devices (5 pages; matches the service's count)
    ");
}

#[test]
fn a_file_of_each_format_gives_the_same_triage_as_the_live_source() {
    let program = Program::new();
    // A file has what the service sent, and no names.
    let live = triage(&program, &["--demo", "--no-devices"]).stdout;
    for name in ["d.ndjson", "d.json", "d.csv", "d.ndjson.gz", "d.json.zst", "D.CSV.GZ"] {
        program.run(&["pull", "--demo", "-o", name]);
        let ran = triage(&program, &[name]);
        // A file also shows when it was pulled.
        let (same, age) = ran.stdout.split_at(live.len());
        assert_eq!((ran.code, same), (Some(0), live.as_str()), "{name}");
        assert!(age.starts_with("pulled 20") && age.ends_with(" ago\n"), "{name}: {age}");
    }
}

#[test]
fn a_file_is_only_as_complete_as_its_receipt_and_its_rows_show() {
    let program = Program::new();
    program.run(&["pull", "--demo", "-o", "d.ndjson"]);
    let verdict = |name: &str| {
        let ran = triage(&program, &[name, "--limit", "0"]);
        let mut lines = ran.stdout.lines().rev().filter(|line| !line.starts_with("pulled "));
        (ran.code.unwrap(), lines.next().unwrap().to_owned())
    };

    let mut lines = vec![verdict("d.ndjson")];

    let text = program.read("d.ndjson");
    let all_but_one: String = text.lines().skip(1).flat_map(|line| [line, "\n"]).collect();
    program.write("d.ndjson", &all_but_one);
    lines.push(verdict("d.ndjson"));
    program.write("d.ndjson", &text[..text.len() - 20]);
    lines.push(verdict("d.ndjson"));

    program.write("alone.ndjson", &text);
    lines.push(verdict("alone.ndjson"));
    program.write("killed.ndjson.partial", &text[..text.len() / 2]);
    lines.push(verdict("killed.ndjson.partial"));

    program.run(&["pull", "--demo", "-o", "d.ndjson", "--max-pages", "1"]);
    lines.push(verdict("d.ndjson"));
    lines.push(verdict("d.ndjson.partial"));

    let shown: Vec<_> = lines.iter().map(|(code, line)| format!("{code}  {line}")).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    0  complete: all 444 devices (5 pages; matches the service's count)
    4  incomplete (changed): 443 rows, but the receipt lists 444
    4  incomplete (changed): 444 rows, the last one cut off, but the receipt lists 444
    0  completeness unknown: no receipt beside the file (444 rows)
    4  incomplete (partial): the pull did not end (221 rows)
    0  completeness unknown: the receipt beside the file describes d.ndjson.partial (444 rows)
    4  incomplete (limit): 100 of 444 devices (1 page)
    ");
}

#[test]
fn an_incomplete_live_triage_is_marked_and_wins_over_what_fail_on_finds() {
    let ran = triage(
        &Program::new(),
        &["--demo", "--max-pages", "2", "--limit", "0", "--by", "category", "--fail-on", "any"],
    );

    assert_eq!(ran.code, Some(4));
    insta::assert_snapshot!(format!("{}--\n{}", ran.stdout, ran.stderr), @"
    194 devices: 77 need attention (39.7 %), 117 OK
    Left out: 6 not seen for long; --all-devices includes them

    CATEGORY             DEVICES   SHARE
    EDR                       21  10.8 %
    Antivirus                 40  20.6 %
    OS security updates       15   7.7 %
    Exploit Guard             19   9.8 %
    Application Guard          2   1.0 %
    SmartScreen                6   3.1 %
    Firewall                   9   4.6 %
    Windows Hello              3   1.5 %
    BitLocker                 12   6.2 %
    Credential Guard           7   3.6 %

    Checks

    CHECK         LIMIT     VALUE       RESULT
    any           1 device  77 devices  failed
    completeness            incomplete  unknown: incomplete (limit): 200 of 444 devices (2 pages)

    incomplete (limit): 200 of 444 devices (2 pages)
    --
      the limit that you set was reached
    ");
}

#[test]
fn fail_on_takes_names_of_every_kind_counts_and_percentages() {
    let program = Program::new();
    for (what, code) in [
        ("any", 3),
        ("Antivirus", 3),
        ("securityupdates", 3),
        ("EdrSensorOff", 3),
        ("CredentialGuardNoInformation", 0),
        ("Other", 0),
        ("sensor off", 3),
        ("OS security updates", 3),
        ("Antivirs", 2),
        ("No sensor data", 2),
        ("any:101%", 2),
        ("any:41%", 3),
        ("any:42%", 0),
        // It may be a property of a later version, but no device has it.
        ("AntivirusOf", 4),
    ] {
        let ran = triage(&program, &["--demo", "--format", "csv", "--fail-on", what]);
        assert_eq!(ran.code, Some(code), "{what}: {}", ran.stderr);
    }

    let ran = triage(&program, &["--demo", "--format", "csv", "--fail-on", "EdrSensorOff", "--fail-on", "Other"]);
    let checks =
        "check EdrSensorOff: failed (3 devices; limit 1 device)\ncheck Other: passed (0 devices; limit 1 device)\n";
    assert!(ran.stderr.ends_with(checks), "{}", ran.stderr);
}

#[test]
fn items_that_are_not_device_states_are_reported_and_counted() {
    let program = Program::new();
    let server = FixedServer::pages(&[testkit::ODD_STATES]);
    let ran = triage(&program, &["--service-root", &server.root, "--limit", "5"]);
    assert_eq!(ran.code, Some(0));
    insta::assert_snapshot!(format!("{}--\n{}", ran.stdout, ran.stderr), @r#"
    5 devices: 2 need attention (40.0 %), 0 OK, 3 not known; 1 item could not be read, 1 only in part

    CATEGORY / PROPERTY             DEVICES   SHARE
    EDR                                   1  20.0 %
      Sensor off                          1  20.0 %
    Antivirus                             1  20.0 %
      Antivirus off                       1  20.0 %
    Firewall                              1  20.0 %
      Firewall off                        1  20.0 %
    BitLocker                             1  20.0 %
      BitLocker unencrypted drives        1  20.0 %
    Other                                 2  40.0 %
      QuantumShieldOff                    2  40.0 %

    Most urgent first

    DEVICE                                    VERSION    ARCHITECTURE  REQUIRES ATTENTION
    111111111111111111111111111111111111111C  18362.1    Itanium       EdrSensorOff QuantumShieldOff BitLockerUnencryptedDrives
    121688558380765161_2136280442             17134.345  Amd64         AntivirusOff FirewallOff QuantumShieldOff

    complete: all 5 devices (1 page; the service gave no count)
    --
    warning: item 5 of page 1 is not a device state: missing field `id` at line 1 column 11: {"build":1}
    warning: item 6 of page 1: cannot read build, so it is not known: {"id":"111111111111111111111111111111111111111e","build":"fourteen"}
    "#);

    program.run(&["pull", "--service-root", &server.root, "-o", "odd.csv"]);
    let from_file = triage(&program, &["odd.csv", "--limit", "5"]);
    assert_eq!(from_file.stdout.lines().next(), ran.stdout.lines().next(), "{}", from_file.stderr);
}

#[test]
fn a_file_that_is_something_else_says_so() {
    let program = Program::new();
    program.write("notes.txt", "hello\n");
    let ran = triage(&program, &["notes.txt"]);
    assert_eq!(ran.code, Some(1));
    insta::assert_snapshot!(ran.stderr, @"error: notes.txt is not a file of device states in ndjson, json or csv, as `endstate pull` writes it");
    assert_eq!(triage(&program, &["missing.ndjson"]).code, Some(1));
    assert_eq!(triage(&program, &["notes.txt", "--demo"]).code, Some(2));
}
