//! Several tenants at once: each is pulled separately, one that fails stops no other, and each row
//! names its tenant.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::{Arc, Barrier};
use std::thread;

use endstate_emulator::{Emulator, SignIn};
use serde_json::Value;

use super::program::{Program, Ran, run, steady};
use super::selection::lint;
use super::server::RunningEmulator;

/// Two tenants with their own fleets, a third with a wrong secret, and a file with their profiles.
struct Tenants {
    program: Program,
    _emulators: Vec<RunningEmulator>,
}

impl Tenants {
    fn new() -> Self {
        let program = Program::new();
        let mut config = String::new();
        let mut emulators = Vec::new();

        for (name, devices, secret) in [
            ("contoso", 23, SignIn::DEFAULT_SECRET),
            ("fabrikam", 12, SignIn::DEFAULT_SECRET),
            ("tailspin", 7, "hidden"),
        ] {
            let builder = Emulator::builder().devices(devices).seed(devices).page_size(5).sign_in(SignIn::new());
            let running = RunningEmulator::start(builder);
            let emulator = &running.emulator;
            program.write(&format!("{name}.pem"), emulator.certificate_authority().unwrap());
            program.write(&format!("{name}.secret"), secret);

            write!(
                config,
                "[profile.{name}]\ntenant = \"{}\"\nclient = \"{}\"\nclient-secret-file = \"{name}.secret\"\n\
                 ca-file = \"{name}.pem\"\nservice-root = \"{}\"\nauthority = \"{}\"\n\n",
                SignIn::TENANT,
                SignIn::CLIENT,
                emulator.secure_service_root().unwrap(),
                emulator.authority().unwrap(),
            )
            .unwrap();
            emulators.push(running);
        }

        program.write("config.toml", &config);
        Self { program, _emulators: emulators }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.program.command(&[arguments, &["--config", "config.toml"]].concat());
        run(command.env_remove("ENDSTATE_TOKEN"))
    }

    fn receipt(&self, name: &str) -> Value {
        serde_json::from_str(&self.program.read(name)).unwrap()
    }
}

const TWO: [&str; 4] = ["--profile", "contoso", "--profile", "fabrikam"];

#[test]
fn each_tenant_has_its_own_file_and_receipt_and_the_worst_exit_wins() {
    let tenants = Tenants::new();
    let ran = tenants.run(&["pull", "--all-profiles", "-o", "{profile}.ndjson"]);
    assert_eq!(ran.code, Some(1));

    steady().bind(|| insta::assert_snapshot!(ran.stderr, @"
    contoso
    complete: all 23 devices (5 pages; matches the service's count)
      tenant UUID (profile contoso)
      23 rows in contoso.ndjson
      receipt in contoso.ndjson.receipt.json
    fabrikam
    complete: all 12 devices (3 pages; matches the service's count)
      tenant UUID (profile fabrikam)
      12 rows in fabrikam.ndjson
      receipt in fabrikam.ndjson.receipt.json
    tailspin
    error: could not get a token
      caused by: the sign-in with a client secret was refused
      the identity service says: AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'UUID'.
      tenant UUID (profile tailspin)
    hint: Use the secret's value, not its ID. The value is shown only once, when the secret is created. To create a new one: https://entra.microsoft.com > App registrations > the app > Certificates & secrets.
    "));

    for (name, devices) in [("contoso", 23), ("fabrikam", 12)] {
        let rows = tenants.program.read(&format!("{name}.ndjson"));
        assert_eq!(rows.lines().count(), devices);
        assert!(rows.lines().all(|row| serde_json::from_str::<Value>(row).unwrap()["tenant"] == name));
        let receipt = tenants.receipt(&format!("{name}.ndjson.receipt.json"));
        assert_eq!((&receipt["profile"], &receipt["tenant"]), (&name.into(), &SignIn::TENANT.into()));
        assert_eq!((&receipt["outcome"], &receipt["rows"]), (&"complete".into(), &devices.into()));
        let triage = tenants.program.run(&["triage", &format!("{name}.ndjson"), "--limit", "0"]);
        assert!(triage.stdout.starts_with(&format!("{devices} devices: ")), "{}", triage.stdout);
    }
    assert!(!tenants.program.path("tailspin.ndjson").exists());

    let two = tenants.run(&[&["pull", "-o", "{profile}.ndjson"], &TWO[..]].concat());
    assert_eq!(two.code, Some(0), "{}", two.stderr);

    // An incomplete tenant is worse than a complete one, and better than a failed one.
    let limited = tenants.run(&[&["pull", "-o", "{profile}.json", "--max-pages", "3"], &TWO[..]].concat());
    assert_eq!(limited.code, Some(4), "{}", limited.stderr);
}

#[test]
fn tenants_are_pulled_in_parallel() {
    let program = Program::new();
    // Neither server responds before both have a request: sequential pulls would time out.
    let both = Arc::new(Barrier::new(2));

    let mut config = String::new();
    for name in ["contoso", "fabrikam"] {
        let (listener, both) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::clone(&both));
        write!(
            config,
            "[profile.{name}]\nservice-root = \"http://{}/x\"\ntoken-env = \"T\"\n",
            listener.local_addr().unwrap()
        )
        .unwrap();

        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4096]).unwrap();
            both.wait();
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\n";
            stream.write_all(format!("{head}{{\"value\":[]}}").as_bytes()).unwrap();
        });
    }

    program.write("config.toml", &config);
    let mut command =
        program.command(&["pull", "--all-profiles", "--config", "config.toml", "--timeout", "20", "--retries", "0"]);
    let ran = run(command.env("T", "token"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

#[test]
fn a_reader_that_has_gone_ends_all_of_them_quietly() {
    let tenants = Tenants::new();
    let mut command = tenants.program.command(&[&["pull", "--config", "config.toml"], &TWO[..]].concat());
    let mut child = command.env_remove("ENDSTATE_TOKEN").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.contains("error")), (Some(0), false), "{stderr}");
}

