//! Tests of advanced hunting: the two queries, their rows, and their errors.

use std::collections::{BTreeMap, BTreeSet};

use endstate_emulator::{DefenderFault, DeviceSituation, Emulator};
use endstate_model::AttentionProperty;
use reqwest::Client;
use serde_json::{Value, json};

use super::assessments::{check_against_state, decisive};
use super::machines::{by_skip, now, send, text};

const DEVICE_STATES: &str = include_str!("../../src/defender/queries/device-states.kql");
const DEVICES_IN_PARTS: &str = include_str!("../../src/defender/queries/devices-in-parts.kql");

pub(super) async fn hunt(emulator: &Emulator, query: &str) -> (u16, Value) {
    hunt_in(emulator, query, "P30D").await
}

async fn hunt_in(emulator: &Emulator, query: &str, timespan: &str) -> (u16, Value) {
    let url = format!("{}/security/runHuntingQuery", emulator.graph_root());
    let client = Client::builder().no_proxy().build().unwrap();
    let body = json!({"Query": query, "Timespan": timespan}).to_string();
    let request = client.post(url).bearer_auth(emulator.token()).header("content-type", "application/json");
    send(request.body(body)).await
}

pub(super) fn states(parts: u64, part: u64) -> String {
    let configurations: Vec<_> = decisive().map(|id| format!("\"scid-{id}\"")).collect();
    DEVICE_STATES
        .replace("{parts}", &parts.to_string())
        .replace("{part}", &part.to_string())
        .replace("{configurations}", &configurations.join(", "))
}

fn counts(parts: u64) -> String {
    DEVICES_IN_PARTS.replace("{parts}", &parts.to_string())
}

pub(super) async fn rows(emulator: &Emulator, query: &str) -> Vec<Value> {
    let (status, body) = hunt(emulator, query).await;
    assert_eq!(status, 200, "{body}");
    body["results"].as_array().unwrap().clone()
}

/// Returns the text of a column, without the oddities of the wire.
pub(super) fn column(row: &Value, name: &str) -> String {
    let (_, value) = row.as_object().unwrap().iter().find(|(its, _)| its.eq_ignore_ascii_case(name)).unwrap();
    value.as_str().unwrap_or_default().to_owned()
}

fn ids(row: &Value, name: &str) -> BTreeSet<u32> {
    let text = column(row, name);
    text.split_whitespace().map(|id| id.strip_prefix("scid-").unwrap().parse().unwrap()).collect()
}

fn fault(text: &str) -> [DefenderFault; 1] {
    [text.parse().unwrap()]
}

#[tokio::test]
async fn rows_say_the_same_as_states_and_machines() {
    for seed in [1, 7] {
        let emulator = Emulator::builder().devices(600).seed(seed).now(now()).start().await.unwrap();
        let rows = rows(&emulator, &states(1, 0)).await;
        let rows: BTreeMap<_, _> = rows.iter().map(|row| (column(row, "DeviceId"), row)).collect();
        let machines = by_skip(&format!("{}/machines", emulator.defender_root()), 1000).await;
        let fleet = emulator.fleet();
        let mut with_updates = 0;

        for (position, machine) in (0..).zip(&machines) {
            let state = fleet.device(position);
            let situation = fleet.situation(position);
            let row = rows.get(text(machine, "id"));
            assert_eq!(row.is_none(), situation == DeviceSituation::Stale, "not seen for 30 days");
            let Some(row) = row else { continue };

            assert_eq!(column(row, "Assessed").is_empty(), !situation.is_assessed());
            let failed = ids(row, "Fail");
            if situation.is_assessed() {
                check_against_state(&failed, &state.properties_require_attention);
                assert!(failed.is_disjoint(&ids(row, "Pass")) && failed.is_disjoint(&ids(row, "NotApplicable")));
                let requires = state.properties_require_attention.contains(&AttentionProperty::SecurityUpdatesMissing);
                assert_eq!(!column(row, "MissingKbs").is_empty(), requires);
                with_updates += u32::from(requires);
            } else {
                assert_eq!((failed.len(), column(row, "MissingKbs").as_str()), (0, ""));
            }

            let same = [
                ("DeviceName", "computerDnsName"),
                ("OSPlatform", "osPlatform"),
                ("OSArchitecture", "osArchitecture"),
                ("SensorHealthState", "healthStatus"),
                ("MachineGroup", "rbacGroupName"),
                ("ExposureLevel", "exposureLevel"),
                ("AssetValue", "deviceValue"),
                ("AadDeviceId", "aadDeviceId"),
                ("MergedToDeviceId", "mergedIntoMachineId"),
                ("LastSeen", "lastSeen"),
            ];
            for (name, field) in same {
                assert_eq!(column(row, name), machine[field].as_str().unwrap_or_default(), "{name}");
            }
            assert_eq!(column(row, "Build"), machine["osBuild"].to_string());
            assert_eq!(column(row, "Revision"), state.revision.unwrap().to_string());
            assert_eq!(column(row, "IsExcluded"), machine["isExcluded"].to_string());
            let off = state.properties_require_attention.contains(&AttentionProperty::AntivirusOff);
            assert_eq!(column(row, "AvMode") == "2", off && situation != DeviceSituation::NotOnboarded);
        }
        assert!(with_updates > 20, "{with_updates}");
    }
}

