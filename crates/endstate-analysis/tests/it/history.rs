//! Histories of many pulls, against a model that looks at each device separately.

use std::collections::{BTreeMap, BTreeSet};

use endstate_analysis::{History, HistoryBuilder, HistoryRow};
use endstate_model::{Assessment, AttentionProperty, Device, DeviceId, MachineSecurityState, StateSource, UtcTime};
use proptest::prelude::*;

const DAY: i64 = 86_400;

/// One state of a device: which properties require attention, and which are not known. `None` if
/// the device is not there.
type Seen = Option<(BTreeSet<AttentionProperty>, BTreeSet<AttentionProperty>)>;

/// When a pull started: pulls are further and further apart.
fn moment(pull: usize) -> UtcTime {
    UtcTime::from_second(i64::try_from(pull * pull).unwrap() * DAY)
}

fn properties() -> [AttentionProperty; 4] {
    let of_later = AttentionProperty::from_wire("OfALaterVersion");
    [AttentionProperty::EdrSensorOff, AttentionProperty::FirewallOff, AttentionProperty::LapsOff, of_later]
}

fn state(
    id: usize,
    required: &BTreeSet<AttentionProperty>,
    not_known: &BTreeSet<AttentionProperty>,
) -> MachineSecurityState {
    let mut state = MachineSecurityState::new(DeviceId::from(format!("{id:040x}").as_str()));
    state.properties_require_attention.extend(required);
    let mut assessment = Assessment::new(StateSource::Hunting);
    assessment.not_known.extend(not_known);
    state.assessment = Some(Box::new(assessment));
    let mut device = Device::default();
    device.group = id.is_multiple_of(2).then(|| "Servers".into());
    state.device = Some(Box::new(device));
    state
}

/// The history of devices, each with what was seen of it in each pull.
fn history(devices: &[Vec<Seen>]) -> History {
    let mut builder = HistoryBuilder::new();
    for pull in 0..devices.iter().map(Vec::len).max().unwrap_or_default() {
        builder.begin_pull(moment(pull)).unwrap();
        for (id, seen) in devices.iter().enumerate() {
            if let Some((required, not_known)) = &seen[pull] {
                builder.add(&HistoryRow::from(&state(id, required, not_known)));
            }
        }
    }
    builder.finish()
}

/// What a model finds of one property of one device.
#[derive(Debug, Default, Clone, PartialEq)]
struct Found {
    resolved: u64,
    reopened: u64,
    began_before: u64,
    /// The pull since which it is open, and whether it may be open for longer.
    open_since: Option<(usize, bool)>,
    last_seen: usize,
}

/// Follows one property of one device.
fn model(seen: &[Seen], property: &AttentionProperty) -> Found {
    let mut found = Found::default();
    let (mut was_unknown, mut was_seen) = (false, false);
    for (pull, seen) in seen.iter().enumerate() {
        let Some((required, not_known)) = seen else {
            was_unknown |= pull > 0 && was_seen;
            continue;
        };
        found.last_seen = pull;
        if required.contains(property) {
            if found.open_since.is_none() {
                found.reopened += u64::from(found.resolved > 0);
                found.open_since = Some((pull, pull == 0 || was_unknown));
            }
        } else if !not_known.contains(property)
            && let Some((_, is_at_least)) = found.open_since.take()
        {
            found.resolved += 1;
            found.began_before += u64::from(is_at_least);
        }
        (was_unknown, was_seen) = (not_known.contains(property), true);
    }
    found
}

fn any_seen() -> impl Strategy<Value = Seen> {
    let some = || prop::collection::btree_set(prop::sample::select(properties().to_vec()), 0..3);
    prop::option::weighted(0.8, (some(), some())).prop_map(|seen| {
        // What is required is known.
        seen.map(|(required, not_known)| {
            let not_known = not_known.difference(&required).cloned().collect();
            (required, not_known)
        })
    })
}

