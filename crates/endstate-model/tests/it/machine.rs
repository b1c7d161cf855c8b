//! Machine records, as today's service and the preview family send them.

use endstate_model::{Device, Entity, FieldValue, Machine, UtcTime};
use endstate_odata::RawItem;
use proptest::prelude::*;

fn read(json: &str) -> Machine {
    Machine::read(RawItem::parse(json).unwrap()).unwrap()
}

#[test]
fn a_record_is_read_with_the_services_oddities() {
    let machine = read(
        r#"{"id":"121688558380765161_2136280442","computerDnsName":"","firstSeen":"0001-01-01T00:00:00Z",
            "lastSeen":"2024-11-05T11:54:59.5717001Z","osBuild":null,"rbacGroupId":140,"rbacGroupName":null,
            "machineTags":["red",null,""],"onboardingstatus":"Onboarded","isExcluded":null,"newColumn":[1]}"#,
    );
    assert_eq!(machine.id.to_string(), "121688558380765161_2136280442");
    assert_eq!((machine.computer_dns_name, machine.first_seen, machine.os_build), (None, None, None));
    assert_eq!(machine.last_seen, Some(UtcTime::from_second(1_730_807_699)));
    assert_eq!(machine.rbac_group_id.as_deref(), Some("140"));
    assert_eq!(machine.machine_tags, ["red".into()]);
    assert_eq!(machine.onboarding_status.as_deref(), Some("Onboarded"));
    assert!(machine.unreadable_fields.is_empty());
    assert_eq!(read(r#"{"id":"1","rbacGroupId":"140"}"#).rbac_group_id.as_deref(), Some("140"));
}

#[test]
fn a_field_of_another_type_is_not_known_and_listed() {
    let machine =
        read(r#"{"id":"1","osPlatform":7,"lastSeen":"yesterday","machineTags":"red","computerDnsName":"ws-1"}"#);
    assert_eq!(machine.unreadable_fields(), ["osPlatform", "lastSeen", "machineTags"]);
    assert_eq!((machine.os_platform, machine.last_seen), (None, None));
    assert_eq!(machine.computer_dns_name.as_deref(), Some("ws-1"));
    assert!(Machine::read(RawItem::parse(r#"{"computerDnsName":"ws-1"}"#).unwrap()).is_err());
}

#[test]
fn every_field_of_a_record_has_a_value_by_its_name() {
    let machine = read(
        r#"{"id":"1","computerDnsName":"a","rbacGroupName":"b","machineTags":["c"],"osPlatform":"d","version":"e",
            "osBuild":6,"osProcessor":"x64","firstSeen":"2024-11-05T11:54:59Z","lastSeen":"2024-11-05T11:54:59Z",
            "onboardingStatus":"f","healthStatus":"g","riskScore":"h","exposureLevel":"i","deviceValue":"j",
            "aadDeviceId":"k","managedBy":"l","mergedIntoMachineId":"m","isExcluded":true}"#,
    );
    for field in Machine::FIELDS {
        assert_ne!(machine.field(field.name), FieldValue::Missing, "{}", field.name);
    }
    assert_eq!(machine.field("noSuchField"), FieldValue::Missing);
}

#[test]
fn a_device_leaves_out_what_is_not_known() {
    let device = Device::from(&read(r#"{"id":"1","computerDnsName":"ws-1","onboardingStatus":"CanBeOnboarded"}"#));
    assert_eq!(serde_json::to_string(&device).unwrap(), r#"{"name":"ws-1","onboarding":"CanBeOnboarded"}"#);
    assert_eq!(device.is_onboarded(), Some(false));
    let nulls: Device = serde_json::from_str(r#"{"name":null,"tags":null,"users":null,"lastSeen":null}"#).unwrap();
    assert!(nulls.is_empty() && nulls.is_onboarded().is_none());
}

proptest! {
    #[test]
    fn a_time_that_is_written_is_read_back(second in 1_i64..250_000_000_000) {
        let time = UtcTime::from_second(second);
        prop_assert_eq!(time.to_string().parse(), Ok(time));
    }

    #[test]
    fn any_text_is_a_time_or_an_error(text in ".{0,40}") {
        let _ = text.parse::<UtcTime>();
    }
}

#[test]
fn an_id_that_is_a_text_of_digits_stays_as_it_is_written() {
    let text = r#"{"id":"0001","mergedIntoMachineId":"0001","aadDeviceId":"1e3","rbacGroupId":7}"#;
    let machine = Machine::read(RawItem::parse(text).unwrap()).unwrap();
    assert_eq!(machine.merged_into_machine_id.as_deref(), Some("0001"));
    assert_eq!(machine.aad_device_id.as_deref(), Some("1e3"));
    assert_eq!(machine.rbac_group_id.as_deref(), Some("7"));
}
