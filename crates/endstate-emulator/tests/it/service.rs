//! Tests of the service over HTTP, as a client sees it.

use std::num::NonZeroU32;

use endstate_emulator::{CallLimits, Emulator};
use endstate_odata::{ErrorBody, Page, PageBuf};
use reqwest::{Client, RequestBuilder, Response, StatusCode};

pub(super) fn get(url: &str) -> RequestBuilder {
    Client::builder().no_proxy().build().unwrap().get(url).bearer_auth(Emulator::DEFAULT_TOKEN)
}

fn collection(emulator: &Emulator) -> String {
    format!("{}/machinesecuritystates", emulator.service_root())
}

pub(super) async fn page(request: RequestBuilder) -> PageBuf {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    PageBuf::parse(response.text().await.unwrap()).unwrap()
}

async fn error(response: Response) -> (u16, ErrorBody) {
    (response.status().as_u16(), ErrorBody::from_slice(&response.bytes().await.unwrap()).unwrap())
}

#[tokio::test]
async fn the_response_matches_the_document_and_begins_with_its_device() {
    let emulator = Emulator::builder().page_size(2).start().await.unwrap();
    let response = get(&collection(&emulator)).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json; odata.metadata=minimal");
    let body = response.text().await.unwrap();
    let port = emulator.service_root().split(':').nth(2).unwrap().split('/').next().unwrap().to_owned();
    insta::with_settings!({filters => vec![(port.as_str(), "PORT")]}, {
        insta::assert_snapshot!(body, @r#"{"@odata.context":"http://127.0.0.1:PORT/testwdatppreview/$metadata#MachineSecurityStates","@odata.count":444,"@odata.nextLink":"http://127.0.0.1:PORT/testwdatppreview/machinesecuritystates?$skiptoken=AAAAAAAAAAIAAAAC_wDDNNE63Gr7gGI_uKGrr1J5","value":[{"id":"000050e1b4afeee3742489ede9ad7a3e16bbd9c4","build":14393,"revision":2485,"architecture":"Amd64","osVersion":"10.0.14393.2485.amd64fre.rs1_release.180827-1809","propertiesRequireAttention":["EdrImpairedCommunications","AntivirusNotReporting"]},{"id":"00e0273c170ef0f60b3eedccd3fe9a8fcca1b51b","build":19045,"revision":5247,"architecture":"Amd64","osVersion":"10.0.19045.5247.amd64fre.vb_release.191206-1406","propertiesRequireAttention":["AntivirusPuaProtectionOff"]}]}"#);
    });
    emulator.stop().await;
}

#[tokio::test]
async fn following_the_links_returns_every_device_once_in_order() {
    let emulator = Emulator::builder().devices(23).page_size(5).start().await.unwrap();
    let mut url = Some(collection(&emulator));
    let mut ids = Vec::new();
    let mut sizes = Vec::new();
    while let Some(here) = url {
        let page = page(get(&here)).await;
        sizes.push(page.len());
        ids.extend(page.items().map(|item| item.decode::<serde_json::Value>().unwrap()["id"].to_string()));
        url = page.next_link().map(|link| link.as_str().to_owned());
    }
    assert_eq!(sizes, [5, 5, 5, 5, 3]);
    let fleet = emulator.fleet();
    let expected: Vec<_> = (0..23).map(|position| format!("\"{}\"", fleet.device(position).id)).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn an_altered_skip_token_is_refused_and_so_is_an_option_added_to_a_link() {
    let emulator = Emulator::builder().start().await.unwrap();
    let link = page(get(&collection(&emulator))).await.next_link().unwrap().as_str().to_owned();
    let (stem, last) = link.split_at(link.len() - 4);
    let altered = format!("{stem}{}", last.chars().rev().map(|c| if c == 'A' { 'B' } else { 'A' }).collect::<String>());
    let (status, body) = error(get(&altered).send().await.unwrap()).await;
    assert_eq!((status, body.to_string().as_str()), (400, "BadRequest: The continuation token is not valid."));
    let (status, body) = error(get(&format!("{link}&$top=5")).send().await.unwrap()).await;
    assert_eq!((status, body.message.as_str()), (400, "No query option may be added to a next link."));
}

#[tokio::test]
async fn top_limits_all_items_and_returns_no_link_as_in_the_real_service() {
    let emulator = Emulator::builder().start().await.unwrap();
    let page = page(get(&format!("{}?$top=7", collection(&emulator)))).await;
    assert_eq!((page.len(), page.next_link(), page.count()), (7, None, Some(444)));
}

#[tokio::test]
async fn skip_passes_over_devices_and_the_count_stays() {
    let emulator = Emulator::builder().start().await.unwrap();
    let page = page(get(&format!("{}?$skip=440", collection(&emulator)))).await;
    assert_eq!((page.len(), page.next_link(), page.count()), (4, None, Some(444)));
}

#[tokio::test]
async fn the_count_is_on_the_first_page_and_on_every_page_if_requested() {
    let emulator = Emulator::builder().start().await.unwrap();
    for (option, expected) in [("", None), ("?$count=true", Some(444))] {
        let first = page(get(&format!("{}{option}", collection(&emulator)))).await;
        assert_eq!(first.count(), Some(444));
        let second = page(get(first.next_link().unwrap().as_str())).await;
        assert_eq!(second.count(), expected, "for {option:?}");
    }
}

#[tokio::test]
async fn select_holds_for_every_page_and_unknown_names_are_refused() {
    let emulator = Emulator::builder().start().await.unwrap();
    let first = page(get(&format!("{}?$select=id,build", collection(&emulator)))).await;
    assert_eq!(first.item(0).unwrap().as_str(), r#"{"id":"000050e1b4afeee3742489ede9ad7a3e16bbd9c4","build":14393}"#);
    let second = page(get(first.next_link().unwrap().as_str())).await;
    assert!(!second.body().contains("osVersion"));
    let (status, body) = error(get(&format!("{}?$select=color", collection(&emulator))).send().await.unwrap()).await;
    assert_eq!(status, 400);
    assert_eq!(body.message, "Could not find a property named 'color' on type 'MachineSecurityState'.");
}

#[tokio::test]
async fn a_preferred_page_size_from_1_to_10000_is_applied() {
    let emulator = Emulator::builder().devices(10_500).start().await.unwrap();
    for (preference, size) in [
        ("odata.maxpagesize=7", 7),
        ("return=minimal, maxpagesize=9", 9),
        ("odata.maxpagesize=0", 100),
        ("odata.maxpagesize=99999", 10_000),
    ] {
        let page = page(get(&collection(&emulator)).header("prefer", preference)).await;
        assert_eq!(page.len(), size, "for {preference}");
    }
}

#[tokio::test]
async fn without_the_right_token_the_response_is_401_with_the_error_body() {
    let emulator = Emulator::builder().token("another").start().await.unwrap();
    let response = get(&collection(&emulator)).send().await.unwrap();
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    let (status, body) = error(response).await;
    assert_eq!((status, body.code.as_str()), (401, "Unauthorized"));
    assert!(body.correlation_id().is_some());
}

#[tokio::test]
async fn calls_over_the_limit_get_429_with_retry_after_and_other_paths_404() {
    let limits = CallLimits::NONE.per_minute(NonZeroU32::new(2));
    let emulator = Emulator::builder().limits(limits).start().await.unwrap();
    let upper = collection(&emulator).replace("machinesecuritystates", "MachineSecurityStates");
    assert_eq!(get(&upper).send().await.unwrap().status(), 200, "segments are written in both cases");
    let (status, body) = error(get(&format!("{}x", collection(&emulator))).send().await.unwrap()).await;
    assert_eq!((status, body.code.as_str()), (404, "ResourceNotFound"));
    let response = get(&collection(&emulator)).send().await.unwrap();
    let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((50..=60).contains(&wait), "{wait}");
    assert_eq!(error(response).await.1.code, "TooManyRequests");
    assert_eq!(emulator.calls(), 3);
}

#[tokio::test]
async fn unknown_system_options_are_refused_and_the_callers_own_are_not() {
    let emulator = Emulator::builder().start().await.unwrap();
    for option in ["$filter=build%20eq%201", "$top=many", "$count=yes", "$orderby=id"] {
        assert_eq!(get(&format!("{}?{option}", collection(&emulator))).send().await.unwrap().status(), 400, "{option}");
    }
    let body = get(&format!("{}?trace=1", collection(&emulator))).send().await.unwrap().text().await.unwrap();
    assert!(Page::parse(&body).is_ok());
}

#[tokio::test]
async fn a_stopped_emulator_is_gone() {
    let emulator = Emulator::builder().start().await.unwrap();
    let url = collection(&emulator);
    emulator.stop().await;
    assert!(get(&url).send().await.unwrap_err().is_connect());
}
