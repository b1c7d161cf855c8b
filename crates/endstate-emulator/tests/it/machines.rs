//! Tests of today's list of machines, and of the machines of the preview family.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use endstate_emulator::{DefenderFault, DeviceSituation, Emulator, EmulatorBuilder, MachinesPaging};
use endstate_model::AttentionProperty;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use super::service::get;

/// Returns the status and the body of a response.
pub(super) async fn send(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
}

pub(super) async fn json(url: &str) -> Value {
    let (status, body) = send(get(url)).await;
    assert_eq!(status, 200, "{url}: {body}");
    body
}

pub(super) fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

pub(super) fn text<'v>(item: &'v Value, name: &str) -> &'v str {
    item[name].as_str().unwrap_or_else(|| panic!("{name} in {item}"))
}

/// Pages with `$top` and `$skip` until a page is short.
pub(super) async fn by_skip(url: &str, size: usize) -> Vec<Value> {
    let mut items = Vec::new();
    loop {
        let page = json(&format!("{url}?$top={size}&$skip={}", items.len())).await;
        assert_eq!(page.get("@odata.nextLink"), None);
        let page = page["value"].as_array().unwrap().clone();
        let is_last = page.len() < size;
        items.extend(page);
        if is_last {
            return items;
        }
    }
}

fn builder() -> EmulatorBuilder {
    Emulator::builder().devices(600).now(now())
}

