//! Reading a collection in one call, over the emulator.

use std::sync::Arc;

use endstate_emulator::{Emulator, Fault};
use endstate_odata::Query;
use endstate_paging::ItemError;
use endstate_reqwest::{Client, FixedToken, ServiceRoot};
use futures_util::{StreamExt, TryStreamExt};

#[derive(serde::Deserialize)]
struct Device {
    id: String,
}

fn client_of(emulator: &Emulator) -> Client {
    let root = ServiceRoot::parse(&emulator.service_root()).unwrap();
    Client::new(&root, Arc::new(FixedToken::new(emulator.token()))).unwrap()
}

#[tokio::test]
async fn a_collection_is_read_whole_as_values_with_its_outcome() {
    let emulator = Emulator::builder().devices(250).page_size(100).start().await.unwrap();
    let states = client_of(&emulator).collection("machinesecuritystates").unwrap();
    let mut devices = states.items::<Device>();
    let mut ids = Vec::new();
    while let Some(device) = devices.try_next().await.unwrap() {
        ids.push(device.id);
    }
    assert_eq!((ids.len(), devices.report().outcome.to_string().as_str()), (250, "complete"));

    let top = states.query(&Query::new().top(7));
    assert_eq!(top.items::<Device>().try_collect::<Vec<_>>().await.unwrap().len(), 7);
}

#[tokio::test]
async fn a_collection_that_cannot_be_read_whole_ends_with_an_error() {
    let fault: Fault = "missing-link".parse().unwrap();
    let emulator = Emulator::builder().devices(250).page_size(100).faults([fault]).start().await.unwrap();
    let mut devices = client_of(&emulator).collection("machinesecuritystates").unwrap().items::<Device>();
    let mut last = None;
    while let Some(device) = devices.next().await {
        last = Some(device);
    }
    assert!(matches!(last, Some(Err(ItemError::Incomplete(_)))), "{}", devices.report().outcome);
}
