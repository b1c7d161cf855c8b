//! The emulator in the tests of other clients: those that block, with states and requests of their
//! own.

use std::io::{Read, Write};
use std::net::TcpStream;

use endstate_emulator::Emulator;
use endstate_model::{AttentionProperty, DeviceId, Entity, MachineSecurityState};
use endstate_odata::PageBuf;

use super::service::{get, page};

/// What a client that blocks its thread gets of the states.
fn get_blocking(emulator: &Emulator) -> String {
    let root = emulator.service_root();
    let (host, path) = root.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut connection = TcpStream::connect(host).unwrap();
    let token = emulator.token();
    write!(connection, "GET /{path}/machinesecuritystates HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[tokio::test]
async fn a_client_that_blocks_the_only_thread_of_a_test_is_served() {
    let emulator = Emulator::builder().devices(3).start_blocking().unwrap();
    assert_eq!(PageBuf::parse(get_blocking(&emulator)).unwrap().len(), 3);
    emulator.stop().await;
}

#[test]
fn a_test_without_a_runtime_is_served_until_the_emulator_is_dropped() {
    let emulator = Emulator::builder().devices(3).start_blocking().unwrap();
    assert_eq!(PageBuf::parse(get_blocking(&emulator)).unwrap().len(), 3);
    let root = emulator.service_root();
    let host = root.strip_prefix("http://").unwrap().split('/').next().unwrap();
    drop(emulator);
    // The task ends on its own thread, a moment later.
    while TcpStream::connect(host).is_ok() {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn own_states_are_served_in_their_order() {
    let mut second = MachineSecurityState::new(DeviceId::from("a"));
    second.properties_require_attention.insert(AttentionProperty::FirewallOff);
    let states = [MachineSecurityState::new(DeviceId::from("b")), second];
    let emulator = Emulator::builder().states(states.clone()).page_size(1).start().await.unwrap();
    let mut url = Some(format!("{}/machinesecuritystates", emulator.service_root()));
    let mut served = Vec::new();
    while let Some(here) = url {
        let page = page(get(&here)).await;
        assert!(page.count().is_none_or(|count| count == 2));
        served.extend(page.items().map(|item| MachineSecurityState::read(item).unwrap()));
        url = page.next_link().map(|link| link.as_str().to_owned());
    }
    assert_eq!(served, states);
}

#[tokio::test]
async fn states_as_json_are_served_with_all_their_members() {
    let odd = serde_json::json!({"id": "a", "build": "x", "assessed": false, "more": {"b": [1]}});
    let emulator = Emulator::builder().states([&odd]).start().await.unwrap();
    let page = page(get(&format!("{}/machinesecuritystates", emulator.service_root()))).await;
    assert_eq!(page.item(0).unwrap().decode::<serde_json::Value>().unwrap(), odd);
}

#[tokio::test]
async fn requests_are_recorded_with_what_was_sent() {
    let emulator = Emulator::builder().record_requests().start().await.unwrap();
    let url = format!("{}/machinesecuritystates", emulator.service_root());
    get(&format!("{url}?$top=5")).header("ConsistencyLevel", "eventual").send().await.unwrap();
    get(&format!("{url}/nothing")).send().await.unwrap();

    let requests = emulator.requests();
    let heads: Vec<_> = requests.iter().map(|request| (request.query.as_deref(), request.status)).collect();
    assert_eq!(heads, [(Some("$top=5"), 200), (None, 404)]);
    assert_eq!(requests[0].header("consistencylevel"), Some("eventual"));
    assert_eq!(requests[0].header("Authorization"), Some("Bearer emulated-token"));
    assert!(!format!("{requests:?}").contains("emulated-token"));

    let reset = emulator.service_root().replace("testwdatppreview", "_emulator/reset");
    reqwest::Client::new().post(reset).send().await.unwrap();
    assert!(emulator.requests().is_empty());
    let silent = Emulator::builder().start().await.unwrap();
    get(&format!("{}/machinesecuritystates", silent.service_root())).send().await.unwrap();
    assert!(silent.requests().is_empty());
}
