//! What machine records and antivirus reports add to a fold, and how rows of a device join.

use std::collections::BTreeSet;

use endstate_assessment::{
    AntivirusInfo, AntivirusMode, ConfigurationFold, ConfigurationRow, HuntingRow, StateFold, VulnerabilityRow,
};
use endstate_model::{AttentionProperty, DeviceId, Entity, Machine, MachineSecurityState, StateSource};

use endstate_odata::ItemReader;
use proptest::prelude::*;

use crate::rows::{assessment, configuration, folded, item, only};

/// What a fold says of a device with these records.
fn of_machines(records: &[&String]) -> MachineSecurityState {
    let mut fold = StateFold::new(StateSource::Assessments);
    for record in records {
        fold.machine(&Machine::read(item(record)).unwrap());
    }
    only(&fold)
}

#[test]
fn of_two_records_of_a_device_the_one_seen_last_counts() {
    let record = |seen: &str, health: &str, more: &str| {
        format!(r#"{{"id":"a","osPlatform":"Windows11","lastSeen":{seen},"healthStatus":"{health}"{more}}}"#)
    };
    let old = record("\"2026-11-20T00:00:00Z\"", "NoSensorData", r#","isExcluded":true,"machineTags":["old"]"#);
    let new = record("\"2026-11-25T00:00:00Z\"", "ImpairedCommunication", r#","osBuild":22631"#);
    let never_seen = record("null", "NoSensorDataImpairedCommunication", "");

    let alone = of_machines(&[&new]);
    assert_eq!(alone.field("property").to_string(), "EdrImpairedCommunications");
    for order in [[&old, &new], [&new, &old], [&never_seen, &new], [&new, &never_seen]] {
        assert_eq!(of_machines(&order), alone, "{order:?}");
    }
}

#[test]
fn names_and_versions_of_two_records_do_not_depend_on_their_order() {
    let old = r#"{"id":"a","lastSeen":"2026-11-20T00:00:00Z","computerDnsName":"ws-1","osPlatform":"Windows11","version":"22H2","osVersion":"10.0.19045.1"}"#.to_owned();
    let new = r#"{"id":"a","lastSeen":"2026-11-25T00:00:00Z","osVersion":"10.0.22631.2","mergedIntoMachineId":"000050E1B4AFEEE3742489EDE9AD7A3E16BBD9C4"}"#.to_owned();
    let states = [of_machines(&[&old, &new]), of_machines(&[&new, &old])];
    assert_eq!(states[0], states[1]);
    let texts = ["name", "platform", "osVersion", "mergedInto"].map(|field| states[0].field(field).to_string());
    assert_eq!(texts, ["ws-1", "Windows11", "10.0.22631.2", "000050e1b4afeee3742489ede9ad7a3e16bbd9c4"]);
}

#[test]
fn an_unfamiliar_health_is_kept_verbatim_and_is_not_fine() {
    for health in ["Quantum", "active", " Active", "Inactive", "Unknown"] {
        let state = of_machines(&[&format!(r#"{{"id":"a","osPlatform":"Windows11","healthStatus":"{health}"}}"#)]);
        assert_eq!(state.field("health").to_string(), health);
        for property in [AttentionProperty::EdrNoSensorData, AttentionProperty::EdrImpairedCommunications] {
            assert!(assessment(&state).not_known.contains(&property), "{health}");
        }
    }
}

#[test]
fn a_record_without_a_name_keeps_the_name_of_the_rows() {
    let row = r#"{"deviceId":"a","deviceName":"ws-1","osPlatform":"Windows11","rbacGroupName":"Servers"}"#;
    for is_row_first in [true, false] {
        let mut fold = StateFold::new(StateSource::Assessments);
        let add_row = |fold: &mut StateFold| fold.configuration(&ConfigurationRow::read(item(row)).unwrap());
        if is_row_first {
            add_row(&mut fold);
        }
        fold.machine(&Machine::read(item(r#"{"id":"a"}"#)).unwrap());
        if !is_row_first {
            add_row(&mut fold);
        }
        let state = only(&fold);
        let names = ["name", "platform", "group"].map(|name| state.field(name).to_string());
        assert_eq!(names, ["ws-1", "Windows11", "Servers"]);
    }
}

#[test]
fn rows_of_a_device_join_in_any_letter_case_of_its_id() {
    const LOWER: &str = "000050e1b4afeee3742489ede9ad7a3e16bbd9c4";
    let upper = LOWER.to_ascii_uppercase();
    let mut fold = StateFold::new(StateSource::Assessments);
    fold.machine(&Machine::read(item(&format!(r#"{{"id":" {upper}","computerDnsName":"ws-1"}}"#))).unwrap());
    for id in [LOWER, &upper, LOWER] {
        fold.configuration(&ConfigurationRow::read(item(&configuration(id, 2070, true, false))).unwrap());
    }
    let report = format!(r#"{{"machineId":"{upper} ","osPlatform":"Windows11","avMode":"1"}}"#);
    fold.antivirus(&AntivirusInfo::read(item(&report)).unwrap());

    let state = only(&fold);
    assert_eq!(state.id, DeviceId::from(LOWER));
    assert_eq!(state.field("property").to_string(), "ExploitGuardWindowsDefenderAntivirusOff;FirewallOff");
    assert_eq!((fold.counts().apart, fold.counts().rows), (0, 3));
    for id in [LOWER, &upper] {
        assert_eq!(fold.device(&DeviceId::from(id)).unwrap().name.as_deref(), Some("ws-1"));
    }
}

#[test]
fn ids_of_another_form_join_only_in_the_same_letter_case() {
    let rows = ["Ws-1", " Ws-1 ", "ws-1"].map(|id| configuration(id, 2070, true, true));
    let ids: Vec<_> = folded(&rows).states().map(|state| state.id.to_string()).collect();
    assert_eq!(ids, ["Ws-1", "ws-1"]);
}

#[test]
fn a_number_is_an_id_in_every_collection() {
    let mut fold = StateFold::new(StateSource::Assessments);
    fold.machine(&Machine::read(item(r#"{"id":17,"mergedIntoMachineId":18}"#)).unwrap());
    fold.antivirus(&AntivirusInfo::read(item(r#"{"machineId":17.0}"#)).unwrap());
    let (mut items, mut page) = (ItemReader::default(), ConfigurationFold::new(StateSource::Assessments));
    for _ in 0..2 {
        let row = r#"{"deviceId":17,"configurationId":"scid-2070","isApplicable":true,"isCompliant":false}"#;
        assert!(page.item(items.read(row).unwrap()));
    }
    page.merge_into(&mut fold);
    let state = only(&fold);
    assert_eq!((state.id.to_string(), state.field("mergedInto").to_string()), ("17".to_owned(), "18".to_owned()));
    assert_eq!(state.field("property").to_string(), "FirewallOff");
    for no_id in ["null", "{}", "\"\"", "\" \"", "1.5", "[17]"] {
        let row = format!(r#"{{"deviceId":{no_id},"configurationId":"scid-2070"}}"#);
        assert_eq!(ConfigurationRow::read(item(&row)), None, "{no_id}");
    }
}

#[test]
fn the_antivirus_report_adds_what_it_knows() {
    let mut fold = StateFold::new(StateSource::Assessments);
    for report in [
        r#"{"machineId":"a","avMode":"2","avIsSignatureUpToDate":"False","osPlatform":"Windows10","osVersion":"10.0.19045.3803"}"#,
        r#"{"id":"a","avMode":"","avIsSignatureUpToDate":"Unknown","osVersion":"10.0"}"#,
    ] {
        fold.antivirus(&AntivirusInfo::read(item(report)).unwrap());
    }
    let state = only(&fold);
    let names: Vec<_> = state.properties_require_attention.iter().map(AttentionProperty::as_str).collect();
    assert_eq!(names, ["AntivirusOff", "AntivirusDefinitionsAreOutOfDate", "ExploitGuardWindowsDefenderAntivirusOff"]);
    assert_eq!((state.build, state.revision), (Some(19045), Some(3803)));
    assert!(!assessment(&state).is_assessed);
}

/// What an antivirus report with these members says of the properties.
fn of_antivirus(platform: &str, mode: &str) -> String {
    let report = format!(r#"{{"machineId":"a","osPlatform":{platform},"avMode":{mode}}}"#);
    let mut fold = StateFold::new(StateSource::Assessments);
    fold.antivirus(&AntivirusInfo::read(item(&report)).unwrap());
    only(&fold).field("property").to_string()
}

#[test]
fn passive_mode_requires_attention_only_on_windows() {
    const NOT_IN_CHARGE: &str = "ExploitGuardWindowsDefenderAntivirusOff";
    for platform in ["\"Windows11\"", "\"WindowsServer2022\""] {
        assert_eq!(of_antivirus(platform, "\"1\""), NOT_IN_CHARGE);
    }
    for platform in ["\"Linux\"", "\"macOS\"", "\"Quantum\"", "null"] {
        assert_eq!(of_antivirus(platform, "\"1\""), "", "{platform}");
        assert_eq!(of_antivirus(platform, "\"2\""), "AntivirusOff", "{platform}");
    }

    let mut fold = StateFold::new(StateSource::Assessments);
    fold.antivirus(&AntivirusInfo::read(item(r#"{"machineId":"a","avMode":"1"}"#)).unwrap());
    fold.machine(&Machine::read(item(r#"{"id":"a","osPlatform":"Windows11"}"#)).unwrap());
    assert_eq!(only(&fold).field("property").to_string(), NOT_IN_CHARGE, "the platform may come later");
}

#[test]
fn a_mode_is_a_number_or_digits_and_nothing_else_is_one() {
    for mode in ["1", "1.0", "\"1\"", "\" 1\"", "4", "\"5\""] {
        assert_eq!(of_antivirus("\"Windows11\"", mode), "ExploitGuardWindowsDefenderAntivirusOff", "{mode}");
    }
    for mode in ["true", "false", "\"true\"", "3", "99", "-1", "\"\"", "\"Passive\"", "null", "{}"] {
        assert_eq!(of_antivirus("\"Windows11\"", mode), "", "{mode}");
        let report = format!(r#"{{"machineId":"a","avMode":{mode}}}"#);
        assert_eq!(AntivirusInfo::read(item(&report)).unwrap().mode, AntivirusMode::NotKnown, "{mode}");
    }
}

/// What a fold reads of a device.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Read {
    Machine,
    Antivirus,
    Row,
    /// A row from another fold, such as that of a file.
    MergedRow,
}

impl Read {
    fn add(self, device: &str, fold: &mut StateFold) {
        let rows = [configuration(device, 2070, true, true)];
        match self {
            Self::Machine => fold.machine(&Machine::new(DeviceId::from(device))),
            Self::Antivirus => {
                let report = format!(r#"{{"machineId":"{device}","avMode":"0"}}"#);
                fold.antivirus(&AntivirusInfo::read(item(&report)).unwrap());
            }
            Self::Row => fold.configuration(&ConfigurationRow::read(item(&rows[0])).unwrap()),
            Self::MergedRow => fold.merge_configurations(&folded(&rows)),
        }
    }
}

proptest! {
    #[test]
    fn devices_are_counted_right_in_any_order_of_arrival(
        reads in prop::collection::vec(
            ("[a-e]", prop::sample::select(vec![Read::Machine, Read::Antivirus, Read::Row, Read::MergedRow])),
            0..30,
        ),
    ) {
        let mut fold = StateFold::new(StateSource::Assessments);
        for (device, read) in &reads {
            read.add(device, &mut fold);
        }

        let devices_with = |kinds: &[Read]| {
            let devices = reads.iter().filter(|(_, read)| kinds.contains(read)).map(|(device, _)| device);
            devices.collect::<BTreeSet<_>>().len() as u64
        };
        let all = devices_with(&[Read::Machine, Read::Antivirus, Read::Row, Read::MergedRow]);
        let [listed, assessed] = [devices_with(&[Read::Machine]), devices_with(&[Read::Row, Read::MergedRow])];
        let counts = fold.counts();
        prop_assert_eq!((counts.devices, counts.machines, counts.not_listed), (all, listed, all - listed));
        prop_assert_eq!((counts.assessed, counts.not_assessed), (assessed, all - assessed));

        let is_assessed = |state: &MachineSecurityState| assessment(state).is_assessed;
        prop_assert_eq!(fold.states().filter(is_assessed).count() as u64, assessed);
        prop_assert_eq!(fold.states().count() as u64, all);
    }
}

#[test]
fn a_row_that_says_two_things_is_not_read() {
    let twice = [
        r#"{"deviceId":"a","deviceId":"b","configurationId":"scid-2070"}"#,
        r#"{"deviceId":"a","DeviceId":"b","configurationId":"scid-2070"}"#,
        r#"{"deviceId":"a","configurationId":"scid-2070","isCompliant":true,"isCompliant":false}"#,
    ];
    for row in twice {
        assert_eq!(ConfigurationRow::read(item(row)), None, "{row}");
        let (mut items, mut page) = (ItemReader::default(), ConfigurationFold::new(StateSource::Assessments));
        for _ in 0..3 {
            assert!(!page.item(items.read(row).unwrap()), "{row}");
        }
    }
    assert_eq!(AntivirusInfo::read(item(r#"{"machineId":"a","avMode":"0","avMode":"2"}"#)), None);
    let row = r#"{"deviceId":"a","recommendedSecurityUpdateId":"1","recommendedSecurityUpdateId":"2"}"#;
    assert_eq!(VulnerabilityRow::read(item(row)), None);
    let error = HuntingRow::read(item(r#"{"DeviceId":"a","deviceid":"b"}"#)).unwrap_err();
    assert_eq!(error.to_string(), "the column 'DeviceId' is not one value");
    assert!(Machine::read(item(r#"{"id":"a","id":"b"}"#)).is_err());
}