#[tokio::test]
async fn an_answer_has_the_columns_of_the_query_and_the_oddities_of_the_wire() {
    let emulator = Emulator::builder().devices(600).now(now()).start().await.unwrap();
    let (_, body) = hunt(&emulator, &states(1, 0)).await;
    let context = format!("{}/$metadata#microsoft.graph.security.huntingQueryResults", emulator.graph_root());
    assert_eq!(text(&body, "@odata.context"), context);
    let projected = DEVICE_STATES.rsplit_once("| project ").unwrap().1;
    let projected: Vec<_> = projected.split(',').map(|column| column.split('=').next().unwrap().trim()).collect();
    let schema: Vec<_> = body["schema"].as_array().unwrap().iter().map(|column| text(column, "name")).collect();
    assert_eq!(schema, projected);

    let rows = body["results"].as_array().unwrap();
    let number = |is_odd: &dyn Fn(&Value) -> bool| rows.iter().filter(|row| is_odd(row)).count();
    assert!((1..60).contains(&number(&|row| row["Build@odata.type"] == "#Int64")));
    assert!((1..60).contains(&number(&|row| row.get("deviceName").is_some())));
    let has_empty = |row: &Value| row.as_object().unwrap().values().any(|value| *value == json!({}));
    assert!((1..60).contains(&number(&has_empty)));
    let users = rows.iter().map(|row| column(row, "LoggedOnUsers"));
    let users: Vec<Value> = users.map(|users| serde_json::from_str(&users).unwrap()).collect();
    assert!(users.iter().any(|users| users[0]["DomainName"] == "CONTOSO") && users.contains(&json!([])));
}

#[tokio::test]
async fn parts_tile_the_devices_and_parts_of_twice_as_many_tile_the_parts() {
    let emulator = Emulator::builder().devices(300).now(now()).start().await.unwrap();
    let ids = |rows: Vec<Value>| rows.iter().map(|row| column(row, "DeviceId")).collect::<BTreeSet<_>>();
    let all = ids(rows(&emulator, &states(1, 0)).await);
    let counted = rows(&emulator, &counts(2)).await;
    assert_eq!(counted.len(), 2);

    let mut total = 0;
    for (part, row) in (0..2).zip(&counted) {
        let devices = ids(rows(&emulator, &states(2, part)).await);
        assert_eq!((row["Part"].as_u64(), row["Devices"].as_u64()), (Some(part), Some(devices.len() as u64)));
        total += devices.len();
        let mut halves = ids(rows(&emulator, &states(4, part)).await);
        halves.extend(ids(rows(&emulator, &states(4, part + 2)).await));
        assert_eq!(halves, devices);
    }
    assert_eq!(total, all.len());
}