proptest! {
    #[test]
    fn each_property_of_each_device_is_followed_as_the_model_follows_it(
        devices in prop::collection::vec(prop::collection::vec(any_seen(), 6), 1..6),
    ) {
        let history = history(&devices);
        prop_assert_eq!(history.pulls.len(), 6);
        for property in properties() {
            let found: Vec<_> = devices.iter().map(|seen| model(seen, &property)).collect();
            let is_there = |found: &Found| found.last_seen == 5;
            let sum = |count: fn(&Found) -> u64| found.iter().map(count).sum::<u64>();
            let expected = (
                sum(|found| found.resolved),
                sum(|found| found.reopened),
                found.iter().filter(|found| found.open_since.is_some() && is_there(found)).count() as u64,
                found.iter().filter(|found| found.open_since.is_some() && !is_there(found)).count() as u64,
                sum(|found| found.began_before) + sum(|found| u64::from(found.open_since.is_some_and(|(_, at_least)| at_least))),
            );
            let row = history.by_property.iter().find(|row| row.property == property);
            let given = row.map_or((0, 0, 0, 0, 0), |row| (row.resolved, row.reopened, row.open, row.gone, row.began_before));
            prop_assert_eq!(given, expected, "{}", property);

            let open: BTreeMap<_, _> = history.open.iter().filter(|open| open.property == property).map(|open| {
                (open.id.to_string(), (open.since.as_second(), open.is_at_least, u64::from(open.reopened)))
            }).collect();
            let expected: BTreeMap<_, _> = found.iter().enumerate().filter(|(_, found)| is_there(found)).filter_map(|(id, found)| {
                let (since, is_at_least) = found.open_since?;
                Some((format!("{id:040x}"), (moment(since).as_second(), is_at_least, found.reopened)))
            }).collect();
            prop_assert_eq!(open, expected);

            for (at, pull) in history.pulls.iter().enumerate() {
                let devices = devices.iter().filter_map(|seen| seen[at].as_ref());
                let with = devices.filter(|(required, _)| required.contains(&property)).count() as u64;
                let row = pull.by_property.iter().find(|row| row.key == property);
                prop_assert_eq!(row.map_or(0, |row| row.devices), with);
            }
        }
        for open in history.open.windows(2) {
            prop_assert!(open[0].since <= open[1].since, "the longest first");
        }
        let of_groups: u64 = history.by_group.iter().map(|row| row.resolved).sum();
        let even = devices.iter().step_by(2).flat_map(|seen| properties().map(|property| model(seen, &property).resolved));
        prop_assert_eq!(of_groups, even.sum::<u64>());
    }
}

/// A pull in which exactly these require attention, and everything is known.
#[expect(clippy::unnecessary_wraps, reason = "a device may not be there")]
fn exactly<const N: usize>(required: [AttentionProperty; N]) -> Seen {
    Some((BTreeSet::from(required), BTreeSet::new()))
}

#[test]
fn what_is_gone_or_not_known_is_not_resolved() {
    let firewall = AttentionProperty::FirewallOff;
    let unknown = Some((BTreeSet::new(), BTreeSet::from([firewall.clone()])));
    for between in [None, unknown] {
        let history =
            history(&[vec![exactly([]), exactly([firewall.clone()]), between.clone(), exactly([firewall.clone()])]]);
        let row = &history.by_property[0];
        assert_eq!((row.resolved, row.open, row.reopened), (0, 1, 0), "{between:?}");
        assert_eq!(history.open[0].since, UtcTime::from_second(DAY));
    }
    let history = history(&[vec![exactly([]), exactly([firewall.clone()]), None], vec![exactly([]); 3]]);
    assert_eq!((history.by_property[0].gone, history.open.len()), (1, 0));
}

#[test]
fn a_property_that_comes_back_is_flapping() {
    let firewall = AttentionProperty::FirewallOff;
    let history = history(&[vec![
        exactly([firewall.clone()]),
        exactly([]),
        exactly([firewall.clone()]),
        exactly([]),
        exactly([firewall.clone()]),
    ]]);
    assert_eq!((history.flapping[0].reopened, history.flapping[0].is_open), (2, true));
    assert_eq!(history.by_property[0].reopened, 2);
}

#[test]
fn states_of_the_documented_collection_resolve_no_control_of_today() {
    let mut builder = HistoryBuilder::new();
    let of_today = state(0, &BTreeSet::from([AttentionProperty::LapsOff]), &BTreeSet::new());
    let documented = MachineSecurityState::new(of_today.id.clone());
    for (day, state) in [(1, &of_today), (2, &documented), (3, &of_today)] {
        builder.begin_pull(UtcTime::from_second(day * DAY)).unwrap();
        builder.add(&HistoryRow::from(state));
    }
    let history = builder.finish();
    let row = &history.by_property[0];
    assert_eq!((row.property.clone(), row.resolved, row.reopened), (AttentionProperty::LapsOff, 0, 0));
}

#[test]
fn a_pull_that_did_not_start_after_the_one_before_is_refused() {
    let mut builder = HistoryBuilder::new();
    builder.begin_pull(UtcTime::from_second(2 * DAY)).unwrap();
    for day in [1, 2] {
        let refused = builder.begin_pull(UtcTime::from_second(day * DAY)).unwrap_err();
        assert_eq!(refused.to_string(), "the pull did not start after the one of 1970-01-03T00:00:00Z");
    }
    assert_eq!(builder.finish().pulls.len(), 1);
}
