//! Pulls are added once, in any order, by any number of writers.

use endstate_analysis::{HistoryBuilder, HistoryRow};
use endstate_history::{Added, Lake};
use endstate_model::MachineSecurityState;

use super::{add, fleet, record};

#[test]
fn pulls_in_any_order_give_the_history_of_their_states() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    for day in [3, 0, 4, 1, 2] {
        let record = record("contoso", day);
        assert_eq!(add(&lake, &record, &fleet(300, day)), Added::New);
        assert_eq!(add(&lake, &record, &fleet(300, day)), Added::AlreadyThere);
    }

    let mut builder = HistoryBuilder::new();
    for day in 0..5 {
        builder.begin_pull(record("contoso", day).started_at).unwrap();
        for state in &fleet(300, day) {
            builder.add(&HistoryRow::from(state));
        }
    }
    let lake = Lake::open(folder.path()).unwrap();
    let tenant = "contoso".parse().unwrap();
    assert_eq!(lake.history(Some(&tenant)).unwrap(), builder.finish());
    let snapshots = lake.snapshots().unwrap();
    assert_eq!(snapshots.iter().map(|snapshot| snapshot.devices).collect::<Vec<_>>(), [300; 5]);
    assert!(snapshots.is_sorted_by_key(|snapshot| snapshot.started_at));
    assert!(lake.history(Some(&"fabrikam".parse().unwrap())).unwrap().pulls.is_empty());
}

#[test]
fn pulls_of_many_groups_of_rows_are_followed_in_the_order_of_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    let mut builder = HistoryBuilder::new();
    for (day, devices) in [70_000, 3, 0, 33_000, 40_000].into_iter().enumerate() {
        let record = record("contoso", i64::try_from(day).unwrap());
        let mut states = fleet(devices, i64::try_from(day).unwrap());
        // Of two rows of a device, in different groups, the first counts.
        let again = states.first().map(|first| MachineSecurityState::new(first.id.clone()));
        states.extend(again);
        add(&lake, &record, &states);
        builder.begin_pull(record.started_at).unwrap();
        for state in &states {
            builder.add(&HistoryRow::from(state));
        }
    }
    assert_eq!(lake.history(Some(&"contoso".parse().unwrap())).unwrap(), builder.finish());
}

#[test]
fn eight_writers_add_eight_pulls_each_and_none_is_lost_or_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let lake = lake.clone();
            scope.spawn(move || {
                for day in 0..8 {
                    let record = record(&format!("tenant{writer}"), day);
                    assert_eq!(add(&lake, &record, &fleet(3, 0)), Added::New);
                }
            });
        }
    });
    let snapshots = lake.snapshots().unwrap();
    let mut pulls: Vec<_> = snapshots.iter().map(|snapshot| &snapshot.pull).collect();
    pulls.sort_unstable();
    pulls.dedup();
    assert_eq!((snapshots.len(), pulls.len()), (64, 64));
    // A checkpoint after ten commits each.
    let log = std::fs::read_dir(folder.path().join("machinesecuritystates/_delta_log")).unwrap();
    let names = log.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.ends_with(".checkpoint.parquet")).count(), 6);
}

#[test]
fn two_writers_of_the_same_pull_add_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    let record = record("contoso", 1);
    let added = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..6).map(|_| scope.spawn(|| add(&lake, &record, &fleet(10, 0)))).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(added.iter().filter(|added| **added == Added::New).count(), 1, "{added:?}");
    assert_eq!(lake.snapshots().unwrap().len(), 1);
}

#[test]
fn a_pull_that_is_not_finished_leaves_the_table_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    let record = record("contoso", 1);
    let mut snapshot = lake.begin(&record).unwrap();
    for state in &fleet(40_000, 0) {
        snapshot.add(state, None).unwrap();
    }
    drop(snapshot);
    assert!(lake.snapshots().unwrap().is_empty());
    assert!(!lake.has(&record.id).unwrap());
    let files = std::fs::read_dir(folder.path().join("machinesecuritystates")).unwrap().count();
    assert!(files <= 2, "the log, and a folder without a file");
    assert_eq!(add(&lake, &record, &fleet(40_000, 0)), Added::New);
    assert_eq!(lake.snapshots().unwrap()[0].devices, 40_000);
}

#[test]
fn an_incomplete_pull_is_only_in_the_table_of_pulls() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    let mut record = record("contoso", 1);
    (record.outcome, record.reason) = ("incomplete".to_owned(), Some("page_lost".to_owned()));
    assert_eq!(lake.add_record(&record).unwrap(), Added::New);
    assert_eq!(lake.add_record(&record).unwrap(), Added::AlreadyThere);
    assert!(lake.snapshots().unwrap().is_empty());
}

#[test]
fn a_fleet_that_is_empty_is_a_pull_without_devices() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    add(&lake, &record("contoso", 0), &fleet(4, 1));
    add(&lake, &record("contoso", 1), &[]);
    let history = lake.history(None).unwrap();
    assert_eq!(history.pulls.iter().map(|pull| pull.devices).collect::<Vec<_>>(), [4, 0]);
    assert!(history.open.is_empty() && history.by_property.iter().any(|row| row.gone > 0));
}
