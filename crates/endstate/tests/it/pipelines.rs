//! The results for pipelines, as the programs of pipelines read them, and the pipelines of the
//! documentation.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use endstate_emulator::Emulator;
use serde_json::{Value, json};

use super::program::{Program, Ran, TOKEN, run, steady};
use super::python_packages;
use super::server::RunningEmulator;

const PAGE: &str = include_str!("../../../../docs/ci.md");

/// Runs a script of `tests/pipelines` with the packages that `.ci/run` installs; `None` if they are
/// not there.
pub(super) fn python(program: &Program, script: &str, arguments: &[&str]) -> Option<Command> {
    let packages = python_packages::installed("pipelines", &["junitparser", "yaml", "openpyxl"])?;
    let mut command = Command::new("python3");
    command.current_dir(program.path(".")).env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pipelines").join(script)).args(arguments);
    Some(command)
}

/// Microsoft's validator of SARIF with the rules of the standard and of GitHub. To install it: `npm
/// ci --prefix crates/endstate/tests/pipelines --ignore-scripts`
fn validated(program: &Program, file: &str) -> Option<String> {
    let package = "tests/pipelines/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool";
    let validator = Path::new(env!("CARGO_MANIFEST_DIR")).join(package);
    if !validator.exists() {
        assert!(std::env::var_os("CI").is_none(), "the validator of SARIF is not installed");
        return None;
    }
    fs::set_permissions(&validator, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(validator);
    command.args(["validate", file, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning"]);
    let ran = run(command.current_dir(program.path(".")).env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1"));
    Some(ran.stdout + &ran.stderr)
}

/// Device states with markup, commands of pipelines, and what XML cannot have.
fn with_hostile_states() -> Program {
    let program = Program::new();
    let states = [
        json!({"id": "a", "build": 19045, "propertiesRequireAttention": ["FirewallOff", "EdrSensorOff"]}),
        json!({"id": "b", "build": 19045, "propertiesRequireAttention": ["Odd]]>\n::set-output name=x::y\u{1b}[2J"]}),
        json!({"id": "c", "build": 19045, "propertiesRequireAttention": ["%0A##vso[task.complete]\u{0}\u{fffe}"]}),
        json!({"id": "d", "build": 19045, "propertiesRequireAttention": null}),
    ];
    program.write("states.ndjson", &states.map(|state| format!("{state}\n")).concat());
    program
}

#[test]
fn a_sarif_file_passes_the_validator_with_the_rules_of_github() {
    let program = with_hostile_states();
    program.run(&["pull", "--demo", "-o", "demo.ndjson"]);
    for (file, is_whole) in [("demo.ndjson", true), ("states.ndjson", false)] {
        let ran = program.run(&["triage", file, "-o", "found.sarif", "--fail-on", "EdrSensorOff"]);
        assert!(matches!(ran.code, Some(3 | 4)), "{}", ran.stderr);
        let found: Value = serde_json::from_str(&program.read("found.sarif")).unwrap();
        let run = &found["runs"][0];
        assert_eq!(run["invocations"][0]["executionSuccessful"], is_whole, "{file}");
        let ids: Vec<_> = run["results"].as_array().unwrap().iter().map(|result| &result["ruleId"]).collect();
        assert!(ids.contains(&&json!("check/EdrSensorOff")) && ids.contains(&&json!("FirewallOff")), "{ids:?}");
        assert_eq!(ids.contains(&&json!("completeness")), !is_whole, "{ids:?}");
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }

        let Some(said) = validated(&program, "found.sarif") else { return };
        assert!(said.contains("Analysis completed successfully"), "{said}");
        assert!(!said.contains(": error ") && !said.contains(": warning "), "{said}");
    }
}

#[test]
fn a_finding_has_the_same_fingerprint_in_each_run() {
    let program = with_hostile_states();
    let fingerprints = |day: &str| {
        let ran = program.run(&["triage", "--demo", "--demo-day", day, "--format", "sarif"]);
        let found: Value = serde_json::from_str(&ran.stdout).unwrap();
        let results = found["runs"][0]["results"].as_array().unwrap().iter();
        let of = |result: &Value| (result["ruleId"].to_string(), result["partialFingerprints"].to_string());
        results.map(of).collect::<std::collections::BTreeMap<_, _>>()
    };
    let [first, second] = ["1", "2"].map(fingerprints);
    assert!(first.len() > 15, "{first:?}");
    let same = first.iter().filter(|(rule, fingerprint)| second.get(*rule) == Some(*fingerprint)).count();
    assert_eq!(same, first.keys().filter(|rule| second.contains_key(*rule)).count());
}

#[test]
fn a_parser_of_junit_reads_what_failed_and_what_is_not_known() {
    let program = with_hostile_states();
    let ran = program.run(&[
        "triage",
        "states.ndjson",
        "-o",
        "found.xml",
        "--fail-on",
        "EdrSensorOff",
        "--fail-on",
        "Other:90%",
    ]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);

    let Some(mut command) = python(&program, "junit.py", &["found.xml"]) else { return };
    let ran = run(&mut command);
    let cases: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let result = |name: &str| {
        let case = cases.iter().find(|case| case["name"] == name);
        case.map(|case| case["result"].as_str().unwrap().to_owned()).unwrap_or_default()
    };
    let of = |names: [&str; 4]| names.map(result);
    assert_eq!(of(["EdrSensorOff", "Other:90%", "completeness", "known"]), ["Failure", "Passed", "Error", "Error"]);
    assert_eq!(of(["FirewallOff", "AntivirusOff", "LsaProtectionOff", "nothing"]), ["Failure", "Skipped", "", ""]);
    let text = cases.iter().find(|case| case["name"] == "FirewallOff").unwrap();
    assert_eq!(text["message"], "1 of 4 devices (25.0 %)");
    assert!(text["text"].as_str().unwrap().contains("Set-NetFirewallProfile"), "{text}");
    assert!(cases.iter().any(|case| case["name"].as_str().unwrap().contains("Odd]]>\\u{a}::set-output")), "{cases:?}");
}

#[test]
fn what_is_not_known_is_of_no_more_devices_than_there_are() {
    let program = Program::new();
    for source in ["hunting", "assessments", "preview"] {
        let ran = program.run(&["triage", "--demo", "--source", source, "--format", "junit"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let skipped = ran.stdout.split("not known of ").skip(1);
        let devices: Vec<u32> = skipped.map(|rest| rest.split(' ').next().unwrap().parse().unwrap()).collect();
        assert!(devices.iter().all(|devices| *devices <= 435), "{source}: {devices:?}");
        assert_eq!(devices.is_empty(), source == "preview", "{source}");
    }
}

#[test]
fn annotations_are_one_line_each_and_the_summary_is_appended() {
    let program = with_hostile_states();
    program.write("summary.md", "# Before\n");
    let mut command = program.command(&["triage", "states.ndjson", "--format", "github", "--fail-on", "any"]);
    let ran = run(command.env("GITHUB_STEP_SUMMARY", program.path("summary.md")));
    let commands = ["::error title=", "::warning title=", "::notice title="];
    assert!(ran.stdout.lines().all(|line| commands.iter().any(|start| line.starts_with(start))), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains("\n::set-output"), "{}", ran.stdout);
    let _steady = steady().bind_to_scope();
    insta::assert_snapshot!(ran.stdout, @r"
    ::error title=Check any::check any: failed (3 devices; limit 1 device). `endstate help exit-codes` says what to do.
    ::error title=Check completeness::check completeness: unknown: no receipt beside the file (4 rows); pull it with -o, or add --allow-unknown. `endstate help exit-codes` says what to do.
    ::error title=Check known::check known: unknown: the properties of 1 device are not known. `endstate help exit-codes` says what to do.
    ::error title=Sensor off::EdrSensorOff: 1 of 4 devices (25.0 %25). The sensor is not running: the service receives nothing from the device. Defender raises no alerts for the device, and an attacker can work there unseen. To do: Turn the sensor on: onboard the device again, and check that the service `Sense` starts.
    ::warning title=The pull may not have every device::completeness unknown: no receipt beside the file (4 rows). A device that is not in the result may still need attention. `endstate help exit-codes` says what to do.
    ::warning title=The properties of devices are not known::1 device not known. A device of which nothing is known is never OK. `endstate help attention` says what to do.
    ::warning title=Firewall off::FirewallOff: 1 of 4 devices (25.0 %25). It is off. An attacker on the network can reach every listening service of the device. To do: Turn it on in all profiles.
    ::warning title=%250A\u{23}#vso[task.complete]\u{0}\u{fffe}::%250A\u{23}#vso[task.complete]\u{0}\u{fffe}: 1 of 4 devices (25.0 %25). This version of endstate does not know the property, so it counts as a fault. To do: update endstate, and search Microsoft's pages for the name.
    ::warning title=Odd]]>\u{a}%3A%3Aset-output name=x%3A%3Ay\u{1b}[2J::Odd]]>\u{a}::set-output name=x::y\u{1b}[2J: 1 of 4 devices (25.0 %25). This version of endstate does not know the property, so it counts as a fault. To do: update endstate, and search Microsoft's pages for the name.
    ");
    let summary = program.read("summary.md");
    assert!(summary.starts_with("# Before\n## Device triage\n\n4 devices: 3 need attention"), "{summary}");

    // A summary that cannot be written ends nothing.
    let mut command = program.command(&["triage", "states.ndjson", "--format", "github", "--fail-on", "any"]);
    let ran = run(command.env("GITHUB_STEP_SUMMARY", program.path("")));
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains("error: cannot append the summary"), "{}", ran.stderr);

    // GitHub shows ten errors and ten warnings.
    let many = program.run(&["triage", "--demo", "--format", "github", "--fail-on", "any:1%"]);
    let count = |start: &str| many.stdout.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(commands.map(|start| count(start).min(10)), commands.map(count), "{}", many.stdout);
    assert!(many.stdout.starts_with("::error title=Check any%3A1%25::check any:1%25: failed"), "{}", many.stdout);
}

/// A block of YAML of the page that has this text.
fn pipeline(with: &str) -> &'static str {
    let blocks = PAGE.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.into_iter().find(|block| block.contains(with)).unwrap()
}

/// A folder with the built program and a stand-in of the others that the pipelines call.
fn programs(program: &Program) -> PathBuf {
    let folder = program.path("bin");
    fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_endstate"), folder.join("endstate")).unwrap();
    let cargo = folder.join("cargo");
    fs::write(&cargo, "#!/bin/sh\n[ \"$*\" = \"install --locked endstate\" ]\n").unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap())
}

#[test]
fn the_pipeline_of_azure_in_the_documentation_runs() {
    let program = Program::new();
    let emulator = RunningEmulator::start(Emulator::builder().devices(300));
    program.write("pipeline.yml", pipeline("AzureCLI@2"));
    let Some(mut command) = python(&program, "azure.py", &["pipeline.yml"]) else { return };
    command.env("PATH", path_with(&programs(&program))).env("ENDSTATE_TOKEN", TOKEN);
    let ran = run(command.env("ENDSTATE_SERVICE_ROOT", emulator.root()).env("ENDSTATE_SOURCE", "preview"));
    insta::assert_snapshot!(ran.stdout, @"
    Install endstate: 0
    Pull: 0
    Triage: 3
    Device states: 43 tests, 22 failures, 0 errors
    PublishTestResults@2: 0
    summary: ## Device triage
    Summary: 0
    failed
    ");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

/// Runs the workflow of the documentation with act. It has no Docker, and each action is an empty
/// one.
fn act(program: &Program, devices: u64) -> Option<Ran> {
    let packages = python_packages::installed("pipelines", &["junitparser", "yaml", "bin/act"])?;
    let emulator = RunningEmulator::start(Emulator::builder().devices(devices));
    for folder in ["repository/.github/workflows", "home/.config/act", "action"] {
        fs::create_dir_all(program.path(folder)).unwrap();
    }
    program.write("repository/.github/workflows/devices.yml", pipeline("azure/login"));
    program.write("home/.config/act/actrc", "");
    let steps = "runs: { using: composite, steps: [{ shell: bash, run: 'true' }] }\n";
    program.write("action/action.yml", &format!("name: empty\ndescription: empty\n{steps}"));
    fs::create_dir(program.path("action/upload-sarif")).unwrap();
    program.write("action/upload-sarif/action.yml", &format!("name: empty\ndescription: empty\n{steps}"));
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]);
        let ran = run(command.args(arguments).current_dir(program.path("repository")));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "workflow"]);

    let action = program.path("action");
    let mut command = Command::new(packages.join("bin/act"));
    command.args(["workflow_dispatch", "--platform", "ubuntu-latest=-self-hosted", "--no-cache-server"]);
    for name in ["azure/login@v2", "github/codeql-action@v4"] {
        command.arg("--local-repository").arg(format!("{name}={}", action.display()));
    }
    let settings = [
        ("ENDSTATE_TOKEN", TOKEN.to_owned()),
        ("ENDSTATE_SERVICE_ROOT", emulator.root()),
        ("ENDSTATE_SOURCE", "preview".to_owned()),
    ];
    for (name, value) in settings {
        command.arg("--env").arg(format!("{name}={value}"));
    }
    command.env("PATH", path_with(&programs(program))).env("HOME", program.path("home"));
    Some(run(command.current_dir(program.path("repository"))))
}

#[test]
fn the_workflow_of_github_in_the_documentation_runs() {
    let program = Program::new();
    let Some(ran) = act(&program, 300) else { return };
    println!("{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.code, Some(1), "the check finds devices: {}", ran.stderr);
    let has = |step: &str, line: &str| {
        let is_it = |text: &&str| text.contains(step) && text.contains(line);
        assert!(ran.stdout.lines().any(|text| is_it(&text)), "{step}, {line}: {}{}", ran.stdout, ran.stderr);
    };
    has("Success", "Pull");
    has("Failure", "Triage");
    has("Success", "Findings");
}
