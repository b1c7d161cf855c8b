//! Tests of the vulnerabilities of devices and of updates: their form, and that rows, hunting and
//! the states of the preview say the same.

use std::collections::{BTreeMap, BTreeSet};

use endstate_emulator::Emulator;
use endstate_model::AttentionProperty;
use serde_json::Value;

use super::assessments::walk;
use super::hunting::{column, hunt, rows, states};
use super::machines::{json, now, send, text};
use super::service::get;

const OF_UPDATES: &str = include_str!("../../src/defender/queries/vulnerabilities-of-updates.kql");
const IN_PARTS: &str = include_str!("../../src/defender/queries/vulnerabilities-in-parts.kql");

fn url(emulator: &Emulator) -> String {
    format!("{}/machines/SoftwareVulnerabilitiesByMachine", emulator.defender_root())
}

fn of_updates(parts: u64, part: u64) -> String {
    OF_UPDATES.replace("{parts}", &parts.to_string()).replace("{part}", &part.to_string())
}

/// The rows of Windows, which all have an update.
fn of_windows(rows: &[Value]) -> impl Iterator<Item = &Value> {
    rows.iter().filter(|row| {
        let is_windows = row["softwareVendor"] == "microsoft" && text(row, "softwareName").starts_with("windows_");
        is_windows && row["recommendedSecurityUpdateId"].is_string()
    })
}

fn pair(kb: &str, cve: &str, severity: &str) -> (String, String, String) {
    (kb.to_owned(), cve.to_owned(), severity.to_owned())
}

