//! `--where`, `--csv-raw`, and other options that choose or shape rows.

use endstate_emulator::{CallLimits, Emulator};

use super::program::{Program, steady};
use super::server::{FixedServer, RunningEmulator};

#[test]
fn pull_writes_only_rows_that_meet_the_condition_and_the_receipt_says_so() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    let ran = program.run(&["pull", "--demo", "-o", "d.ndjson", "--where", "build = 22000 and property has any"]);
    assert_eq!(ran.code, Some(0));
    insta::assert_snapshot!(ran.stderr, @"
    complete: all 444 devices (5 pages; matches the service's count); 2 rows where build = 22000 and property has any
      2 rows in d.ndjson
      receipt in d.ndjson.receipt.json
    ");

    let receipt: serde_json::Value = serde_json::from_str(&program.read("d.ndjson.receipt.json")).unwrap();
    assert_eq!(
        (&receipt["devices"], &receipt["rows"]),
        (&444.into(), &program.read("d.ndjson").lines().count().into())
    );
    assert_eq!(receipt["where"], "build = 22000 and property has any");
    assert!(!program.files().contains(&"d.ndjson.checkpoint.json".to_owned()));

    let ran = program.run(&["triage", "d.ndjson", "--limit", "0", "--by", "build"]);
    insta::assert_snapshot!(ran.stdout, @"
    2 devices: 2 need attention (100.0 %), 0 OK

    BUILD  DEVICES  NEED ATTENTION    SHARE
    22000        2               2  100.0 %

    complete: all 444 devices (5 pages; matches the service's count); 2 rows where build = 22000 and property has any
    pulled TIME, AGE ago
    ");
}

#[test]
fn triage_counts_only_matching_devices_live_and_from_a_file() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    let condition = ["--where", "category has edr and not release contains server", "--limit", "0", "--by", "category"];
    let live = program.run(&[&["triage", "--demo", "--no-devices"], &condition[..]].concat());
    insta::assert_snapshot!(live.stdout, @"
    35 devices: 35 need attention (100.0 %), 0 OK
    where category has edr and not release contains server: 35 of 444 devices

    CATEGORY             DEVICES    SHARE
    EDR                       35  100.0 %
    Antivirus                 24   68.6 %
    OS security updates        4   11.4 %
    Exploit Guard             10   28.6 %
    Application Guard          1    2.9 %
    SmartScreen                1    2.9 %
    Firewall                   3    8.6 %
    Windows Hello              2    5.7 %
    BitLocker                 10   28.6 %
    Credential Guard           4   11.4 %

    complete: all 444 devices (5 pages; matches the service's count)
    ");

    program.run(&["pull", "--demo", "-o", "d.csv"]);
    let from_file = program.run(&[&["triage", "d.csv"], &condition[..]].concat());
    assert!(from_file.stdout.starts_with(&live.stdout), "{}", from_file.stdout);
}

#[test]
fn an_invalid_condition_is_refused_with_its_position_before_any_request() {
    let (program, server) = (Program::new(), FixedServer::pages(&[testkit::SEED_PAGE]));
    let root = ["--service-root", &server.root, "--where"];
    let ran = program.run(&[&["pull"], &root[..], &["build = 3 and biuld = 4"]].concat());
    assert_eq!(ran.code, Some(2));
    insta::assert_snapshot!(ran.stderr, @"
    error: --where: unknown field 'biuld'; did you mean 'build'?
        build = 3 and biuld = 4
                      ^
    ");
    for command in ["triage", "updates"] {
        assert_eq!(program.run(&[&[command], &root[..], &["build ="]].concat()).code, Some(2), "{command}");
    }
    let group = ["--collection", "machinegroups"];
    assert_eq!(program.run(&[&["pull"], &root[..], &["build = 3"], &group[..]].concat()).code, Some(2));
    assert!(server.requests().is_empty());
    assert_eq!(program.run(&["pull", "-o", "d", "--where", "build = 3", "--resume"]).code, Some(2));
}

#[test]
fn formula_cells_are_escaped_unless_csv_raw_is_set_and_read_back_alike() {
    let (program, server) = (Program::new(), FixedServer::pages(&[&testkit::ODD_STATES.replace("Itanium", "=cmd()")]));
    let pull =
        |more: &[&str]| program.run(&[&["pull", "--service-root", &server.root, "--format", "csv"], more].concat());
    assert!(pull(&[]).stdout.contains(",'=cmd(),") && !pull(&[]).stdout.contains(",=cmd(),"));
    assert!(pull(&["--csv-raw"]).stdout.contains(",=cmd(),"));
    let triage = |more: &[&str]| {
        let by = ["triage", "--service-root", &server.root, "--by", "architecture", "--format", "csv"];
        program.run(&[&by[..], more].concat()).stdout
    };
    assert!(triage(&[]).contains("\n'=cmd(),") && triage(&["--csv-raw"]).contains("\n=cmd(),"));
    let by_architecture = triage(&[]);
    for more in [&[][..], &["--csv-raw"]] {
        pull(&[&["-o", "odd.csv"], more].concat());
        assert_eq!(
            program.run(&["triage", "odd.csv", "--by", "architecture", "--format", "csv"]).stdout,
            by_architecture
        );
    }
}

#[test]
fn releases_combinations_and_revisions_are_counted_and_can_fail_a_run() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    let day = ["--at", "2026-11-23", "--limit", "2"];
    let triage = |more: &[&str]| program.run(&[&["triage", "--demo"], &day[..], more].concat());

    insta::assert_snapshot!(triage(&["--by", "release", "--behind"]).stdout, @"
    435 devices: 180 need attention (41.4 %), 255 OK
    Left out: 9 not seen for long; --all-devices includes them
    on 2026-11-23 UTC: 283 devices out of support, 124 out of support in some editions
    194 devices behind the newest revision of their build in the fleet

    RELEASE                                                  BUILD  DEVICES  NEED ATTENTION   SHARE  SUPPORT
    Windows 10, version 1507                                 10240        2               0   0.5 %  out of support since 2025-10-14
    Windows 10, version 1607 / Windows Server 2016           14393       18              11   4.1 %  until 2027-01-12, only Windows Server 2016
    Windows 10, version 1703                                 15063        4               0   0.9 %  out of support since 2019-10-08
    Windows 10, version 1709 / Windows Server, version 1709  16299        7               2   1.6 %  out of support since 2020-10-13
    Windows 10, version 1803 / Windows Server, version 1803  17134        6               0   1.4 %  out of support since 2021-05-11
    Windows 10, version 1809 / Windows Server 2019           17763       39              14   9.0 %  until 2029-01-09, only Enterprise LTSC 2019, Windows Server 2019
    Windows 10, version 1909 / Windows Server, version 1909  18363       11               7   2.5 %  out of support since 2022-05-10
    Windows 10, version 20H2 / Windows Server, version 20H2  19042        9               3   2.1 %  out of support since 2023-05-09
    Windows 10, version 21H2                                 19044       35              16   8.0 %  until 2032-01-13, only Enterprise LTSC 2021, IoT Enterprise LTSC 2021
    Windows 10, version 22H2                                 19045      137              59  31.5 %  out of support since 2025-10-14
    Windows Server 2022                                      20348       28              12   6.4 %  until 2031-10-14
    Windows 11, version 21H2                                 22000        9               2   2.1 %  out of support since 2024-10-08
    Windows 11, version 22H2                                 22621       39              14   9.0 %  out of support since 2025-10-14
    Windows 11, version 23H2                                 22631       59              27  13.6 %  out of support since 2026-11-10
    Windows 11, version 24H2 / Windows Server 2025           26100       32              13   7.4 %  until 2034-11-14, only Enterprise and Education, Enterprise LTSC 2024, IoT Enterprise LTSC 2024, Windows Server 2025

    Behind the newest revision of their build in the fleet

    BUILD  RELEASE                                                  NEWEST  OLDEST  ON NEWEST  BEHIND
    10240  Windows 10, version 1507                                  20345   17443          1       1
    14393  Windows 10, version 1607 / Windows Server 2016             7428    2485          8      10
    15063  Windows 10, version 1703                                   2679    1418          3       1
    16299  Windows 10, version 1709 / Windows Server, version 1709    2166    1087          4       3
    17134  Windows 10, version 1803 / Windows Server, version 1803    2208     345          2       4
    17763  Windows 10, version 1809 / Windows Server 2019             6532    3770         20      19
    18363  Windows 10, version 1909 / Windows Server, version 1909    2274     418          5       6
    19042  Windows 10, version 20H2 / Windows Server, version 20H2    2965     867          5       4
    19044  Windows 10, version 21H2                                   4894    1826         21      14
    19045  Windows 10, version 22H2                                   5247    2006         83      54
    20348  Windows Server 2022                                        2700    1726         15      13
    22000  Windows 11, version 21H2                                   3260     856          5       4
    22621  Windows 11, version 22H2                                   4317    1848         22      17
    22631  Windows 11, version 23H2                                   4602    2861         28      31
    26100  Windows 11, version 24H2 / Windows Server 2025             2605    1742         19      13

    Furthest behind first, 2 of 194

    DEVICE                   VERSION     NEWEST  DISTANCE
    ws-0000.contoso.example  14393.2485    7428     4,943
    ws-0043.contoso.example  19045.2006    5247     3,241

    Most urgent first, 2 of 180

    DEVICE                   ID                                        VERSION     ARCHITECTURE  REQUIRES ATTENTION
    ws-0127.contoso.example  49aa01114c36198ff1fb9117f3fc13f898a6a64a  19045.5247  Amd64         EdrSensorOff EdrImpairedCommunications AntivirusNotReporting CredentialGuardOff AntivirusPuaProtectionOff
    ws-0267.contoso.example  9a8351d0d3a87ce4f9ca4447cf665631e2a1778c  18363.1556  Amd64         EdrSensorOff BitLockerUnencryptedDrives CredentialGuardOff

    complete: all 444 devices (5 pages; matches the service's count)
    ");

    let combinations = triage(&["--by", "combination", "--format", "csv"]).stdout;
    insta::assert_snapshot!(combinations.lines().take(4).collect::<Vec<_>>().join("\n"), @"
    devices,share,properties
    3,0.006897,EdrNoSensorData;AntivirusNotReporting
    2,0.004598,EdrImpairedCommunications;AntivirusNotReporting
    2,0.004598,EdrImpairedCommunications;AntivirusDefinitionsAreOutOfDate;SecurityUpdatesMissing
    ");

    let releases = triage(&["--by", "release", "--format", "csv"]).stdout;
    insta::assert_snapshot!(releases.lines().take(4).collect::<Vec<_>>().join("\n"), @r#"
    release,build,devices,need_attention,share,servicing,end_of_servicing
    "Windows 10, version 1507",10240,2,0,0.004598,ended,2025-10-14
    "Windows 10, version 1607 / Windows Server 2016",14393,18,11,0.041379,ended_for_some,2027-01-12
    "Windows 10, version 1703",15063,4,0,0.009195,ended,2019-10-08
    "#);

    let json: serde_json::Value =
        serde_json::from_str(&triage(&["--by", "release", "--behind", "--format", "json"]).stdout).unwrap();
    insta::assert_snapshot!(format!("{} {} {}", json["servicing"], json["behind"], json["furthest_behind"][0]), @r#"{"day":"2026-11-23","serviced":28,"ended_for_some":124,"ended":283,"unknown":0} 194 {"state":{"id":"000050e1b4afeee3742489ede9ad7a3e16bbd9c4","build":14393,"revision":2485,"architecture":"Amd64","osVersion":"10.0.14393.2485.amd64fre.rs1_release.180827-1809","propertiesRequireAttention":["EdrImpairedCommunications","AntivirusNotReporting"],"device":{"name":"ws-0000.contoso.example","group":"Workstations","platform":"Windows10","lastSeen":"YYYY-MM-DDTHH:MM:SSZ","health":"ImpairedCommunication"}},"newest":7428}"#);

    let fail_on = |what: &str, at: &str| {
        program.run(&["triage", "--demo", "--format", "csv", "--at", at, "--fail-on", what]).code.unwrap()
    };

    assert_eq!(fail_on("end-of-servicing", "2026-11-23"), 3);
    assert_eq!(fail_on("end-of-servicing:284", "2026-11-23"), 0, "283 devices");
    assert_eq!(fail_on("end-of-servicing", "2016-01-01"), 0);
    assert_eq!((fail_on("behind:194", "2026-11-23"), fail_on("behind:195", "2026-11-23")), (3, 0));
    assert_eq!((fail_on("Antivirus:88", "2026-11-23"), fail_on("Antivirus:89", "2026-11-23")), (3, 0));

    let no_number = triage(&["--fail-on", "AntivirusOff:0"]);
    assert_eq!(no_number.code, Some(2));
    assert!(
        no_number.stderr.contains("the limit must be a whole number from 1 or a percentage up to 100"),
        "{}",
        no_number.stderr
    );

    let mistyped = triage(&["--fail-on", "Antivirs"]);
    insta::assert_snapshot!(mistyped.stderr, @"error: invalid value 'Antivirs' for '--fail-on <WHAT>': unknown name; did you mean 'Antivirus'?");
    assert_eq!(triage(&["--at", "2026-02-29"]).code, Some(2));
}

#[test]
fn duplicate_rows_count_once_even_if_the_receipt_is_of_another_file() {
    let program = Program::new();
    let faults = ["overlap=30".parse().unwrap()];
    let server = RunningEmulator::start(Emulator::builder().limits(CallLimits::NONE).faults(faults));
    let pull = |more: &[&str]| {
        program.run(&[&["pull", "--service-root", &server.root(), "-o", "d.ndjson"], more].concat()).code
    };
    assert_eq!(pull(&["--keep-duplicates"]), Some(0));
    assert!(program.read("d.ndjson").lines().count() > 444);
    let first_line = || program.run(&["triage", "d.ndjson", "--limit", "0"]).stdout.lines().next().unwrap().to_owned();
    assert!(first_line().starts_with("444 devices: "), "{}", first_line());
    // From here on, the receipt describes d.ndjson.partial, which has no duplicates.
    assert_eq!(pull(&["--max-pages", "1"]), Some(4));
    assert!(first_line().starts_with("444 devices: "), "{}", first_line());
}

#[test]
fn the_metrics_pass_promtool_and_have_every_known_series() {
    let program = Program::new();
    let ran = program.run(&["triage", "--demo", "--format", "prometheus", "--at", "2026-11-23"]);
    assert_eq!(ran.code, Some(0));

    let text = &ran.stdout;
    let shown: Vec<_> = text.lines().filter(|line| !line.contains("_by_")).collect();
    steady().bind(|| {
        insta::with_settings!({filters => vec![(r"seconds \d{10}", "seconds NOW")]}, {
            insta::assert_snapshot!(shown.join("\n"), @r#"
            # HELP endstate_devices Devices that were read.
            # TYPE endstate_devices gauge
            endstate_devices 435
            # HELP endstate_devices_needing_attention Devices with a property that requires attention.
            # TYPE endstate_devices_needing_attention gauge
            endstate_devices_needing_attention 180
            # HELP endstate_devices_not_known Devices of which it is not known whether they need attention.
            # TYPE endstate_devices_not_known gauge
            endstate_devices_not_known 0
            # HELP endstate_devices_behind Devices behind the newest revision of their build in the fleet.
            # TYPE endstate_devices_behind gauge
            endstate_devices_behind 194
            # HELP endstate_devices_out_of_support Devices on a release of which every edition is out of support.
            # TYPE endstate_devices_out_of_support gauge
            endstate_devices_out_of_support 283
            # HELP endstate_invalid_items Items that could not be read as device states.
            # TYPE endstate_invalid_items gauge
            endstate_invalid_items 0
            # HELP endstate_partly_readable_items Device states with fields that could not be read.
            # TYPE endstate_partly_readable_items gauge
            endstate_partly_readable_items 0
            # HELP endstate_pull_outcome The outcome of the pull: 1 for the outcome that it had.
            # TYPE endstate_pull_outcome gauge
            endstate_pull_outcome{outcome="complete",reason=""} 1
            endstate_pull_outcome{outcome="incomplete",reason=""} 0
            endstate_pull_outcome{outcome="unknown",reason=""} 0
            # HELP endstate_pull_complete Whether all devices are certain to have been read.
            # TYPE endstate_pull_complete gauge
            endstate_pull_complete 1
            # HELP endstate_pull_start_timestamp_seconds When the pull started, in Unix time.
            # TYPE endstate_pull_start_timestamp_seconds gauge
            endstate_pull_start_timestamp_seconds NOW
            "#);
        });
    });

    assert_eq!(text.lines().filter(|line| line.starts_with("endstate_devices_by_property{")).count(), 42);
    assert!(text.contains("endstate_devices_by_property{category=\"EDR\",property=\"EdrSensorOff\"} 3\n"));
    assert!(text.contains("endstate_devices_by_build{build=\"19045\",release=\"Windows 10, version 22H2\"} 137\n"));

    let odd = FixedServer::pages(&[testkit::ODD_STATES]);
    let odd = program.run(&["triage", "--service-root", &odd.root, "--format", "prometheus"]).stdout;
    assert!(
        odd.contains("endstate_devices_by_property{category=\"Other\",property=\"QuantumShieldOff\"} 2\n"),
        "{odd}"
    );

    for text in [text, &odd] {
        lint(&program, text);
    }
}

/// Checks metrics with `promtool`, the linter of Prometheus, if it is installed.
pub(crate) fn lint(program: &Program, metrics: &str) {
    use std::io::Write;
    use std::process::{Command, Stdio};
    program.write("metrics.prom", metrics);
    let mut command = Command::new("promtool");
    command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        assert!(std::env::var_os("CI").is_none(), "promtool is not installed, and this test may not be skipped in CI");
        #[expect(clippy::print_stderr, reason = "the person who runs the test should know")]
        {
            eprintln!("skipped: promtool is not installed");
        }
        return;
    };
    child.stdin.take().unwrap().write_all(metrics.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && printed.is_empty(), "{printed}");
}
