//! Tests of the assessment of configurations: its form, its pages, and that its rows say the same
//! as the states of the preview.

use std::collections::{BTreeMap, BTreeSet};

use endstate_emulator::{DefenderFault, DeviceSituation, Emulator};
use endstate_model::{AttentionProperties, AttentionProperty};
use serde_json::Value;

use super::machines::{by_skip, json, now, send, text};
use super::service::get;

/// Which configurations decide a property. The attack surface reduction rules are apart.
const DECISIVE: &[(AttentionProperty, &[u32])] = &[
    (AttentionProperty::EdrSensorOff, &[2000]),
    (AttentionProperty::EdrNoSensorData, &[2001, 5001, 6001]),
    (AttentionProperty::EdrImpairedCommunications, &[2002, 5002, 6002]),
    (AttentionProperty::AntivirusNotReporting, &[2014]),
    (AttentionProperty::AntivirusOff, &[2010]),
    (AttentionProperty::AntivirusDefinitionsAreOutOfDate, &[2011, 5095, 6095]),
    (AttentionProperty::AntivirusRealtimeProtectionOff, &[2012, 5090, 6090]),
    (AttentionProperty::AntivirusPuaProtectionOff, &[2013, 5091, 6091]),
    (AttentionProperty::ExploitGuardProtectionSettingOff, &[2020]),
    (AttentionProperty::ExploitGuardControlledFolderAccessOff, &[2021]),
    (AttentionProperty::SmartScreenAppAndFileCheckingOff, &[2060]),
    (AttentionProperty::SmartScreenEdgeSiteAndDownloadCheckingOff, &[2061]),
    (AttentionProperty::FirewallOff, &[2070, 5007]),
    (AttentionProperty::DomainProfileNotSecure, &[2071]),
    (AttentionProperty::PrivateProfileNotSecure, &[2072]),
    (AttentionProperty::PublicProfileNotSecure, &[2073]),
    (AttentionProperty::CredentialGuardOff, &[2080]),
    (AttentionProperty::BitLockerUnencryptedDrives, &[2090]),
    (AttentionProperty::BitLockerProtectionSuspended, &[2091]),
    (AttentionProperty::BitLockerIncompatibleDrives, &[2093]),
];

/// Every configuration that decides a property, with the rules apart.
pub(super) fn decisive() -> impl Iterator<Item = u32> {
    DECISIVE.iter().flat_map(|(_, ids)| ids.iter().copied())
}

/// Checks the configurations that fail on a device, by number, against its state.
pub(super) fn check_against_state(failed: &BTreeSet<u32>, properties: &AttentionProperties) {
    for (property, ids) in DECISIVE {
        let fails = ids.iter().any(|id| failed.contains(id));
        assert_eq!(fails, properties.contains(property), "{property} of {properties:?}, failed: {failed:?}");
    }
    let rules = failed.range(2500..=2518).count();
    let requires = properties.contains(&AttentionProperty::ExploitGuardAttackSurfaceReductionRuleOff);
    assert_eq!(rules > 0, requires, "{failed:?}");
    assert!(rules <= 2);
}

fn url(emulator: &Emulator) -> String {
    format!("{}/machines/SecureConfigurationsAssessmentByMachine", emulator.defender_root())
}

/// Returns all rows of all pages, and the number of pages.
pub(super) async fn walk(first: String) -> (Vec<Value>, usize) {
    let mut url = Some(first);
    let mut rows = Vec::new();
    let mut pages = 0;
    while let Some(here) = url {
        let page = json(&here).await;
        rows.extend(page["value"].as_array().unwrap().clone());
        url = page["@odata.nextLink"].as_str().map(str::to_owned);
        pages += 1;
    }
    (rows, pages)
}

/// The rows of each device.
fn by_device(rows: &[Value]) -> BTreeMap<String, Vec<&Value>> {
    let mut devices: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for row in rows {
        devices.entry(text(row, "deviceId").to_owned()).or_default().push(row);
    }
    devices
}

