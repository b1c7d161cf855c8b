//! Tests of `endstate-history` through its public interface.
#![expect(clippy::unwrap_used, reason = "a test that cannot continue should say where")]

mod add;
mod read;
mod refusals;

use endstate_history::{Added, Lake, PullId, PullRecord};
use endstate_model::{Assessment, AttentionProperty, Device, DeviceId, MachineSecurityState, StateSource, UtcTime};

const DAY: i64 = 86_400;

/// The pull of a tenant on a day.
fn record(tenant: &str, day: i64) -> PullRecord {
    let started_at = UtcTime::from_second(1_795_500_000 + day * DAY);
    let mut record = PullRecord::new(PullId::of([tenant, &started_at.to_string()]), started_at);
    record.tenant = Some(tenant.parse().unwrap());
    record.receipt = format!("{{\"tenant\":\"{tenant}\"}}");
    record
}

/// Some devices, of which each requires attention for a few properties.
fn fleet(devices: usize, day: i64) -> Vec<MachineSecurityState> {
    let state = |number: usize| {
        let mut state = MachineSecurityState::new(DeviceId::from(format!("{number:040x}").as_str()));
        (state.build, state.revision) = (Some(19045), Some(5247));
        let known = AttentionProperty::KNOWN;
        let day = usize::try_from(day).unwrap();
        let properties =
            (0..(number + day) % 4).map(|place| known[(number * 7 + place * 5 + day) % known.len()].clone());
        state.properties_require_attention.extend(properties);
        let mut assessment = Assessment::new(StateSource::Hunting);
        assessment.not_known.extend(number.is_multiple_of(5).then(|| known[number % known.len()].clone()));
        state.assessment = Some(Box::new(assessment));
        let mut device = Device::default();
        device.group = (!number.is_multiple_of(3)).then(|| ["Servers", "Workstations"][number % 3 - 1].into());
        state.device = Some(Box::new(device));
        state
    };
    (0..devices).map(state).collect()
}

/// Adds a pull with these states.
fn add(lake: &Lake, record: &PullRecord, states: &[MachineSecurityState]) -> Added {
    let mut snapshot = lake.begin(record).unwrap();
    for state in states {
        snapshot.add(state, None).unwrap();
    }
    snapshot.finish(record).unwrap()
}