#[tokio::test]
async fn a_shorter_timespan_has_fewer_devices_and_a_longer_one_no_more() {
    let emulator = Emulator::builder().devices(300).now(now()).start().await.unwrap();
    let mut counted = Vec::new();
    for timespan in ["P1D", "P30D", "P90D"] {
        let (_, body) = hunt_in(&emulator, &counts(1), timespan).await;
        counted.push(body["results"][0]["Devices"].as_u64().unwrap());
    }
    assert!(counted[0] < counted[1] && counted[1] == counted[2] && counted[2] < 300, "{counted:?}");
}

#[tokio::test]
async fn rows_after_the_limit_are_cut_off_without_an_error() {
    let emulator = Emulator::builder().devices(300).now(now()).hunting_row_limit(50).start().await.unwrap();
    assert_eq!(rows(&emulator, &states(1, 0)).await.len(), 50);
    let limited = Emulator::builder().devices(300).defender_faults(fault("row-limit*1=7")).start().await.unwrap();
    assert_eq!(rows(&limited, &counts(1)).await[0]["Devices"].as_u64().map(|devices| devices > 250), Some(true));
    assert_eq!(rows(&limited, &states(1, 0)).await.len(), 7);
    assert!(rows(&limited, &states(1, 0)).await.len() > 250);
}

#[tokio::test]
async fn any_other_query_names_what_could_not_be_resolved() {
    let emulator = Emulator::builder().devices(3).now(now()).start().await.unwrap();
    let (status, body) = hunt(&emulator, "// devices\nDeviceEvents\n| take 5").await;
    assert_eq!((status, text(&body["error"], "code")), (400, "BadRequest"));
    insta::assert_snapshot!(text(&body["error"], "message"), @"'where' operator: Failed to resolve table or column expression named 'DeviceEvents'. Fix semantic errors in your query.");
    assert_eq!(hunt(&emulator, &states(0, 0)).await.0, 400);
    assert_eq!(send(super::service::get(&format!("{}/security/runHuntingQuery", emulator.graph_root()))).await.0, 405);
}

#[tokio::test]
async fn each_fault_of_hunting_has_its_status_and_message() {
    let mut seen = Vec::new();
    for name in ["preempted", "result-size", "hunting-500", "missing-table", "hunting-403"] {
        let builder = Emulator::builder().devices(3).now(now()).defender_faults(fault(name));
        let emulator = builder.start().await.unwrap();
        let (status, body) = hunt(&emulator, &states(1, 0)).await;
        let again = hunt(&emulator, &states(1, 0)).await.0;
        let count = hunt(&emulator, &counts(1)).await.0;
        let (code, message) = (text(&body["error"], "code"), text(&body["error"], "message"));
        let message: String = message.chars().take(70).collect();
        seen.push(format!("{name}: {status} {code} '{message}', then {again}, count {count}"));
    }
    insta::assert_snapshot!(seen.join("\n"), @"
    preempted: 400 BadRequest 'Query execution has exceeded the allowed limits. The query execution w', then 200, count 200
    result-size: 400 BadRequest 'Query execution has exceeded the allowed result size. Optimize your qu', then 200, count 200
    hunting-500: 500 UnknownError '', then 200, count 200
    missing-table: 400 BadRequest ''where' operator: Failed to resolve table or column expression named '', then 400, count 200
    hunting-403: 403 Authorization_RequestDenied 'Insufficient privileges to complete the operation.', then 403, count 403
    ");
}

#[tokio::test]
async fn a_bad_gateway_is_html_and_so_is_a_body_that_is_too_long() {
    let builder = Emulator::builder().devices(3).now(now()).defender_faults(fault("hunting-502"));
    let emulator = builder.start().await.unwrap();
    let url = format!("{}/security/runHuntingQuery", emulator.graph_root());
    let client = Client::builder().no_proxy().build().unwrap();
    let long = format!("{}{}", states(1, 0), " ".repeat(1 << 20));
    for (query, status) in [(states(1, 0), 502), (long, 413)] {
        let body = json!({"Query": query}).to_string();
        let response = client.post(&url).bearer_auth(emulator.token()).body(body).send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (status, &"text/html".parse().unwrap())
        );
        assert!(response.text().await.unwrap().contains("<hr><center>nginx</center>"));
    }
}
