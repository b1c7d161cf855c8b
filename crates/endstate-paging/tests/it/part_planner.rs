//! The planner of parts without its driver, with arbitrary fleets and services.

use endstate_paging::{BucketCounts, Outcome, Part, PartFacts, PartLimits, PartPlanner, PartStep, PartVerdict, Reason};
use proptest::prelude::*;

fn planner(pairs: &[(u32, u64)], limits: PartLimits) -> PartPlanner {
    PartPlanner::new(BucketCounts::from_pairs(4, pairs.iter().copied()).unwrap(), limits)
}

fn part(modulus: u32, index: u32) -> Part {
    Part::new(modulus, index).unwrap()
}

/// Whether a part has the devices with this hash, or all devices of this bucket.
fn contains(part: Part, hash: u64) -> bool {
    hash % u64::from(part.modulus()) == u64::from(part.index())
}

/// Answers the part that is due with so many devices, a row each.
fn answer(planner: &mut PartPlanner, due: Part, devices: u64) -> PartVerdict {
    assert_eq!(planner.step(), PartStep::Query(due));
    planner.part_read(PartFacts::new(devices, devices))
}

fn limits() -> PartLimits {
    PartLimits::default().target_rows(30).row_limit(100)
}

#[test]
fn parts_come_in_order_and_halves_in_place_of_their_part() {
    let mut planner = planner(&[(0, 20), (1, 20), (2, 5), (3, 5)], limits());
    assert_eq!(answer(&mut planner, part(2, 0), 100), PartVerdict::Discarded, "the answer may have been cut");
    assert_eq!(answer(&mut planner, part(4, 0), 20), PartVerdict::Accepted);
    assert_eq!(answer(&mut planner, part(4, 2), 5), PartVerdict::Accepted);
    assert_eq!(answer(&mut planner, part(2, 1), 25), PartVerdict::Accepted);
    assert_eq!(planner.step(), PartStep::Finish(Outcome::Complete));
    assert_eq!((planner.parts(), planner.splits(), planner.devices()), (3, 1, 50));
}

#[test]
fn a_bucket_that_is_too_large_ends_the_pull() {
    let mut planner = planner(&[(0, 10)], limits());
    for modulus in [1, 2] {
        assert_eq!(planner.step(), PartStep::Query(part(modulus, 0)));
        assert!(planner.can_split());
        planner.part_too_large();
    }
    assert!(!planner.can_split());
    planner.part_too_large();
    assert_eq!(planner.step(), PartStep::Finish(Outcome::Incomplete(Reason::PartTooLarge)));
    assert_eq!(planner.part_read(PartFacts::new(10, 10)), PartVerdict::Discarded, "the pull is over");
    assert_eq!(planner.splits(), 2);
}

#[test]
fn a_part_with_too_few_devices_is_requested_once_again() {
    let mut planner = planner(&[(0, 20), (1, 20)], limits());
    assert_eq!(answer(&mut planner, part(2, 0), 19), PartVerdict::Discarded);
    assert_eq!(answer(&mut planner, part(2, 0), 20), PartVerdict::Accepted);
    assert_eq!(answer(&mut planner, part(2, 1), 20), PartVerdict::Accepted);
    assert_eq!(planner.step(), PartStep::Finish(Outcome::Complete));
}

#[test]
fn each_part_and_each_half_has_a_second_request_of_its_own() {
    let mut planner = planner(&[(0, 20), (1, 20), (2, 9)], limits());
    for (due, devices, verdict) in [
        (part(2, 0), 28, PartVerdict::Discarded),
        (part(2, 0), 29, PartVerdict::Accepted),
        (part(2, 1), 19, PartVerdict::Discarded),
        (part(2, 1), 100, PartVerdict::Discarded),
        (part(4, 1), 19, PartVerdict::Discarded),
        (part(4, 1), 20, PartVerdict::Accepted),
        (part(4, 3), 0, PartVerdict::Accepted),
    ] {
        assert_eq!(answer(&mut planner, due, devices), verdict, "{due} with {devices}");
    }
    assert_eq!(planner.step(), PartStep::Finish(Outcome::Complete));
}

#[test]
fn a_part_that_stays_too_small_is_kept_and_the_others_are_read() {
    let mut planner = planner(&[(0, 20), (1, 20)], limits());
    assert_eq!(answer(&mut planner, part(2, 0), 19), PartVerdict::Discarded);
    assert_eq!(answer(&mut planner, part(2, 0), 18), PartVerdict::Accepted);
    assert_eq!(answer(&mut planner, part(2, 1), 25), PartVerdict::Accepted);
    assert_eq!(planner.step(), PartStep::Finish(Outcome::Incomplete(Reason::Truncated)));
    assert_eq!((planner.expected(), planner.devices()), (40, 43));
}

