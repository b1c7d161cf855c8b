//! Pulls are read back, found by their time, verified and removed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use endstate_history::{Finding, HistoryError, Lake, Location, Retention, Snapshot, StoredState};
use endstate_model::{
    Architecture, Assessment, AttentionProperties, AttentionProperty, Device, DeviceId, MachineSecurityState,
    StateSource, UtcTime,
};

use super::{DAY, add, fleet, record};

fn moment(day: i64) -> UtcTime {
    record("contoso", day).started_at
}

fn days(snapshots: &[Snapshot]) -> Vec<i64> {
    snapshots.iter().map(|snapshot| (snapshot.started_at.as_second() - moment(0).as_second()) / DAY).collect()
}

/// States with each kind of value that a column may or may not have.
fn various() -> Vec<MachineSecurityState> {
    let mut documented = MachineSecurityState::new(DeviceId::from("a"));
    documented.build = Some(19045);
    documented.architecture = Some(Architecture::from_wire("Amd64"));
    documented.properties_require_attention =
        ["FirewallOff", "SomethingNew;Strange"].into_iter().map(AttentionProperty::from_wire).collect();
    let mut unknown = MachineSecurityState::new(DeviceId::from("b"));
    unknown.properties_require_attention = AttentionProperties::not_known();
    let mut partly = documented.clone();
    partly.id = DeviceId::from("c");
    partly.properties_require_attention.mark_not_known();

    let mut current = documented.clone();
    current.id = DeviceId::from(format!("{:040x}", 7).as_str());
    let mut assessment = Assessment::new(StateSource::Hunting);
    assessment.is_assessed = false;
    assessment.not_known.insert(AttentionProperty::from_wire("EdrSensorOff"));
    assessment.not_applicable.insert(AttentionProperty::from_wire("LapsOff"));
    assessment.missing_kbs = Some(vec!["5051987".into()]);
    current.assessment = Some(Box::new(assessment));
    let mut device = Device::default();
    device.name = Some("ws-1.contoso.example".into());
    device.tags = vec!["x".into(), "y;z".into()];
    device.last_seen = Some(moment(3));
    device.excluded = Some(false);
    current.device = Some(Box::new(device));
    vec![documented, unknown, partly, current]
}

#[test]
fn states_come_back_as_they_were_added() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    let record = record("contoso", 0);
    let mut writer = lake.begin(&record).unwrap();
    let others = [None, Some(r#"{"ring":"fast"}"#), None, None];
    for (state, other) in various().iter().zip(others) {
        writer.add(state, other).unwrap();
    }
    writer.finish(&record).unwrap();

    let snapshot = &lake.snapshots().unwrap()[0];
    let stored: Vec<StoredState> = lake.states(snapshot).collect::<Result<_, _>>().unwrap();
    assert_eq!(stored.iter().map(|stored| stored.state.clone()).collect::<Vec<_>>(), various());
    assert_eq!(stored.iter().map(|stored| stored.other.as_deref()).collect::<Vec<_>>(), others);
    let found = lake.find_states(snapshot, |_, name| name == Some("ws-1.contoso.example")).unwrap();
    assert_eq!(found.iter().map(|stored| &stored.state).collect::<Vec<_>>(), [&various()[3]]);
    assert_eq!(lake.receipt(snapshot).unwrap().as_deref(), Some(&*record.receipt));
}

#[test]
fn pulls_are_found_by_their_time() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    for (tenant, day) in [("contoso", 0), ("contoso", 3), ("contoso", 1), ("fabrikam", 2)] {
        add(&lake, &record(tenant, day), &fleet(3, day));
    }
    assert_eq!(days(&lake.snapshots().unwrap()), [0, 1, 3, 2]);
    assert_eq!(days(&lake.snapshots_between(moment(1), moment(2)).unwrap()), [1, 2]);
    let tenants = lake.tenants().unwrap();
    assert_eq!(tenants.iter().flatten().map(ToString::to_string).collect::<Vec<_>>(), ["contoso", "fabrikam"]);
    // A damaged file of another tenant is not in the way.
    let other = folder.path().join("machinesecuritystates/tenant=fabrikam/pulled_on=2026-11-26");
    let other = fs::read_dir(other).unwrap().next().unwrap().unwrap().path();
    let bytes = fs::read(&other).unwrap();
    fs::write(&other, "damaged").unwrap();
    assert_eq!(days(&lake.snapshots_of_tenant(tenants[0].as_ref()).unwrap()), [0, 1, 3]);
    assert!(lake.snapshots_of_tenant(tenants[1].as_ref()).is_err());
    fs::write(&other, bytes).unwrap();
    assert_eq!(days(&lake.last_before(moment(3)).unwrap()), [1, 2]);
    assert_eq!(days(&lake.last_before(moment(100)).unwrap()), [3, 2]);
    assert!(lake.last_before(moment(0)).unwrap().is_empty());
    assert_eq!(lake.records().unwrap().len(), 4);
}

