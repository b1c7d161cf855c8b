//! Tests of missing updates, with Microsoft's documents and with a second calculation for each
//! device.

use std::collections::{BTreeMap, BTreeSet};

use endstate_analysis::{MissingUpdates, MissingUpdatesBuilder, UpdateCatalog};
use endstate_model::{CveKbMap, DeviceId, KbInfo, MachineSecurityState, Severity};
use endstate_odata::RawItem;
use proptest::prelude::*;

use super::{any_state, states};

fn assess(catalog: &UpdateCatalog, devices: &[MachineSecurityState], limit: usize) -> MissingUpdates {
    let mut builder = MissingUpdatesBuilder::new(catalog.clone(), limit);
    for state in devices {
        builder.add(state);
    }
    builder.finish()
}

fn update(number: u32, build: u32, revision: u32, architecture: Option<&str>) -> KbInfo {
    let architecture = architecture.map_or("null".to_owned(), |name| format!("\"{name}\""));
    let text = format!(
        r#"{{"id":"KB{number} ({build}.{revision})","release":"KB{number} ({build}.{revision})",
            "version":"10.0.{build}.{revision}","architecture":{architecture}}}"#
    );
    RawItem::parse(&text).unwrap().decode().unwrap()
}

fn vulnerability(cve: u32, kb: u32, severity: &str) -> CveKbMap {
    let text = format!(r#"{{"cveKbId":"CVE-{cve}-{kb}","cveId":"CVE-{cve}","kbId":"{kb}","severity":"{severity}"}}"#);
    RawItem::parse(&text).unwrap().decode().unwrap()
}

#[test]
fn the_documented_update_is_missing_on_a_device_with_a_lower_revision() {
    let mut catalog = UpdateCatalog::new();
    for update in states::<KbInfo>(testkit::KB_INFO) {
        catalog.add_update(update);
    }
    for vulnerability in states::<CveKbMap>(testkit::CVE_KB_MAP) {
        catalog.add_vulnerability(vulnerability);
    }

    let mut devices = states::<MachineSecurityState>(testkit::SEED_PAGE);
    let not_assessed = assess(&catalog, &devices, 1).not_assessed;
    assert_eq!(not_assessed, 1, "the catalog has nothing for build 14393");

    (devices[0].build, devices[0].revision) = (Some(10240), Some(16384));
    insta::assert_debug_snapshot!(assess(&catalog, &devices, 0), @r#"
    MissingUpdates {
        devices: 1,
        lacking: 1,
        not_assessed: 0,
        by_update: [
            MissingUpdate {
                name: "KB3097617",
                builds: [
                    10240,
                ],
                published: Some(
                    "2015-10-16T21:00:00Z",
                ),
                devices: 1,
                closes: SeverityCounts(
                    {
                        Critical: 1,
                        Unknown(
                            "Dreadful",
                        ): 1,
                    },
                ),
            },
        ],
        by_cve: [
            OpenVulnerability {
                name: "CVE-2015-2482",
                title: Some(
                    "Cumulative Security Update for Internet Explorer",
                ),
                severity: Critical,
                devices: 1,
                updates: [
                    "KB3097617",
                ],
            },
            OpenVulnerability {
                name: "CVE-2015-0000",
                title: None,
                severity: Unknown(
                    "Dreadful",
                ),
                devices: 1,
                updates: [
                    "KB3097617",
                ],
            },
        ],
        most_exposed: [],
    }
    "#);
}

#[test]
fn an_update_for_another_known_architecture_is_not_missing() {
    let mut catalog = UpdateCatalog::new();
    catalog.add_update(update(1, 7, 20, Some("Amd64")));
    catalog.add_update(update(1, 7, 20, Some("Arm64")));
    let mut device = states::<MachineSecurityState>(testkit::SEED_PAGE).remove(0);
    (device.build, device.revision) = (Some(7), Some(10));
    assert_eq!(catalog.missing(&device).count(), 1);
    device.architecture = None;
    assert_eq!(catalog.missing(&device).count(), 2);
    let missing = assess(&catalog, &[device], 5);
    assert_eq!((missing.by_update.len(), missing.by_update[0].devices), (1, 1), "still one update");
    assert_eq!(missing.most_exposed[0].updates, 1);
}

#[test]
fn severities_are_compared_from_the_most_severe_downwards() {
    let mut catalog = UpdateCatalog::new();
    // On build 1, one critical vulnerability is open. On build 2, three important ones and one of
    // an unknown severity are open.
    for build in [1, 2] {
        catalog.add_update(update(build, build, 20, None));
    }
    for (cve, kb, severity) in
        [(1, 1, "Critical"), (2, 2, "Important"), (3, 2, "Important"), (4, 2, "Important"), (5, 2, "Dreadful")]
    {
        catalog.add_vulnerability(vulnerability(cve, kb, severity));
    }

    let mut devices = vec![states::<MachineSecurityState>(testkit::SEED_PAGE).remove(0); 2];
    (devices[0].build, devices[0].revision) = (Some(2), Some(1));
    (devices[1].build, devices[1].revision) = (Some(1), Some(1));

    let missing = assess(&catalog, &devices, 5);
    let exposed: Vec<_> = missing.most_exposed.iter().map(|device| device.state.build).collect();
    assert_eq!(exposed, [Some(1), Some(2)]);
    let severities: Vec<_> = missing.by_cve.iter().map(|row| row.severity.to_string()).collect();
    assert_eq!(severities, ["Critical", "Important", "Important", "Important", "Dreadful"]);
    assert_eq!(missing.most_exposed[1].vulnerabilities.count(&Severity::Important), 3);
    assert_eq!(missing.most_exposed[1].vulnerabilities.total(), 4);
}

#[test]
fn an_update_without_a_version_matches_nothing_and_is_counted() {
    let mut catalog = UpdateCatalog::new();
    let text = r#"{"id":"KB9 Amd64","release":"KB9"}"#;
    catalog.add_update(RawItem::parse(text).unwrap().decode().unwrap());
    assert_eq!((catalog.updates(), catalog.without_version()), (0, 1));
}

proptest! {
    #[test]
    fn what_is_missing_is_what_a_look_at_each_device_finds(
        devices in prop::collection::vec(any_state(), 0..30),
        updates in prop::collection::vec((1_u32..6, 1_u32..4, 1_u32..5, prop::option::of(0_usize..2)), 0..12),
        vulnerabilities in prop::collection::vec((1_u32..6, 1_u32..6, 0_usize..3), 0..20),
        limit in 0_usize..6,
    ) {
        let mut catalog = UpdateCatalog::new();
        for (kb, build, revision, architecture) in updates {
            catalog.add_update(update(kb, build, revision, architecture.map(|index| ["Amd64", "Arm64"][index])));
        }
        for (cve, kb, severity) in vulnerabilities {
            catalog.add_vulnerability(vulnerability(cve, kb, ["Critical", "Low", "Moderate"][severity]));
        }
        let missing = assess(&catalog, &devices, limit);

        let mut by_update: BTreeMap<String, u64> = BTreeMap::new();
        let mut by_cve: BTreeMap<String, u64> = BTreeMap::new();
        let mut lacking = 0;
        for device in &devices {
            let updates: Vec<_> = catalog.missing(device).collect();
            let names: BTreeSet<_> = updates.iter().map(|update| format!("KB{}", update.kb_id().unwrap())).collect();
            let cves: BTreeSet<_> =
                updates.iter().flat_map(|update| catalog.closed_by(update)).map(|cve| cve.cve_id.clone().unwrap()).collect();
            lacking += u64::from(!names.is_empty());
            for name in names {
                *by_update.entry(name).or_default() += 1;
            }
            for name in cves {
                *by_cve.entry(name).or_default() += 1;
            }
        }

        prop_assert_eq!(missing.devices, devices.len() as u64);
        prop_assert_eq!(missing.lacking, lacking);
        let found: BTreeMap<_, _> = missing.by_update.iter().map(|row| (row.name.clone(), row.devices)).collect();
        prop_assert_eq!(found, by_update);
        let found: BTreeMap<_, _> = missing.by_cve.iter().map(|row| (row.name.clone(), row.devices)).collect();
        prop_assert_eq!(found, by_cve);
        prop_assert!(missing.by_update.windows(2).all(|two| two[0].devices >= two[1].devices));
        prop_assert!(missing.by_cve.windows(2).all(|two| two[0].severity <= two[1].severity));
        prop_assert_eq!(missing.most_exposed.len() as u64, lacking.min(limit as u64));
        prop_assert!(missing.most_exposed.windows(2).all(|two| two[0].vulnerabilities >= two[1].vulnerabilities));
    }
}

#[test]
fn the_title_of_a_vulnerability_does_not_depend_on_the_order_of_anything() {
    let titled = |kb: u32, title: &str| {
        let text = format!(r#"{{"cveKbId":"CVE-1-{kb}","cveId":"CVE-1","kbId":"{kb}","title":"{title}"}}"#);
        RawItem::parse(&text).unwrap().decode::<CveKbMap>().unwrap()
    };
    let builds = 1..40_u32;
    let device = |build: u32| {
        let mut state = MachineSecurityState::new(DeviceId::from(format!("d{build}").as_str()));
        (state.build, state.revision) = (Some(build), Some(1));
        state
    };
    let devices: Vec<_> = builds.clone().map(device).collect();

    let title = |order: &[u32]| {
        let mut catalog = UpdateCatalog::new();
        for build in order {
            catalog.add_update(update(*build, *build, 2, None));
            catalog.add_vulnerability(titled(*build, &format!("title {build:02}")));
        }
        let [mut merged, second] = [&devices[20..], &devices[..20]].map(|half| assess(&catalog, half, 1));
        merged.merge(second, 1);
        [assess(&catalog, &devices, 1), merged].map(|missing| missing.by_cve[0].title.clone())
    };
    let expected = [Some("title 01".to_owned()), Some("title 01".to_owned())];
    assert_eq!(title(&builds.clone().collect::<Vec<_>>()), expected);
    assert_eq!(title(&builds.rev().collect::<Vec<_>>()), expected);
}