#[test]
fn rows_that_repeat_a_device_do_not_make_up_for_one_that_is_missing() {
    let mut planner = planner(&[(0, 20)], limits());
    for verdict in [PartVerdict::Discarded, PartVerdict::Accepted] {
        assert_eq!(planner.part_read(PartFacts::new(40, 19)), verdict);
    }
    assert_eq!(planner.step(), PartStep::Finish(Outcome::Incomplete(Reason::Truncated)));
}

#[test]
fn a_part_that_is_lost_ends_the_pull() {
    let mut planner = planner(&[(0, 20), (1, 20)], limits());
    assert_eq!(answer(&mut planner, part(2, 0), 20), PartVerdict::Accepted);
    planner.part_lost();
    planner.part_too_large();
    assert_eq!(planner.step(), PartStep::Finish(Outcome::Incomplete(Reason::PageLost)));
    assert_eq!(planner.splits(), 0);
}

/// How a made-up service treats a query.
#[derive(Debug, Clone, Copy)]
enum Mood {
    Fine,
    TooLarge,
    /// It leaves out so many of its devices.
    Short(usize),
    Lost,
}

fn any_mood() -> impl Strategy<Value = Mood> {
    prop_oneof![
        30 => Just(Mood::Fine),
        4 => Just(Mood::TooLarge),
        4 => (1_usize..4).prop_map(Mood::Short),
        1 => Just(Mood::Lost),
    ]
}

proptest! {
    #[test]
    fn every_device_is_read_exactly_once_or_the_pull_is_incomplete(
        // Hashes that spread, and hashes that share their low bits.
        fleet in prop::collection::vec(prop_oneof![any::<u64>(), (0_u64..9).prop_map(|high| high << 40)], 0..120),
        joined in prop::collection::vec(any::<u64>(), 0..6),
        bits in 0_u32..6,
        target in 1_u64..60,
        row_limit in 1_usize..80,
        largest in 1_usize..80,
        moods in prop::collection::vec(any_mood(), 1..40),
    ) {
        let buckets = 1_u32 << bits;
        let bucket_of = |hash: u64| u32::try_from(hash % u64::from(buckets)).unwrap();
        let counted = (0..buckets)
            .map(|bucket| (bucket, fleet.iter().filter(|hash| bucket_of(**hash) == bucket).count() as u64))
            .filter(|(_, devices)| *devices > 0);
        let limits = PartLimits::default().target_rows(target).row_limit(row_limit as u64);
        let mut planner = PartPlanner::new(BucketCounts::from_pairs(buckets, counted).unwrap(), limits);

        // Devices that joined after the count are in every answer.
        let devices: Vec<_> = fleet.iter().chain(&joined).copied().enumerate().collect();
        let mut read = vec![0; devices.len()];
        let mut covered = vec![0; buckets as usize];
        let mut queries = 0;

        let outcome = loop {
            let part = match planner.step() {
                PartStep::Query(part) => part,
                PartStep::Finish(outcome) => break outcome,
            };
            let mood = moods[queries % moods.len()];
            queries += 1;
            prop_assert!(queries <= 4 * buckets as usize, "the pull ends");
            let mut answer: Vec<_> = devices.iter().filter(|(_, hash)| contains(part, *hash)).collect();
            match mood {
                Mood::TooLarge => {
                    planner.part_too_large();
                    continue;
                }
                Mood::Lost => {
                    planner.part_lost();
                    continue;
                }
                Mood::Short(missing) => answer.truncate(answer.len().saturating_sub(missing)),
                Mood::Fine if answer.len() > largest => {
                    planner.part_too_large();
                    continue;
                }
                Mood::Fine => {}
            }

            answer.truncate(row_limit);
            let facts = PartFacts::new(answer.len() as u64, answer.len() as u64);
            if planner.part_read(facts) == PartVerdict::Accepted {
                for (device, _) in &answer {
                    read[*device] += 1;
                }
                for bucket in (0..buckets).filter(|bucket| contains(part, u64::from(*bucket))) {
                    covered[bucket as usize] += 1;
                }
            }
        };

        prop_assert!(read.iter().all(|times| *times <= 1), "no device is read twice");
        prop_assert_eq!(planner.devices(), read.iter().sum::<u64>());
        let has_all_parts = covered.iter().all(|times| *times == 1);
        match outcome {
            Outcome::Complete => {
                prop_assert!(has_all_parts);
                prop_assert!(planner.devices() >= planner.expected());
                // A device can hide behind one that joined only if a service leaves some out.
                let is_honest = !moods.iter().any(|mood| matches!(mood, Mood::Short(_)));
                prop_assert!(!is_honest || read.iter().all(|times| *times == 1));
                prop_assert!(!joined.is_empty() || read.iter().all(|times| *times == 1));
            }
            Outcome::Incomplete(Reason::Truncated) => prop_assert!(has_all_parts),
            Outcome::Incomplete(Reason::PartTooLarge | Reason::PageLost) => {
                prop_assert!(covered.iter().all(|times| *times <= 1) && !has_all_parts);
            }
            other => prop_assert!(false, "a pull in parts does not end as {}", other),
        }
    }
}
