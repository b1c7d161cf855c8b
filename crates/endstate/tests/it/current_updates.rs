//! `endstate updates` from today's sources.

use std::collections::BTreeMap;

use endstate_emulator::{DefenderFault, Emulator, SignIn};
use serde_json::Value;

use super::program::{Program, Ran, run, steady};
use super::server::{FixedServer, RunningEmulator};

/// Stale devices are not in hunting, which reaches back 30 days.
const SEEN: [&str; 2] = ["--where", "health ne Inactive"];

fn demo(source: &str, more: &[&str]) -> Ran {
    let ran = Program::new().run(&[&["updates", "--demo", "--source", source], more].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    ran
}

fn json(source: &str, more: &[&str]) -> Value {
    serde_json::from_str(&demo(source, &[&["--format", "json", "--limit", "1000"], more].concat()).stdout).unwrap()
}

#[test]
fn hunting_lists_missing_updates_and_on_how_many_devices_each_is_enough() {
    let ran = demo("hunting", &["--limit", "4"]);
    assert_eq!(ran.stderr, "");
    let _steady = steady().bind_to_scope();
    insta::assert_snapshot!(ran.stdout, @"
    435 devices: 43 with missing updates, 383 up to date, 9 not known
    Updates are cumulative, so each device needs only the newest that it lacks: 9 of 21 missing updates

    Missing updates, by number of devices, 4 of 21

    UPDATE     DEVICES  SHARE  NEWEST ON  CRITICAL  IMPORTANT  MODERATE  LOW  OTHER
    KB9000046       12  2.8 %          5         3          3         1    1      0
    KB9000047        9  2.1 %          9         3          3         1    1      0
    KB9000035        8  1.8 %          8         3          3         1    1      0
    KB9000050        7  1.6 %          7         2          3         2    1      0

    complete: all 435 devices (1 page; matches the service's count) from http://HOST/v1.0/security/runHuntingQuery
    from hunting
    complete: all 168 vulnerabilities (1 page; matches the service's count) from http://HOST/v1.0/security/runHuntingQuery
    from hunting
    ");
}

#[test]
fn the_assessment_lists_missing_updates_from_the_rows_of_each_device() {
    let ran = demo("assessments", &["--limit", "2"]);
    let _steady = steady().bind_to_scope();
    insta::assert_snapshot!(ran.stdout, @"
    444 devices: 45 with missing updates, 390 up to date, 9 not known
    Updates are cumulative, so each device needs only the newest that it lacks: 9 of 21 missing updates

    Missing updates, by number of devices, 2 of 21

    UPDATE     DEVICES  SHARE  NEWEST ON  CRITICAL  IMPORTANT  MODERATE  LOW  OTHER
    KB9000046       13  2.9 %          6         3          3         1    1      0
    KB9000047       10  2.3 %         10         3          3         1    1      0

    complete: all 444 devices (5 pages; the service gave no count) from http://HOST/api/machines/SecureConfigurationsAssessmentByMachine
    from assessments
    complete: all 815 vulnerabilities (1 page; the service gave no count) from http://HOST/api/machines/SoftwareVulnerabilitiesByMachine
    from assessments
    ");
}

#[test]
fn devices_and_vulnerabilities_of_today_are_listed_too() {
    let list = |more: &[&str]| {
        let ran = demo("hunting", &[&["--limit", "2"], more].concat());
        ran.stdout.split("\ncomplete").next().unwrap().split("\n**complete").next().unwrap().to_owned()
    };
    insta::assert_snapshot!(list(&["--by", "device"]), @"
    435 devices: 43 with missing updates, 383 up to date, 9 not known
    Updates are cumulative, so each device needs only the newest that it lacks: 9 of 21 missing updates

    Devices, most exposed first, 2 of 43

    DEVICE                   ID                                        VERSION     NEWEST     UPDATES  CRITICAL  IMPORTANT  MODERATE  LOW  OTHER
    ws-0281.contoso.example  a26f2a65d4a48a31e9d8eb4a73c1ef2c9efb625d  19045.2006  KB9000035        4        10         12         6    4      0
    ws-0321.contoso.example  b94f01dab5e2efc7abc7aa904c100bd600d9bca2  14393.4467  KB9000008        3         9          9         3    3      0
    ");
    insta::assert_snapshot!(list(&["--by", "cve", "--format", "markdown"]), @"
    ## Missing updates

    435 devices: 43 with missing updates, 383 up to date, 9 not known

    Updates are cumulative, so each device needs only the newest that it lacks: 9 of 21 missing updates

    ### Vulnerabilities, most severe first, 2 of 152

    | CVE             | SEVERITY | DEVICES | FIXED BY             |
    |-----------------|----------|---------|----------------------|
    | CVE-2024-900901 | Critical |      14 | KB9000047, KB9000046 |
    | CVE-2024-900905 | Critical |      14 | KB9000047, KB9000046 |
    ");
    let csv = list(&["--by", "device", "--format", "csv"]);
    insta::assert_snapshot!(csv.lines().take(2).collect::<Vec<_>>().join("\n"), @"
    id,name,version,newest,updates,critical,important,moderate,low,other
    a26f2a65d4a48a31e9d8eb4a73c1ef2c9efb625d,ws-0281.contoso.example,19045.2006,KB9000035,4,10,12,6,4,0
    ");
    let csv = list(&["--format", "csv"]);
    insta::assert_snapshot!(csv.lines().take(2).collect::<Vec<_>>().join("\n"), @"
    update,devices,share,newest_on,critical,important,moderate,low,other
    KB9000046,12,0.027586,5,3,3,1,1,0
    ");
}

#[test]
fn the_tables_of_today_fit_their_terminals() {
    let program = Program::new();
    for (width, by) in
        [60, 80, 120_usize].into_iter().flat_map(|width| ["update", "cve", "device"].map(|by| (width, by)))
    {
        // Some of all devices have no name, and are shown by their longer id.
        let command = ["updates", "--demo", "--source", "hunting", "--by", by, "--limit", "1000"];
        let ran = run(program.command(&command).env("COLUMNS", width.to_string()));
        let rows = ran.stdout.lines().filter(|line| !line.starts_with("http://127.0.0.1"));
        let wide: Vec<_> = rows.filter(|line| line.chars().count() > width).collect();
        assert!(wide.is_empty(), "{width} columns, by {by}: {wide:?}");
    }
}

#[test]
fn hunting_and_the_assessment_agree_on_devices_that_both_know() {
    let [hunting, assessments] = ["hunting", "assessments"].map(|source| json(source, &SEEN));
    for member in ["devices", "lacking", "up_to_date", "not_known", "by_kb", "by_cve"] {
        assert_eq!(hunting[member], assessments[member], "{member}");
    }
    assert_eq!(hunting["most_exposed"], assessments["most_exposed"]);
    assert_eq!(hunting["most_exposed"].as_array().unwrap().len() as u64, hunting["lacking"]);
    assert!(hunting["not_known"].as_u64().unwrap() > 0, "some devices were not assessed");
}

#[test]
fn a_device_needs_an_update_exactly_if_its_state_says_so() {
    for source in ["hunting", "assessments"] {
        let all = json(source, &[]);
        let requiring = json(source, &["--where", "property has SecurityUpdatesMissing"]);
        assert_eq!(requiring["devices"], all["lacking"], "{source}");
        assert_eq!(requiring["by_kb"][0]["devices"], all["by_kb"][0]["devices"], "{source}");
        let fine = json(source, &["--where", "assessed = true and not property has SecurityUpdatesMissing"]);
        assert_eq!((&fine["devices"], &fine["lacking"]), (&all["up_to_date"], &0.into()), "{source}");
    }
}

#[test]
fn a_condition_can_name_an_update() {
    let all = json("assessments", &[]);
    let first = &all["by_kb"][0];
    let condition = format!("missingKbs has {}", first["name"].as_str().unwrap().trim_start_matches("KB"));
    for source in ["hunting", "assessments"] {
        let some = json(source, &["--where", &format!("{condition} and {}", SEEN[1])]);
        assert_eq!(some["devices"], some["lacking"]);
        assert_eq!(some["devices"], json(source, &SEEN)["by_kb"][0]["devices"], "{source}");
    }
}

#[test]
fn a_file_whose_states_carry_updates_needs_no_other_file() {
    let program = Program::new();
    let live = json("hunting", &[]);
    for extension in ["ndjson", "json", "csv"] {
        let file = format!("states.{extension}");
        assert_eq!(program.run(&["pull", "--demo", "--source", "hunting", "-o", &file]).code, Some(0));
        let ran = program.run(&["updates", &file, "--format", "json", "--limit", "1000"]);
        let read: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        for member in ["devices", "lacking", "up_to_date", "not_known"] {
            assert_eq!(read[member], live[member], "{member} of {file}");
        }
        let counts = |json: &Value| -> BTreeMap<String, (u64, u64)> {
            let rows = json["by_kb"].as_array().unwrap().iter();
            let number = |row: &Value, name: &str| row[name].as_u64().unwrap();
            rows.map(|row| (row["name"].to_string(), (number(row, "devices"), number(row, "newest_on")))).collect()
        };
        assert_eq!(counts(&read), counts(&live), "{file}");
        assert_eq!((&read["by_cve"], &read["by_kb"][0]["fixes"]), (&Value::Null, &Value::Null));
    }
    let ran = program.run(&["updates", "states.csv", "--limit", "1"]);
    let _steady = steady().bind_to_scope();
    insta::assert_snapshot!(ran.stdout, @"
    435 devices: 43 with missing updates, 383 up to date, 9 not known
    Updates are cumulative, so each device needs only the newest that it lacks: 9 of 21 missing updates
    The file does not say which vulnerabilities the updates fix; a live source does

    Missing updates, by number of devices, 1 of 21

    UPDATE     DEVICES  SHARE  NEWEST ON
    KB9000046       12  2.8 %          5

    complete: all 435 devices (1 page; matches the service's count)
    from hunting; pulled TIME, AGE ago
    ");
}

#[test]
fn a_file_that_does_not_carry_updates_is_refused() {
    let program = Program::new();
    for source in ["preview", "assessments"] {
        let file = format!("{source}.ndjson");
        assert_eq!(program.run(&["pull", "--demo", "--source", source, "-o", &file]).code, Some(0));
        let ran = program.run(&["updates", &file]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
        assert!(ran.stderr.contains("does not say which updates its devices lack"), "{}", ran.stderr);
    }
}

/// Runs the command against a service without the documented collections.
fn automatic(emulator: &RunningEmulator, more: &[&str]) -> Ran {
    let absent = FixedServer::start(|_| [].into());
    let roots = [
        ("--service-root", absent.root.clone()),
        ("--graph-root", emulator.emulator.graph_root()),
        ("--defender-root", emulator.emulator.defender_root()),
    ];
    let roots: Vec<_> = roots.iter().flat_map(|(option, root)| [*option, root.as_str()]).collect();
    Program::new().run(&[&["updates", "--limit", "1"], &roots[..], more].concat())
}

#[test]
fn without_the_documented_collections_hunting_is_next() {
    let emulator = RunningEmulator::start(Emulator::builder().devices(60));
    let ran = automatic(&emulator, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let _steady = steady().bind_to_scope();
    insta::assert_snapshot!(ran.stderr, @"The service does not have the documented collection; reading advanced hunting (--source hunting)");
    assert!(ran.stdout.contains("/v1.0/security/runHuntingQuery"), "{}", ran.stdout);
}

#[test]
fn without_the_permission_for_hunting_the_assessment_is_next() {
    let forbidden: DefenderFault = "hunting-403".parse().unwrap();
    let emulator = RunningEmulator::start(Emulator::builder().devices(60).defender_faults([forbidden]));
    let ran = automatic(&emulator, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let _steady = steady().bind_to_scope();
    insta::assert_snapshot!(ran.stderr, @"
    The service does not have the documented collection; reading advanced hunting (--source hunting)
    The permission ThreatHunting.Read.All is missing; reading the secure configuration assessment (--source assessments)
    ");
    assert!(ran.stdout.contains("/api/machines/SoftwareVulnerabilitiesByMachine"), "{}", ran.stdout);

    let ran = automatic(&emulator, &["--source", "hunting"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "a source that was chosen is not replaced");
}

#[test]
fn rows_that_were_cut_off_are_never_a_complete_list() {
    let emulator = RunningEmulator::start(Emulator::builder().devices(200).hunting_row_limit(40));
    let ran = automatic(&emulator, &["--source", "hunting", "--page-size", "20"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    let line = ran.stdout.lines().find(|line| line.starts_with("incomplete")).unwrap_or_default();
    assert!(line.contains("vulnerabilities"), "{}", ran.stdout);
}

#[test]
fn missing_updates_of_today_of_several_tenants_add_up() {
    let program = Program::new();
    let emulators = [("contoso", 80), ("fabrikam", 60)].map(|(name, devices)| {
        let builder = Emulator::builder().devices(devices).seed(devices).sign_in(SignIn::new());
        let running = RunningEmulator::start(builder);
        let emulator = &running.emulator;
        program.write(&format!("{name}.pem"), emulator.certificate_authority().unwrap());
        program.write(&format!("{name}.secret"), SignIn::DEFAULT_SECRET);
        let graph_root = emulator.secure_service_root().unwrap().replace("testwdatppreview", "v1.0");
        let settings = [
            ("tenant", SignIn::TENANT),
            ("client", SignIn::CLIENT),
            ("client-secret-file", &format!("{name}.secret")),
            ("ca-file", &format!("{name}.pem")),
            ("graph-root", &graph_root),
            ("authority", emulator.authority().unwrap()),
        ];
        let settings = settings.map(|(name, value)| format!("{name} = \"{value}\"\n")).concat();
        (running, format!("[profile.{name}]\nsource = \"hunting\"\n{settings}\n"))
    });
    program.write("config.toml", &emulators.each_ref().map(|(_, profile)| profile.as_str()).concat());

    let json = |profiles: &[&str]| -> Value {
        let arguments = ["updates", "--config", "config.toml", "--format", "json", "--limit", "1000"];
        let ran = run(program.command(&[&arguments, profiles].concat()).env_remove("ENDSTATE_TOKEN"));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let all = json(&["--all-profiles"]);
    let each = [json(&["--profile", "contoso"]), json(&["--profile", "fabrikam"])];
    for member in ["devices", "lacking", "up_to_date", "not_known"] {
        let sum: u64 = each.iter().map(|tenant| tenant[member].as_u64().unwrap()).sum();
        assert_eq!(all[member], sum, "{member}");
    }
    let tenants: BTreeMap<_, _> =
        all["most_exposed"].as_array().unwrap().iter().map(|row| (row["id"].to_string(), &row["tenant"])).collect();
    for (name, tenant) in ["contoso", "fabrikam"].iter().zip(&each) {
        for row in tenant["most_exposed"].as_array().unwrap() {
            assert_eq!(tenants[&row["id"].to_string()], name);
        }
    }
    assert_eq!(all["tenants"].as_array().unwrap().len(), 2);
}