fn file_of(folder: &Path, date: &str) -> PathBuf {
    let partition = folder.join(format!("machinesecuritystates/tenant=contoso/pulled_on={date}"));
    fs::read_dir(partition).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn a_changed_bit_and_a_lost_record_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    for day in 0..3 {
        let mut record = record("contoso", day);
        record.devices = 5;
        // The receipt of the last one counts another device.
        add(&lake, &record, &fleet(if day == 2 { 4 } else { 5 }, day));
    }
    let findings = lake.verify().unwrap().findings;
    assert!(matches!(&findings[..], [Finding::OtherCount { states: 4, devices: 5, .. }]), "{findings:?}");

    let file = file_of(folder.path(), "2026-11-24");
    let mut bytes = fs::read(&file).unwrap();
    let place = bytes.len() / 3;
    bytes[place] ^= 4;
    fs::write(&file, bytes).unwrap();
    fs::remove_dir_all(folder.path().join("pulls")).unwrap();
    Lake::create(folder.path()).unwrap();
    let verification = lake.verify().unwrap();
    assert_eq!((verification.files, verification.unchanged_files), (3, 0), "nothing says what was written");
    let lost = verification.findings.iter().filter(|finding| matches!(finding, Finding::NoRecord(_))).count();
    assert!(lost >= 2, "{:?}", verification.findings);
}

#[test]
fn settings_that_raise_the_protocol_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    assert!(lake.verify().unwrap().raising_settings.is_empty());
    let log = folder.path().join("machinesecuritystates/_delta_log");
    let first = fs::read_to_string(log.join("00000000000000000000.json")).unwrap();
    let metadata = first.lines().find(|line| line.contains("metaData")).unwrap();
    let metadata =
        metadata.replace("\"configuration\":{}", "\"configuration\":{\"delta.enableDeletionVectors\":\"true\"}");
    fs::write(log.join("00000000000000000001.json"), metadata + "\n").unwrap();
    assert_eq!(lake.verify().unwrap().raising_settings, ["delta.enableDeletionVectors=true"]);
}

#[test]
fn files_of_removed_pulls_stay_for_seven_days() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    for day in 0..4 {
        add(&lake, &record("contoso", day), &fleet(3, day));
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let in_days = |days: u64| UtcTime::from_second(i64::try_from(now + days * 86_400).unwrap());
    let retention = Retention::new().all(Duration::from_secs(1));

    let preview = lake.preview_expiry(&retention, in_days(30)).unwrap();
    assert_eq!((preview.pulls.len(), preview.files, lake.snapshots().unwrap().len()), (3, 0, 4));
    let expiry = lake.expire(&retention, in_days(30)).unwrap();
    assert_eq!((expiry.pulls, expiry.files), (preview.pulls, 0));
    assert_eq!(days(&lake.snapshots().unwrap()), [3]);
    assert_eq!(lake.records().unwrap().len(), 4, "receipts stay");

    // Removed just now, although the file is old.
    let old = SystemTime::now() - Duration::from_secs(30 * 86_400);
    let removed = file_of(folder.path(), "2026-11-24");
    File::options().write(true).open(&removed).unwrap().set_modified(old).unwrap();
    assert_eq!(lake.expire(&retention, in_days(0)).unwrap().files, 0);
    // A week later it goes, and so do the others; the pull that stays keeps its file.
    let later = lake.expire(&retention, in_days(8)).unwrap();
    assert!(later.files == 3 && later.bytes > 1_000, "{later:?}");
    assert!(!removed.exists());
    assert_eq!(lake.states(&lake.snapshots().unwrap()[0]).count(), 3);
    // The pull is known to have been there, so it is not added again.
    assert!(lake.has(&record("contoso", 0).id).unwrap());
}

#[test]
fn a_clock_that_is_behind_removes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    for day in 0..2 {
        add(&lake, &record("contoso", day), &fleet(3, day));
    }
    let error = lake.expire(&Retention::new(), moment(0)).unwrap_err();
    assert!(matches!(error, HistoryError::Clock { .. }), "{error}");
    assert_eq!(lake.snapshots().unwrap().len(), 2);
}

#[test]
fn a_container_without_its_account_names_the_variable() {
    let error = Lake::open("az://container/x".parse::<Location>().unwrap()).unwrap_err();
    assert!(error.to_string().contains("set AZURE_STORAGE_ACCOUNT_NAME"), "{error}");
}

#[test]
fn only_folders_of_stores_are_locations() {
    for (text, why) in [
        ("ftp://host/x", "its scheme is not one of"),
        ("https://host/x", "its scheme is not one of"),
        ("s3:///x", "it names no bucket"),
        ("s3://bucket@contoso/x", "it has a user"),
        ("s3://key:secret@bucket/x", "it has a password"),
        ("az://container/x?sv=secret", "it has a password, a query"),
    ] {
        let error = text.parse::<Location>().unwrap_err().to_string();
        assert!(error.contains(why) && !error.contains("secret"), "{text}: {error}");
    }
    for (text, shown) in [("a/b", "a/b"), ("file:///srv/h", "/srv/h"), ("az://c/h/", "az://c/h"), ("C:\\h", "C:\\h")] {
        assert_eq!(text.parse::<Location>().unwrap().to_string(), shown);
    }
    let secret = [("AWS_SECRET_ACCESS_KEY".to_owned(), "hidden".to_owned())];
    let location = "s3://bucket/x".parse::<Location>().unwrap().with_variables(secret);
    assert_eq!(format!("{location:?}"), "Location(\"s3://bucket/x\")");
    let endpoint = [("AWS_ENDPOINT_URL".to_owned(), "http://key:hidden@storage.example/?token=hidden".to_owned())];
    let error = Lake::open("s3://bucket/x".parse::<Location>().unwrap().with_variables(endpoint)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "http://storage.example is plain HTTP to another machine, which shows tokens to others; use https"
    );
}
