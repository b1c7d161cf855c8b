//! Results as JSON: the fields are those of the types, and what is written can be read back.

use std::fmt::Debug;

use endstate_analysis::{
    DeviceKey, DifferenceBuilder, EarlierStates, MissingKbsBuilder, MissingUpdatesBuilder, TriageBuilder, UpdateCatalog,
};
use endstate_model::{
    Architecture, Assessment, AttentionProperty, CveKbMap, Date, Device, DeviceId, KbInfo, MachineSecurityState,
    OsVersion, Severity, StateSource,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn fleet() -> Vec<MachineSecurityState> {
    let mut state = MachineSecurityState::new(DeviceId::from("a"));
    (state.build, state.revision, state.architecture) = (Some(19045), Some(5247), Some(Architecture::Amd64));
    state.properties_require_attention.extend([AttentionProperty::FirewallOff, AttentionProperty::AntivirusOff]);
    let mut other = MachineSecurityState::new(DeviceId::from("b"));
    (other.build, other.revision) = (Some(19045), Some(5300));
    vec![state, other]
}

#[test]
fn a_triage_is_an_object_with_its_fields() {
    let mut builder = TriageBuilder::new(1);
    builder.extend(&fleet());
    insta::assert_json_snapshot!(builder.finish());
}

#[test]
fn a_difference_is_an_object_with_its_fields() {
    let mut earlier = EarlierStates::new();
    earlier.add_pull(&fleet()[..1]);
    let mut builder = DifferenceBuilder::new(earlier);
    let change = builder.compare(&fleet()[1]);
    insta::assert_json_snapshot!((change, builder.finish()));
}

/// A fleet of today: groups, a property that this version does not know, and what is not known.
fn current_fleet() -> Vec<MachineSecurityState> {
    let mut fleet = fleet();
    fleet[0].properties_require_attention.insert(AttentionProperty::from_wire("ColdFusion"));
    for (state, group) in fleet.iter_mut().zip([Some("Servers"), None]) {
        let mut assessment = Assessment::new(StateSource::Hunting);
        assessment.not_known.insert(AttentionProperty::EdrSensorOff);
        assessment.missing_kbs = Some(vec!["5052000".into(), "5051987".into()]);
        state.assessment = Some(Box::new(assessment));
        let mut device = Device::default();
        device.group = group.map(Into::into);
        state.device = Some(Box::new(device));
    }
    fleet
}

/// Reads back what was written, also beside members of a document around it.
fn assert_reads_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(result: &T) {
    let text = serde_json::to_string(result).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *result);
    let document = text.replacen('{', "{\"source\":\"hunting\",", 1);
    assert_eq!(serde_json::from_str::<T>(&document).unwrap(), *result);
}

#[test]
fn every_result_is_read_back_as_it_was() {
    for fleet in [fleet(), current_fleet(), Vec::new()] {
        let mut triage = TriageBuilder::new(5).count_by(DeviceKey::Group).include_informational(true);
        let mut kbs = MissingKbsBuilder::new(5);
        kbs.add_vulnerabilities([("5052000".into(), "CVE-2026-21510".into(), Severity::Critical)]);
        let mut earlier = EarlierStates::new();
        earlier.add_pull(&fleet[..fleet.len() / 2]);
        let mut difference = DifferenceBuilder::new(earlier);
        for state in &fleet {
            triage.add(state);
            kbs.add(state);
            assert_reads_back(&difference.compare(state).unwrap());
        }

        let triage = triage.finish();
        assert_reads_back(&triage);
        let day = Date::new(2026, 11, 24).unwrap();
        assert_reads_back(&triage.servicing_on(day));
        triage.by_release(day).iter().for_each(assert_reads_back);
        assert_reads_back(&difference.finish());
        assert_reads_back(&kbs.finish());
    }
}

#[test]
fn missing_updates_are_read_back_as_they_were() {
    let mut update = KbInfo::new("KB4519998 (19045.5300) Amd64");
    (update.release, update.version) = (Some("KB4519998 (19045.5300)".into()), OsVersion::new("10.0.19045.5300"));
    let mut vulnerability = CveKbMap::new("CVE-2015-2482-4519998");
    (vulnerability.cve_id, vulnerability.severity) = (Some("CVE-2015-2482".into()), Some(Severity::Critical));
    let mut catalog = UpdateCatalog::new();
    catalog.add_update(update);
    catalog.add_vulnerability(vulnerability);

    let mut builder = MissingUpdatesBuilder::new(catalog, 5);
    for state in &fleet() {
        builder.add(state);
    }
    let missing = builder.finish();
    assert_eq!(missing.lacking, 1);
    assert_reads_back(&missing);
}
