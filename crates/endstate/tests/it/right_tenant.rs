//! Whose devices they are: the right tenant, and tenants that stay apart.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use endstate_emulator::Emulator;
use serde_json::Value;

use super::program::{Program, Ran, TOKEN, run};
use super::server::RunningEmulator;

const CONTOSO: &str = "11111111-1111-4111-8111-111111111111";
const FABRIKAM: &str = "22222222-2222-4222-8222-222222222222";

/// Two tenants whose fleets have the same device ids, because they have the same seed, on two days.
struct Two {
    program: Program,
    _emulators: Vec<RunningEmulator>,
}

impl Two {
    fn new() -> Self {
        let program = Program::new();
        let mut config = String::new();
        let mut emulators = Vec::new();
        for (name, day) in [("contoso", 1), ("fabrikam", 2)] {
            let emulator = RunningEmulator::start(Emulator::builder().devices(40).day(day));
            let variable = format!("{}_TOKEN", name.to_uppercase());
            let root = emulator.root();
            writeln!(config, "[profile.{name}]\nservice-root = \"{root}\"\ntoken-env = \"{variable}\"\n").unwrap();
            emulators.push(emulator);
        }
        program.write("config.toml", &config);
        Self { program, _emulators: emulators }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.program.command(arguments);
        run(command.env("CONTOSO_TOKEN", TOKEN).env("FABRIKAM_TOKEN", TOKEN).env("ENDSTATE_CONFIG", "config.toml"))
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
        serde_json::from_str(&ran.stdout).unwrap()
    }
}