fn number(row: &Value) -> u32 {
    text(row, "configurationId").strip_prefix("scid-").unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_page_of_rows_has_the_form_of_the_document() {
    let emulator = Emulator::builder().devices(3).now(now()).start().await.unwrap();
    let body = get(&format!("{}?PAGESIZE=1", url(&emulator))).send().await.unwrap().text().await.unwrap();
    let port = emulator.defender_root().split(':').nth(2).unwrap().split('/').next().unwrap().to_owned();
    insta::with_settings!({filters => vec![(port.as_str(), "PORT")]}, {
        insta::assert_snapshot!(body, @r#"{"@odata.context":"127.0.0.1:PORT/api/$metadata#Collection(microsoft.windowsDefenderATP.api.AssetConfiguration)","value":[{"deviceId":"000050e1b4afeee3742489ede9ad7a3e16bbd9c4","rbacGroupId":87,"rbacGroupName":"Workstations","deviceName":"ws-0000.contoso.example","osPlatform":"Windows10","osVersion":"10.0.14393.2485","timestamp":"2026-11-25 22:36:44.942","configurationId":"scid-15","configurationCategory":"OS","configurationSubcategory":"","configurationImpact":5,"isCompliant":true,"isApplicable":true,"isExpectedUserImpact":false,"configurationName":"Enable Automatic Updates","recommendationReference":"sca-_-scid-15"}],"@odata.nextLink":"http://127.0.0.1:PORT/api/machines/SecureConfigurationsAssessmentByMachine?pagesize=1&$skiptoken=AAAAAAAAAAEAAAAC_wDkVXjXSlrBJ4tgWjWO31zo"}"#);
    });
}

#[tokio::test]
async fn rows_fail_exactly_where_the_state_requires_attention() {
    for seed in [1, 7] {
        let emulator = Emulator::builder().devices(250).seed(seed).now(now()).start().await.unwrap();
        let (rows, _) = walk(url(&emulator)).await;
        let devices = by_device(&rows);
        let fleet = emulator.fleet();
        let mut assessed = 0;

        for position in 0..fleet.len() {
            let state = fleet.device(position);
            let rows = devices.get(&state.id.to_string());
            assert_eq!(rows.is_some(), fleet.situation(position).is_assessed(), "{:?}", fleet.situation(position));
            let Some(rows) = rows else { continue };
            assessed += 1;
            for row in rows {
                assert!(row["isApplicable"] == true || row["isCompliant"] == false, "{row}");
                let is_other_system = (5000..7000).contains(&number(row));
                assert!(!is_other_system || row["isApplicable"] == false, "{row}");
            }
            let failed = rows.iter().filter(|row| row["isApplicable"] == true && row["isCompliant"] == false);
            let failed: BTreeSet<_> = failed.map(|row| number(row)).collect();
            check_against_state(&failed, &state.properties_require_attention);
        }
        assert_eq!(assessed, devices.len());
    }
}

#[tokio::test]
async fn some_devices_lack_a_row_and_some_rows_do_not_apply() {
    let emulator = Emulator::builder().devices(400).now(now()).start().await.unwrap();
    let (rows, _) = walk(url(&emulator)).await;
    let devices = by_device(&rows);
    let lengths: BTreeMap<usize, usize> = devices.values().fold(BTreeMap::new(), |mut lengths, rows| {
        *lengths.entry(rows.len()).or_default() += 1;
        lengths
    });
    assert_eq!(lengths.keys().copied().collect::<Vec<_>>(), [89, 90]);
    assert!((3..50).contains(&lengths[&89]), "{lengths:?}");
    let lacking = devices.values().filter(|rows| rows.len() == 89);
    for rows in lacking {
        let ids: BTreeSet<_> = rows.iter().map(|row| number(row)).collect();
        assert_eq!(decisive().filter(|id| *id < 5000 && !ids.contains(id)).count(), 1);
    }

    let decides: BTreeSet<_> = decisive().filter(|id| *id < 5000).collect();
    let not_applicable = rows.iter().filter(|row| decides.contains(&number(row)) && row["isApplicable"] == false);
    assert!((10..rows.len() / 50).contains(&not_applicable.count()));
    let has_failed = |row: &&Value| row["isApplicable"] == true && row["isCompliant"] == false;
    let failed: BTreeSet<_> = rows.iter().filter(has_failed).map(number).collect();
    let complied: BTreeSet<_> = rows.iter().filter(|row| row["isCompliant"] == true).map(number).collect();
    for id in [2003, 2004, 2016, 2030, 91, 96, 25, 102, 113, 2100, 112] {
        assert!(failed.contains(&id) && complied.contains(&id), "scid-{id}");
    }
    assert!(rows.iter().any(|row| row["isExpectedUserImpact"] == true));
    assert!((1..60).contains(&devices.values().filter(|rows| rows[0]["osVersion"] == "10.0").count()));
    assert!(rows.iter().all(|row| row["rbacGroupId"].is_u64()));
    let first = &devices["000050e1b4afeee3742489ede9ad7a3e16bbd9c4"];
    assert_eq!((first.len(), &first[0]["osVersion"]), (90, &Value::from("10.0.14393.2485")));
}

#[tokio::test]
async fn pages_of_any_size_have_the_same_rows_in_order() {
    let emulator = Emulator::builder().devices(20).now(now()).start().await.unwrap();
    let (all, pages) = walk(url(&emulator)).await;
    assert_eq!(pages, 1, "the default page has 50,000 rows");
    assert!(all.is_sorted_by_key(|row| text(row, "deviceId").to_owned()));
    for size in [700, 91, all.len()] {
        let (rows, pages) = walk(format!("{}?pageSize={size}", url(&emulator))).await;
        assert_eq!(rows, all);
        assert_eq!(pages, all.len().div_ceil(size));
    }
}

#[tokio::test]
async fn top_has_no_link_and_wrong_options_are_refused() {
    let emulator = Emulator::builder().devices(40).now(now()).start().await.unwrap();
    let page = json(&format!("{}?$top=7", url(&emulator))).await;
    assert_eq!((page["value"].as_array().unwrap().len(), page.get("@odata.nextLink")), (7, None));
    for option in ["pageSize=200001", "pageSize=many", "$skip=5", "$skiptoken=stolen"] {
        assert_eq!(send(get(&format!("{}?{option}", url(&emulator)))).await.0, 400, "{option}");
    }
    let other = Emulator::builder().devices(41).now(now()).start().await.unwrap();
    let link = text(&json(&format!("{}?pageSize=5", url(&emulator))).await, "@odata.nextLink").to_owned();
    let foreign = link.replace(&emulator.defender_root(), &other.defender_root());
    assert_eq!(send(get(&foreign)).await.0, 400, "a token of another fleet");
}

#[tokio::test]
async fn machines_and_rows_agree_about_names_and_groups() {
    let emulator = Emulator::builder().devices(200).now(now()).start().await.unwrap();
    let machines = by_skip(&format!("{}/machines", emulator.defender_root()), 1000).await;
    let (rows, _) = walk(url(&emulator)).await;
    let devices = by_device(&rows);
    for machine in machines.iter().filter(|machine| devices.contains_key(text(machine, "id"))) {
        for row in &devices[text(machine, "id")] {
            assert_eq!(row["deviceName"], machine["computerDnsName"]);
            assert_eq!(row["osPlatform"], machine["osPlatform"]);
            assert_eq!(row["rbacGroupName"], *machine["rbacGroupName"].as_str().unwrap_or("Unassigned"));
            assert!(text(row, "timestamp").replace(' ', "T").as_str() < text(machine, "lastSeen"), "{row}");
        }
    }
}

#[tokio::test]
async fn rows_apart_are_the_same_rows_in_two_places() {
    let fault: DefenderFault = "rows-apart".parse().unwrap();
    let plain = Emulator::builder().devices(40).now(now()).start().await.unwrap();
    let apart = Emulator::builder().devices(40).now(now()).defender_faults([fault]).start().await.unwrap();
    let (expected, _) = walk(url(&plain)).await;
    let (rows, _) = walk(format!("{}?pageSize=500", url(&apart))).await;
    let (whole, _) = walk(url(&apart)).await;
    assert_eq!(rows, whole, "page sizes do not change the order");
    assert_eq!(by_device(&rows), by_device(&expected));

    let mut runs: BTreeMap<&str, u32> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let id = text(row, "deviceId");
        if place == 0 || text(&rows[place - 1], "deviceId") != id {
            *runs.entry(id).or_default() += 1;
        }
    }
    let fleet = apart.fleet();
    for position in (0..40).filter(|position| fleet.situation(*position) == DeviceSituation::Ordinary) {
        let expected = if position % 10 == 1 { 2 } else { 1 };
        assert_eq!(runs[fleet.device(position).id.to_string().as_str()], expected, "{position}");
    }
}

#[tokio::test]
async fn a_lost_page_is_missing_once() {
    let fault: DefenderFault = "lost-page".parse().unwrap();
    let emulator = Emulator::builder().devices(40).now(now()).defender_faults([fault]).start().await.unwrap();
    let first = format!("{}?pageSize=500", url(&emulator));
    let (lost, _) = walk(first.clone()).await;
    let (all, _) = walk(first).await;
    assert_eq!(lost.len() + 500, all.len());
    assert_eq!(lost[..500], all[..500]);
    assert_eq!(lost[500..], all[1000..]);
}