#[test]
fn the_doctor_checks_each_tenant_and_succeeds_only_if_all_pass() {
    let tenants = Tenants::new();
    let all = tenants.run(&["doctor", "--all-profiles", "--json"]);
    assert_eq!(all.code, Some(1));
    let json: Value = serde_json::from_str(&all.stdout).unwrap();
    let reports = json["tenants"].as_array().unwrap().iter();
    let passed: Vec<_> =
        reports.map(|tenant| (tenant["profile"].as_str().unwrap(), tenant["all_passed"] == true)).collect();
    assert_eq!(passed, [("contoso", true), ("fabrikam", true), ("tailspin", false)]);
    let two = tenants.run(&[&["doctor"], &TWO[..]].concat());
    assert_eq!(two.code, Some(0), "{}", two.stdout);
    assert!(two.stdout.starts_with("contoso\nok ") && two.stdout.contains("\nfabrikam\nok "), "{}", two.stdout);
}

#[test]
fn a_profile_that_is_wrong_is_no_concern_of_the_others() {
    let tenants = Tenants::new();
    let config = tenants.program.read("config.toml");
    let wrong = "[profile.tailspin]\nclous = \"gcc\"\n[profile.wingtip]\nretries = \"many\"\n";
    tenants.program.write("config.toml", &config.replace("[profile.tailspin]\n", wrong));

    // A pull of one profile does not inspect the others.
    let one = tenants.run(&["pull", "--profile", "contoso"]);
    assert_eq!((one.code, one.stdout.lines().count()), (Some(0), 23), "{}", one.stderr);

    let all = tenants.run(&["pull", "--all-profiles", "-o", "{profile}.ndjson"]);
    assert_eq!(all.code, Some(1));
    assert_eq!(tenants.program.read("fabrikam.ndjson").lines().count(), 12);

    let triage = tenants.run(&["triage", "--all-profiles", "--limit", "0", "--all-devices"]);
    assert_eq!(triage.code, Some(1));
    assert!(triage.stdout.starts_with("35 devices: "), "{}", triage.stdout);
    let failed = triage.stdout.lines().filter(|line| line.contains("incomplete (failed)")).count();
    assert_eq!(failed, 2, "{}", triage.stdout);

    let doctor = tenants.run(&["doctor", "--all-profiles"]);
    assert_eq!((doctor.code, doctor.stdout.matches("FAIL  configuration").count()), (Some(1), 2), "{}", doctor.stdout);

    let shown = tenants.run(&["config", "show", "--all-profiles"]);
    assert_eq!((shown.code, shown.stdout.matches("\ncloud ").count()), (Some(1), 2), "{}", shown.stdout);

    for stderr in [all.stderr, triage.stderr, shown.stderr] {
        assert!(stderr.contains("unknown setting 'clous'; did you mean 'cloud'?"), "{stderr}");
        assert!(stderr.contains("retries from profile 'wingtip' in config.toml cannot be used: "), "{stderr}");
    }

    // An unknown profile name is a typing error, and stops the pull before any request.
    assert_eq!(tenants.run(&["pull", "--profile", "contoso", "--profile", "contosso"]).stdout, "");
}

