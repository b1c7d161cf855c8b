//! The same fleet from every source: where two sources both know a property, they agree.

use std::collections::{BTreeMap, BTreeSet};

use endstate_emulator::{DefenderFault, DeviceSituation, Emulator, EmulatorBuilder};
use serde_json::Value;

use super::program::{Program, Ran, TOKEN, run};
use super::server::{Answer, FixedServer, RunningEmulator};

const DEVICES: u64 = 250;

/// A program, and an emulator with all roots.
struct Tenant {
    program: Program,
    emulator: RunningEmulator,
}

impl Tenant {
    fn start(builder: EmulatorBuilder) -> Self {
        Self { program: Program::new(), emulator: RunningEmulator::start(builder) }
    }

    fn with_fault(fault: &str) -> Self {
        let fault: DefenderFault = fault.parse().unwrap();
        Self::start(Emulator::builder().devices(120).defender_faults([fault]))
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let Self { program, emulator } = self;
        let roots = [
            ("ENDSTATE_SERVICE_ROOT", emulator.root()),
            ("ENDSTATE_DEFENDER_ROOT", emulator.emulator.defender_root()),
            ("ENDSTATE_GRAPH_ROOT", emulator.emulator.graph_root()),
            ("ENDSTATE_RETRY_DELAY", "0.01".to_owned()),
        ];
        run(program.command(arguments).env("ENDSTATE_TOKEN", TOKEN).envs(roots))
    }

    /// The rows of a complete pull, by device.
    fn pull(&self, source: &str) -> BTreeMap<String, Value> {
        let ran = self.run(&["pull", "--source", source]);
        assert_eq!(ran.code, Some(0), "{source}: {}", ran.stderr);
        let rows: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let by_id: BTreeMap<_, _> = rows.iter().map(|row| (text(&row["id"]).to_owned(), row.clone())).collect();
        assert_eq!(by_id.len(), rows.len(), "{source} has a device twice");
        by_id
    }

