//! Tests of the health of the antivirus.

use std::collections::{BTreeMap, BTreeSet};

use endstate_emulator::{DeviceSituation, Emulator, MachinesPaging};
use endstate_model::AttentionProperty;
use serde_json::Value;

use super::machines::{by_skip, json, now, text};

#[tokio::test]
async fn the_mode_and_the_definitions_follow_from_the_state() {
    for seed in [1, 7] {
        let emulator = Emulator::builder().devices(600).seed(seed).now(now()).start().await.unwrap();
        let rows = by_skip(&format!("{}/deviceavinfo", emulator.defender_root()), 100).await;
        let mut devices: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for row in &rows {
            assert_eq!(row["id"], row["machineId"]);
            devices.entry(text(row, "machineId")).or_default().push(row);
        }
        let twice = devices.values().filter(|rows| rows.len() == 2).count();
        assert!((1..40).contains(&twice) && devices.values().all(|rows| rows.len() <= 2), "{twice}");

        let fleet = emulator.fleet();
        for position in 0..fleet.len() {
            let state = fleet.device(position);
            let rows = devices.get(state.id.to_string().as_str());
            assert_eq!(rows.is_none(), fleet.situation(position) == DeviceSituation::NotOnboarded);
            for row in rows.into_iter().flatten() {
                let requires = |property| state.properties_require_attention.contains(&property);
                assert_eq!(row["avMode"] == "2", requires(AttentionProperty::AntivirusOff));
                let is_old = requires(AttentionProperty::AntivirusDefinitionsAreOutOfDate);
                assert_eq!(row["avIsSignatureUpToDate"] == "False", is_old);
            }
        }
        let values = |name: &str| rows.iter().map(|row| text(row, name).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(values("avMode").into_iter().collect::<Vec<_>>(), ["0", "1", "2"]);
        assert_eq!(values("avIsSignatureUpToDate").into_iter().collect::<Vec<_>>(), ["False", "True", "Unknown"]);
    }
}

#[tokio::test]
async fn every_value_is_a_text_and_times_that_were_never_set_are_of_year_1() {
    let emulator = Emulator::builder().devices(60).now(now()).start().await.unwrap();
    let page = json(&format!("{}/deviceavinfo", emulator.defender_root())).await;
    assert!(text(&page, "@odata.context").ends_with("/api/$metadata#DeviceAvInfo"));
    for row in page["value"].as_array().unwrap() {
        for (name, value) in row.as_object().unwrap() {
            let is_expected = match name.as_str() {
                "rbacGroupId" => value.is_u64(),
                "rbacGroupName" | "computerDnsName" => value.is_string() || value.is_null(),
                _ => value.is_string(),
            };
            assert!(is_expected, "{name}: {value}");
        }
        assert_eq!(row["fullScanTime"], "0001-01-01T00:00:00Z");
    }
}

#[tokio::test]
async fn rows_have_links_only_in_the_style_with_links() {
    for (paging, has_link) in [(MachinesPaging::Skip, false), (MachinesPaging::Link, true)] {
        let builder = Emulator::builder().devices(60).now(now()).machines_paging(paging).machines_page_size(25);
        let emulator = builder.start().await.unwrap();
        let url = format!("{}/deviceavinfo", emulator.defender_root());
        let page = json(&url).await;
        assert_eq!(page["value"].as_array().unwrap().len(), 25);
        let link = page["@odata.nextLink"].as_str();
        assert_eq!(link, has_link.then(|| format!("{url}?$skip=25")).as_deref());
        if let Some(link) = link {
            let next = json(link).await;
            assert_eq!(next["value"], json(&format!("{url}?$top=25&$skip=25")).await["value"]);
        }
    }
}