#[test]
fn the_environment_may_set_one_application_for_several_tenants() {
    let tenants = Tenants::new();
    let config = tenants.program.read("config.toml");
    let sets_the_app = |line: &&str| line.starts_with("client");
    let without_app: Vec<_> = config.lines().filter(|line| !sets_the_app(line)).collect();
    tenants.program.write("config.toml", &without_app.join("\n"));
    let mut command = tenants.program.command(&["pull", "--all-profiles", "--config", "config.toml"]);
    command.env("AZURE_CLIENT_ID", SignIn::CLIENT).env("AZURE_CLIENT_SECRET", SignIn::DEFAULT_SECRET);
    // A leftover token belongs to one tenant, so endstate ignores it for several profiles.
    let ran = run(command.env("ENDSTATE_TOKEN", "left-over"));
    assert_eq!((ran.code, ran.stdout.lines().count()), (Some(0), 42), "{}", ran.stderr);
}

#[test]
fn on_stdout_the_rows_of_all_are_one_document_in_each_format() {
    let tenants = Tenants::new();
    let rows = |format: &str| {
        let ran = tenants.run(&[&["pull", "--format", format, "--receipt", "{profile}.receipt"], &TWO[..]].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stdout
    };
    let json: Vec<Value> = serde_json::from_str(&rows("json")).unwrap();
    let ids_of = |name: &str| {
        json.iter().filter(|row| row["tenant"] == name).map(|row| row["id"].to_string()).collect::<Vec<_>>()
    };
    assert_eq!((ids_of("contoso").len(), ids_of("fabrikam").len(), json.len()), (23, 12, 35));
    assert!(ids_of("contoso").is_sorted(), "the order of the server is kept within a tenant");
    let csv = rows("csv");
    assert!(csv.starts_with("tenant,id,build,"), "{csv}");
    assert_eq!(csv.lines().filter(|line| line.starts_with("fabrikam,")).count(), 12);
    tenants.program.write("both.csv", &csv);
    let both = tenants.program.run(&["triage", "both.csv", "--limit", "0"]);
    assert!(both.stdout.starts_with("35 devices: "), "{}{}", both.stdout, both.stderr);
    let table = rows("table");
    assert!(table.starts_with("TENANT ") && table.lines().count() == 36, "{table}");
    assert_eq!(tenants.receipt("fabrikam.receipt")["devices"], 12);
}

#[test]
fn a_pull_resumes_from_its_tagged_rows_and_never_from_another_tenants() {
    let tenants = Tenants::new();
    let pull = |more: &[&str]| tenants.run(&[&["pull", "-o", "{profile}.ndjson"], more, &TWO[..]].concat());
    assert_eq!(pull(&["--max-pages", "2"]).code, Some(4));
    let resumed = pull(&["--resume"]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.stderr);
    assert_eq!(tenants.receipt("contoso.ndjson.receipt.json")["resumed_from_page"], 3);
    assert_eq!(tenants.program.read("contoso.ndjson").lines().count(), 23);
    assert_eq!(tenants.run(&["pull", "-o", "one.ndjson", "--max-pages", "2", "--profile", "contoso"]).code, Some(4));
    let config = tenants.program.read("config.toml").replace("[profile.contoso]", "[profile.other]");
    tenants.program.write("config.toml", &config);
    let other = tenants.run(&["pull", "-o", "one.ndjson", "--resume", "--profile", "other"]);
    assert_eq!(other.code, Some(1));
    assert!(other.stderr.contains("tenant"), "{}", other.stderr);
}

#[test]
fn triage_shows_a_line_a_tenant_and_the_whole() {
    let tenants = Tenants::new();
    let ran = tenants.run(&["triage", "--all-profiles", "--by", "category", "--limit", "2"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);

    steady().bind(|| insta::assert_snapshot!(format!("{}---\n{}", ran.stdout, ran.stderr), @"
    34 devices: 17 need attention (50.0 %), 17 OK
    Left out: 1 not seen for long; --all-devices includes them

    TENANT    DEVICES  NEED ATTENTION   SHARE  OUTCOME
    contoso        22              10  45.5 %  complete: all 23 devices (5 pages; matches the service's count)
    fabrikam       12               7  58.3 %  complete: all 12 devices (3 pages; matches the service's count)
    tailspin                                   incomplete (failed): could not get a token: the sign-in with a client secret was refused

    CATEGORY             DEVICES   SHARE
    EDR                        6  17.6 %
    Antivirus                  8  23.5 %
    OS security updates        4  11.8 %
    Exploit Guard              5  14.7 %
    Application Guard          1   2.9 %
    Windows Hello              1   2.9 %

    Most urgent first, 2 of 17

    TENANT    DEVICE                   ID                                        VERSION     ARCHITECTURE  REQUIRES ATTENTION
    contoso   ws-0012.contoso.example  877274a659cbafd052a11f185e71ba341b686052  19044.3086  Amd64         EdrImpairedCommunications AntivirusOff AntivirusDefinitionsAreOutOfDate AntivirusIncompleteReporting
    fabrikam  ws-0000.contoso.example  000050e1b4afeee3742489ede9ad7a3e16bbd9c4  14393.2485  Amd64         EdrImpairedCommunications AntivirusNotReporting

    incomplete (tenants): 34 devices in 3 tenants; not complete: tailspin
    ---
    tailspin
    error: could not get a token
      caused by: the sign-in with a client secret was refused
      the identity service says: AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app 'UUID'.
      tenant UUID (profile tailspin)
    hint: Use the secret's value, not its ID. The value is shown only once, when the secret is created. To create a new one: https://entra.microsoft.com > App registrations > the app > Certificates & secrets.
    "));

    let two = tenants.run(&[&["triage", "--all-devices", "--format", "json"], &TWO[..]].concat());
    assert_eq!(two.code, Some(0), "{}", two.stderr);
    let json: Value = serde_json::from_str(&two.stdout).unwrap();
    assert_eq!((&json["devices"], &json["outcome"]), (&35.into(), &"complete".into()));
    let lines: Vec<_> = json["tenants"].as_array().unwrap().iter().map(|line| line["devices"].clone()).collect();
    assert_eq!(lines, [23, 12]);
    assert!(json["most_urgent"].as_array().unwrap().iter().all(|device| device["tenant"].is_string()));

    let csv = tenants.run(&[&["triage", "--format", "csv", "--by", "build"], &TWO[..]].concat()).stdout;
    assert!(csv.starts_with("tenant,build,") && csv.contains("\nfabrikam,"), "{csv}");
}

#[test]
fn metrics_are_labeled_by_tenant_and_a_failed_one_has_only_its_verdict() {
    let tenants = Tenants::new();
    let ran = tenants.run(&["triage", "--all-profiles", "--all-devices", "--format", "prometheus"]);
    let lines: Vec<_> = ran.stdout.lines().filter(|line| line.contains("tenant=\"tailspin\"")).collect();
    assert!(lines.iter().all(|line| line.starts_with("endstate_pull_")), "{lines:?}");
    assert!(lines.contains(&"endstate_pull_complete{tenant=\"tailspin\"} 0"));
    assert!(ran.stdout.contains("endstate_devices{tenant=\"contoso\"} 23\nendstate_devices{tenant=\"fabrikam\"} 12\n"));
    let names: Vec<_> = ran.stdout.lines().filter(|line| line.starts_with("# TYPE")).collect();
    let mut once = names.clone();
    once.dedup();
    assert_eq!(names, once);
    lint(&tenants.program, &ran.stdout);
}

#[test]
fn options_that_would_merge_several_tenants_are_refused() {
    let tenants = Tenants::new();
    let mut errors = String::new();
    let mut refused = |arguments: &[&str], variable: &str| {
        let mut command = tenants.program.command(&[&["pull", "--config", "config.toml"], arguments].concat());
        let ran = run(command.env(variable, "x"));
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        errors += &ran.stderr;
    };

    refused(&TWO, "ENDSTATE_TOKEN_ENV");
    refused(&[&TWO[..], &["--token-file", "a"]].concat(), "UNUSED");
    refused(&[&TWO[..], &["-o", "a.ndjson"]].concat(), "UNUSED");
    refused(&["--profile", "contoso", "--profile", "contoso"], "UNUSED");
    refused(&["-o", "a.ndjson"], "UNUSED");

    insta::assert_snapshot!(errors, @"
    error: environment ENDSTATE_TOKEN_ENV would set the same token-env for several profiles; set it in each profile
    error: --token-file would set the same token-file for several profiles; set it in each profile
    error: several profiles need a file each, such as -o '{profile}.ndjson'
    error: --profile contoso is given twice
    error: --config names a file without a default profile; choose one with --profile, or use --all-profiles
    ");
}

#[test]
fn one_token_or_one_tenant_for_several_profiles_is_refused_also_from_auto() {
    let program = Program::new();
    program.write("az", "#!/bin/sh\nexit 1\n");
    std::fs::set_permissions(program.path("az"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut errors = String::new();
    let mut refused = |settings: [&str; 2], path: &str| {
        let [a, b] = settings.map(|settings| format!("service-root = \"http://127.0.0.1:1/x\"\n{settings}\n"));
        program.write("config.toml", &format!("[profile.a]\n{a}[profile.b]\n{b}"));
        let mut command = program.command(&["pull", "--config", "config.toml", "--all-profiles"]);
        let ran = run(command.env("PATH", path));
        assert!([Some(1), Some(2)].contains(&ran.code), "{}", ran.stderr);
        let said: Vec<_> = ran.stderr.lines().filter(|line| line.starts_with("error:")).collect();
        errors += &(said.join("\n") + "\n");
    };

    refused(["token-env = \"A\"", "token-env = \"A\""], "");
    refused(["token-command = \"echo a\"", "token-command = \"echo a\""], "");
    refused(["tenant = \"Contoso.com\"\nclient = \"c\"", "tenant = \"contoso.com\"\nclient = \"d\""], "");
    refused(["", ""], "/nowhere");
    let here = program.path(".").display().to_string();
    refused(["", ""], &here);
    refused(["auth = \"azure-cli\"", "auth = \"managed-identity\""], &here);

    insta::assert_snapshot!(errors, @"
    error: profiles 'a' and 'b' have the same token, so the same devices would be pulled twice; name one of them
    error: profiles 'a' and 'b' have the same token, so the same devices would be pulled twice; name one of them
    error: profiles 'a' and 'b' have the same tenant, so the same devices would be pulled twice; name one of them
    error: the profile has no token of its own, and ENDSTATE_TOKEN would be that of several profiles; set token-env, token-file, token-command or another sign-in in the profile
    error: the profile has no token of its own, and ENDSTATE_TOKEN would be that of several profiles; set token-env, token-file, token-command or another sign-in in the profile
    error: the profile has no tenant, so azure-cli would sign in to the same tenant for several profiles; set tenant in the profile
    error: the profile has no tenant, so azure-cli would sign in to the same tenant for several profiles; set tenant in the profile
    error: the profile has no tenant, so azure-cli would sign in to the same tenant for several profiles; set tenant in the profile
    error: the profile has no tenant, so managed-identity would sign in to the same tenant for several profiles; set tenant in the profile
    ");
}