    fn situations(&self) -> Vec<DeviceSituation> {
        (0..self.emulator.emulator.fleet().len()).map(|place| self.emulator.emulator.fleet().situation(place)).collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn names(value: &Value) -> BTreeSet<&str> {
    value.as_array().into_iter().flatten().map(text).collect()
}

/// What a state says of one property; `None` if it does not know it.
fn requires(state: &Value, property: &str) -> Option<bool> {
    let is_not_known = names(&state["notKnownProperties"]).contains(property);
    (!is_not_known).then(|| names(&state["propertiesRequireAttention"]).contains(property))
}

#[test]
fn all_sources_agree_on_what_they_know_for_every_device() {
    let tenant = Tenant::start(Emulator::builder().devices(DEVICES).seed(11));
    let preview = tenant.pull("preview");
    let assessments = tenant.pull("assessments");
    let hunting = tenant.pull("hunting");
    assert_eq!(preview.len(), assessments.len());
    let is_stale = |situation: &&DeviceSituation| **situation == DeviceSituation::Stale;
    let stale = tenant.situations().iter().filter(is_stale).count();
    assert!(stale > 0, "hunting reaches back 30 days only");
    assert_eq!(hunting.len(), preview.len() - stale);

    // The one difference that the mapping states: both depend on the same configuration.
    let differs = "ExploitGuardWindowsDefenderAntivirusOff";
    let mut compared = 0_u64;
    for (id, state) in &preview {
        for source in [&assessments, &hunting] {
            let Some(other) = source.get(id) else { continue };
            // Of a few devices, the assessment knows no whole version.
            for number in ["build", "revision"].into_iter().filter(|number| !other[*number].is_null()) {
                assert_eq!(state[number], other[number], "{id}");
            }
            for property in endstate_model::AttentionProperty::DOCUMENTED {
                let name = property.as_str();
                let Some(found) = requires(other, name) else { continue };
                compared += 1;
                assert!(requires(state, name) == Some(found) || name == differs, "{id} {name}: {other}");
            }
        }
        let (Some(one), Some(other)) = (assessments.get(id), hunting.get(id)) else { continue };
        for field in ["currentControls", "assessed"] {
            assert_eq!(one[field], other[field], "{id} {field}");
        }
        for field in ["name", "group", "tags", "platform", "health", "exposure", "value", "entraDeviceId"] {
            assert_eq!(one["device"][field], other["device"][field], "{id} {field}");
        }
    }
    assert!(compared > DEVICES * 2 * 15, "{compared} comparisons");
}

#[test]
fn a_source_never_knows_what_the_mapping_says_it_cannot_know() {
    let tenant = Tenant::start(Emulator::builder().devices(200));
    for source in ["assessments", "hunting"] {
        for state in tenant.pull(source).values() {
            let not_known = names(&state["notKnownProperties"]);
            for row in endstate_assessment::PropertyMapping::ALL {
                let name = row.property.as_str();
                let is_known = !not_known.contains(name) && !row.property.is_current();
                assert!(row.can_be_known() || !is_known, "{source}: {name}");
                let lists = ["propertiesRequireAttention", "notKnownProperties", "notApplicableProperties"];
                let places = lists.iter().filter(|list| names(&state[**list]).contains(name)).count();
                assert!(places <= 1, "{name} is in {places} lists of {state}");
            }
        }
    }
}

#[test]
fn every_machine_is_a_row_and_one_without_an_assessment_says_so() {
    let tenant = Tenant::start(Emulator::builder().devices(DEVICES));
    let rows = tenant.pull("assessments");
    let fleet = tenant.emulator.emulator.fleet();
    let mut not_assessed = 0;
    for place in 0..fleet.len() {
        let state = &rows[&fleet.device(place).id.to_string()];
        assert_eq!(state["assessed"], fleet.situation(place).is_assessed(), "{state}");
        not_assessed += u64::from(!fleet.situation(place).is_assessed());
    }
    assert!(not_assessed > 0);
    tenant.run(&["pull", "--source", "assessments", "-o", "a.ndjson"]);
    let receipt: Value = serde_json::from_str(&tenant.program.read("a.ndjson.receipt.json")).unwrap();
    assert_eq!(receipt["not_assessed"], not_assessed);
    assert_eq!(receipt["states_from"], "assessments");
    let reads: Vec<_> = receipt["reads"].as_array().unwrap().iter().map(|read| text(&read["collection"])).collect();
    assert_eq!(reads, ["machines", "deviceavinfo", "machines/SecureConfigurationsAssessmentByMachine"]);
}

#[test]
fn the_files_of_a_source_are_read_back_the_same_in_every_format() {
    let tenant = Tenant::start(Emulator::builder().devices(150));
    let mut results = Vec::new();
    for name in ["h.ndjson", "h.json", "h.csv", "h.csv.gz"] {
        let pulled = tenant.run(&["pull", "--source", "hunting", "-o", name]);
        assert_eq!(pulled.code, Some(0), "{}", pulled.stderr);
        let ran = tenant.program.run(&["triage", name, "--by", "group", "--format", "json"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let mut json: Value = serde_json::from_str(&ran.stdout).unwrap();
        for own in ["generated_at", "source", "pulled_at", "age_seconds", "verdict"] {
            json.as_object_mut().unwrap().remove(own);
        }
        results.push(json);
    }
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "{results:#?}");
    assert!(results[0]["left_out"]["not_onboarded"].as_u64() > Some(0));
    assert!(results[0]["by_device"].as_array().unwrap().len() > 2);
}

#[test]
fn rows_of_a_device_in_two_places_are_merged() {
    let tenant = Tenant::with_fault("rows-apart");
    let apart = tenant.pull("assessments");
    let together = Tenant::start(Emulator::builder().devices(120)).pull("assessments");
    // The emulator's times are those of its start.
    let comparable = |rows: BTreeMap<String, Value>| {
        let without_time = rows.into_values().map(|mut row| {
            row["device"]["lastSeen"] = Value::Null;
            row.to_string()
        });
        without_time.collect::<Vec<_>>()
    };
    assert_eq!(comparable(apart), comparable(together));
}

#[test]
fn a_part_that_the_service_cuts_preempts_or_loses_is_read_in_smaller_parts() {
    let all = Tenant::start(Emulator::builder().devices(120)).pull("hunting").len();
    for fault in ["preempted", "result-size", "hunting-500", "hunting-502", "preempted*3"] {
        assert_eq!(Tenant::with_fault(fault).pull("hunting").len(), all, "{fault}");
    }
    let cut = Tenant::start(Emulator::builder().devices(120).hunting_row_limit(40));
    let ran = cut.run(&["pull", "--source", "hunting", "-o", "cut.ndjson"]);
    assert_eq!(ran.code, Some(4), "no row is missing without a word: {}", ran.stderr);
    assert!(ran.stderr.contains("incomplete"), "{}", ran.stderr);
}

#[test]
fn each_style_of_paging_machines_is_read_whole_and_an_endless_one_ends() {
    use endstate_emulator::MachinesPaging;
    let with = |paging| Tenant::start(Emulator::builder().devices(120).machines_paging(paging).machines_page_size(50));
    for paging in [MachinesPaging::Skip, MachinesPaging::Link] {
        assert_eq!(with(paging).pull("assessments").len(), 120, "{paging:?}");
    }
    let endless = with(MachinesPaging::GrowingLink).run(&["pull", "--source", "assessments"]);
    assert!(matches!(endless.code, Some(0 | 4)), "{}", endless.stderr);
    assert_eq!(endless.stdout.lines().count(), 120);
}

#[test]
fn a_permission_that_is_missing_for_machines_ends_the_pull() {
    let ran = Tenant::with_fault("machines-403").run(&["pull", "--source", "assessments"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("403"), "{}", ran.stderr);
}

#[test]
fn an_error_names_the_option_and_the_permission_of_its_source() {
    let tenant = Tenant::with_fault("hunting-403");
    let refused = tenant.run(&["triage", "--source", "hunting"]);
    assert!(refused.stderr.contains("grant ThreatHunting.Read.All and to consent"), "{}", refused.stderr);

    for (source, option) in [("hunting", "--graph-root"), ("export", "--defender-root")] {
        let mistyped = tenant.run(&["pull", "--source", source, option, "nonsense"]);
        let expected = format!("error: {option} cannot be used: it is not a whole URL");
        assert!(mistyped.stderr.starts_with(&expected), "{}", mistyped.stderr);
        let elsewhere = tenant.run(&["pull", "--source", source, option, "http://127.0.0.1:1/x"]);
        assert!(elsewhere.stderr.contains(&format!("hint: Check {option}, DNS")), "{}", elsewhere.stderr);
    }
}

/// A server without the documented collection, which answers the first page so.
fn without_preview(answer: Answer) -> FixedServer {
    FixedServer::start(|_| [("/testwdatppreview/machinesecuritystates".to_owned(), answer)].into())
}

const NOT_FOUND: (&str, &str) = ("404 Not Found", r#"{"error":{"code":"ResourceNotFound","message":"No resource."}}"#);
const NO_SEGMENT: (&str, &str) = (
    "400 Bad Request",
    r#"{"error":{"code":"BadRequest","message":"Resource not found for the segment 'testwdatppreview'."}}"#,
);

#[test]
fn auto_takes_hunting_only_if_the_documented_collection_is_proved_absent() {
    let tenant = Tenant::start(Emulator::builder().devices(120));
    for (status, body) in [NOT_FOUND, NO_SEGMENT] {
        let server = without_preview((status, String::new(), body.to_owned()));
        let ran = tenant.run(&["pull", "--service-root", &server.root, "-o", "auto.ndjson"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let said = "The service does not have the documented collection; reading advanced hunting (--source hunting)\n";
        assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
        let receipt: Value = serde_json::from_str(&tenant.program.read("auto.ndjson.receipt.json")).unwrap();
        assert_eq!(receipt["states_from"], "hunting");
        assert_eq!(receipt["why_states_from"], "the service does not have the documented collection");
    }

    for status in ["503 Service Unavailable", "429 Too Many Requests", "401 Unauthorized", "403 Forbidden"] {
        let server = without_preview((status, String::new(), String::new()));
        let ran = tenant.run(&["pull", "--service-root", &server.root, "--retries", "0"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{status}: {}", ran.stderr);
        assert!(!ran.stderr.contains("hunting"), "{status} proves nothing: {}", ran.stderr);
    }
    let server = without_preview((NOT_FOUND.0, String::new(), NOT_FOUND.1.to_owned()));
    let named = tenant.run(&["pull", "--service-root", &server.root, "--source", "preview"]);
    assert_eq!((named.code, named.stdout.as_str()), (Some(1), ""), "{}", named.stderr);
}

#[test]
fn auto_takes_the_assessment_if_hunting_lacks_a_permission_or_a_license() {
    for (fault, lack) in [
        ("hunting-403", "the permission ThreatHunting.Read.All is missing"),
        ("missing-table", "a license or a role for its tables is missing"),
    ] {
        let tenant = Tenant::with_fault(fault);
        let server = without_preview((NOT_FOUND.0, String::new(), NOT_FOUND.1.to_owned()));
        let ran = tenant.run(&["pull", "--service-root", &server.root, "-o", "auto.ndjson"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stderr.contains("reading the secure configuration assessment"), "{}", ran.stderr);
        let receipt: Value = serde_json::from_str(&tenant.program.read("auto.ndjson.receipt.json")).unwrap();
        assert_eq!(receipt["states_from"], "assessments");
        assert!(text(&receipt["why_states_from"]).ends_with(lack), "{receipt}");
        assert_eq!(tenant.program.read("auto.ndjson").lines().count(), 120);
    }
}

#[test]
fn other_collections_are_only_in_the_documented_source() {
    let ran = Program::new().run(&["pull", "--demo", "--source", "hunting", "--collection", "kbinfo"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.stderr, "error: only --source preview has the collection kbinfo\n");
}

#[test]
fn a_bound_on_rows_ends_the_pull_of_every_source_as_incomplete() {
    let program = Program::new();
    for source in ["assessments", "hunting"] {
        let ran = program.run(&["pull", "--demo", "--source", source, "--max-items", "7"]);
        assert_eq!((ran.code, ran.stdout.lines().count()), (Some(4), 7), "{source}: {}", ran.stderr);
    }
}