#[tokio::test]
async fn a_row_of_a_vulnerability_has_the_form_of_the_document() {
    let emulator = Emulator::builder().devices(3).now(now()).start().await.unwrap();
    let body = get(&format!("{}?pageSize=1", url(&emulator))).send().await.unwrap().text().await.unwrap();
    let port = emulator.defender_root().split(':').nth(2).unwrap().split('/').next().unwrap().to_owned();
    insta::with_settings!({filters => vec![(port.as_str(), "PORT")]}, {
        insta::assert_snapshot!(body, @r#"{"@odata.context":"http://127.0.0.1:PORT/api/$metadata#Collection(microsoft.windowsDefenderATP.api.AssetVulnerability)","value":[{"id":"739d20f737a906510b3eedccd3fe9a8fcca1b51b_microsoft_windows_defender_10.0.19045.5247_CVE-2026-990001","deviceId":"739d20f737a906510b3eedccd3fe9a8fcca1b51b","rbacGroupId":87,"rbacGroupName":"Workstations","deviceName":"ws-0001.contoso.example","osPlatform":"Windows10","osVersion":"10.0.19045.5247","osArchitecture":"x64","softwareVendor":"microsoft","softwareName":"windows_defender","softwareVersion":"10.0.19045.5247","cveId":"CVE-2026-990001","vulnerabilitySeverityLevel":"High","recommendedSecurityUpdate":null,"recommendedSecurityUpdateId":null,"recommendedSecurityUpdateUrl":null,"firstSeenTimestamp":"2026-11-25 12:24:42.064","lastSeenTimestamp":"2026-11-25 12:24:42.064","exploitabilityLevel":"NoExploit","securityUpdateAvailable":false,"isOnboarded":true}]}"#);
    });
}

#[tokio::test]
async fn rows_hunting_and_states_agree_on_the_updates_that_devices_miss() {
    let emulator = Emulator::builder().devices(600).now(now()).start().await.unwrap();
    let (listed, _) = walk(url(&emulator)).await;
    let mut by_device: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in of_windows(&listed) {
        by_device.entry(text(row, "deviceId")).or_default().insert(text(row, "recommendedSecurityUpdateId"));
    }

    let fleet = emulator.fleet();
    for position in 0..fleet.len() {
        let state = fleet.device(position);
        let requires = state.properties_require_attention.contains(&AttentionProperty::SecurityUpdatesMissing);
        let is_listed = by_device.contains_key(state.id.to_string().as_str());
        assert_eq!(is_listed, requires && fleet.situation(position).is_assessed());
    }

    let hunted = rows(&emulator, &states(1, 0)).await;
    assert!(hunted.len() > 500);
    for row in &hunted {
        let missing = column(row, "MissingKbs");
        let missing: BTreeSet<_> = missing.split_ascii_whitespace().collect();
        assert_eq!(missing, by_device.get(column(row, "DeviceId").as_str()).cloned().unwrap_or_default());
    }
}

#[tokio::test]
async fn hunting_and_the_documented_list_agree_on_what_updates_fix() {
    let emulator = Emulator::builder().devices(600).now(now()).start().await.unwrap();
    let (listed, _) = walk(url(&emulator)).await;
    let hunted = rows(&emulator, &of_updates(1, 0)).await;
    let hunted: Vec<_> =
        hunted.iter().map(|row| pair(text(row, "Kb"), text(row, "CveId"), text(row, "Severity"))).collect();
    let distinct: BTreeSet<_> = hunted.iter().cloned().collect();
    assert_eq!(distinct.len(), hunted.len());

    let of_rows = of_windows(&listed).map(|row| {
        let [kb, cve, level] = ["recommendedSecurityUpdateId", "cveId", "vulnerabilitySeverityLevel"];
        pair(text(row, kb), text(row, cve), text(row, level))
    });
    let of_rows: BTreeSet<_> = of_rows.collect();
    assert!(distinct.is_subset(&of_rows), "hunting does not have devices that were not seen for 30 days");
    let documented = json(&format!("{}/cvekbmap", emulator.service_root())).await;
    for row in documented["value"].as_array().unwrap() {
        let (kb, cve) = (text(row, "kbId"), text(row, "cveId"));
        let level = match text(row, "severity") {
            "Important" => "High",
            "Moderate" => "Medium",
            other => other,
        };
        let is_missing = of_rows.iter().any(|pair| pair.0 == kb);
        assert_eq!(of_rows.contains(&pair(kb, cve, level)), is_missing, "{row}");
    }
}

#[tokio::test]
async fn pages_have_every_row_once_and_top_has_no_link() {
    let emulator = Emulator::builder().devices(60).now(now()).start().await.unwrap();
    let (all, pages) = walk(url(&emulator)).await;
    assert_eq!(pages, 1);
    for size in [71, 200, all.len()] {
        let (rows, pages) = walk(format!("{}?pageSize={size}", url(&emulator))).await;
        assert_eq!((rows, pages), (all.clone(), all.len().div_ceil(size)));
    }
    let page = json(&format!("{}?$top=7", url(&emulator))).await;
    assert_eq!((page["value"].as_array().unwrap().len(), page.get("@odata.nextLink")), (7, None));
    let link = text(&json(&format!("{}?pageSize=5", url(&emulator))).await, "@odata.nextLink").to_owned();
    let assessments = link.replace("SoftwareVulnerabilitiesByMachine", "SecureConfigurationsAssessmentByMachine");
    assert_eq!(send(get(&assessments)).await.0, 400, "a token of another list");
    assert_eq!(send(get(&format!("{}?pageSize=200001", url(&emulator)))).await.0, 400);
}

#[tokio::test]
async fn parts_tile_the_vulnerabilities_and_each_is_counted() {
    let emulator = Emulator::builder().devices(300).now(now()).start().await.unwrap();
    let counted = rows(&emulator, &IN_PARTS.replace("{parts}", "4")).await;
    let mut total = 0;
    for row in &counted {
        let part = row["Part"].as_u64().unwrap();
        let of_part = rows(&emulator, &of_updates(4, part)).await;
        assert_eq!(row["Vulnerabilities"].as_u64(), Some(of_part.len() as u64));
        total += of_part.len();
    }
    assert_eq!((counted.len(), total), (4, rows(&emulator, &of_updates(1, 0)).await.len()));
    assert_eq!(hunt(&emulator, &of_updates(0, 0)).await.0, 400);

    let limited = Emulator::builder().devices(300).now(now()).hunting_row_limit(5).start().await.unwrap();
    assert_eq!(rows(&limited, &of_updates(1, 0)).await.len(), 5, "the rest is cut off without an error");
}