#[tokio::test]
async fn the_first_machine_is_the_documented_device() {
    let emulator = builder().start().await.unwrap();
    let body =
        get(&format!("{}/Machines?$top=1", emulator.defender_root())).send().await.unwrap().text().await.unwrap();
    let port = emulator.defender_root().split(':').nth(2).unwrap().split('/').next().unwrap().to_owned();
    insta::with_settings!({filters => vec![(port.as_str(), "PORT")]}, {
        insta::assert_snapshot!(body, @r#"{"@odata.context":"http://127.0.0.1:PORT/api/$metadata#Machines","value":[{"id":"000050e1b4afeee3742489ede9ad7a3e16bbd9c4","mergedIntoMachineId":null,"isPotentialDuplication":false,"isExcluded":false,"exclusionReason":null,"computerDnsName":"ws-0000.contoso.example","firstSeen":"2025-12-31T07:53:45.0116168Z","lastSeen":"2026-11-26T02:24:40.0116168Z","osPlatform":"Windows10","osVersion":null,"osProcessor":"x64","version":"1607","lastIpAddress":"10.3.8.112","lastExternalIpAddress":"203.0.113.1","agentVersion":"10.8790.14393.2485","osBuild":14393,"healthStatus":"ImpairedCommunication","deviceValue":"Normal","rbacGroupId":87,"rbacGroupName":"Workstations","riskScore":"None","exposureLevel":"Medium","isAadJoined":true,"aadDeviceId":"29d39ea1-af4f-4335-8002-fce87949a885","machineTags":[],"onboardingStatus":"Onboarded","osArchitecture":"64-bit","managedBy":"Intune","managedByStatus":"Success","ipAddresses":[{"ipAddress":"10.3.8.112","macAddress":"02FD2A3CB368","type":"Ethernet","operationalStatus":"Up"},{"ipAddress":"127.0.0.1","macAddress":null,"type":"SoftwareLoopback","operationalStatus":"Up"}],"vmMetadata":null}]}"#);
    });
}

#[tokio::test]
async fn every_device_of_the_fleet_is_a_machine_with_its_situation() {
    for seed in [1, 2] {
        let emulator = builder().devices(2000).seed(seed).start().await.unwrap();
        let machines = by_skip(&format!("{}/machines", emulator.defender_root()), 500).await;
        let fleet = emulator.fleet();
        let ids: BTreeSet<_> = machines.iter().map(|machine| text(machine, "id").to_owned()).collect();
        assert_eq!((machines.len(), ids.len()), (2000, 2000));

        let mut situations: BTreeMap<String, usize> = BTreeMap::new();
        for (position, machine) in (0..).zip(&machines) {
            let situation = fleet.situation(position);
            *situations.entry(format!("{situation:?}")).or_default() += 1;
            assert_eq!(text(machine, "id"), fleet.device(position).id.to_string());

            let last_seen: Timestamp = text(machine, "lastSeen").parse().unwrap();
            let age = now().duration_since(last_seen);
            let days = |days: i64| SignedDuration::from_hours(24 * days);
            match situation {
                DeviceSituation::Stale => assert!(age >= days(31) && age < days(91), "{age}"),
                _ => assert!(age >= SignedDuration::ZERO && age < days(7), "{age}"),
            }
            assert_eq!(machine["healthStatus"] == "Inactive", situation == DeviceSituation::Stale);
            assert_eq!(machine["onboardingStatus"] == "CanBeOnboarded", situation == DeviceSituation::NotOnboarded);
            assert_eq!(machine["isExcluded"], situation == DeviceSituation::Excluded);
            match machine["mergedIntoMachineId"].as_str() {
                Some(id) => assert!(ids.contains(id) && id != text(machine, "id")),
                None => assert_ne!(situation, DeviceSituation::Merged),
            }
        }

        let number = |situation: &str| situations.get(situation).copied().unwrap_or(0);
        assert!((30..90).contains(&number("Stale")), "{situations:?}");
        assert!((15..70).contains(&number("NotOnboarded")), "{situations:?}");
        assert!((5..40).contains(&number("Merged")) && number("Excluded") > 0, "{situations:?}");
        assert!((5..40).contains(&number("NotAssessed")), "{situations:?}");
    }
}

#[tokio::test]
async fn the_health_of_a_machine_that_reports_follows_from_its_state() {
    let emulator = builder().start().await.unwrap();
    let machines = by_skip(&format!("{}/machines", emulator.defender_root()), 600).await;
    let mut seen = BTreeSet::new();
    for (position, machine) in (0..).zip(&machines) {
        let properties = emulator.fleet().device(position).properties_require_attention;
        let health = text(machine, "healthStatus");
        seen.insert(health.to_owned());
        if health != "Inactive" {
            assert_eq!(health.contains("NoSensorData"), properties.contains(&AttentionProperty::EdrNoSensorData));
            let impaired = properties.contains(&AttentionProperty::EdrImpairedCommunications);
            assert_eq!(health.contains("ImpairedCommunication"), impaired, "{machine}");
        }
    }
    assert!(seen.len() >= 4, "{seen:?}");
}

#[tokio::test]
async fn groups_agree_with_the_list_of_groups_and_oddities_are_rare() {
    let emulator = builder().devices(2000).start().await.unwrap();
    let machines = by_skip(&format!("{}/machines", emulator.defender_root()), 2000).await;
    let groups = json(&format!("{}/machinegroups", emulator.service_root())).await;
    let groups: BTreeMap<_, _> =
        groups["value"].as_array().unwrap().iter().map(|group| (group["id"].to_string(), &group["name"])).collect();

    let mut used = BTreeSet::new();
    for machine in &machines {
        let id = machine["rbacGroupId"].to_string().trim_matches('"').to_owned();
        match id.as_str() {
            "0" => assert_eq!(machine["rbacGroupName"], Value::Null),
            id => assert_eq!(&machine["rbacGroupName"], groups[id]),
        }
        used.insert(id);
    }
    assert_eq!(used.into_iter().collect::<Vec<_>>(), ["0", "87", "88", "89"]);

    let number = |is_odd: &dyn Fn(&Value) -> bool| machines.iter().filter(|machine| is_odd(machine)).count();
    assert!((1..40).contains(&number(&|machine| machine["rbacGroupId"].is_string())));
    assert!((1..40).contains(&number(&|machine| machine["computerDnsName"].is_null())));
    assert!((1..40).contains(&number(&|machine| machine["computerDnsName"] == "")));
    assert!((1..40).contains(&number(&|machine| machine["firstSeen"] == "0001-01-01T00:00:00Z")));
}

#[tokio::test]
async fn the_time_of_the_emulator_moves_times_and_not_situations() {
    let later = now() + SignedDuration::from_hours(1000);
    let first = builder().devices(50).start().await.unwrap();
    let second = builder().devices(50).now(later).start().await.unwrap();
    let machines = by_skip(&format!("{}/machines", first.defender_root()), 100).await;
    let others = by_skip(&format!("{}/machines", second.defender_root()), 100).await;
    for (machine, other) in machines.iter().zip(&others) {
        let seen = |machine: &Value| text(machine, "lastSeen").parse::<Timestamp>().unwrap();
        assert_eq!(seen(other).duration_since(seen(machine)), SignedDuration::from_hours(1000));
        assert_eq!(machine["healthStatus"], other["healthStatus"]);
    }
}

#[tokio::test]
async fn top_has_a_maximum_and_a_small_page_size_holds_for_any_top() {
    let emulator = builder().machines_page_size(7).start().await.unwrap();
    let url = format!("{}/machines", emulator.defender_root());
    let (status, body) = send(get(&format!("{url}?$top=10001"))).await;
    assert_eq!((status, text(&body["error"], "code")), (400, "BadRequest"));
    assert_eq!(send(get(&format!("{url}?$orderby=id"))).await.0, 400);
    for options in ["", "?$top=10000", "?$skip=100"] {
        let page = json(&format!("{url}{options}")).await;
        assert_eq!((page["value"].as_array().unwrap().len(), page.get("@odata.nextLink")), (7, None));
    }
    assert_eq!(by_skip(&url, 7).await.len(), 600);
}

#[tokio::test]
async fn links_lead_to_every_machine_and_top_has_no_link() {
    let builder = builder().machines_paging(MachinesPaging::Link).machines_page_size(250);
    let emulator = builder.start().await.unwrap();
    let first = format!("{}/machines", emulator.defender_root());
    let mut url = Some(first.clone());
    let mut ids = BTreeSet::new();
    let mut links = Vec::new();
    while let Some(here) = url {
        let page = json(&here).await;
        ids.extend(page["value"].as_array().unwrap().iter().map(|machine| text(machine, "id").to_owned()));
        url = page["@odata.nextLink"].as_str().map(str::to_owned);
        links.extend(url.clone());
    }
    assert_eq!(ids.len(), 600);
    assert_eq!(links, ["$skip=250", "$skip=500"].map(|options| format!("{first}?{options}")));
    assert_eq!(json(&format!("{first}?$top=5")).await.get("@odata.nextLink"), None);
}

#[tokio::test]
async fn growing_links_lose_names_and_never_end() {
    let builder = builder().machines_paging(MachinesPaging::GrowingLink).machines_page_size(250);
    let emulator = builder.start().await.unwrap();
    let mut url = format!("{}/machines", emulator.defender_root());
    let mut links = Vec::new();
    let mut pages = Vec::new();
    for _ in 0..5 {
        let page = json(&url).await;
        pages.push(page["value"].clone());
        url = text(&page, "@odata.nextLink").to_owned();
        links.push(url.split_once('?').unwrap().1.to_owned());
    }
    assert_eq!(links[..3], ["$skip=250", "=250&$skip=250", "=250&=250&$skip=250"]);
    assert_eq!(pages[1], pages[4], "the same devices again");
}

#[tokio::test]
async fn a_fleet_without_devices_is_not_found() {
    let emulator = builder().devices(0).start().await.unwrap();
    for url in [format!("{}/machines", emulator.defender_root()), format!("{}/machines", emulator.service_root())] {
        let (status, body) = send(get(&url)).await;
        assert_eq!((status, text(&body["error"], "code")), (404, "ResourceNotFound"));
    }
}

#[tokio::test]
async fn the_machines_of_the_preview_are_the_same_devices() {
    let emulator = builder().page_size(250).start().await.unwrap();
    let today = by_skip(&format!("{}/machines", emulator.defender_root()), 1000).await;
    let mut url = Some(format!("{}/machines", emulator.service_root()));
    let mut preview = Vec::new();
    let mut counts = Vec::new();
    while let Some(here) = url {
        let page = json(&here).await;
        counts.push(page["@odata.count"].as_u64().unwrap());
        preview.extend(page["value"].as_array().unwrap().clone());
        url = page["@odata.nextLink"].as_str().map(str::to_owned);
        assert!(url.as_ref().is_none_or(|url| url.contains("/testwdatppreview/machines?$skip=")));
    }
    assert_eq!(counts, [250, 250, 100], "the number on each page");
    assert_eq!(preview.len(), today.len());
    for (preview, today) in preview.iter().zip(&today) {
        for name in ["id", "computerDnsName", "firstSeen", "lastSeen", "osPlatform", "healthStatus", "machineTags"] {
            assert_eq!(preview[name], today[name]);
        }
        assert_eq!(preview["osVersion"], "10.0.0.0");
    }
}

#[tokio::test]
async fn a_token_is_needed_and_calls_are_limited_as_in_the_preview() {
    let limits = endstate_emulator::CallLimits::NONE.per_minute(std::num::NonZeroU32::new(2));
    let emulator = builder().limits(limits).clock(|| Duration::ZERO).start().await.unwrap();
    let url = format!("{}/machines?$top=1", emulator.defender_root());
    let without_token = Client::builder().no_proxy().build().unwrap().get(&url);
    assert_eq!(send(without_token).await.0, 401);
    assert_eq!(send(get(&url)).await.0, 200);
    assert_eq!(send(get(&format!("{}/machinegroups", emulator.service_root()))).await.0, 200);
    assert_eq!(send(get(&url)).await.0, 429);
    assert_eq!(emulator.calls(), 4);
}

#[tokio::test]
async fn refused_machines_have_the_status_of_their_fault() {
    for (fault, statuses) in
        [("machines-403", [403, 403]), ("machines-404", [404, 404]), ("machines-403*1", [403, 200])]
    {
        let fault: DefenderFault = fault.parse().unwrap();
        let emulator = builder().defender_faults([fault]).start().await.unwrap();
        assert_eq!(emulator.unused_faults().len(), 1);
        for expected in statuses {
            assert_eq!(send(get(&format!("{}/machines", emulator.defender_root()))).await.0, expected);
        }
        assert_eq!(emulator.unused_faults().len(), 0);
    }
}
