//! What is not a history, and what this version does not write, is refused by name.

use std::fs;
use std::path::Path;

use endstate_history::{HistoryError, Lake};

use super::{add, fleet, record};

/// Appends a version with one action to the log of the states.
fn append(folder: &Path, version: u32, action: &str) {
    let log = folder.join("machinesecuritystates/_delta_log");
    fs::write(log.join(format!("{version:020}.json")), format!("{action}\n")).unwrap();
}

#[test]
fn a_folder_without_a_history_says_so_and_is_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let error = Lake::open(&folder.path().join("lake")).unwrap_err();
    assert!(matches!(error, HistoryError::NotATable { .. }), "{error}");
    assert!(error.to_string().contains("lake/machinesecuritystates"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_table_with_features_that_are_not_written_is_refused_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    add(&lake, &record("contoso", 0), &fleet(3, 0));
    let raised = r#"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors","changeDataFeed"]}}"#;
    append(folder.path(), 2, raised);
    for error in [Lake::create(folder.path()).unwrap_err(), Lake::open(folder.path()).unwrap_err()] {
        let text = error.to_string();
        assert!(text.contains("reader version 3 and writer version 7, changeDataFeed, deletionVectors;"), "{text}");
    }
    let record = record("contoso", 1);
    let mut snapshot = lake.begin(&record).unwrap();
    snapshot.add(&fleet(1, 0)[0], None).unwrap();
    assert!(matches!(snapshot.finish(&record), Err(HistoryError::Protocol { .. })));
}

#[test]
fn a_delta_table_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    add(&lake, &record("contoso", 0), &fleet(3, 0));
    fs::remove_dir_all(folder.path().join("machinesecuritystates")).unwrap();
    fs::rename(folder.path().join("pulls"), folder.path().join("machinesecuritystates")).unwrap();
    let error = Lake::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("without the column id"), "{error}");
}

#[test]
fn a_file_that_is_missing_or_damaged_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    add(&lake, &record("contoso", 0), &fleet(3, 0));
    let partition = folder.path().join("machinesecuritystates/tenant=contoso/pulled_on=2026-11-24");
    let file = fs::read_dir(&partition).unwrap().next().unwrap().unwrap().path();
    fs::write(&file, "PAR1 but nothing else").unwrap();
    let error = lake.history(None).unwrap_err();
    assert!(matches!(error, HistoryError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("tenant=contoso/pulled_on=2026-11-24/"), "{error}");
    fs::remove_file(&file).unwrap();
    assert!(matches!(lake.history(None).unwrap_err(), HistoryError::MissingFile { .. }));
}

#[test]
fn damage_within_a_large_file_ends_the_reading_with_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    for day in 0..3 {
        add(&lake, &record("contoso", day), &fleet(70_000, day));
    }
    let partition = folder.path().join("machinesecuritystates/tenant=contoso/pulled_on=2026-11-25");
    let file = fs::read_dir(&partition).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 20_000].fill(0);
    fs::write(&file, bytes).unwrap();
    let error = lake.history(None).unwrap_err();
    assert!(error.to_string().contains("tenant=contoso/pulled_on=2026-11-25/"), "{error}");
}

#[test]
fn a_tenant_whose_name_cannot_be_that_of_a_folder_is_refused() {
    for name in ["a/b", "..", "", "a b", "Café", ".hidden", "_delta_log", "a=b", "a%2fb"] {
        let error = name.parse::<endstate_history::TenantName>().unwrap_err();
        assert!(error.to_string().contains("cannot be that of a folder"), "{error}");
    }
}