/// A token of a tenant, as far as a client can read it.
fn token_of(tenant: &str) -> String {
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(format!(r#"{{"tid":"{tenant}"}}"#)))
}

#[test]
fn a_token_of_another_tenant_stops_the_pull_before_the_first_page() {
    let emulator = RunningEmulator::start(Emulator::builder());
    let program = Program::new();
    let pull = |tenant: &str| {
        let mut command = program.command(&["pull", "--service-root", &emulator.root(), "--tenant", tenant]);
        run(command.env("ENDSTATE_TOKEN", token_of(FABRIKAM)))
    };
    let wrong = pull(CONTOSO);
    assert_eq!((wrong.code, emulator.emulator.calls()), (Some(1), 0));
    insta::assert_snapshot!(wrong.stderr, @"
    error: could not get a token
      caused by: the token is of the tenant 22222222-2222-4222-8222-222222222222, not of 11111111-1111-4111-8111-111111111111
      tenant 11111111-1111-4111-8111-111111111111
    hint: Sign in to the tenant of the settings, or change --tenant. `endstate config show` with the same options shows each setting and its source.
    ");
    pull(FABRIKAM);
    assert!(emulator.emulator.calls() > 0, "a token of the right tenant is sent");
}

#[test]
fn a_profile_on_the_command_line_wins_over_the_environment() {
    let emulator = RunningEmulator::start(Emulator::builder().devices(3));
    let program = Program::new();
    let config = format!(
        "[profile.contoso]\ntenant = \"{CONTOSO}\"\nclient = \"app\"\ntoken-env = \"OWN_TOKEN\"\nservice-root = \"{}\"\n",
        emulator.root()
    );
    program.write("config.toml", &config);
    let with = |arguments: &[&str]| {
        let mut command = program.command(&[arguments, &["--config", "config.toml"]].concat());
        command.env("OWN_TOKEN", TOKEN).env("ENDSTATE_TOKEN", "of-another-tenant");
        run(command.env("AZURE_TENANT_ID", FABRIKAM).env("AZURE_CLIENT_ID", "other").env("ENDSTATE_CLOUD", "gcc-high"))
    };
    let named = with(&["triage", "--profile", "contoso", "--limit", "0", "--by", "tenant"]);
    assert_eq!(named.code, Some(0), "{}", named.stderr);
    assert!(named.stdout.contains(&format!("tenant {CONTOSO} (profile contoso)")), "{}", named.stdout);
    insta::assert_snapshot!(named.stderr, @"
    warning: using client app of profile 'contoso', not other from AZURE_CLIENT_ID
    warning: using tenant 11111111-1111-4111-8111-111111111111 of profile 'contoso', not 22222222-2222-4222-8222-222222222222 from AZURE_TENANT_ID
    ");

    let option = with(&["config", "show", "--profile", "contoso", "--tenant", "by.option"]);
    assert!(option.stdout.contains("by.option"), "the command line itself wins over all: {}", option.stdout);
}

#[test]
fn a_device_id_of_two_tenants_is_two_devices_everywhere() {
    let two = Two::new();
    let both = ["--profile", "contoso", "--profile", "fabrikam"];
    let triage = two.json(&[&["triage", "--no-devices", "--sort", "id", "--limit", "4"], &both[..]].concat());
    assert_eq!(triage["devices"], 80);
    let urgent: Vec<_> = triage["most_urgent"].as_array().unwrap().iter().map(|d| (&d["id"], &d["tenant"])).collect();
    assert_eq!(urgent[0].0, urgent[1].0, "{urgent:?}");
    assert_eq!((urgent[0].1.as_str(), urgent[1].1.as_str()), (Some("contoso"), Some("fabrikam")));

    for name in ["both.csv", "both.ndjson"] {
        let format = name.rsplit('.').next().unwrap();
        let rows = two.run(&[&["pull", "--format", format], &both[..]].concat()).stdout;
        two.program.write(name, &rows);
        let from_file = two.json(&["triage", name, "--sort", "id", "--limit", "4"]);
        assert_eq!((&from_file["devices"], &from_file["most_urgent"]), (&triage["devices"], &triage["most_urgent"]));
        let same = two.json(&["diff", name, name]);
        assert_eq!(
            (&same["devices"], &same["new_devices"], same["changes"].as_array().unwrap().len()),
            (&80.into(), &0.into(), 0)
        );
        let one = two.json(&["triage", name, "--where", "tenant = Fabrikam", "--by", "tenant"]);
        assert_eq!((&one["devices"], &one["selection"]["total_devices"]), (&40.into(), &80.into()), "{name}");
    }
    assert_eq!(
        two.json(&["triage", "--all-devices", "--profile", "contoso", "--where", "tenant = contoso"])["devices"],
        40
    );
}

#[test]
fn each_tenant_is_compared_with_its_own_older_file() {
    let two = Two::new();
    let both = ["--profile", "contoso", "--profile", "fabrikam"];
    assert_eq!(two.run(&[&["pull", "-o", "{profile}.ndjson"], &both[..]].concat()).code, Some(0));
    let own = two.json(&[&["triage", "--since", "{profile}.ndjson"], &both[..]].concat());
    let since = &own["since"];
    assert_eq!(
        (&since["devices_before"], &since["new_devices"], &since["with_new_properties"]),
        (&80.into(), &0.into(), &0.into())
    );

    let of_one = two.run(&[&["triage", "--since", "contoso.ndjson", "--fail-on", "new"], &both[..]].concat());
    assert_eq!(of_one.code, Some(4), "its rows name their tenant, and the other one has no older pull");
    assert!(of_one.stdout.contains("unknown: no older pull of fabrikam"), "{}", of_one.stdout);
    two.run(&["pull", "--profile", "contoso", "-o", "alone.ndjson"]);
    std::fs::remove_file(two.program.path("alone.ndjson.receipt.json")).unwrap();
    let shared = two.run(&[&["triage", "--since", "alone.ndjson"], &both[..]].concat());
    assert_eq!(shared.code, Some(2), "one file cannot be the older pull of two tenants");
    assert!(shared.stderr.contains("several tenants need an older pull each"), "{}", shared.stderr);

    let diff = two.json(&[&["diff", "{profile}.ndjson", "{profile}.ndjson"], &both[..]].concat());
    assert_eq!((&diff["devices"], &diff["new_devices"]), (&80.into(), &0.into()));
    let crossed = two.run(&["diff", "contoso.ndjson", "fabrikam.ndjson", "--allow-swapped"]);
    assert_eq!(crossed.code, Some(2), "two tenants have nothing to compare");
    assert!(crossed.stderr.contains("OLD is of contoso, and NEW of fabrikam"), "{}", crossed.stderr);
}

#[test]
fn a_tenant_is_the_same_whether_its_rows_name_it_or_only_its_receipt() {
    let two = Two::new();
    two.run(&["pull", "--all-profiles", "-o", "{profile}.ndjson"]);
    two.run(&["pull", "--profile", "contoso", "-o", "alone.ndjson"]);
    let [tagged, untagged] = ["contoso.ndjson", "alone.ndjson"];
    for (old, new) in [(tagged, untagged), (tagged, tagged), (untagged, untagged), (untagged, tagged)] {
        let diff = two.json(&["diff", old, new, "--allow-swapped"]);
        let counts = ["new_devices", "not_seen_before", "devices_before"].map(|key| diff[key].as_u64().unwrap());
        assert_eq!((counts, diff["not_seen"].as_array().unwrap().len()), ([0, 0, 40], 0), "{old} {new}");
        let since = two.run(&["triage", new, "--since", old, "--allow-swapped", "--fail-on", "new"]);
        assert_eq!(since.code, Some(0), "{old} {new}: {}", since.stdout);
    }
    let live = two.run(&["triage", "--profile", "contoso", "--since", "{profile}.ndjson", "--fail-on", "new"]);
    assert_eq!(live.code, Some(0), "{}", live.stdout);

    let rows = two.run(&["pull", "--all-profiles"]).stdout;
    two.program.write("both.ndjson", &rows);
    let more = two.json(&["diff", tagged, "both.ndjson"]);
    let counts = ["new_devices", "not_seen_before"].map(|key| more[key].as_u64().unwrap());
    assert_eq!(counts, [0, 40], "the devices of a tenant that OLD does not have are not added");
    let less = two.run(&["diff", "both.ndjson", tagged]);
    assert!(less.stderr.contains("fabrikam is only in the older pull, and is not compared"), "{}", less.stderr);
    assert!(less.stdout.contains(" 0 added, 0 not seen\n"), "{}", less.stdout);
}

#[test]
fn a_file_or_a_tenant_that_is_named_twice_never_counts_twice() {
    let two = Two::new();
    two.run(&["pull", "--all-profiles", "-o", "{profile}.ndjson"]);
    let refused = |arguments: &[&str], why: &str| {
        let ran = two.run(&[&["triage", "--min-devices", "41"], arguments].concat());
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.stdout);
        assert!(ran.stderr.contains(why), "{arguments:?}: {}", ran.stderr);
    };
    refused(&["contoso.ndjson", "./contoso.ndjson"], "are the same file; name it once");
    refused(&["contoso.ndjson", "[c]ontoso.ndjson*"], "are the same file; name it once");
    std::fs::copy(two.program.path("contoso.ndjson"), two.program.path("copy.ndjson")).unwrap();
    refused(&["contoso.ndjson", "copy.ndjson"], "both have devices of contoso");
    let twice =
        two.run(&["diff", "--profile", "contoso", "--profile", "fabrikam", "{profile}.ndjson", "contoso.ndjson"]);
    assert_eq!(twice.code, Some(2));
}

#[test]
fn several_files_are_several_tenants() {
    let two = Two::new();
    let both = ["--profile", "contoso", "--profile", "fabrikam"];
    two.run(&[&["pull", "-o", "{profile}.ndjson"], &both[..]].concat());
    for files in [&["contoso.ndjson", "fabrikam.ndjson"][..], &["*.ndjson"]] {
        let json = two.json(&[&["triage"], files].concat());
        let tenants = json["tenants"].as_array().unwrap().iter();
        let tenants: Vec<_> = tenants.map(|tenant| tenant["name"].as_str().unwrap()).collect();
        assert_eq!((&json["devices"], tenants), (&80.into(), vec!["contoso", "fabrikam"]));
        assert_eq!(json["outcome"], "complete");
    }
    let csv = two.run(&["triage", "contoso.ndjson", "fabrikam.ndjson", "--by", "tenant", "--format", "csv"]).stdout;
    assert!(csv.starts_with("tenant,") && csv.contains("\nfabrikam,"), "{csv}");
    std::fs::remove_file(two.program.path("fabrikam.ndjson.receipt.json")).unwrap();
    let unknown = two.run(&["triage", "*.ndjson", "--limit", "0"]);
    assert!(
        unknown.stdout.contains("completeness unknown: 80 devices in 2 tenants; unknown: fabrikam"),
        "{}",
        unknown.stdout
    );
    assert_eq!(two.run(&["triage", "none-*.ndjson"]).code, Some(1));
}

#[test]
fn missing_updates_of_several_tenants_add_up() {
    let two = Two::new();
    let of = |profiles: &[&str]| two.json(&[&["updates", "--limit", "3"], profiles].concat());
    let [contoso, fabrikam] = ["contoso", "fabrikam"].map(|name| of(&["--profile", name]));
    let both = of(&["--profile", "contoso", "--profile", "fabrikam"]);
    for key in ["devices", "lacking", "not_assessed"] {
        let sum = contoso[key].as_u64().unwrap() + fabrikam[key].as_u64().unwrap();
        assert_eq!(both[key], sum, "{key}");
    }
    let first = &both["most_exposed"][0];
    assert!(first["tenant"] == "contoso" || first["tenant"] == "fabrikam", "{first}");
    assert_eq!(both["tenants"].as_array().unwrap().len(), 2);
}

#[test]
fn an_unknown_variable_of_endstate_gets_a_warning_with_the_nearest_name() {
    let two = Two::new();
    let mut command = two.program.command(&["config", "show"]);
    command.env("ENDSTATE_CLOWD", "gcc").env("ENDSTATE_OWN_TOKEN", "x").env("ENDSTATE_TOKEN_ENV", "ENDSTATE_OWN_TOKEN");
    let ran = run(&mut command);
    assert_eq!(
        ran.stderr,
        "warning: ENDSTATE_CLOWD is set, but is not a setting of endstate; did you mean ENDSTATE_CLOUD?\n"
    );
}
